"""A lost phone and a dismissal: access ends at once, everything is handed over, a preview tells it before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.errors import Conflict, Forbidden, NotFound
from intake.store.access import StoreAccess
from tests.workers.office import ANNA, BORIS, Office, opened

PEOPLE = """
[[account]]
id = "own"
kind = "form"
owner = "anna"

[[manager]]
id = "vera"
name = "Вера Орлова"

[[department]]
id = "retail"
head = "anna"
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    """Anna, Boris and Vera on either database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    with opened(tmp_path, PEOPLE + (f'[store]\nurl = "{url}"\n' if url else "")) as office:
        yield office


def owner(office: Office, ident: str) -> str:
    """Who answers for the inquiry, as it and its deal say."""
    told = office.inquiry(ident)
    if told["decision"]["deal_id"]:
        assert office.deal_of(ident)["owner"] == told["decision"]["owner"]
    return str(told["decision"]["owner"])


def client_owner(office: Office, ident: str) -> str:
    """Who answers for the inquiry's client."""
    client = office.reader.one("client", office.inquiry(ident)["decision"]["client_id"])
    assert client
    return str(client["owner"])


def test_a_preview_tells_what_would_move_and_moves_nothing(office: Office) -> None:
    """Deals, offers, clients, tasks, the extension, mailboxes, offices."""
    deal = office.comes(phone="+79160000001")
    for other in ("boris", "vera"):
        office.do("pause", other, what="manager")
    offered = office.comes("tray", phone="+79160000002")
    office.do("terms", "anna", what="manager", extension="101")
    told = office.do("dismiss", "anna", what="manager", heir="boris", preview="1")
    assert told == {
        "manager": "anna",
        "heir": "boris",
        "open_deals": [office.deal_of(deal)["id"]],
        "offered": [offered],
        "clients": 1,
        "tasks": 1,
        "extension": "101",
        "mailboxes": ["own"],
        "deputy_of": [],
        "head_of": ["retail"],
    }
    assert owner(office, deal) == owner(office, offered) == "anna"


def test_all_goes_to_the_named_heir(office: Office) -> None:
    """Deals with every inquiry of them, what is only offered, clients, tasks, the extension, the mailbox."""
    first = office.comes(phone="+79160000001")
    office.do("take", first)
    again = office.comes(phone="+79160000001")
    for other in ("boris", "vera"):
        office.do("pause", other, what="manager")
    offered = office.comes("tray", phone="+79160000002")
    office.do("terms", "anna", what="manager", extension="101")
    office.do("resume", "boris", what="manager")
    office.do("terms", "boris", what="manager", extension="")

    office.do("dismiss", "anna", what="manager", heir="boris")

    assert [owner(office, one) for one in (first, again, offered)] == ["boris"] * 3
    assert client_owner(office, first) == "boris"
    assert {task["owner"] for task in office.deal_of(first)["tasks"]} == {"boris"}
    assert {card["state"] for card in office.cards("boris")} == {"new", "offered"}
    assert office.cards("anna") == []
    heir = office.reader.one("manager", "boris")
    assert heir
    assert heir["extension"] == "101"
    assert owner(office, office.comes("own", phone="+79160000003")) == "boris"
    with pytest.raises(Forbidden):
        office.do("take", offered, ANNA)
    office.do("take", offered, BORIS)


def test_without_an_heir_it_goes_by_turn_and_clients_wait_for_their_next_time(office: Office) -> None:
    """Nobody gets everything."""
    idents = [office.comes(phone=f"+791600000{number:02}") for number in range(12)]
    mine = [one for one in idents if owner(office, one) == "anna"]
    office.do("won", office.deal_of(mine[0])["id"], what="deal")

    office.do("dismiss", "anna", what="manager")

    owners = [owner(office, one) for one in mine[1:]]
    assert set(owners) == {"boris", "vera"}
    assert abs(owners.count("boris") - owners.count("vera")) <= 1
    assert client_owner(office, mine[0]) == ""
    tasks = [task["owner"] for one in mine[1:] for task in office.deal_of(one)["tasks"]]
    assert tasks == owners


def test_a_dismissal_in_the_night_finds_somebody_all_the_same(office: Office) -> None:
    """Whoever works here; only with nobody left an heir is asked for, and nothing has moved."""
    ident = office.comes()
    for other in ("boris", "vera"):
        office.do("pause", other, what="manager")
    office.do("dismiss", "anna", what="manager")
    assert owner(office, ident) in ("boris", "vera")
    last = "vera" if owner(office, ident) == "boris" else "boris"
    office.do("dismiss", last, what="manager")
    with pytest.raises(Conflict, match="heir"):
        office.do("dismiss", owner(office, ident), what="manager")
    assert owner(office, ident) != ""


def test_deputies_and_heads_are_replaced(office: Office) -> None:
    """Whose deputy left has the heir."""
    office.do("leave", "vera", what="manager", until="2027-01-01T00:00:00Z", deputy="anna")
    office.do("dismiss", "anna", what="manager", heir="boris")
    vera = office.reader.one("manager", "vera")
    assert vera
    assert vera["leave"]["deputy"] == "boris"
    told = office.do("dismiss", "boris", what="manager", heir="vera", preview="1")
    assert (told["head_of"], told["deputy_of"]) == (["retail"], ["vera"])


def test_who_left_has_no_access_at_once(office: Office) -> None:
    """Tokens, sessions, links and invites end with the dismissal."""
    access = StoreAccess(office.instance.store, office.clock)
    now = office.clock.now()
    token = access.create_token("manager", "anna's", now, "anna")
    link = access.sign_in_link("manager", "anna", now)
    invite = access.invite("anna", now, 3600)
    office.do("dismiss", "anna", what="manager", heir="boris")
    assert access.who(token) is None
    assert access.open_session(link, office.clock.now()) is None
    assert access.accept_invite(invite, "telegram:5", office.clock.now()) is None
    with pytest.raises(NotFound):
        office.do("dismiss", "nobody-knows", what="manager", preview="")


def test_a_lost_phone_is_revoked_and_another_joins(office: Office) -> None:
    """One messenger's account, or all; sessions end; an invite joins the next one."""
    access = StoreAccess(office.instance.store, office.clock)
    token = access.create_token("manager", "anna's", office.clock.now(), "anna")
    for messenger in ("telegram", "vk"):
        secret = access.invite("anna", office.clock.now(), 3600)
        office.do("join", "", what="manager", messenger=messenger, address="7", secret=secret)

    told = office.do("revoke", "anna", what="manager", messenger="telegram")
    assert told["contacts"] == {"vk": "7"}
    assert access.who(token) is None
    secret = access.invite("anna", office.clock.now(), 3600)
    office.do("join", "", what="manager", messenger="telegram", address="8", secret=secret)
    assert office.reader.one("manager", "anna")["contacts"] == {"vk": "7", "telegram": "8"}  # type: ignore[index]
    assert office.do("revoke", "anna", what="manager")["contacts"] == {}
