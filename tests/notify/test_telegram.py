"""Telegram against the stand-in Bot API: what is shown, and what each fault means."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from intake.errors import ConfigFault
from notify.base import Button, Failure, Gone, Notice, Shown, Trouble
from notify.options import Limits, TelegramOptions
from notify.telegram import Telegram
from tests.standins.bot_api import TOKEN, BotApi, Standing, too_fast

FAST = Limits(chat_per_s=1000, group_per_min=60_000, all_per_s=1000)
NOTICE = Notice(
    "<b>New</b> &lt;i&gt;",
    "New <i>",
    "New",
    ((Button("Take", data="t.1"), Button("Open", url="https://x.ru/1")),),
)


@pytest_asyncio.fixture
async def api() -> AsyncIterator[BotApi]:
    async with Standing() as api:
        yield api


@pytest_asyncio.fixture
async def telegram(api: BotApi) -> AsyncIterator[Telegram]:
    messenger = Telegram(TelegramOptions(TOKEN, api.url, timeout_s=0.5), FAST)
    yield messenger
    await messenger.close()


async def test_a_notice_is_sent_edited_and_rung(api: BotApi, telegram: Telegram) -> None:
    """The chat shows one message with its buttons, changed in place, and a reply beneath it."""
    sent = await telegram.send("7", NOTICE)
    assert isinstance(sent, Shown)
    changed = Notice("changed", "changed", "changed")
    assert await telegram.edit("7", sent.message_id, changed) == sent
    assert isinstance(await telegram.ring("7", sent.message_id, Notice("again", "again", "")), Shown)
    card, ring = api.chat("7")
    assert (card.text, card.buttons, card.edits) == ("changed", [], 1)
    assert (ring.text, ring.reply_to) == ("again", card.id)


async def test_buttons_and_entities_arrive(api: BotApi, telegram: Telegram) -> None:
    """Tags become entities, escapes become signs, buttons keep their data and addresses."""
    await telegram.send("7", NOTICE)
    (shown,) = api.chat("7")
    assert shown.text == "New <i>"
    assert [button.get("callback_data") or button.get("url") for button in shown.buttons[0]] == [
        "t.1",
        "https://x.ru/1",
    ]


async def test_an_edit_that_changes_nothing_is_well(api: BotApi, telegram: Telegram) -> None:
    """The server refuses it with 400; for us the card shows what it should."""
    sent = await telegram.send("7", NOTICE)
    assert isinstance(sent, Shown)
    assert await telegram.edit("7", sent.message_id, NOTICE) == sent


async def test_a_message_that_is_gone_says_so(telegram: Telegram) -> None:
    """Edits and rings of a deleted message are told apart from other 400s."""
    assert await telegram.edit("7", "12345", NOTICE) == Gone()
    assert await telegram.ring("7", "12345", NOTICE) == Gone()


@pytest.mark.parametrize(
    ("code", "description", "trouble"),
    [
        (403, "Forbidden: bot was blocked by the user", Trouble.CLOSED),
        (403, "Forbidden: user is deactivated", Trouble.CLOSED),
        (400, "Bad Request: chat not found", Trouble.CLOSED),
        (400, "Bad Request: can't parse entities", Trouble.WRONG),
        (401, "Unauthorized", Trouble.LOCKED),
        (404, "Not Found", Trouble.LOCKED),
        (500, "Internal Server Error", Trouble.AWAY),
        (502, "Bad Gateway", Trouble.AWAY),
    ],
)
async def test_f44_each_refusal_means_one_thing(
    api: BotApi, telegram: Telegram, code: int, description: str, trouble: Trouble
) -> None:
    """What the server says becomes a kind of trouble; what it said itself is not unsure."""

    async def refuse(method: str, params: dict[str, Any]) -> web.StreamResponse:
        return web.json_response({"ok": False, "error_code": code, "description": description}, status=code)

    api.fault = refuse
    failure = await telegram.send("7", NOTICE)
    assert isinstance(failure, Failure)
    assert (failure.trouble, failure.unsure) == (trouble, False)
    assert "demo-secret" not in failure.reason


async def test_f44_too_many_requests_holds_that_chat(api: BotApi, telegram: Telegram) -> None:
    """429 tells how long to wait; the chat is held that long, another one is not."""

    async def slow_down(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
        return too_fast(7) if params["chat_id"] == "7" else None

    api.fault = slow_down
    failure = await telegram.send("7", NOTICE)
    assert failure == Failure(Trouble.SLOW_DOWN, "Telegram asks to wait 7 s", after=7.0)
    assert telegram.wait_s("7") > 5
    assert isinstance(await telegram.send("8", NOTICE), Shown)


async def test_a_silent_server_leaves_it_open_whether_the_card_was_shown(
    api: BotApi, telegram: Telegram
) -> None:
    """After a time-out the message may be there; after a refused connection it cannot be."""

    async def silence(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
        await asyncio.sleep(5)
        return None

    api.fault = silence
    failure = await telegram.send("7", NOTICE)
    assert isinstance(failure, Failure)
    assert (failure.trouble, failure.unsure) == (Trouble.AWAY, True)
    nowhere = Telegram(TelegramOptions(TOKEN, "http://127.0.0.1:9", timeout_s=0.5), FAST)
    failure = await nowhere.send("7", NOTICE)
    await nowhere.close()
    assert isinstance(failure, Failure)
    assert (failure.trouble, failure.unsure) == (Trouble.AWAY, False)


async def test_a_connection_cut_after_the_work_leaves_it_open(api: BotApi, telegram: Telegram) -> None:
    """The server carried it out and died before it answered."""

    async def cut(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
        api.perform(method, params)
        raise ConnectionResetError

    api.fault = cut
    failure = await telegram.send("7", NOTICE)
    assert isinstance(failure, Failure)
    assert (failure.trouble, len(api.chat("7"))) == (Trouble.AWAY, 1)


async def test_a_proxy_that_is_not_there_is_told(api: BotApi) -> None:
    """An unreachable proxy is a fault as any other, and nothing was sent."""
    options = TelegramOptions(TOKEN, api.url, proxy="socks5://127.0.0.1:9", timeout_s=0.5)
    messenger = Telegram(options, FAST)
    failure = await messenger.send("7", NOTICE)
    await messenger.close()
    assert isinstance(failure, Failure)
    assert (failure.trouble, failure.unsure, api.calls) == (Trouble.AWAY, False, [])


async def test_check_tells_a_revoked_token(api: BotApi, telegram: Telegram) -> None:
    """getMe answers for a known token; another one is told with the setting to mend."""
    assert await telegram.check() is None
    other = Telegram(TelegramOptions("1000:revoked", api.url), FAST)
    failure = await other.check()
    await other.close()
    assert failure is not None
    assert failure.trouble is Trouble.LOCKED
    assert "notify.telegram.token" in failure.reason


async def test_one_connection_serves_many_messages(api: BotApi, telegram: Telegram) -> None:
    """The session stays open between calls."""
    for _ in range(5):
        await telegram.send("7", NOTICE)
    assert len(api.done("sendMessage")) == 5


def test_a_text_that_is_no_token_is_a_fault_of_the_config() -> None:
    """It is told with its setting before anything is sent."""
    with pytest.raises(ConfigFault, match=r"notify\.telegram\.token"):
        Telegram(TelegramOptions("no token"), FAST)


async def test_a_text_beyond_the_limit_is_never_sent(api: BotApi, telegram: Telegram) -> None:
    """4096 UTF-16 units: an emoji counts as two."""
    long = "😀" * 2049
    failure = await telegram.send("7", Notice(long, long, ""))
    assert isinstance(failure, Failure)
    assert failure.trouble is Trouble.WRONG
    assert api.calls == []
