"""Not a sale, remembered: by sender or domain, shown, taken back; nobody else is touched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from intake.errors import NotFound
from intake.ports import Who
from intake.store.schema import effect
from tests.workers.office import Office, opened

BOSS = Who("boss", "admin")
SETTINGS = """
[not_a_sale]
forward = {accounting = "buh@example.ru", supplier = "boris"}
remember = {spam = "sender"}
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    """An office on either database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    with opened(tmp_path, SETTINGS + (f'[store]\nurl = "{url}"\n' if url else "")) as office:
        yield office


def forwards(office: Office) -> list[tuple[str, str]]:
    rows = select(effect.c.key, effect.c.target).where(effect.c.key.like("forward:%")).order_by(effect.c.id)
    with office.instance.store.ledger.connect() as connection:
        return [(row.key.split(":")[2], row.target) for row in connection.execute(rows)]


def test_a_sender_is_remembered_and_forgotten(office: Office) -> None:
    """By the settings for that reason; the same phone is rejected, another is not; removed it is an inquiry again."""
    first = office.comes()
    office.do("reject", first, reason="spam")
    again, other = office.comes(), office.comes(phone="+7 916 000-11-22", name="Пётр")
    assert [office.inquiry(one)["state"] for one in (first, again, other)] == [
        "rejected",
        "rejected",
        "created",
    ]
    assert office.inquiry(again)["state_reason"] == "spam"
    assert office.inquiry(again)["decision"]["reasons"][0]["rule"] == "remembered"
    assert [one["inquiry_ids"] for manager in ("anna", "boris") for one in office.cards(manager)] == [[other]]
    [screen] = office.reader.listing("screens", {}, 10, "").items
    assert (screen["key"], screen["reason"], screen["who"]) == ("phone:+79162073155", "spam", "anna")
    office.do("remove", screen["id"], BOSS, "screen")
    assert office.reader.listing("screens", {}, 10, "").items == []
    assert office.inquiry(office.comes())["state"] == "created"
    with pytest.raises(NotFound):
        office.do("remove", screen["id"], BOSS, "screen")


def test_to_accept_one_forgets_its_sender(office: Office) -> None:
    """It was an inquiry after all: so is the next one."""
    office.do("reject", office.comes(), reason="spam")
    again = office.comes()
    office.do("accept", again)
    assert office.inquiry(again)["state"] == "created"
    assert office.inquiry(office.comes())["state"] == "attached"
    assert office.reader.listing("screens", {}, 10, "").items == []


def test_a_domain_is_remembered_but_never_a_providers(office: Office) -> None:
    """All of spam.example.org is rejected; of mail.ru nothing is remembered."""
    one = office.letter("Реклама", From="A <a@ads.example.org>")
    office.do("reject", one, reason="supplier", remember="domain")
    two = office.letter("Предложение", From="B <b@ads.example.org>")
    assert (office.inquiry(two)["state"], office.inquiry(two)["state_reason"]) == ("rejected", "supplier")
    three = office.letter("Здравствуйте", From="C <c@mail.ru>")
    office.do("reject", three, reason="supplier", remember="domain")
    assert office.inquiry(office.letter("Ещё", From="D <d@mail.ru>"))["state"] == "created"


def test_nothing_is_remembered_unless_somebody_says_so(office: Office) -> None:
    """`no` goes before the settings; a reason without a setting remembers nothing."""
    office.do("reject", office.comes(), reason="spam", remember="no")
    office.do("reject", office.comes(), reason="other")
    assert office.inquiry(office.comes())["state"] == "created"


def test_it_is_passed_on_by_its_reason_once(office: Office) -> None:
    """To a manager or an address; nothing personal lies in the outbox."""
    for reason in ("accounting", "supplier", "other"):
        ident = office.comes(phone=f"+7 916 000-00-0{len(reason) % 10}", name=reason)
        office.do("reject", ident, reason=reason)
        office.do("reject", ident, reason=reason)
    assert forwards(office) == [("accounting", "address:buh@example.ru"), ("supplier", "boris")]
    with office.instance.store.ledger.connect() as connection:
        payloads = connection.scalars(select(effect.c.payload).where(effect.c.key.like("forward:%"))).all()
    assert not [one for one in payloads if "7916" in one or "916 000" in one]


def test_a_conversation_goes_before_what_is_remembered(office: Office) -> None:
    """Who is remembered and answers in an open deal's conversation is heard."""
    asked = office.letter("Сколько стоит?", From="A <a@firm.example.org>")
    other = office.letter("Реклама", From="B <b@firm.example.org>")
    office.do("reject", other, reason="supplier", remember="domain")
    thread = office.inquiry(asked)["external_id"]
    answer = office.letter("Беру", From="A <a@firm.example.org>", In_Reply_To=f"<{thread.strip('<>')}>")
    assert office.inquiry(answer)["state"] == "attached"
