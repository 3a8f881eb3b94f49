"""`chat2desk`, `pact`, `umnico`, `jivo`: whose phone it is, what belongs together."""

import json
from typing import Any

import pytest

from channels.aggregators import chat2desk, jivo, pact, umnico
from channels.base import Channel, Event, HttpCall
from intake.account import Account, Company
from intake.inquiry import Outcome, Parsed
from tests.channels.contract import raws_of


def heard_and_parsed(channel: Channel, body: dict[str, Any]) -> tuple[Event, Parsed]:
    assert channel.webhook
    account = Account("a", channel.kind, secret="demo-secret")
    call = HttpCall("POST", "", "", (), json.dumps(body).encode())
    heard = channel.webhook.hear(call, account)
    (raw,) = raws_of(heard, call, account)
    return heard.events[0], channel.parser.parse(raw, account, Company())


@pytest.mark.parametrize(
    ("transport", "client", "phones", "handles"),
    [
        ("whatsapp", {"phone": "84912345678"}, ("+84912345678",), {"whatsapp": "84912345678"}),
        ("telegram", {"phone": "[tg] 79161234567"}, (), {"telegram": "79161234567"}),
        (
            "telegram",
            {"phone": "[tg] 8", "client_phone": "79161234567"},
            ("+79161234567",),
            {"telegram": "8"},
        ),
        ("vk", {"phone": "[vk] 4567"}, (), {"vk": "4567"}),
    ],
)
def test_what_stands_for_a_phone_is_none(
    transport: str, client: dict[str, str], phones: tuple[str, ...], handles: dict[str, str]
) -> None:
    """Chat2Desk writes a messenger's id where the phone stands, with the messenger in brackets."""
    body = {"hook_type": "inbox", "type": "from_client", "message_id": 1, "transport": transport}
    _, parsed = heard_and_parsed(chat2desk.CHANNEL, {**body, "client": client})
    assert (parsed.inquiry.sender.phones, parsed.inquiry.sender.handles) == (phones, handles)


def test_a_message_told_again_as_a_new_request_is_no_second_inquiry() -> None:
    """Only inbox and outbox bring messages."""
    body = {"type": "from_client", "message_id": 1, "text": "Цена?", "event_time": "2026-09-21T14:13:20Z"}
    first, accepted = heard_and_parsed(chat2desk.CHANNEL, {**body, "hook_type": "inbox"})
    second, ignored = heard_and_parsed(chat2desk.CHANNEL, {**body, "hook_type": "new_request"})
    assert (accepted.outcome, ignored.outcome) == (Outcome.ACCEPTED, Outcome.IGNORED)
    assert first.external_id != second.external_id


@pytest.mark.parametrize(("income", "outcome"), [(True, "accepted"), (False, "answer"), (None, "ignored")])
def test_only_what_pact_calls_income_is_a_clients(income: bool | None, outcome: str) -> None:
    """Whatever does not say whose it is, is nobody's request."""
    told = {"id": 1, "message": "Цена?", "income": income, "conversation_id": 5}
    _, parsed = heard_and_parsed(pact.CHANNEL, {"event": "create", "type": "message", "object": told})
    assert parsed.outcome.value == outcome


@pytest.mark.parametrize("wrap", ["", "data", "payload"])
def test_umnicos_message_is_found_in_its_envelope(wrap: str) -> None:
    """However deep it stands, the id and the words are the same."""
    source = {"id": 9, "realId": "79161234567@c.us", "type": "whatsapp"}
    told = {"messageId": "m", "message": {"text": "Цена?"}, "source": source, "sender": {"id": 1}}
    body = {"message": told}
    event, parsed = heard_and_parsed(
        umnico.CHANNEL, {"type": "message.incoming", **({wrap: body} if wrap else body)}
    )
    assert (event.external_id, parsed.inquiry.text) == ("m", "Цена?")
    assert parsed.inquiry.sender.phones == ("+79161234567",)


def test_the_events_of_a_chat_are_one_inquiry_with_the_visitors_words_alone() -> None:
    """The agent's phone and words are never the visitor's."""
    agent = {"name": "Ольга", "phone": "+74951234567"}
    accepted, _ = heard_and_parsed(
        jivo.CHANNEL, {"event_name": "chat_accepted", "chat_id": 7, "agent": agent, "visitor": {"number": 1}}
    )
    messages = [{"message": "Цена?", "type": "visitor"}, {"message": "25 000", "type": "agent"}]
    finished, parsed = heard_and_parsed(
        jivo.CHANNEL,
        {"event_name": "chat_finished", "chat_id": 7, "agents": [agent], "chat": {"messages": messages}},
    )
    assert accepted.group == finished.group == "chat:7"
    assert (parsed.inquiry.text, parsed.inquiry.sender.phones) == ("Цена?", ())
