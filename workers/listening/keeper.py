"""A keeper: one account's stream, held by a lease, started again after every fault, its state told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from channels.base import Listening, Stream
from intake.account import Account
from intake.clock import Clock
from intake.errors import LeadIntakeError
from intake.ports import Cursors, Door, Health, HealthReport, HealthState, Leases
from workers.listening.fence import FencedDoor, LeaseLost, Tenure


@dataclass(frozen=True, slots=True)
class Rest:
    """Pauses in seconds: `first` after a fault, doubled up to `longest` while it goes on; `lease` is how long
    a dead listener keeps its account, `lease_asked` how often a waiting one asks for it."""

    first: float = 1.0
    longest: float = 60.0
    lease: float = 30.0
    lease_asked: float = 5.0


@dataclass(frozen=True, slots=True)
class House:
    """What the streams of a process share. `holder` names this process among all listeners."""

    door: Door
    cursors: Cursors
    leases: Leases
    health: Health
    clock: Clock
    holder: str
    most_bytes: int = 25 * 1_048_576


class Keeper:
    """Keeps one account's stream alive until it is cancelled."""

    def __init__(self, account: Account, stream: Stream, house: House, rest: Rest | None = None) -> None:
        self._account = account
        self._stream = stream
        self._house = house
        self._rest = rest or Rest()
        self._pause = self._rest.first
        self._tenure: Tenure | None = None
        self._waits = False
        self._log = structlog.get_logger().bind(account=account.id)

    @property
    def account_id(self) -> str:
        """Whose stream it keeps."""
        return self._account.id

    @property
    def holds(self) -> bool:
        """Whether this one, and no other process's, is responsible for the account now."""
        return self._tenure is not None and self._tenure.sure

    async def run(self) -> None:
        """Take the lease, listen, and begin again when either ends."""
        tenure = Tenure(
            self._house.leases, f"listen:{self._account.id}", self._house.holder, self._rest.lease
        )
        self._tenure = tenure
        try:
            while True:
                await self._life(tenure)
        finally:
            await self._give_back(tenure)

    async def _life(self, tenure: Tenure) -> None:
        try:
            if not tenure.sure and not await tenure.begin():
                # once: what the holder tells of the source must not be overwritten again and again
                if not self._waits:
                    self._waits = True
                    await self._report(_waiting(self._account.id))
                await asyncio.sleep(self._rest.lease_asked)
                return
            await self._listen(tenure)
        except LeaseLost as error:
            self._log.warning("listener_lost_lease", reason=str(error))
        except LeadIntakeError as error:
            self._log.warning("listener_fault", reason=str(error), fault=type(error).__name__)
            await self._recover(str(error), type(error).__name__, error.after or 0)
        except Exception as error:  # noqa: BLE001  one stream's fault must not end the others
            self._log.exception("listener_broke")
            await self._recover(f"a fault of the program: {type(error).__name__}", "broken", 0)

    async def _listen(self, tenure: Tenure) -> None:
        """Listen and renew the lease side by side; whichever ends first ends the other."""
        self._waits = False
        listening = Listening(
            account=self._account,
            door=FencedDoor(self._house.door, tenure),
            cursors=self._house.cursors,
            clock=self._house.clock,
            report=self._well,
            most_bytes=self._house.most_bytes,
        )
        stream = asyncio.create_task(self._stream.listen(listening))
        lease = asyncio.create_task(tenure.keep(self._trouble))
        try:
            await asyncio.wait({stream, lease}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (stream, lease):
                task.cancel()
            await asyncio.gather(stream, lease, return_exceptions=True)
        for task in (lease, stream):
            if not task.cancelled():
                task.result()

    async def _well(self, report: HealthReport) -> None:
        """A stream that reports has got through: the next fault starts with a short pause again."""
        self._pause = self._rest.first
        await self._report(report)

    async def _recover(self, message: str, code: str, after: float) -> None:
        pause, self._pause = max(self._pause, after), min(self._pause * 2, self._rest.longest)
        detail = {"code": code, "next_attempt": self._house.clock.now() + int(pause * 1000)}
        await self._report(HealthReport(self._account.id, HealthState.FAULT, message, detail=detail))
        # the lease is kept over a short pause, and left to others over a long one
        await asyncio.sleep(pause)

    async def _report(self, report: HealthReport) -> None:
        try:
            await asyncio.to_thread(self._house.health.report, report, self._house.clock.now())
        except Exception as error:  # noqa: BLE001  a state that cannot be noted must not end the listening
            self._trouble(error)

    def _trouble(self, error: Exception) -> None:
        self._log.warning("listener_store_away", reason=f"{type(error).__name__}: {error}"[:200])

    async def _give_back(self, tenure: Tenure) -> None:
        try:
            await tenure.end()
        except Exception as error:  # noqa: BLE001  it runs out by itself
            self._trouble(error)


def _waiting(account: str) -> HealthReport:
    message = "another listener holds this account; this one waits"
    return HealthReport(account, HealthState.WAITING, message, detail={"code": "another_listener"})
