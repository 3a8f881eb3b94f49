"""`wazzup`: the trial on connecting, who is let in, whose message it is."""

import json
from dataclasses import replace
from typing import Any

import pytest

from channels.aggregators.wazzup import CHANNEL
from channels.base import HttpCall
from intake.account import Account, Company
from intake.errors import Refused
from intake.inquiry import Outcome, Parsed
from tests.channels.contract import raws_of

ACCOUNT = Account("w", "wazzup", options={"crm_key": "demo-secret"})
MESSAGE = {"messageId": "1", "chatType": "whatsapp", "chatId": "79161234567", "type": "text", "text": "Цена?"}


def call_of(body: Any, bearer: str = "Bearer demo-secret", path: str = "") -> HttpCall:
    # the charset is written as Wazzup writes it
    headers = [("content-type", "application/json; charset-utf-8")]
    return HttpCall(
        "POST",
        path,
        "",
        tuple(headers + ([("authorization", bearer)] if bearer else [])),
        json.dumps(body).encode(),
    )


def parsed(account: Account = ACCOUNT, **message: Any) -> Parsed:
    assert CHANNEL.webhook
    call = call_of({"messages": [{**MESSAGE, **message}]})
    (raw,) = raws_of(CHANNEL.webhook.hear(call, account), call, account)
    return CHANNEL.parser.parse(raw, account, Company())


def test_the_trial_on_connecting_is_answered_and_forgotten() -> None:
    """It may come before any key is set there, and needs its 200."""
    assert CHANNEL.webhook
    for bearer in ("", "Bearer demo-secret"):
        call = call_of({"test": True}, bearer)
        CHANNEL.webhook.verify(call, ACCOUNT)
        heard = CHANNEL.webhook.hear(call, ACCOUNT)
        assert (heard.reply.status, heard.events) == (200, ())


@pytest.mark.parametrize("bearer", ["", "demo-secret", "Bearer wrong", "Basic demo-secret", "Bearer "])
def test_f59_messages_beside_a_trial_need_the_key(bearer: str) -> None:
    """The word `test` opens nothing."""
    assert CHANNEL.webhook
    for body in ({"messages": [MESSAGE]}, {"test": True, "messages": [MESSAGE]}):
        with pytest.raises(Refused):
            CHANNEL.webhook.verify(call_of(body, bearer), ACCOUNT)


def test_where_no_key_is_set_there_the_address_ends_with_the_secret() -> None:
    """Then the last part of the path is checked; a bearer that is not ours is refused all the same."""
    assert CHANNEL.webhook
    account = replace(ACCOUNT, secret="demo-path", options={})
    CHANNEL.webhook.verify(call_of({"messages": []}, "", "demo-path"), account)
    for bearer, path in (("", ""), ("", "wrong"), ("Bearer x", "demo-path")):
        with pytest.raises(Refused):
            CHANNEL.webhook.verify(call_of({"messages": []}, bearer, path), account)


@pytest.mark.parametrize(
    ("status", "echo", "outcome"),
    [
        ("inbound", False, Outcome.ACCEPTED),
        ("inbound", True, Outcome.ANSWER),
        ("delivered", False, Outcome.ANSWER),
        ("sent", True, Outcome.ANSWER),
        ("error", False, Outcome.IGNORED),
        (None, False, Outcome.ACCEPTED),
        (None, True, Outcome.ANSWER),
    ],
)
def test_a_message_is_the_clients_by_both_marks(status: str | None, echo: bool, outcome: Outcome) -> None:
    """Messages sent through the API are not marked as echoes; one that never went out is no answer."""
    assert parsed(status=status, isEcho=echo).outcome is outcome


@pytest.mark.parametrize(
    ("chat_type", "chat", "phones"),
    [
        ("whatsapp", "84912345678", ("+84912345678",)),
        ("viber", "79161234567", ("+79161234567",)),
        ("telegram", "79161234567", ()),
        ("vk", "4567", ()),
        ("instagram", "79161234567", ()),
    ],
)
def test_only_phones_are_phones(chat_type: str, chat: str, phones: tuple[str, ...]) -> None:
    """A chat's id is a phone in WhatsApp and Viber alone, and it is international as it stands."""
    inquiry = parsed(chatType=chat_type, chatId=chat).inquiry
    assert (inquiry.sender.phones, inquiry.sender.handles) == (phones, {chat_type: chat})


def test_f49_an_edit_is_news_of_its_message_and_a_deletion_empties_nothing() -> None:
    """Each is an event of its own, of one inquiry; a deletion says nothing but that it happened."""
    assert CHANNEL.webhook
    bodies = [{}, {"isEdited": True, "text": "а"}, {"isEdited": True, "text": "б"}, {"isDeleted": True}]
    calls = [call_of({"messages": [{**MESSAGE, **one}]}) for one in bodies]
    events = [event for call in calls for event in CHANNEL.webhook.hear(call, ACCOUNT).events]
    assert len({event.external_id for event in events}) == 4
    assert {event.group for event in events} == {events[0].group}
    gone = parsed(isDeleted=True, text="")
    assert (gone.outcome, gone.inquiry.fields) == (
        Outcome.IGNORED,
        {**parsed(text="").inquiry.fields, "deleted": "yes"},
    )


def test_an_account_without_any_key_is_a_fault() -> None:
    """Either the crmKey or a secret."""
    assert CHANNEL.check
    assert [fault[0] for fault in CHANNEL.check(Account("w", "wazzup"))] == ["crm_key"]
    assert not CHANNEL.check(ACCOUNT)
    assert not CHANNEL.check(Account("w", "wazzup", secret="demo-path"))
