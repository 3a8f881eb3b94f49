"""`max`: what recognises an update that has no id, whose phone a card tells."""

import json
from typing import Any

import pytest

from channels.base import Event, HttpCall
from channels.max import CHANNEL
from intake.account import Account, Company
from intake.inquiry import Outcome, Parsed
from tests.channels.contract import raws_of

ACCOUNT = Account("bot", "max", secret="demo-secret", options={"token": "demo-token"})
ANNA = {"user_id": 9007199254740993, "first_name": "Анна"}
THERE = {"chat_id": 9007199254740995, "chat_type": "dialog"}


def update(mid: str, kind: str = "message_created", at: int = 1790000000000, **body: Any) -> dict[str, Any]:
    message = {
        "sender": ANNA,
        "recipient": THERE,
        "timestamp": at,
        "body": {"mid": mid, "text": None, **body},
    }
    return {"update_type": kind, "timestamp": at, "message": message}


def event_of(tree: dict[str, Any]) -> Event:
    assert CHANNEL.webhook
    call = HttpCall("POST", "", "", (), json.dumps(tree).encode())
    (event,) = CHANNEL.webhook.hear(call, ACCOUNT).events
    return event


def parsed(tree: dict[str, Any], account: Account = ACCOUNT) -> Parsed:
    assert CHANNEL.webhook
    call = HttpCall("POST", "", "", (), json.dumps(tree).encode())
    (raw,) = raws_of(CHANNEL.webhook.hear(call, account), call, account)
    return CHANNEL.parser.parse(raw, account, Company())


def test_f49_an_edit_is_news_of_the_same_message() -> None:
    """Two edits are two events of one inquiry; a repeated delivery is none."""
    new, once = update("mid.1", text="а"), update("mid.1", "message_edited", 1790000001000, text="б")
    twice = update("mid.1", "message_edited", 1790000002000, text="в")
    assert len({event_of(tree).external_id for tree in (new, once, twice, twice)}) == 3
    assert len({event_of(tree).group for tree in (new, once, twice)}) == 1


def test_a_dialog_begun_again_later_is_news() -> None:
    """The same person's second start has another moment."""
    start = {"update_type": "bot_started", "timestamp": 1790000000000, "chat_id": 5, "user": ANNA}
    assert event_of(start) == event_of(dict(start))
    assert event_of(start) != event_of({**start, "timestamp": 1790000009000})


@pytest.mark.parametrize(
    ("line", "owner", "phones"),
    [
        ("TEL;TYPE=cell:79035550101", ANNA, ("+79035550101",)),
        ("TEL:+7 (903) 555-01-01", ANNA, ("+79035550101",)),
        ("item1.TEL;type=pref:tel:+79035550101", ANNA, ("+79035550101",)),
        ("TEL;TYPE=cell:84912345678", ANNA, ("+84912345678",)),
        ("TEL;TYPE=cell:79035550101", {"user_id": 9007199254740992}, ()),
        ("TEL;TYPE=cell:79035550101", None, ()),
        ("NOTE:TEL no phone here", ANNA, ()),
    ],
)
def test_f49_a_phone_is_the_senders_only_on_the_senders_own_card(
    line: str, owner: dict[str, Any] | None, phones: tuple[str, ...]
) -> None:
    """Ids that a float could not tell apart are told apart."""
    payload = {"vcf_info": f"BEGIN:VCARD\r\nVERSION:3.0\r\n{line}\r\nFN:Анна\r\nEND:VCARD", "max_info": owner}
    inquiry = parsed(update("mid.1", attachments=[{"type": "contact", "payload": payload}])).inquiry
    assert inquiry.sender.phones == phones


def test_group_messages_are_taken_where_the_account_says_so() -> None:
    """Each person's conversation is then their own."""
    tree = update("mid.1", text="Кто знает мастера?")
    tree["message"]["recipient"] = {"chat_id": -5, "chat_type": "chat"}
    assert parsed(tree).reason == "group"
    taken = parsed(tree, Account("bot", "max", options={"groups": "take"}))
    assert (taken.outcome, taken.inquiry.thread) == (Outcome.ACCEPTED, "-5:9007199254740993")
