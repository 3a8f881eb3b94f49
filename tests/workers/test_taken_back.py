"""Row F49: a message that its writer takes back stays what it was, with a note; whichever event comes first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from channels.base import HttpCall
from tests.workers.office import Office, opened
from tests.workers.test_errands import AVITO, MAX, WAZZUP, WHATSAPP

ACCOUNTS = """
[[account]]
id = "max"
kind = "max"
token = "demo-secret"
secret = "demo-secret"

[[account]]
id = "wazzup"
kind = "wazzup"
crm_key = "demo-secret"

[[account]]
id = "avito"
kind = "avito"
secret = "demo-secret"

[[account]]
id = "whatsapp"
kind = "whatsapp"
token = "demo-secret"
app_secret = "demo-secret"
verify_token = "demo-secret"

[[account]]
id = "telegram"
kind = "telegram"
token = "100:demo-secret"
secret_token = "demo-secret"

[[account]]
id = "facebook"
kind = "facebook"
secret = "demo-secret"
"""


def _whatsapp(**message: Any) -> dict[str, Any]:
    value = {**WHATSAPP["entry"][0]["changes"][0]["value"], "messages": [{"from": "79162073155", **message}]}
    return {"entry": [{"changes": [{"field": "messages", "value": value}]}]}


def _facebook(**message: Any) -> dict[str, Any]:
    told = {
        "sender": {"id": "8080"},
        "recipient": {"id": "5"},
        "timestamp": 1790000000000,
        "message": message,
    }
    return {"object": "page", "entry": [{"id": "5", "messaging": [told]}]}


BUSINESS = {"business_connection_id": "b1", "chat": {"id": 8080, "type": "private"}}
STORIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "max": (
        MAX,
        {"update_type": "message_removed", "timestamp": 1790000001000, "message_id": "mid.1", "chat_id": 9},
    ),
    "wazzup": (WAZZUP, {"messages": [{**WAZZUP["messages"][0], "text": "", "isDeleted": True}]}),
    "avito": (
        AVITO,
        {
            **AVITO,
            "payload": {
                "type": "message",
                "value": {**AVITO["payload"]["value"], "type": "deleted", "content": {}},
            },
        },
    ),
    "whatsapp": (
        _whatsapp(id="wamid.7", type="text", text={"body": "?"}),
        _whatsapp(id="wamid.8", type="revoke", revoke={"original_message_id": "wamid.7"}),
    ),
    "telegram": (
        {
            "update_id": 1,
            "business_message": {
                **BUSINESS,
                "message_id": 3,
                "from": {"id": 8080, "first_name": "Иван"},
                "text": "?",
            },
        },
        {"update_id": 2, "deleted_business_messages": {**BUSINESS, "message_ids": [9, 3]}},
    ),
    "facebook": (_facebook(mid="m1", text="?"), _facebook(mid="m1", is_deleted=True)),
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office with all of them."""
    with opened(tmp_path, ACCOUNTS) as office:
        yield office


def comes(office: Office, kind: str, body: dict[str, Any]) -> list[str]:
    """A webhook's body comes through the door and is worked on; the inquiries' ids."""
    call = HttpCall("POST", "", "", (), orjson.dumps(body))
    account, channel = office.instance.accounts[kind], office.instance.channels[kind]
    assert channel.webhook
    raws = channel.webhook.hear(call, account).raws(call, account)
    return office.arrive(raws)


@pytest.mark.parametrize("kind", STORIES)
def test_f49_what_is_taken_back_stays_written_with_a_note(office: Office, kind: str) -> None:
    """One inquiry; its words, its state and its card stay as they were."""
    said, gone = STORIES[kind]
    (ident,) = comes(office, kind, said)
    before, cards = office.inquiry(ident), office.cards("anna")
    assert ident in comes(office, kind, gone)
    after = office.inquiry(ident)
    assert after.pop("fields").pop("deleted")
    before.pop("fields")
    assert after == before
    assert [card["text"] for card in office.cards("anna")] == [card["text"] for card in cards]


@pytest.mark.parametrize("kind", STORIES)
def test_f49_a_note_that_comes_before_its_message_hides_nothing(office: Office, kind: str) -> None:
    """Somebody wrote: it is an inquiry all the same."""
    said, gone = STORIES[kind]
    comes(office, kind, gone)
    (ident,) = comes(office, kind, said)
    after = office.inquiry(ident)
    assert (after["state"], bool(after["fields"]["deleted"])) == ("created", True)
    assert after["text"] == "?"
