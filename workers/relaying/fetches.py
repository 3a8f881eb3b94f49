"""Fetches: carries out `enrich` effects - names, files, what an id stood for; what comes goes into the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import structlog

from channels.base import FILES, LEAD, NAME, Files, TooLarge, Undelivered, Unfetchable, Way
from channels.messages import unfetched
from intake.clock import Millis
from intake.effect import DueEffect
from intake.errors import LeadIntakeError, Unavailable
from intake.inquiry import Inquiry, NewRaw
from intake.ports import Delivery
from workers import fetched
from workers.relaying.answers import pause_ms
from workers.relaying.errands import Backroom

_TRIES = 12
"""So often what may come yet is asked for; with the pauses between, about ten minutes."""
_AT_ONCE = 4
_REMEMBERED = 10_000
_JOURNAL_AGAIN_S = 0.5


class Shelf(Protocol):
    """Where files are kept."""

    def put(self, content: bytes) -> str:
        """Keep the file; its key. Raises OSError."""
        ...


class Intake(Protocol):
    """The journal, for what was fetched."""

    def append(self, deliveries: Sequence[Delivery], refused: Mapping[str, int], now: Millis) -> object:
        """Commit it. Raises Unavailable."""
        ...


class Fetches:
    """`workers.relaying.errands.Runner` for what one account's provider is asked. `original` gives an inquiry as its
    first event told it, for one that the ledger does not have yet; `ring` wakes the workers."""

    most = 100

    def __init__(
        self,
        account: str,
        room: Backroom,
        journal: Intake,
        shelf: Shelf,
        original: Callable[[str], Inquiry | None],
        ring: Callable[[], None],
    ) -> None:
        self._account = account
        self._roads = room.roads
        self._outgoing = room.outgoing
        self._desk = room.desk
        self._clock = room.clock
        self._journal = journal
        self._shelf = shelf
        self._original = original
        self._ring = ring
        self._seats = asyncio.Semaphore(_AT_ONCE)
        self._names: dict[str, str] = {}
        self._log = structlog.get_logger().bind(account=account)

    async def run(self, effects: Sequence[DueEffect]) -> Millis | None:
        """As the protocol says."""
        ids = sorted({one.effect.payload["inquiry_id"] for one in effects})
        way = self._roads.of(self._account)
        try:
            found = await asyncio.to_thread(self._outgoing.inquiries, ids)
        except Unavailable as error:
            return await self._later(effects, error)
        if way is None:
            await self._desk.park(effects, "the account is not configured to ask its provider")
            return None
        by_what: dict[str, list[DueEffect]] = {NAME: [], FILES: [], LEAD: []}
        for one in effects:
            by_what.setdefault(one.effect.payload["what"], []).append(one)
        inquiries = {ident: inquiry for ident, (inquiry, _) in found.items()}
        await asyncio.gather(
            self._ask_names(way, by_what[NAME], inquiries),
            *(self._ask_files(way, one, inquiries) for one in by_what[FILES]),
            *(self._ask_lead(way, one) for one in by_what[LEAD]),
        )
        return None

    async def _ask_names(
        self, way: Way, effects: Sequence[DueEffect], inquiries: Mapping[str, Inquiry]
    ) -> None:
        """Many at a time where the provider tells many; who was asked about before is not asked about again."""
        asked = [one for one in effects if (it := inquiries.get(_of(one))) and not it.sender.name]
        if idle := [one.id for one in effects if one not in asked]:
            await self._desk.done(idle)
        if way.names is None:
            await self._desk.park(asked, "its names cannot be asked for")
            return
        known = [one for one in asked if _handle(inquiries[_of(one)]) in self._names]
        await self._named(known, inquiries)
        rest = [one for one in asked if one not in known]
        for start in range(0, len(rest), way.names.at_once):
            some = rest[start : start + way.names.at_once]
            try:
                told = await way.names.names([inquiries[_of(one)] for one in some])
            except LeadIntakeError as error:
                await self._failed(some, error)
                continue
            self._remember({_handle(inquiries[_of(one)]): told.get(_of(one), "") for one in some})
            await self._named(some, inquiries)

    def _remember(self, names: Mapping[str, str]) -> None:
        if len(self._names) > _REMEMBERED:
            self._names.clear()
        self._names.update(names)

    async def _named(self, effects: Sequence[DueEffect], inquiries: Mapping[str, Inquiry]) -> None:
        named = [(one, self._names.get(_handle(inquiries[_of(one)]), "")) for one in effects]
        events = [fetched.event(inquiries[_of(one)], name=name) for one, name in named if name]
        await self._finish(effects, events)

    async def _ask_files(self, way: Way, one: DueEffect, inquiries: Mapping[str, Inquiry]) -> None:
        """The files of an inquiry, a few at a time; what came is kept though another one is to be asked for again."""
        inquiry = inquiries.get(_of(one))
        wanted = unfetched(inquiry) if inquiry else []
        if inquiry is None or not wanted or way.files is None:
            await self._desk.done([one.id])
            return
        got = await asyncio.gather(*(self._file(way.files, inquiry, where) for _, where in wanted))
        files = [file for file in got if isinstance(file, fetched.StoredFile)]
        waits = [error for error in got if isinstance(error, Unavailable)]
        if waits and one.attempts < _TRIES:
            if files:
                await self._write([fetched.event(inquiry, files=files)])
            await self._later([one], waits[0])
            return
        gone = [
            fetched.StoredFile(where, note=f"not fetched: {error}"[:200])
            for (_, where), error in zip(wanted, got, strict=True)
            if isinstance(error, Unavailable)
        ]
        await self._finish([one], [fetched.event(inquiry, files=[*files, *gone])])

    async def _file(self, files: Files, inquiry: Inquiry, where: str) -> fetched.StoredFile | Unavailable:
        async with self._seats:
            try:
                file = await files.file(inquiry, where)
                stored = await asyncio.to_thread(self._shelf.put, file.content)
            except TooLarge:
                return fetched.StoredFile(where, note="too large to be fetched")
            except (Unfetchable, Undelivered) as error:
                return fetched.StoredFile(where, note=f"not fetched: {error}"[:200])
            except Unavailable as error:
                return error
            except OSError as error:
                return Unavailable(f"the disk does not take the file: {error.strerror}")
        return fetched.StoredFile(where, stored, len(file.content), file.type)

    async def _ask_lead(self, way: Way, one: DueEffect) -> None:
        """What an id stands for. When nobody will tell, that is what is told: the inquiry is decided as it is."""
        try:
            inquiry = await asyncio.to_thread(self._original, _of(one))
        except Unavailable as error:
            await self._later([one], error)
            return
        if inquiry is None or way.leads is None:
            await self._desk.park([one], "what it stands for cannot be asked for")
            return
        try:
            body = await way.leads.lead(inquiry)
        except Unfetchable as error:
            self._log.error("lead_not_fetched", inquiry=inquiry.id, reason=str(error))
            self._roads.shut(self._account, str(error))
            await self._write([fetched.lead_event(inquiry, way.leads.untold(inquiry, str(error)))])
            await self._desk.park([one], str(error))
        except Unavailable as error:
            await self._failed([one], error)
        else:
            self._roads.well(self._account)
            await self._finish([one], [fetched.lead_event(inquiry, body)])

    async def _finish(self, effects: Sequence[DueEffect], events: Sequence[NewRaw]) -> None:
        """The journal first: a fetch that is done but not written would never be done again."""
        await self._write(events)
        if effects:
            await self._desk.done([one.id for one in effects])

    async def _write(self, events: Sequence[NewRaw]) -> None:
        while events:
            try:
                await asyncio.to_thread(self._journal.append, [Delivery(events)], {}, self._clock.now())
            except Unavailable as error:
                self._log.warning("relay_store_away", reason=str(error))
                await asyncio.sleep(_JOURNAL_AGAIN_S)
            else:
                self._ring()
                return

    async def _failed(self, effects: Sequence[DueEffect], error: LeadIntakeError) -> None:
        """What may come yet is asked for again; what will not, or did not for long, is parked with its reason."""
        if isinstance(error, Undelivered | Unfetchable):
            self._roads.shut(self._account, str(error))
        hopeless = [one for one in effects if not error.retryable or one.attempts >= _TRIES]
        if hopeless:
            self._log.warning("not_fetched", count=len(hopeless), reason=str(error))
            await self._desk.park(hopeless, str(error))
        if again := [one for one in effects if one not in hopeless]:
            await self._later(again, error)

    async def _later(self, effects: Sequence[DueEffect], error: LeadIntakeError) -> Millis:
        due_at = self._clock.now() + max(pause_ms(one.attempts, error.after) for one in effects)
        await self._desk.later(effects, due_at, str(error), unsure=False)
        return due_at


def _of(one: DueEffect) -> str:
    return one.effect.payload["inquiry_id"]


def _handle(inquiry: Inquiry) -> str:
    return "\n".join(sorted(inquiry.sender.handles.values()))
