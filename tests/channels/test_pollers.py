"""VK's Bots Long Poll and MAX's long polling: nothing is confirmed before it is on disk, and faults have their mend."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from channels.base import Listening, Stream
from channels.max import CHANNEL as MAX
from channels.max.listener import MaxPoller, MaxWatch
from channels.max.listener import Pace as MaxPace
from channels.max.listener import listener_of as max_listener
from channels.vk import CHANNEL as VK
from channels.vk.listener import Pace as VkPace
from channels.vk.listener import VkPoller, VkWatch
from channels.vk.listener import listener_of as vk_listener
from intake.account import Account
from intake.clock import ManualClock
from intake.errors import ConfigFault, JournalUnavailable, LeadIntakeError, Unavailable
from intake.inquiry import NewRaw
from intake.ports import Delivery, HealthReport, HealthState, Receipt
from tests.standins.pollings import MaxPolling, Polled, VkLongPoll

HOOK = "https://in.example.ru/in/here"


@dataclass
class Desk:
    """A door with a cursor, which may be away; it keeps both in one go, as the journal does."""

    away: int = 0
    raws: list[NewRaw] = field(default_factory=list)
    cursor: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    reports: list[HealthReport] = field(default_factory=list)
    rung: asyncio.Event = field(default_factory=asyncio.Event)

    async def accept(self, delivery: Delivery) -> list[Receipt]:
        self.rung.set()
        if delivery.raws and self.away:
            self.away -= 1
            raise JournalUnavailable
        self.raws += delivery.raws
        if delivery.cursor:
            self.cursor[delivery.cursor.place] = delivery.cursor.value
        return []

    def refuse(self, account: str) -> None:
        raise AssertionError(account)

    def read(self, account: str, place: str) -> Mapping[str, Any] | None:
        return self.cursor.get(place)

    async def report(self, report: HealthReport) -> None:
        self.reports.append(report)
        self.rung.set()

    def texts(self) -> list[str]:
        told = [json.loads(raw.body) for raw in self.raws]
        vk = [one["object"]["message"]["text"] for one in told if "object" in one]
        return vk or [one["message"]["body"]["text"] for one in told]

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not true():
                self.rung.clear()
                await self.rung.wait()


def account(kind: str, url: str, **options: Any) -> Account:
    given = {"token": "demo-secret", "group_id": 1, "api": url, "polling": True} | options
    return Account("here", kind, "demo-secret", options=given)


def made(there: Polled, **options: Any) -> Stream:
    if isinstance(there, VkLongPoll):
        return VkPoller(account("vk", there.url, **options), VkPace(1, 0.5))
    return MaxPoller(account("max", there.url, **options), MaxPace(1, 0.5))


@asynccontextmanager
async def listened(stream: Stream, desk: Desk) -> AsyncIterator[None]:
    listening = Listening(Account("here", "x"), desk, desk, ManualClock(), desk.report)
    task = asyncio.create_task(stream.listen(listening))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, LeadIntakeError):
            await task


async def fault_of(stream: Stream, desk: Desk) -> Unavailable:
    """What ends the listening."""
    listening = Listening(Account("here", "x"), desk, desk, ManualClock(), desk.report)
    with pytest.raises(Unavailable) as raised:
        async with asyncio.timeout(10):
            await stream.listen(listening)
    assert "demo-secret" not in str(raised.value)
    return raised.value


both = pytest.mark.parametrize("kind", [VkLongPoll, MaxPolling])


@both
async def test_f45_what_is_said_goes_into_the_journal_with_its_place(kind: Callable[[], Any]) -> None:
    """Each event as a webhook would have told it, with its id and group; then the next question goes on from there."""
    desk = Desk()
    async with kind() as there, listened(made(there), desk):
        await desk.until(lambda: desk.reports)
        there.happens("Цена?", "Алло?")
        await desk.until(lambda: len(desk.raws) == 2)
    assert desk.texts() == ["Цена?", "Алло?"]
    assert all(raw.external_id and raw.group.startswith("message:") for raw in desk.raws)
    assert desk.reports[-1].state is HealthState.OK


@both
async def test_a_journal_that_is_away_or_a_kill_loses_nothing(kind: Callable[[], Any]) -> None:
    """What could not be kept is asked for again by the next listener, from the place that was kept."""
    desk = Desk()
    async with kind() as there:
        async with listened(made(there), desk):
            await desk.until(lambda: desk.reports)
        there.happens("Цена?")
        desk.away = 1
        listening = Listening(Account("here", "x"), desk, desk, ManualClock(), desk.report)
        with pytest.raises(JournalUnavailable):
            await made(there).listen(listening)
        assert desk.raws == []
        there.happens("Алло?")
        async with listened(made(there), desk):
            await desk.until(lambda: len(desk.raws) == 2)
    assert desk.texts() == ["Цена?", "Алло?"]


@both
@pytest.mark.parametrize(("status", "tree"), [(502, "<html>"), (200, "<html>"), (429, {}), (500, {"x": 1})])
async def test_f44_an_outage_ends_the_listening_with_its_reason(
    kind: Callable[[], Any], status: int, tree: Any
) -> None:
    """The keeper tells it and comes again; what waits is still there."""
    desk = Desk()
    async with kind() as there:
        there.faults.append((status, tree))
        error = await fault_of(made(there), desk)
        assert error.retryable


@both
async def test_f44_a_half_open_connection_ends_in_time(kind: Callable[[], Any]) -> None:
    """A source that says nothing for longer than it may is gone."""
    async with kind() as there:
        there.silent = True
        await fault_of(made(there), Desk())
        assert len(there.asked) == 1


@both
async def test_f44_a_server_that_is_gone_is_told(kind: Callable[[], Any]) -> None:
    """Without its address, which may hold a token."""
    async with kind() as there:
        stream = made(there)
    assert "does not answer" in str(await fault_of(stream, Desk()))


async def test_f45_a_key_that_ran_out_is_made_anew_and_the_place_is_kept() -> None:
    """failed 2: nothing is read twice, nothing is passed over."""
    desk = Desk()
    async with VkLongPoll() as there, listened(made(there), desk):
        await desk.until(lambda: desk.reports)
        there.happens("Цена?")
        await desk.until(lambda: desk.raws)
        there.key = "key2"
        there.happens("Алло?")
        await desk.until(lambda: len(desk.raws) == 2)
    assert desk.texts() == ["Цена?", "Алло?"]
    assert there.methods.count("groups.getLongPollServer") == 2


@pytest.mark.parametrize("failed", [{"failed": 1, "ts": "15"}, {"failed": 3}])
async def test_f45_what_vk_has_forgotten_is_read_from_the_dialogs(failed: dict[str, Any]) -> None:
    """The last words of dialogs that nobody answered, as the messages they are; our own last words are none."""
    desk = Desk()
    async with VkLongPoll() as there:
        there.happens("Цена?")
        last = {
            "id": 3,
            "conversation_message_id": 3,
            "peer_id": 7,
            "from_id": 7,
            "text": "Есть кто?",
            "out": 0,
        }
        there.unanswered = [last, {**last, "peer_id": 9, "out": 1}]
        desk.cursor["longpoll"] = {"ts": "2"}
        there.faults.append((200, failed))
        async with listened(made(there), desk):
            await desk.until(lambda: desk.reports)
    assert desk.texts()[0] == "Есть кто?"
    assert desk.raws[0].group == "message:7:3"
    assert desk.cursor["longpoll"]["ts"] in ("11", "15")


@pytest.mark.parametrize(
    ("refusal", "mend"),
    [
        ({"error_code": 5, "error_msg": "User authorization failed"}, "new access key"),
        ({"error_code": 100, "error_msg": "group_id is invalid"}, "allow the Long Poll API"),
    ],
)
async def test_f44_a_key_that_vk_refuses_is_told_with_its_mend(refusal: dict[str, Any], mend: str) -> None:
    """And asked with again only after a minute."""
    async with VkLongPoll() as there:
        there.refusal = refusal
        error = await fault_of(made(there), Desk())
    assert mend in str(error)
    assert error.after == 60


async def test_f44_a_token_that_max_refuses_is_told_with_its_mend() -> None:
    """So is a subscription that forbids polling."""
    async with MaxPolling() as there:
        there.faults.append((401, {"code": "verify.token", "message": "Invalid access_token"}))
        error = await fault_of(made(there), Desk())
    assert "copy the bot's token" in str(error)
    assert error.after == 60


async def test_a_subscription_that_max_ended_is_made_anew() -> None:
    """With the secret that the webhook is checked by; one that stands is left alone."""
    desk = Desk()
    async with MaxPolling() as there:
        watch = MaxWatch(account("max", there.url, webhook=HOOK, polling=False), MaxPace(watch=0.01))
        async with listened(watch, desk):
            await desk.until(lambda: len(desk.reports) >= 3)
        assert [(one["url"], one["secret"]) for one in there.subscriptions] == [(HOOK, "demo-secret")]
        assert [report.detail.get("code") for report in desk.reports[:2]] == ["resubscribed", None]
        there.subscriptions.clear()
        there.makes = False
        assert "not reached" in str(await fault_of(watch, Desk()))


@pytest.mark.parametrize(
    ("servers", "mend"),
    [
        ([], "add it in the community's settings"),
        ([{"url": HOOK, "status": "failed"}], "press Confirm"),
        ([{"url": HOOK, "status": "unconfigured"}], "press Confirm"),
    ],
)
async def test_f45_a_callback_server_that_vk_switched_off_is_told(servers: list[Any], mend: str) -> None:
    """VK itself tells nobody."""
    async with VkLongPoll() as there:
        there.servers = servers
        watch = VkWatch(account("vk", there.url, webhook=HOOK, polling=False))
        assert mend in str(await fault_of(watch, Desk()))
        there.servers = [{"url": f"{HOOK}/", "status": "ok"}]
        desk = Desk()
        async with listened(watch, desk):
            await desk.until(lambda: desk.reports)


def test_only_who_asks_for_it_is_polled_or_watched() -> None:
    """A webhook needs its secret, a poller does not; settings that cannot be are told."""
    for kind, listener, channel in (("vk", vk_listener, VK), ("max", max_listener, MAX)):
        plain = account(kind, "http://127.0.0.1:1", polling=False)
        assert listener(plain) is None
        assert listener(account(kind, "http://127.0.0.1:1"))
        assert listener(account(kind, "http://127.0.0.1:1", polling=False, webhook=HOOK))
        assert channel.check
        secretless = Account("here", kind, options={"token": "x", "group_id": 1})
        assert "secret" in [fault[0] for fault in channel.check(secretless)]
        assert not channel.check(
            Account("here", kind, options={"token": "x", "group_id": 1, "polling": True})
        )
        assert channel.check(account(kind, "", polling="yes"))[0][0] == "polling"
        with pytest.raises(ConfigFault):
            listener(account(kind, "", token=""))
    with pytest.raises(ConfigFault):
        max_listener(account("max", "", polling=False, webhook="http://in.example.ru"))
