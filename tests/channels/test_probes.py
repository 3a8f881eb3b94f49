"""Asking sources how they do: Telegram, VK, MAX, as their servers answer - in plain words, each with its mend."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.base import Condition
from channels.probes import PROBES
from intake.account import Account, Company
from intake.errors import LockedOut, Unavailable

COMPANY = Company(public_url="https://in.example.ru")
OURS = "https://in.example.ru/in/bot"


@asynccontextmanager
async def answering(answers: Mapping[str, tuple[int, Any]]) -> AsyncIterator[str]:
    """A provider that answers each method, by the end of its path; its address."""

    async def answer(request: web.Request) -> web.Response:
        status, told = answers[request.path.rsplit("/", 1)[1]]
        return web.json_response(told, status=status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def asked(kind: str, answers: Mapping[str, tuple[int, Any]], **options: Any) -> Condition:
    async with answering(answers) as api:
        given = {"token": "demo-token", "group_id": "77", "confirmation": "a1b2", "api": api, **options}
        account = Account("bot", kind, "demo-secret", options=given)
        return await PROBES[kind](account, COMPANY)


ME = (200, {"ok": True, "result": {"id": 1, "username": "shop_bot"}})


def hook(**told: Any) -> dict[str, tuple[int, Any]]:
    return {"getMe": ME, "getWebhookInfo": (200, {"ok": True, "result": {"url": OURS, **told}})}


@pytest.mark.parametrize(
    ("told", "options", "trouble"),
    [
        ({"pending_update_count": 4}, {}, ""),
        ({"url": ""}, {}, f"no webhook is set: call setWebhook with {OURS}"),
        ({"url": "https://other.example/hook"}, {}, "leads elsewhere (other.example)"),
        ({"last_error_date": 1, "last_error_message": "long ago"}, {}, ""),
        (
            {"last_error_date": int(time.time()), "last_error_message": "no route"},
            {},
            "bring an update: no route",
        ),
        ({"url": ""}, {"polling": True}, ""),
        ({}, {"polling": True}, "a webhook is set, so the bot cannot be polled"),
    ],
)
async def test_f44_a_bot_of_telegram(told: dict[str, Any], options: dict[str, Any], trouble: str) -> None:
    """Webhook and polling both on, a webhook that leads elsewhere or cannot be reached: each is told with its mend;
    what waits is counted."""
    condition = await asked("telegram", hook(**told), **options)
    assert "@shop_bot" in condition.said
    assert condition.backlog == told.get("pending_update_count", 0)
    assert trouble in condition.trouble
    assert bool(condition.trouble) == bool(trouble)


async def test_f44_a_revoked_token_is_no_passing_fault() -> None:
    """401 is for a person to mend, 502 passes; neither tells the token."""
    refused = {"getMe": (401, {"ok": False, "description": "Unauthorized"})}
    with pytest.raises(LockedOut, match="BotFather") as locked:
        await asked("telegram", refused)
    assert "demo-token" not in str(locked.value)
    with pytest.raises(Unavailable, match="answers 502") as away:
        await asked("telegram", {"getMe": (502, {})})
    assert not isinstance(away.value, LockedOut)


def community(code: str = "a1b2", **server: Any) -> dict[str, tuple[int, Any]]:
    ours = {"id": 1, "url": OURS, "status": "ok", "secret_key": "demo-secret", **server}
    return {
        "groups.getById": (200, {"response": {"groups": [{"id": 77, "name": "Ромашка"}]}}),
        "groups.getCallbackServers": (200, {"response": {"count": 1, "items": [ours]}}),
        "groups.getCallbackConfirmationCode": (200, {"response": {"code": code}}),
    }


@pytest.mark.parametrize(
    ("answers", "options", "trouble"),
    [
        (community(), {}, ""),
        (community(code="c3d4"), {}, "the confirmation string has changed"),
        (community(secret_key="demo-other"), {}, "another secret key"),
        (community(status="failed"), {}, "switched its callback server off after errors"),
        (community(status="unconfigured"), {}, "not confirmed"),
        (community(url="https://other.example/vk"), {}, f"no callback server leads to {OURS}"),
        (community(url="https://other.example/vk"), {"polling": True}, ""),
    ],
)
async def test_f45_a_community_of_vk(
    answers: dict[str, tuple[int, Any]], options: dict[str, Any], trouble: str
) -> None:
    """Suspended after errors, another secret, a changed confirmation: told before somebody misses a message."""
    condition = await asked("vk", answers, **options)
    assert "Ромашка" in condition.said
    assert trouble in condition.trouble
    assert bool(condition.trouble) == bool(trouble)


async def test_f45_a_key_that_vk_refuses() -> None:
    """Error 5 is for a person to mend."""
    error = {"error": {"error_code": 5, "error_msg": "User authorization failed"}}
    with pytest.raises(LockedOut, match="access key"):
        await asked("vk", {"groups.getById": (200, error)})


@pytest.mark.parametrize(
    ("urls", "options", "trouble"),
    [
        ([OURS], {}, ""),
        ([], {}, f"no subscription leads to {OURS}"),
        ([OURS], {"polling": True}, "cannot be polled"),
        ([], {"polling": True}, ""),
    ],
)
async def test_a_bot_of_max(urls: list[str], options: dict[str, Any], trouble: str) -> None:
    """MAX ends a subscription by itself: that is told."""
    answers = {
        "me": (200, {"user_id": 5, "name": "Магазин"}),
        "subscriptions": (200, {"subscriptions": [{"url": url} for url in urls]}),
    }
    condition = await asked("max", answers, **options)
    assert "Магазин" in condition.said
    assert trouble in condition.trouble
    assert bool(condition.trouble) == bool(trouble)


async def test_a_bot_of_max_whose_token_was_revoked() -> None:
    """401 is for a person to mend."""
    with pytest.raises(LockedOut):
        await asked("max", {"me": (401, {"code": "verify.token", "message": "Invalid access_token"})})


@pytest.mark.parametrize("kind", ["telegram", "vk", "max"])
async def test_a_provider_that_is_away_is_told_without_the_token(kind: str) -> None:
    """The address may hold the token: the fault does not tell it."""
    account = Account(
        "bot", kind, options={"token": "demo-token", "group_id": "7", "api": "http://127.0.0.1:1"}
    )
    with pytest.raises(Unavailable) as away:
        await PROBES[kind](account, COMPANY)
    assert "demo-token" not in str(away.value)
