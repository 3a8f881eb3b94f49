"""Hearing a community: the Bots Long Poll, where no callback server can reach us, and the watch over one that can.

The format: https://dev.vk.com/ru/api/bots-long-poll/getting-started
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from channels.base import Listening, Stream, Undelivered
from channels.calling import Answer, Caller, lasting
from channels.messages import Node, child, children, ident, number, text_of
from channels.vk.channel import group_id
from channels.vk.event import About, event_of, external_id, group_of
from channels.vk.ways import VkApi
from intake.account import Account
from intake.errors import ConfigFault, Unavailable
from intake.inquiry import NewRaw
from intake.ports import Cursor, Delivery, HealthReport, HealthState

PLACE = "longpoll"
_REFUSED_S = 60.0
_LOST = "VK has forgotten how far we read: messages of the gap are read from the dialogs that nobody answered"


@dataclass(frozen=True, slots=True)
class Pace:
    """In seconds: how long VK may hold a question open, how much later than that it may answer, and how often the
    callback server is looked at."""

    hold: int = 25
    grace: float = 10.0
    watch: float = 300.0


@dataclass(slots=True)
class _Session:
    """Where to ask, with which key, from which event on."""

    server: str
    key: str
    ts: str


def listener_of(account: Account) -> Stream | None:
    """The poller of a community with `polling = true`; for one with a `webhook` address the watch over its callback
    server; else None."""
    if account.options.get("polling") is True:
        return VkPoller(account)
    return VkWatch(account) if account.option("webhook") else None


class VkPoller:
    """`channels.base.Stream` for a community. How far it has read is kept in the commit that keeps what it read: a
    kill between the two loses nothing; what comes again is recognised by its `event_id`."""

    def __init__(self, account: Account, pace: Pace | None = None) -> None:
        if not account.option("token") or not group_id(account):
            raise ConfigFault(f"{account.id}: polling a community needs its token and group_id")
        self._account = account
        self._group = group_id(account)
        self._pace = pace or Pace()

    async def listen(self, listening: Listening) -> None:
        """Ask until cancelled. Raises Unavailable when VK does not answer, or refuses: then with its mend."""
        api = VkApi(self._account)
        try:
            kept = await asyncio.to_thread(listening.cursors.read, self._account.id, PLACE)
            session = await self._begun(api, str(kept.get("ts", "")) if kept else "")
            if kept is None:
                # from here on: what was written before the account was connected is nobody's news
                await listening.door.accept(Delivery((), self._cursor(session.ts)))
            while True:
                await self._step(api, session, listening)
        finally:
            await api.caller.close()

    async def _step(self, api: VkApi, session: _Session, listening: Listening) -> None:
        told = (await self._ask(api.caller, session)).tree
        failed = number(told, "failed")
        if failed:
            await self._mend(api, session, told, failed, listening)
            return
        ts, updates = ident(told, "ts"), children(told, "updates")
        if not ts:
            raise Unavailable("VK answers something else than events")
        if updates or ts != session.ts:
            raws = _raws(updates, self._account)
            await listening.door.accept(Delivery(raws, self._cursor(ts)))
            session.ts = ts
        await listening.report(_well(listening, bool(updates)))

    async def _ask(self, caller: Caller, session: _Session) -> Answer:
        query = {"act": "a_check", "key": session.key, "ts": session.ts, "wait": str(self._pace.hold)}
        answer = await caller.call(
            "GET", session.server, query=query, timeout_s=self._pace.hold + self._pace.grace
        )
        if answer.status != 200:
            raise Unavailable(f"VK answers {answer.status}", after=answer.after)
        return answer

    async def _mend(
        self, api: VkApi, session: _Session, told: Node, failed: int, listening: Listening
    ) -> None:
        """1: the history is shorter than our place; 2: the key ran out; 3: both are lost; 4: the wrong version."""
        match failed:
            case 1 if ident(told, "ts"):
                await self._missed(api, listening)
                session.ts = ident(told, "ts")
                await listening.door.accept(Delivery((), self._cursor(session.ts)))
            case 2:
                fresh = await self._begun(api, session.ts)
                session.server, session.key = fresh.server, fresh.key
            case 3:
                await self._missed(api, listening)
                fresh = await self._begun(api, "")
                session.server, session.key, session.ts = fresh.server, fresh.key, fresh.ts
                await listening.door.accept(Delivery((), self._cursor(session.ts)))
            case _:
                raise Unavailable(f"VK does not go on (failed {failed})", after=_REFUSED_S)

    async def _begun(self, api: VkApi, ts: str) -> _Session:
        """A server and a key; `ts` is our own place where we know one."""
        try:
            told = child(await api.ask("groups.getLongPollServer", group_id=self._group), "response")
        except Undelivered as refused:
            mend = (
                "allow the Long Poll API in the community's settings, and give the key the right to manage it"
            )
            raise lasting(refused, mend) from None
        server, key, place = text_of(told, "server"), text_of(told, "key"), ident(told, "ts")
        if not server or not key:
            raise Unavailable("VK names no server to ask")
        return _Session(server, key, ts or place)

    async def _missed(self, api: VkApi, listening: Listening) -> None:
        """What the events of a gap would have told: the last word of each dialog that nobody has answered."""
        try:
            told = await api.ask("messages.getConversations", filter="unanswered", count="200")
        except Undelivered as refused:
            raise Unavailable(f"{_LOST}, but VK refuses: {refused}", after=_REFUSED_S) from None
        found = children(told, "response", "items")
        updates: list[Node] = [
            {"type": "message_new", "group_id": int(self._group), "object": {"message": last}}
            for one in found
            if (last := child(one, "last_message")) and last.get("out") != 1
        ]
        if updates:
            await listening.door.accept(Delivery(_raws(updates, self._account)))

    def _cursor(self, ts: str) -> Cursor:
        return Cursor(self._account.id, PLACE, {"ts": ts})


class VkWatch:
    """`channels.base.Stream` for a community with a callback server: nothing is read; whether VK still calls it is
    looked at, for after a few failures VK stops, and tells nobody."""

    def __init__(self, account: Account, pace: Pace | None = None) -> None:
        if not account.option("token") or not group_id(account):
            raise ConfigFault(f"{account.id}: watching a callback server needs the token and group_id")
        self._url = account.option("webhook").rstrip("/")
        self._account = account
        self._group = group_id(account)
        self._pace = pace or Pace()

    async def listen(self, listening: Listening) -> None:
        """Look until cancelled. Raises Unavailable with its mend when VK does not call us."""
        api = VkApi(self._account)
        try:
            while True:
                await self._look(api)
                now = listening.clock.now()
                await listening.report(HealthReport(self._account.id, HealthState.OK, last_success=now))
                await asyncio.sleep(self._pace.watch)
        finally:
            await api.caller.close()

    async def _look(self, api: VkApi) -> None:
        try:
            told = await api.ask("groups.getCallbackServers", group_id=self._group)
        except Undelivered as refused:
            raise lasting(refused) from None
        servers = children(told, "response", "items")
        ours = next((one for one in servers if text_of(one, "url").rstrip("/") == self._url), None)
        if ours is None:
            mend = "add it in the community's settings: Managing, API, Callback API"
            raise Unavailable(f"VK knows no callback server {self._url}: {mend}", after=_REFUSED_S)
        status = ident(ours, "status")
        if status not in ("ok", "wait"):
            mend = "press Confirm beside it in the community's Callback API settings"
            raise Unavailable(f"VK does not call us any more ({status}): {mend}", after=_REFUSED_S)


def _raws(updates: Sequence[Node], account: Account) -> list[NewRaw]:
    """The events as the callback server would have told them, without the secret; what only passes is left out."""
    read = [(update, event_of(update)) for update in updates]
    return [
        NewRaw(
            account=account.id,
            channel=account.kind,
            body=orjson.dumps(update),
            head={"source": "longpoll"},
            external_id=external_id(update, event),
            group=group_of(event),
        )
        for update, event in read
        if event.about is not About.PASSING
    ]


def _well(listening: Listening, has_items: bool) -> HealthReport:
    now = listening.clock.now()
    item = now if has_items else None
    return HealthReport(listening.account.id, HealthState.OK, last_success=now, last_item=item)
