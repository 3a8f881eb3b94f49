"""`telegram`: what belongs together, whose phone it is, what the policy for groups does, which settings are faults."""

import json
from typing import Any

import pytest

from channels.base import HttpCall
from channels.telegram import CHANNEL
from intake.account import Account, Company
from intake.errors import Refused, Unreadable
from intake.inquiry import Outcome, Parsed
from tests.channels.contract import raws_of

IVAN = {"id": 8080, "is_bot": False, "first_name": "Иван"}
GROUP = {"id": -1001234567890, "type": "supergroup", "title": "Соседи"}
ACCOUNT = Account("bot", "telegram", options={"token": "100:demo", "secret_token": "demo-secret"})


def call_of(update: Any) -> HttpCall:
    headers = (("x-telegram-bot-api-secret-token", "demo-secret"),)
    return HttpCall("POST", "", "", headers, json.dumps(update).encode())


def group_of(update: dict[str, Any]) -> str:
    assert CHANNEL.webhook
    (event,) = CHANNEL.webhook.hear(call_of(update), ACCOUNT).events
    return event.group


def parsed(update: dict[str, Any], account: Account = ACCOUNT) -> Parsed:
    assert CHANNEL.webhook
    call = call_of(update)
    (raw,) = raws_of(CHANNEL.webhook.hear(call, account), call, account)
    return CHANNEL.parser.parse(raw, account, Company())


def message(**more: Any) -> dict[str, Any]:
    chat = {"id": 8080, "type": "private", "first_name": "Иван"}
    return {"message_id": 4, "from": IVAN, "chat": chat, "date": 1790000000, **more}


def test_f43_an_update_is_known_by_its_id_however_late_and_in_whatever_order() -> None:
    """The id is the update's own: nothing is compared with a maximum, so a smaller one is news too."""
    assert CHANNEL.webhook
    heard = [
        CHANNEL.webhook.hear(call_of({"update_id": number, "message": message(text="да")}), ACCOUNT)
        for number in (32, 31, 32)
    ]
    assert [event.external_id for one in heard for event in one.events] == ["32", "31", "32"]
    assert heard[0] == heard[2]


def test_f49_an_edit_and_an_album_belong_to_their_message() -> None:
    """An edited message keeps its group, all pictures of an album share one, other chats' never meet."""
    first = group_of({"update_id": 1, "message": message(text="а")})
    assert group_of({"update_id": 2, "edited_message": message(text="б", edit_date=1790000009)}) == first
    album = {"media_group_id": "7", "photo": [{"file_id": "a", "width": 1, "height": 1}]}
    one = group_of({"update_id": 3, "message": message(message_id=5, **album)})
    assert one == group_of({"update_id": 4, "message": message(message_id=6, **album)})
    assert group_of({"update_id": 5, "edited_message": message(message_id=6, **album)}) == one
    there = message(text="а", chat={"id": 9, "type": "private"})
    assert group_of({"update_id": 6, "message": there}) != first
    assert (
        group_of({"update_id": 7, "business_message": message(text="а", business_connection_id="c")}) != first
    )


@pytest.mark.parametrize(
    ("owner", "phones"), [({"user_id": 8080}, ("+79035550101",)), ({"user_id": 9090}, ()), ({}, ())]
)
def test_f49_a_phone_is_the_senders_only_on_the_senders_own_card(
    owner: dict[str, int], phones: tuple[str, ...]
) -> None:
    """Another's card stays a card: the sender gets no phone that is not theirs."""
    card = {"phone_number": "79035550101", "first_name": "И", **owner}
    inquiry = parsed({"update_id": 1, "message": message(contact=card)}).inquiry
    assert inquiry.sender.phones == phones
    assert inquiry.fields["contact_phone"] == "79035550101"


def test_f49_nobodys_card_in_a_message_of_nobody_gives_no_phone() -> None:
    """Two ids that are missing are not equal ids."""
    nobody = message(contact={"phone_number": "79035550101"}, **{"from": {}})
    assert parsed({"update_id": 1, "message": nobody}).inquiry.sender.phones == ()


def test_group_messages_are_taken_where_the_account_says_so() -> None:
    """Then each person's conversation is their own: a deal is one client's, a group is many's."""
    update = {"update_id": 1, "message": message(chat=GROUP, text="Где купить дверь?")}
    assert (parsed(update).outcome, parsed(update).reason) == (Outcome.IGNORED, "group")
    taken = parsed(update, Account("bot", "telegram", options={"groups": "take"}))
    assert taken.outcome is Outcome.ACCEPTED
    assert taken.inquiry.thread == "-1001234567890:8080"


def test_a_malformed_body_gets_its_ok_and_is_buried() -> None:
    """Telegram would send a refused update again and hold back all that come after it."""
    assert CHANNEL.webhook
    call = HttpCall("POST", "", "", (), b'{"update_id": 1, "message": ')
    heard = CHANNEL.webhook.hear(call, ACCOUNT)
    assert heard.reply.status == 200
    (raw,) = raws_of(heard, call, ACCOUNT)
    with pytest.raises(Unreadable):
        CHANNEL.parser.parse(raw, ACCOUNT, Company())


def test_a_page_opened_in_a_browser_is_no_update() -> None:
    """Only POST brings updates."""
    assert CHANNEL.webhook
    with pytest.raises(Refused) as refused:
        CHANNEL.webhook.hear(HttpCall("GET", "", "", (), b""), ACCOUNT)
    assert refused.value.status == 405


@pytest.mark.parametrize(
    ("setting", "value"), [("token", "no-token"), ("secret_token", "с пробелом"), ("groups", "some")]
)
def test_settings_that_cannot_be_are_named(setting: str, value: str) -> None:
    """Each with its mend."""
    assert CHANNEL.check
    assert not CHANNEL.check(ACCOUNT)
    account = Account("bot", "telegram", options={**ACCOUNT.options, setting: value})
    assert [fault[0] for fault in CHANNEL.check(account)] == [setting]
