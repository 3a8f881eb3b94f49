"""MAX and VK as managers' messengers: what is made of their errors and events, and that no markup comes through."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from hypothesis import given, settings

from notify.base import Button, Failure, Gone, Notice, Shown, Trouble
from notify.hearing import Other
from notify.max import Max
from notify.max import _body as max_body
from notify.max import _heard as max_heard
from notify.options import Limits, MaxOptions, VkOptions
from notify.vk import Vk
from notify.vk import _body as vk_body
from notify.vk import _heard as vk_heard
from notify.vk import _keyboard as vk_keyboard
from tests.notify.test_cards import HOSTILE
from tests.standins.other_bots import GROUP, TOKEN, MaxApi, StandingBot, VkApi

NOTICE = Notice(
    "<b>x</b>", "x", "x", rows=((Button("Take", data="t.x.1.y"), Button("Open", url="https://x.example")),)
)
_FAST = Limits(10_000, 600_000, 10_000)


@pytest_asyncio.fixture
async def max_api() -> AsyncIterator[MaxApi]:
    async with StandingBot(MaxApi()) as api:
        yield api


@pytest_asyncio.fixture
async def vk_api() -> AsyncIterator[VkApi]:
    async with StandingBot(VkApi()) as api:
        yield api


def _max(api: MaxApi, token: str = TOKEN) -> Max:
    return Max(MaxOptions(token, api.url, timeout_s=1), _FAST)


def _vk(api: VkApi, token: str = TOKEN) -> Vk:
    return Vk(VkOptions(token, GROUP, api.url, timeout_s=1), _FAST)


@pytest.mark.parametrize("kind", ["max", "vk"])
async def test_what_is_sent_is_edited_and_what_is_gone_is_sent_anew(kind: str) -> None:
    """Buttons go with it, addresses too; an edit without buttons takes them away."""
    async with StandingBot(MaxApi() if kind == "max" else VkApi()) as api:
        one = _max(api) if kind == "max" else _vk(api)
        shown = await one.send("7", NOTICE)
        assert isinstance(shown, Shown)
        assert api.chat("7")[0].buttons == [
            [{"text": "Take", "callback_data": "t.x.1.y"}, {"text": "Open", "url": "https://x.example"}]
        ]
        assert await one.edit("7", shown.message_id, Notice("y", "y", "y")) == shown
        assert (api.chat("7")[0].text, api.chat("7")[0].buttons) == ("y", [])
        assert isinstance(await one.edit("7", "404", NOTICE), Gone)
        assert await one.check() is None
        await one.close()


@pytest.mark.parametrize("kind", ["max", "vk"])
async def test_troubles_are_told_as_data(kind: str) -> None:
    """Blocked, a wrong token, silence, an answer that is none: each as the relay has to know it."""
    async with StandingBot(MaxApi() if kind == "max" else VkApi()) as api:
        one, wrong = (_max(api), _max(api, "other")) if kind == "max" else (_vk(api), _vk(api, "other"))
        api.blocked.add("7")
        assert _trouble(await one.send("7", NOTICE)) is Trouble.CLOSED
        assert _trouble(await wrong.send("8", NOTICE)) is Trouble.LOCKED
        assert _trouble(await wrong.check()) is Trouble.LOCKED

        async def broken(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
            return web.Response(status=502, text="<html>")

        api.fault = broken
        assert _trouble(await one.send("8", NOTICE)) is Trouble.AWAY
        for each in (one, wrong):
            await each.close()


async def test_a_pause_that_is_asked_for_is_kept(max_api: MaxApi, vk_api: VkApi) -> None:
    """429 with its time; VK's «too many»."""

    async def fast(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
        return web.json_response({"code": "too.many"}, status=429, headers={"Retry-After": "7"})

    async def flood(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
        return web.json_response({"error": {"error_code": 9, "error_msg": "Flood control"}})

    max_api.fault, vk_api.fault = fast, flood
    for one, seconds in ((_max(max_api), 7.0), (_vk(vk_api), 10.0)):
        told = await one.send("7", NOTICE)
        assert isinstance(told, Failure)
        assert (told.trouble, told.after) == (Trouble.SLOW_DOWN, seconds)
        assert one.wait_s("7") > seconds - 1
        assert one.wait_s("8") < 1
        await one.close()


@settings(max_examples=150, deadline=None)
@given(text=HOSTILE)
def test_f63_no_mention_link_or_markup_comes_to_life(text: str) -> None:
    """VK's `[id1|name]`, `@all`, `*id1`; addresses; MAX is told of no format at all."""
    notice = Notice("", f"Card\n> {text}", "x")
    shown = vk_body(notice.plain)["message"]
    assert len(shown) <= 4096
    assert not re.search(r"[\[@*]\w", shown)
    assert not re.search(r"https?://\w", shown)
    body = max_body(notice)
    assert "format" not in body
    assert len(body["text"]) <= 4000
    assert not re.search(r"https?://\w|@\w", body["text"])


def test_vks_keyboard_leaves_out_addresses_first_and_then_the_last_rows() -> None:
    """Ten buttons in six rows at most; labels of forty signs."""
    rows = (*((Button("x" * 60, data=str(n)),) for n in range(7)), (Button("Open", url="https://x.example"),))
    shown = json.loads(vk_keyboard(Notice("", "x", "x", rows=rows))["keyboard"])["buttons"]
    assert len(shown) == 6
    assert all(
        len(one["action"]["label"]) <= 40 and one["action"]["type"] == "callback"
        for row in shown
        for one in row
    )


@pytest.mark.parametrize(
    "update", [{}, {"update_type": "message_callback"}, {"update_type": "message_created"}]
)
def test_what_is_built_otherwise_is_none_of_ours(update: dict[str, Any]) -> None:
    """An event nobody told us of ends nothing."""
    assert isinstance(max_heard(update), Other)
    assert isinstance(vk_heard({"type": "message_event", "object": update}), Other)
    assert isinstance(vk_heard({"type": "message_new", "object": {"message": update}}), Other)


async def test_vks_long_poll_finds_a_new_key_and_goes_on(vk_api: VkApi) -> None:
    """failed 2: another key, the same place; failed 1: the place is told."""
    one = _vk(vk_api)
    ear = one.ear()
    vk_api.write("7", "first")
    ear.go_on("0")
    answers = [{"failed": 2}, {"failed": 1, "ts": 0}]

    async def failing(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
        return web.json_response(answers.pop(0)) if method == "a_check" and answers else None

    vk_api.fault = failing
    assert await ear.hear(0, 0) == []
    assert await ear.hear(0, 0) == []
    (said,) = await ear.hear(0, 0)  # type: ignore[misc]  # a list, as the next line proves
    assert said.text == "first"
    assert [said] == await ear.hear(said.number, 0)
    assert ear.place(said.number) == "0"
    assert ear.place(said.number + 1) == "1"
    await one.close()


def _trouble(told: object) -> Trouble | None:
    return told.trouble if isinstance(told, Failure) else None
