"""The door: everything that waits at the same moment is committed together, and answered after the commit."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from intake.clock import Clock
from intake.errors import JournalBroken, JournalUnavailable, LeadIntakeError
from intake.ports import Bell, Delivery, Journal, Receipt
from intake.spool import Spool

MEGABYTE = 1_000_000
_MOST_AT_ONCE = 512
_ROUNDS = 64


@dataclass(slots=True)
class _Waiting:
    """A delivery at the door, and who waits for its receipts."""

    delivery: Delivery
    answer: asyncio.Future[list[Receipt]]


@dataclass(slots=True)
class DoorState:
    """What the door tells of itself: `fault` is "" while it can commit; `broken` says why this process must not
    go on: the disk failed under a commit."""

    fault: str = ""
    broken: str = ""
    spooled: int = 0
    refused: dict[str, int] = field(default_factory=dict)


class FreeSpace:
    """Whether the disk under `folder` still has `floor_mb` megabytes."""

    def __init__(self, folder: Path, floor_mb: float) -> None:
        self._folder = folder
        self._floor = floor_mb * MEGABYTE

    def short(self) -> str:
        """Why nothing may be accepted, or ""."""
        if self._floor <= 0 or shutil.disk_usage(self._folder).free >= self._floor:
            return ""
        return f"less than {self._floor / MEGABYTE:.0f} MB free on the disk: free some space"


class GroupDoor:
    """`intake.ports.Door`: one commit, one fsync for all who wait; 503 or the spool when it cannot be done."""

    def __init__(
        self,
        journal: Journal,
        bell: Bell,
        clock: Clock,
        spool: Spool,
        short: Callable[[], str] = lambda: "",
    ) -> None:
        self._journal = journal
        self._bell = bell
        self._clock = clock
        self._spool = spool
        self._short = short
        self._queue: list[_Waiting] = []
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._pump: asyncio.Task[None] | None = None
        self.state = DoorState()

    async def accept(self, delivery: Delivery) -> list[Receipt]:
        """As the port says."""
        answer: asyncio.Future[list[Receipt]] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(delivery, answer))
        self._wake()
        # a sender who hangs up cancels his own answer alone: the commit is the pump's
        return await answer

    def refuse(self, account: str) -> None:
        """As the port says; written with the next commit, or by the next `flush`."""
        self.state.refused[account] = self.state.refused.get(account, 0) + 1

    def why_closed(self) -> str:
        """Why nothing can be accepted now, neither into the journal nor into the spool; "" while it can."""
        return self.state.broken or self._short() or self._spool.why_not()

    async def flush(self) -> None:
        """Write the counters of refusals that no commit has taken along, and bring in what was spooled."""
        if self.state.refused:
            self._wake()
        if self.state.spooled or self._spool.count():
            await asyncio.get_running_loop().run_in_executor(self._thread, self._drain_spool)

    async def close(self) -> None:
        """Commit what waits, then stop."""
        while self._pump is not None:
            await asyncio.wait([self._pump])
        await asyncio.get_running_loop().run_in_executor(None, self._thread.shutdown)

    def _wake(self) -> None:
        if self._pump is None:
            self._pump = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._queue or self.state.refused:
                await self._gather()
                batch, self._queue = self._queue[:_MOST_AT_ONCE], self._queue[_MOST_AT_ONCE:]
                answers = await loop.run_in_executor(
                    self._thread, self._commit, [one.delivery for one in batch]
                )
                for one, answer in zip(batch, answers, strict=True):
                    if one.answer.done():
                        continue
                    if isinstance(answer, LeadIntakeError):
                        one.answer.set_exception(answer)
                    else:
                        one.answer.set_result(answer)
                if not batch:
                    break
        finally:
            self._pump = None
            if self._queue:
                self._wake()

    async def _gather(self) -> None:
        """Let those in who are on the doorstep: requests that have arrived but are still being read. As long as
        each round of the event loop brings somebody, the commit waits; with nobody there it waits for no time."""
        for _ in range(_ROUNDS):
            before = len(self._queue)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            if len(self._queue) == before:
                return

    def _commit(self, deliveries: list[Delivery]) -> list[list[Receipt] | LeadIntakeError]:
        """Journal a batch (on the journal's own thread); each delivery gets its receipts or its error."""
        if short := self._short():
            # an "ok" must be kept: with the disk nearly full the spool takes nothing either
            self.state.fault = short
            return [JournalUnavailable(short) for _ in deliveries]
        refused, self.state.refused = self.state.refused, {}
        try:
            receipts = self._append(deliveries, refused)
        except JournalUnavailable as error:
            self._give_back(refused)
            self.state.fault = str(error)
            if isinstance(error, JournalBroken):
                self.state.broken = str(error)
            return [self._spool_or(one, error) for one in deliveries]
        except LeadIntakeError as error:
            self._give_back(refused)
            if len(deliveries) == 1:
                return [error]
            return [answer for one in deliveries for answer in self._commit([one])]
        self.state.fault = ""
        self._bell.ring([one.raw_id for some in receipts for one in some if one.first])
        return list(receipts)

    def _append(self, deliveries: list[Delivery], refused: dict[str, int]) -> list[list[Receipt]]:
        if self.state.broken:
            raise JournalBroken(self.state.broken)
        return self._journal.append(deliveries, refused, self._clock.now())

    def _give_back(self, refused: dict[str, int]) -> None:
        for account, times in refused.items():
            self.state.refused[account] = self.state.refused.get(account, 0) + times

    def _spool_or(self, delivery: Delivery, error: JournalUnavailable) -> list[Receipt] | LeadIntakeError:
        if not delivery.spool or not delivery.raws:
            return error
        try:
            receipts = self._spool.put(delivery, self._clock.now())
        except JournalUnavailable as both:
            return both
        self.state.spooled += 1
        return receipts

    def _drain_spool(self) -> None:
        try:
            for path, delivery, at in self._spool.waiting():
                receipts = self._journal.append([delivery], {}, at)
                path.unlink()
                self._bell.ring([one.raw_id for some in receipts for one in some if one.first])
        except JournalUnavailable as error:
            self.state.fault = str(error)
            return
        self.state.fault = ""
        self.state.spooled = 0
