"""`vk`: the handshake, whose events are let in, what the policies do, what belongs together."""

import json
from typing import Any

import pytest

from channels.base import HttpCall
from channels.vk import CHANNEL
from intake.account import Account, Company
from intake.errors import Refused
from intake.inquiry import Outcome, Parsed
from tests.channels.contract import raws_of

OPTIONS = {"token": "demo-token", "group_id": 123, "confirmation": "ab12cd34"}
ACCOUNT = Account("shop", "vk", secret="demo-secret", options=OPTIONS)
MESSAGE = {"id": 71, "date": 1790000000, "peer_id": 4567, "from_id": 4567, "text": "Цена?"}


def call_of(**body: Any) -> HttpCall:
    told = {"type": "message_new", "group_id": 123, "event_id": "e", "secret": "demo-secret", **body}
    return HttpCall("POST", "", "", (), json.dumps(told).encode())


def parsed(account: Account = ACCOUNT, **body: Any) -> Parsed:
    assert CHANNEL.webhook
    call = call_of(**body)
    (raw,) = raws_of(CHANNEL.webhook.hear(call, account), call, account)
    return CHANNEL.parser.parse(raw, account, Company())


@pytest.mark.parametrize("secret", [{"secret": "demo-secret"}, {"secret": ""}])
def test_the_server_is_confirmed_by_its_string_alone(secret: dict[str, str]) -> None:
    """With the secret or before one is set there; nothing is stored, the body is the bare string."""
    assert CHANNEL.webhook
    call = call_of(type="confirmation", **secret)
    CHANNEL.webhook.verify(call, ACCOUNT)
    heard = CHANNEL.webhook.hear(call, ACCOUNT)
    assert (heard.reply.status, heard.reply.body, heard.events) == (200, "ab12cd34", ())


@pytest.mark.parametrize(
    "body",
    [
        {"type": "confirmation", "secret": "wrong"},
        {"type": "confirmation", "secret": "", "group_id": 124},
        {"group_id": 124},
        {"secret": ["demo-secret"]},
    ],
)
def test_f45_f59_another_community_or_secret_is_refused(body: dict[str, Any]) -> None:
    """Another's community with our secret is as wrong as our community with another's."""
    assert CHANNEL.webhook
    with pytest.raises(Refused) as refused:
        CHANNEL.webhook.verify(call_of(**body), ACCOUNT)
    assert refused.value.status == 403


def test_f59_of_a_key_written_twice_the_same_one_is_checked_and_read() -> None:
    """Nobody passes the check with one secret, or community, and is read with another."""
    assert CHANNEL.webhook
    body = b'{"type": "message_new", "secret": "demo-secret", "group_id": 123, "secret": "wrong"}'
    with pytest.raises(Refused):
        CHANNEL.webhook.verify(HttpCall("POST", "", "", (), body), ACCOUNT)


def test_f45_a_repeat_is_the_same_event_and_gets_the_same_ok() -> None:
    """A request that VK repeats is heard like the first: the first may have been lost before it was stored."""
    assert CHANNEL.webhook
    first = call_of(object={"message": MESSAGE})
    again = HttpCall("POST", "", "", (("x-retry-counter", "3"),), first.body)
    assert CHANNEL.webhook.hear(first, ACCOUNT) == CHANNEL.webhook.hear(again, ACCOUNT)
    assert CHANNEL.webhook.hear(again, ACCOUNT).reply.body == "ok"


def test_what_visitors_write_never_becomes_the_answer() -> None:
    """The word `remove` in an answer would make VK forget this server."""
    assert CHANNEL.webhook
    call = call_of(type="remove", object={"message": {**MESSAGE, "text": "remove"}})
    assert CHANNEL.webhook.hear(call, ACCOUNT).reply.body == "ok"


def test_f49_an_edit_belongs_to_its_message() -> None:
    """The number within the conversation joins them; other conversations' never meet."""
    assert CHANNEL.webhook

    def group(**body: Any) -> str:
        assert CHANNEL.webhook
        (event,) = CHANNEL.webhook.hear(call_of(**body), ACCOUNT).events
        return event.group

    message = {**MESSAGE, "conversation_message_id": 9}
    first = group(object={"message": message})
    assert group(type="message_edit", event_id="f", object=message) == first
    assert group(object={"message": {**message, "peer_id": 5}}) != first
    comment = {"id": 31, "from_id": 4567, "post_id": 40, "post_owner_id": -123, "text": "Цена?"}
    answered = group(type="wall_reply_new", object=comment)
    assert group(type="wall_reply_edit", object=comment) == answered != first


@pytest.mark.parametrize(
    ("setting", "body"),
    [
        ("comments", {"type": "wall_reply_new", "object": {"id": 1, "from_id": 5, "text": "Цена?"}}),
        ("orders", {"type": "market_order_new", "object": {"id": 1, "user_id": 5}}),
    ],
)
def test_comments_and_orders_are_taken_unless_the_account_says_otherwise(
    setting: str, body: dict[str, Any]
) -> None:
    """What the community does not send at all is not ticked in its settings."""
    assert parsed(**body).outcome is Outcome.ACCEPTED
    ignoring = Account("shop", "vk", options={setting: "ignore"})
    ignored = parsed(ignoring, **body)
    assert (ignored.outcome, ignored.reason) == (Outcome.IGNORED, setting)


def test_messages_of_chats_are_taken_where_the_account_says_so() -> None:
    """Each person's conversation is then their own."""
    chat = {"message": {**MESSAGE, "peer_id": 2_000_000_005}}
    assert parsed(object=chat).reason == "group"
    taken = parsed(Account("shop", "vk", options={"groups": "take"}), object=chat)
    assert (taken.outcome, taken.inquiry.thread) == (Outcome.ACCEPTED, "2000000005:4567")


def test_a_question_named_like_a_field_of_the_form_does_not_hide_it() -> None:
    """Whatever the form asks, the ids stay true."""
    answers = [{"key": "custom_0", "question": "form_id", "answer": "х"}]
    form = {"lead_id": 1, "form_id": 3, "answers": answers}
    assert parsed(type="lead_forms_new", object=form).inquiry.fields["form_id"] == "3"


@pytest.mark.parametrize(("setting", "value"), [("group_id", "club123"), ("comments", "some")])
def test_settings_that_cannot_be_are_named(setting: str, value: str) -> None:
    """Each with its mend."""
    assert CHANNEL.check
    assert not CHANNEL.check(ACCOUNT)
    account = Account("shop", "vk", secret="demo-secret", options={**OPTIONS, setting: value})
    assert [fault[0] for fault in CHANNEL.check(account)] == [setting]
