"""Pause, shift, leave, terms: what people say of themselves, through the real ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.clock import iso
from intake.errors import Conflict, NotFound
from tests.workers.office import Office, opened

HOURS = """
[company]
hours = ["mon-fri 09:00-18:00"]
[[department]]
id = "retail"
head = "anna"
"""
MINUTE_S = 60


@pytest.fixture(params=["sqlite", "postgresql"])
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    """An office with working hours; it is Monday 21 September 2026, 17:13 in Moscow."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    with opened(tmp_path, HOURS + (f'[store]\nurl = "{url}"\n' if url else "")) as office:
        yield office


def manager(office: Office, ident: str) -> dict[str, object]:
    """A manager as the API shows them."""
    found = office.reader.one("manager", ident)
    assert found
    return found


def owner(office: Office, phone: str) -> str:
    """Who is given a new client's inquiry now."""
    return str(office.inquiry(office.comes(phone=phone))["decision"]["owner"])


def test_a_pause_of_minutes_ends_by_itself(office: Office) -> None:
    """`/пауза 30`: nothing for half an hour, then everything as before."""
    told = office.do("pause", "anna", what="manager", minutes="30")
    assert (told["on_shift"], told["off_reason"]) == (False, "paused")
    assert told["back_at"] == iso(office.clock.now() + 30 * MINUTE_S * 1000)
    assert owner(office, "+79160000001") == "boris"

    office.clock.advance(31 * MINUTE_S)
    assert manager(office, "anna")["on_shift"]
    assert owner(office, "+79160000002") == "anna"


def test_resume_ends_a_pause(office: Office) -> None:
    """A pause without end ends by hand."""
    office.do("pause", "anna", what="manager")
    assert office.do("resume", "anna", what="manager")["on_shift"]


def test_off_shift_by_hand_lasts_until_the_next_opening(office: Office) -> None:
    """Who leaves at five is back on shift at nine the next morning."""
    told = office.do("shift", "anna", what="manager")
    assert not told["on_shift"]
    assert told["back_at"] == "2026-09-22T06:00:00.000Z"


def test_on_shift_by_hand_in_the_night(office: Office) -> None:
    """`/смена` at night: on shift until the calendar says so again."""
    office.clock.advance(5 * 3600)
    assert manager(office, "anna")["off_reason"] == "off shift"
    assert office.do("shift", "anna", what="manager")["on_shift"]
    assert owner(office, "+79160000001") == "anna"
    assert owner(office, "+79160000002") == "anna", "boris sleeps"
    assert not office.do("shift", "anna", what="manager")["on_shift"]


def test_what_would_be_the_managers_goes_to_the_deputy_during_a_leave(office: Office) -> None:
    """A new interest of a client of anna's, while she is away."""
    first = office.comes(phone="+79160000001")
    client = office.inquiry(first)["decision"]["client_id"]
    assert office.inquiry(first)["decision"]["owner"] == "anna"
    office.do("won", office.deal_of(first)["id"], what="deal")
    until = iso(office.clock.now() + 86_400_000)
    assert until

    told = office.do("leave", "anna", what="manager", until=until, deputy="boris")
    assert told["leave"]["deputy"] == "boris"
    again = office.inquiry(office.comes(phone="+79160000001"))["decision"]
    assert (again["client_id"], again["owner"]) == (client, "boris")
    assert "skipped anna: on leave" in next(
        one["evidence"] for one in again["reasons"] if one["rule"] == "owner_client_owner"
    )

    assert office.do("leave", "anna", what="manager")["leave"] is None
    assert manager(office, "anna")["on_shift"]


def test_nobody_is_their_own_deputy(office: Office) -> None:
    """And a leave ends after it begins."""
    with pytest.raises(Conflict, match="own deputy"):
        office.do("leave", "anna", what="manager", until="2027-01-01T00:00:00Z", deputy="anna")
    with pytest.raises(Conflict, match="over before"):
        office.do("leave", "anna", what="manager", until="2020-01-01T00:00:00Z")
    with pytest.raises(NotFound):
        office.do("leave", "anna", what="manager", until="2027-01-01T00:00:00Z", deputy="nobody")


def test_terms_change_one_by_one(office: Office) -> None:
    """What is not named stays; an empty value brings back what holds for everybody."""
    office.do("terms", "anna", what="manager", hours="пн-пт 10:00-19:00; сб 10:00-14:00", zone="Asia/Omsk")
    told = office.do("terms", "anna", what="manager", capacity="20", weight="1.5", skills="english, 1С")
    assert told["hours"] == ["пн-пт 10:00-19:00", "сб 10:00-14:00"]
    assert (told["timezone"], told["capacity"], told["weight"]) == ("Asia/Omsk", 20, 1.5)
    assert told["skills"] == ["english", "1С"]
    assert office.do("terms", "anna", what="manager", hours="", zone="")["hours"] == ["mon-fri 09:00-18:00"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"hours": "from nine to five"},
        {"zone": "Moscow"},
        {"weight": "-1"},
        {"capacity": "many"},
        {"quiet_hours": "night"},
        {"salary": "1"},
    ],
)
def test_terms_that_say_nothing_are_refused_with_the_mend(office: Office, wrong: dict[str, str]) -> None:
    """Nothing is changed."""
    with pytest.raises(Conflict):
        office.do("terms", "anna", what="manager", **wrong)


def test_capacity_counts_the_turns_of_the_managers_day(office: Office) -> None:
    """Full after two; the next day there is room again; what was skipped is told."""
    office.do("terms", "anna", what="manager", capacity="2")
    got = [owner(office, f"+7916000010{number}") for number in range(5)]
    assert got == ["anna", "boris", "anna", "boris", "boris"]
    assert manager(office, "anna")["given_today"] == 2

    office.clock.advance(24 * 3600)
    assert manager(office, "anna")["given_today"] == 0
    assert owner(office, "+79160000201") == "anna"


def test_the_line_tells_whose_turn_it_is(office: Office) -> None:
    """«вы 2-й, впереди Петрова»."""
    assert office.do("line", "boris", what="manager") == {
        "manager": "boris",
        "on_shift": True,
        "off_reason": "",
        "back_at": None,
        "place": 2,
        "ahead": ["Анна Петрова"],
    }
    owner(office, "+79160000001")
    assert office.do("line", "boris", what="manager")["place"] == 1
    office.do("pause", "boris", what="manager")
    told = office.do("line", "boris", what="manager")
    assert (told["place"], told["on_shift"], told["off_reason"]) == (None, False, "paused")


def test_departments_of_the_file_are_put_into_the_ledger(office: Office) -> None:
    """Once; a manager of one is shown with its calendar."""
    office.do("terms", "boris", what="manager", department="retail")
    assert manager(office, "boris")["department"] == "retail"


def test_an_operator_hands_over_by_turn(office: Office) -> None:
    """`pass_on`: the deal, its task and its card go to the next one; the turn is used up and on record."""
    ident = office.comes(phone="+79160000001")
    told = office.do("pass_on", ident)
    assert told["decision"]["owner"] == "boris"
    assert told["decision"]["reasons"][-1]["rule"] == "owner_round_robin"
    assert office.deal_of(ident)["owner"] == "boris"
    assert [card["manager"] for card in office.cards("boris")] == ["boris"]
    office.do("pause", "anna", what="manager")
    with pytest.raises(Conflict):
        office.do("pass_on", ident)


def test_f54_batches_share_as_one_by_one_does(office: Office) -> None:
    """Turns are counted in the decisions' own transaction: a hundred that come at once are shared evenly."""
    office.do("terms", "anna", what="manager", hours="daily 00:00-24:00")
    office.do("terms", "boris", what="manager", hours="daily 00:00-24:00")
    idents = [office.waits(phone=f"+791600{number:05}", name="") for number in range(100)]
    office.processor.process()
    owners = [office.inquiry(one)["decision"]["owner"] for one in idents]
    assert (owners.count("anna"), owners.count("boris")) == (50, 50)
