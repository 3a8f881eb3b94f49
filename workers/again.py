"""Reading an account's source again from a date, through the same door: what is here already is not taken twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from channels.backfills import BACKFILLS
from channels.base import BackFill, Past
from intake.account import Account
from intake.clock import Millis
from intake.errors import Conflict
from intake.inquiry import NewRaw
from intake.ports import Cursor, Delivery, Door
from intake.store.past import Standing


class Before(StrEnum):
    """What becomes of events from before the account was connected: left alone, history (nobody is rung), news."""

    SKIP = "skip"
    HISTORY = "history"
    NEWS = "news"


@dataclass(slots=True)
class Count:
    """What was found so far: `listed` by the source, `here` already, `left` alone (from before the account was
    connected), `taken` in as new inquiries (in a preview: would be) - `history` of those without a card."""

    listed: int = 0
    here: int = 0
    left: int = 0
    taken: int = 0
    history: int = 0


class Known(Protocol):
    """What the journal knows of the past. Methods block."""

    def standings(self, account: str, raws: Sequence[NewRaw]) -> list[Standing]:
        """What each event is to the journal."""
        ...

    def connected_at(self, account: str) -> Millis | None:
        """Since when the account is connected."""
        ...

    def counted(self, account: str, more: int) -> Cursor:
        """The count of what was given by reading again, raised by `more`."""
        ...


def back_fill_of(account: Account) -> BackFill:
    """How this account is read again. Raises Conflict for a kind that cannot be, ConfigFault."""
    make = BACKFILLS.get(account.kind)
    if make is None:
        able = ", ".join(sorted(BACKFILLS))
        raise Conflict(f"what came by {account.id} ({account.kind}) cannot be asked for again; {able} can")
    return make(account)


@dataclass(frozen=True, slots=True)
class Again:
    """One account to be read again. Without a `door` it is a preview: everything is read, nothing is taken in."""

    account: Account
    source: BackFill
    known: Known
    door: Door | None = None
    before: Before = Before.SKIP

    async def run(self, since: Millis, until: Millis, told: Callable[[Count], None]) -> Count:
        """Read what happened in that time; `told` hears the count after each batch. Raises Unavailable: reading
        again from the same date goes on where it was, for what is here is known."""
        count = Count()
        connected = await asyncio.to_thread(self.known.connected_at, self.account.id)
        async for batch in self.source.read(since, until):
            await self._take(batch, until if connected is None else connected, count)
            told(count)
        return count

    async def _take(self, batch: Sequence[Past], connected: Millis, count: Count) -> None:
        count.listed += len(batch)
        wanted = [self._dated(one, connected) for one in batch]
        raws = [raw for raw in wanted if raw is not None]
        standings = await asyncio.to_thread(self.known.standings, self.account.id, raws)
        count.left += len(batch) - len(raws)
        count.here += sum(one is not Standing.NEW for one in standings)
        new = [raw for raw, one in zip(raws, standings, strict=True) if one is Standing.NEW]
        count.taken += len(new)
        count.history += sum(raw.history for raw in new)
        missing = [raw for raw, one in zip(raws, standings, strict=True) if one is not Standing.HERE]
        if self.door is None or not missing:
            return
        cursor = await asyncio.to_thread(self.known.counted, self.account.id, len(new))
        await self.door.accept(Delivery(missing, cursor))

    def _dated(self, past: Past, connected: Millis) -> NewRaw | None:
        """The event as it is to be taken in; None for one that is left alone."""
        if past.at >= connected:
            return past.raw
        if self.before is Before.SKIP:
            return None
        return replace(past.raw, history=self.before is Before.HISTORY)
