"""Reading again on order: carries out `back_fill` effects where the door and the listeners are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import structlog

from intake.account import Account
from intake.clock import Clock
from intake.effect import DueEffect, EffectKind
from intake.errors import LeadIntakeError, NotFound, Unavailable
from intake.ports import Door, Health, HealthReport, HealthState, Outbox
from workers.again import Again, Before, Count, Known, back_fill_of

POLL_S = 2.0
_RENEW_S = 10.0
_TRIES = 8
AGAIN = "again:"
"""Before an account's id: who reports how its reading again goes."""


class Rereads:
    """Looks for what is to be read again until it is cancelled, one after the other. `holder` names this process."""

    def __init__(
        self,
        outbox: Outbox,
        known: Known,
        door: Door,
        accounts: Mapping[str, Account],
        health: Health,
        clock: Clock,
        holder: str,
    ) -> None:
        self._outbox = outbox
        self._known = known
        self._door = door
        self._accounts = accounts
        self._health = health
        self._clock = clock
        self._holder = holder
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Work, and look again after a while."""
        while True:
            try:
                done = await self.step()
            except Unavailable as error:
                self._log.warning("rereads_store_away", reason=str(error))
                done = 0
            if not done:
                await asyncio.sleep(POLL_S)

    async def step(self) -> int:
        """Carry out the oldest that is due; how many that were. Raises Unavailable when the store is away."""
        kinds = (EffectKind.BACK_FILL,)
        due = await asyncio.to_thread(self._outbox.claim, self._holder, self._clock.now(), 1, kinds=kinds)
        for one in due:
            renewing = asyncio.create_task(self._renew(one.id))
            try:
                await self._carry_out(one)
            finally:
                renewing.cancel()
                await asyncio.gather(renewing, return_exceptions=True)
        return len(due)

    async def _carry_out(self, due: DueEffect) -> None:
        name, now = due.effect.target, self._clock.now
        try:
            count = await self._read(due)
        except LeadIntakeError as error:
            self._log.warning("reread_failed", account=name, reason=str(error))
            if error.retryable and due.attempts < _TRIES:
                wait = max(2.0**due.attempts, error.after or 0)
                await asyncio.to_thread(self._outbox.later, due.id, now() + int(wait * 1000), str(error))
                await self._tell(name, HealthState.FAULT, f"tried again: {error}")
            else:
                await asyncio.to_thread(self._outbox.park, due.id, now(), str(error))
                await self._tell(name, HealthState.FAULT, str(error))
            return
        await asyncio.to_thread(self._outbox.done, [due.id], now())
        self._log.info("reread", account=name, listed=count.listed, taken=count.taken)
        await self._tell(name, HealthState.OK, _line(count))

    async def _read(self, due: DueEffect) -> Count:
        payload = due.effect.payload
        account = self._accounts.get(payload["account"])
        if account is None:
            raise NotFound("there is no such account any more")
        again = Again(account, back_fill_of(account), self._known, self._door, Before(payload["before"]))
        return await again.run(int(payload["since"]), int(payload["until"]), self._progress(account.id))

    def _progress(self, name: str) -> Callable[[Count], None]:
        """Tells the pages how far it is, every few seconds."""
        loop = asyncio.get_running_loop()
        last = loop.time()
        tasks: set[asyncio.Task[None]] = set()

        def tell(count: Count) -> None:
            nonlocal last
            if loop.time() - last < POLL_S:
                return
            last = loop.time()
            task = asyncio.create_task(self._tell(name, HealthState.WAITING, _line(count)))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        return tell

    async def _tell(self, name: str, state: HealthState, message: str) -> None:
        report = HealthReport(f"{AGAIN}{name}", state, message)
        try:
            await asyncio.to_thread(self._health.report, report, self._clock.now())
        except Exception as error:  # noqa: BLE001  a state that cannot be noted must not end the reading
            self._log.warning("rereads_store_away", reason=str(error)[:200])

    async def _renew(self, effect_id: int) -> None:
        while True:
            await asyncio.sleep(_RENEW_S)
            try:
                await asyncio.to_thread(self._outbox.renew, [effect_id], self._clock.now())
            except Unavailable as error:
                self._log.warning("rereads_store_away", reason=str(error))


def _line(count: Count) -> str:
    return f"{count.listed} read again, {count.here} were here, {count.taken} taken in"
