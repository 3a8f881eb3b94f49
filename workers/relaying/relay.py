"""The relay: rung after a commit it claims due effects and hands them to their managers' lanes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

import structlog

from intake.effect import DueEffect, EffectKind
from intake.errors import Unavailable
from workers.relaying.errands import Errands
from workers.relaying.lane import Lane, Tools
from workers.relaying.storms import Weather

POLL_S = 1.0
"""How often the outbox is looked into when no bell rings: for effects that wait for their time, and for when
the queue server is away."""
_RENEW_S = 10.0
_CLAIM = 200
_LINE = 50
"""A manager with so many effects in line gets no more until some are done."""
_HOPELESS = 5
"""An effect at which the relay itself failed so often is parked."""


class Relay:
    """Runs until `stop` is called, then lets every lane finish the message it is sending.

    `wait` returns when the bell rings, or after so many seconds. `errands` make the lanes of what is not for managers,
    by kind of effect, of the account it is for.
    """

    def __init__(
        self,
        tools: Tools,
        wait: Callable[[float], Awaitable[None]],
        errands: Mapping[EffectKind, Callable[[str], Errands]] = MappingProxyType({}),
    ) -> None:
        self._tools = tools
        self._wait = wait
        self._errands = errands
        self._lanes: dict[tuple[str, str], Lane | Errands] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._weathers: dict[str, Weather] = {}
        self._stopping = asyncio.Event()
        self._log = structlog.get_logger()

    def stop(self) -> None:
        """Claim nothing more; may be called from a signal handler."""
        self._stopping.set()

    async def run(self) -> None:
        """The relay's life."""
        renewing = asyncio.create_task(self._renew())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            while not self._stopping.is_set():
                if await self._claim() < _CLAIM:
                    await self._rung(stopping)
        finally:
            stopping.cancel()
            await self._finish()
            renewing.cancel()
            await asyncio.gather(renewing, stopping, return_exceptions=True)

    async def _rung(self, stopping: asyncio.Task[bool]) -> None:
        """Wait for the bell, the poll, or the end."""
        waiting = asyncio.ensure_future(self._wait(POLL_S))
        await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    async def _claim(self) -> int:
        """Claim what is due and hand it out; how much that was."""
        busy = [target for (_, target), lane in self._lanes.items() if len(lane.waiting) >= _LINE]
        try:
            due, views = await self._tools.desk.claim(_CLAIM, busy)
        except Unavailable as error:
            self._log.warning("relay_store_away", reason=str(error))
            return 0
        by_lane: dict[tuple[str, str], list[DueEffect]] = {}
        for one in due:
            errand = one.effect.kind.value if one.effect.kind in self._errands else ""
            by_lane.setdefault((errand, one.effect.target), []).append(one)
        for name, effects in by_lane.items():
            ids = {one.effect.payload.get("card_id", "") for one in effects}
            lane = self._lanes.get(name)
            started = lane is not None
            if lane is None:
                lane = self._lanes[name] = self._opened(*name)
            lane.put(effects, {ident: views[ident] for ident in ids & views.keys()})
            if not started:
                task = asyncio.create_task(self._live(name, lane))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        return len(due)

    def _opened(self, errand: str, target: str) -> Lane | Errands:
        if errand:
            return self._errands[EffectKind(errand)](target)
        return Lane(target, self._tools, self._weathers.setdefault(target, Weather()))

    async def _live(self, name: tuple[str, str], lane: Lane | Errands) -> None:
        """A lane's life. A fault of ours ends it and puts its effects off, for others to be carried out."""
        try:
            await lane.run()
        except Exception as error:  # noqa: BLE001  a poisonous card must not end the relay
            self._log.exception("lane_failed", errand=name[0], target=name[1])
            await self._put_off(lane, f"the relay failed: {type(error).__name__}")
        finally:
            del self._lanes[name]
            now = self._tools.clock.now()
            self._weathers = {
                name: kept
                for name, kept in self._weathers.items()
                if ("", name) in self._lanes or not kept.calm(now)
            }

    async def _put_off(self, lane: Lane | Errands, reason: str) -> None:
        now = self._tools.clock.now()
        for one in lane.unfinished():
            if one.attempts >= _HOPELESS:
                await self._tools.desk.park([one], reason)
            else:
                await self._tools.desk.later([one], now + 2000 * one.attempts, reason, unsure=True)

    async def _renew(self) -> None:
        """Keep the leases of whatever waits in the lanes."""
        while True:
            await asyncio.sleep(_RENEW_S)
            held = [one.id for lane in self._lanes.values() for one in lane.unfinished()]
            try:
                await self._tools.desk.renew(held)
            except Unavailable as error:
                self._log.warning("relay_store_away", reason=str(error))

    async def _finish(self) -> None:
        for lane in self._lanes.values():
            lane.stop()
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
