"""Writing to a client: what is queued, once, for whom; and how our own words are known again when they are echoed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from intake.errors import Conflict, Forbidden
from intake.inquiry import NewRaw
from intake.ports import Delivery, Who
from intake.store.schema import effect, interaction
from tests.workers.office import ANNA, Office, opened
from workers.bootstrap import Silence
from workers.use_cases.case import House
from workers.use_cases.replying import Replying

ACCOUNTS = """
[[account]]
id = "vk"
kind = "vk"
token = "demo-secret"
group_id = 1
secret = "demo-secret"
confirmation = "abc"
"""
USER = 8080


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office with a VK community."""
    with opened(tmp_path, ACCOUNTS) as office:
        yield office


def cases(office: Office) -> Replying:
    """What the manager's bot calls."""
    instance = office.instance
    bell = Silence()
    house = House(instance.ledger, instance.journal, bell, office.clock, lambda: instance.rules)
    return Replying(house, instance.channels)


def told(office: Office, kind: str, number: int, text: str, **more: Any) -> str:
    """An event of the community; the inquiry's id."""
    message = {"id": number, "conversation_message_id": number, "peer_id": USER, "text": text, **more}
    body = {"type": kind, "object": message, "group_id": 1, "event_id": f"e{number}", "secret": "demo-secret"}
    new = NewRaw("vk", "vk", json.dumps(body).encode(), {}, f"e{number}", f"message:{USER}:{number}")
    receipts = office.instance.journal.append([Delivery([new])], {}, office.clock.now())
    office.processor.process()
    office.clock.advance(1)
    return receipts[0][0].inquiry_id


def asked(office: Office) -> str:
    """The client writes."""
    return told(office, "message_new", 1, "Сколько стоит?", from_id=USER)


def rows(office: Office, table: Any, **where: str) -> list[Any]:
    """What stands in a table."""
    with office.instance.store.ledger.connect() as connection:
        wanted = select(table)
        for name, value in where.items():
            wanted = wanted.where(table.c[name] == value)
        return list(connection.execute(wanted))


def test_an_answer_is_put_in_the_outbox_and_on_the_feed_once(office: Office) -> None:
    """A wish that comes twice under one key is one message; the outbox holds no word of it, the feed does."""
    ident = asked(office)
    first = cases(office).reply(ident, "anna", "  Сто рублей ", key="55")
    assert cases(office).reply(ident, "anna", "Сто рублей", key="55") == first

    (waiting,) = rows(office, effect, kind="reply")
    payload = json.loads(waiting.payload)
    assert (waiting.target, payload["inquiry_id"], payload["interaction"]) == ("vk", ident, first)
    assert "рублей" not in waiting.payload
    (said,) = rows(office, interaction, kind="reply")
    assert (said.text, said.direction, said.actor) == ("Сто рублей", "out", "anna")
    assert office.deal_of(ident)["tasks"][0]["state"] == "planned"


def test_the_verb_does_the_same(office: Office) -> None:
    """Pages, API and buttons write by the one table of verbs."""
    ident = asked(office)
    office.do("reply", ident, text="Сто рублей")
    assert len(rows(office, effect, kind="reply")) == 1


def test_what_cannot_be_written_is_said_at_once(office: Office) -> None:
    """A form has no way back, a mailbox without smtp neither; nothing is queued, and nobody unknown writes."""
    ident = asked(office)
    replying = cases(office)
    with pytest.raises(Conflict, match="ничего не написано"):
        replying.reply(ident, "anna", " ")
    with pytest.raises(Conflict, match="4000"):
        replying.reply(ident, "anna", "я" * 4001)
    with pytest.raises(Conflict, match="позвоните"):
        replying.reply(office.comes(), "anna", "Здравствуйте")
    with pytest.raises(Conflict, match="из самого ящика"):
        replying.reply(office.letter("Сколько стоит?"), "anna", "Здравствуйте")
    with pytest.raises(Conflict, match="сделке"):
        replying.reply(office.comes("tray", "+7 916 207-31-99", "Пётр Сомов"), "anna", "Здравствуйте")
    office.do("dismiss", "boris", Who("head", "head", "anna"), what="manager")
    with pytest.raises(Forbidden):
        replying.reply(ident, "boris", "Здравствуйте")
    assert rows(office, effect, kind="reply") == []


def test_the_echo_of_our_words_is_ours_and_stops_the_clock_once(office: Office) -> None:
    """It adds nothing to the feed; the same words written again in the messenger are another message."""
    ident = asked(office)
    cases(office).reply(ident, "anna", "Сто рублей\nза штуку")
    told(office, "message_reply", 2, "Сто рублей за штуку", from_id=-1, out=1)
    assert [one.kind for one in rows(office, interaction)] == ["message", "reply"]
    (card,) = office.cards("anna")
    assert card["state"] == "taken"

    told(office, "message_reply", 3, "Сто рублей за штуку", from_id=-1, out=1)
    assert [one.kind for one in rows(office, interaction)] == ["message", "reply", "message"]


def test_when_the_messenger_has_it_the_promise_is_kept(office: Office) -> None:
    """The clock stops when it was sent, not when it was wished."""
    ident = asked(office)
    written = cases(office).reply(ident, "anna", "Сто рублей")
    assert office.cards("anna")[0]["state"] == "new"
    cases(office).sent(written, ident, office.clock.now())
    assert office.cards("anna")[0]["state"] == "taken"


def test_what_does_not_arrive_rings_the_card_once_more(office: Office) -> None:
    """The feed says why; told twice it is one note."""
    ident = asked(office)
    written = cases(office).reply(ident, "anna", "Сто рублей")
    cards = len(rows(office, effect, kind="card"))
    for _ in range(2):
        cases(office).refused(written, ident, "anna", "Telegram: заблокировал бота")
    (note,) = rows(office, interaction, kind="undelivered")
    assert (note.text, note.actor) == ("Telegram: заблокировал бота", "anna")
    rung = [json.loads(one.payload)["ring"] for one in rows(office, effect, kind="card")[cards:]]
    assert rung == ["1", "1"]
    assert ANNA.manager == "anna"
