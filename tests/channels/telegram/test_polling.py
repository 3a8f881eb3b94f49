"""Long polling: a Bot API server of our own plays Telegram over loopback."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.base import Listening
from channels.telegram import CHANNEL
from channels.telegram.listener import Pace, UpdatesPoller, poller_of
from intake.account import Account
from intake.clock import ManualClock
from intake.errors import ConfigFault, JournalUnavailable, Unavailable
from intake.inquiry import NewRaw
from intake.ports import Delivery, HealthReport, HealthState, Receipt

TOKEN = "100:demo-secret"
POLLING = Account("bot", "telegram", options={"token": TOKEN, "polling": True})


@dataclass
class Telegram:
    """Keeps updates until they are confirmed, as the real one does. `refusal` is its answer instead."""

    waiting: list[dict[str, Any]] = field(default_factory=list)
    refusal: tuple[int, dict[str, Any]] | None = None
    silent: bool = False
    offsets: list[int] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set at every question."""

    async def answer(self, request: web.Request) -> web.Response:
        assert request.match_info["token"] == TOKEN
        offset = (await request.json()).get("offset", 0)
        self.offsets.append(offset)
        self.asked.set()
        if self.refusal:
            return web.json_response(self.refusal[1], status=self.refusal[0])
        self.waiting = [one for one in self.waiting if one["update_id"] >= offset]
        if self.silent:
            await asyncio.sleep(60)
        await asyncio.sleep(0 if self.waiting else 0.01)
        return web.json_response({"ok": True, "result": self.waiting})


@dataclass
class Desk:
    """A door that keeps what comes, after refusing `away` times; it remembers what was confirmed before."""

    there: Telegram
    away: int = 0
    raws: list[NewRaw] = field(default_factory=list)
    reports: list[HealthReport] = field(default_factory=list)
    confirmed_too_early: bool = False

    async def accept(self, delivery: Delivery) -> list[Receipt]:
        ids = [int(raw.external_id) for raw in delivery.raws]
        self.confirmed_too_early |= {one["update_id"] for one in self.there.waiting} < set(ids)
        if self.away:
            self.away -= 1
            raise JournalUnavailable
        self.raws += delivery.raws
        return []

    def refuse(self, account: str) -> None:
        raise AssertionError(account)

    def read(self, account: str, place: str) -> None:
        raise AssertionError((account, place))

    async def report(self, report: HealthReport) -> None:
        self.reports.append(report)


@asynccontextmanager
async def polled(there: Telegram, **options: Any) -> AsyncIterator[tuple[UpdatesPoller, Listening, Desk]]:
    app = web.Application()
    app.router.add_post("/bot{token}/getUpdates", there.answer)
    async with TestServer(app, host="127.0.0.1") as server:
        api = str(server.make_url(""))
        account = Account("bot", "telegram", options={"token": TOKEN, "api": api, "polling": True, **options})
        desk = Desk(there)
        listening = Listening(account, desk, desk, ManualClock(), desk.report)
        yield UpdatesPoller(account, Pace(hold=1, grace=1.0)), listening, desk


async def until(there: Telegram, *reached: Callable[[], bool]) -> None:
    """Looked at whenever Telegram is asked, which is after what came before was dealt with."""
    async with asyncio.timeout(10):
        while not all(one() for one in reached):
            there.asked.clear()
            await there.asked.wait()


@asynccontextmanager
async def listened(poller: UpdatesPoller, listening: Listening) -> AsyncIterator[None]:
    task = asyncio.create_task(poller.listen(listening))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def updates(*numbers: int) -> list[dict[str, Any]]:
    message = {"from": {"id": 8080}, "chat": {"id": 8080, "type": "private"}, "text": "Цена?"}
    return [{"update_id": one, "message": {"message_id": one, **message}} for one in numbers]


async def test_f43_updates_are_confirmed_only_when_the_journal_has_them() -> None:
    """Each goes in whole, with its id and group; then the next question tells Telegram to forget it."""
    there = Telegram(updates(9007199254740993, 9007199254740994))
    async with polled(there) as (poller, listening, desk), listened(poller, listening):
        await until(there, lambda: bool(there.offsets), lambda: not there.waiting)
    assert [raw.external_id for raw in desk.raws] == ["9007199254740993", "9007199254740994"]
    assert json.loads(desk.raws[0].body) == updates(9007199254740993)[0]
    assert desk.raws[0].group == "message:8080:9007199254740993"
    assert not desk.confirmed_too_early
    assert desk.reports[0].state is HealthState.OK
    assert desk.reports[0].last_item


async def test_f44_what_the_journal_could_not_take_is_asked_for_again() -> None:
    """The listener gives up without confirming; when it is called again everything is still there."""
    there = Telegram(updates(5, 6))
    async with polled(there) as (poller, listening, desk):
        desk.away = 1
        with pytest.raises(JournalUnavailable):
            await poller.listen(listening)
        assert len(there.waiting) == 2
        async with listened(poller, listening):
            await until(there, lambda: bool(there.offsets), lambda: not there.waiting)
    assert [raw.external_id for raw in desk.raws] == ["5", "6"]


async def test_f43_ids_that_begin_anew_after_a_silence_are_not_missed() -> None:
    """Once all is confirmed no offset is sent: a smaller id is news too."""
    there = Telegram(updates(500))
    async with polled(there) as (poller, listening, desk), listened(poller, listening):
        await until(there, lambda: len(there.offsets) >= 3)
        there.waiting = updates(7)
        await until(there, lambda: len(desk.raws) >= 2)
    assert there.offsets[:3] == [0, 501, 0]
    assert [raw.external_id for raw in desk.raws] == ["500", "7"]


@pytest.mark.parametrize(
    ("status", "said", "mend", "after"),
    [
        (401, {"description": "Unauthorized"}, "@BotFather", 60),
        (404, {"description": "Not Found"}, "@BotFather", 60),
        (
            409,
            {"description": "Conflict: can't use getUpdates method while webhook is active"},
            "deleteWebhook",
            30,
        ),
        (409, {"description": "Conflict: terminated by other getUpdates request"}, "other program", 30),
        (429, {"description": "Too Many Requests", "parameters": {"retry_after": 17}}, "17 s", 17),
        (502, {"description": "Bad Gateway"}, "502", None),
        (200, {"description": "strange"}, "200", None),
    ],
)
async def test_f44_a_refusal_names_its_mend_and_when_to_come_again(
    status: int, said: dict[str, Any], mend: str, after: float | None
) -> None:
    """The keeper makes an alarm of it and waits; the token stands in no message."""
    there = Telegram(refusal=(status, {"ok": False, **said}))
    async with polled(there) as (poller, listening, _):
        with pytest.raises(Unavailable) as raised:
            await poller.listen(listening)
    assert mend in str(raised.value)
    assert raised.value.after == after
    assert "demo-secret" not in str(raised.value)


async def test_f44_a_server_that_is_gone_or_says_nothing_is_told_without_the_token() -> None:
    """A half-open connection ends when Telegram should long have answered."""
    there = Telegram(silent=True)
    async with polled(there) as (poller, listening, _):
        with pytest.raises(Unavailable, match="TimeoutError") as raised:
            await poller.listen(listening)
    assert "demo-secret" not in str(raised.value)
    with pytest.raises(Unavailable, match="does not answer") as gone:
        await poller.listen(listening)
    assert "demo-secret" not in str(gone.value)


def test_only_a_bot_that_asks_for_it_is_polled() -> None:
    """A webhook and a poller would take each other's updates; without a token nothing can be asked."""
    assert poller_of(Account("bot", "telegram", options={"token": TOKEN})) is None
    assert poller_of(POLLING)
    assert CHANNEL.check
    assert not CHANNEL.check(POLLING)
    told = CHANNEL.check(Account("bot", "telegram", options={"token": TOKEN}))
    assert [fault[0] for fault in told] == ["secret_token"]
    with pytest.raises(ConfigFault):
        poller_of(Account("bot", "telegram", options={"polling": True}))
