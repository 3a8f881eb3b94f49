"""Watching sources that call us: those that can be asked are asked now and then how they do."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from channels.base import Condition, Probe
from intake.account import Account, Company
from intake.clock import Clock
from intake.errors import LeadIntakeError
from intake.ports import Health, HealthReport, HealthState

EVERY_S = 240.0
PATIENCE_S = 30.0


class SourceWatch:
    """Asks each of the accounts until it is cancelled; none waits for another."""

    def __init__(
        self,
        accounts: Sequence[Account],
        probes: Mapping[str, Probe],
        company: Company,
        health: Health,
        clock: Clock,
        every_s: float = EVERY_S,
    ) -> None:
        self._accounts = [(one, probes[one.kind]) for one in accounts if one.kind in probes]
        self._company = company
        self._health = health
        self._clock = clock
        self._every_s = every_s
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Ask them all, rest, ask again."""
        while True:
            await asyncio.gather(*(self.look(account, probe) for account, probe in self._accounts))
            await asyncio.sleep(self._every_s)

    async def look(self, account: Account, probe: Probe) -> None:
        """Ask one and report what it said."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                report = _well(account, await probe(account, self._company), self._clock.now())
        except TimeoutError:
            report = _fault(account, f"no answer within {PATIENCE_S:.0f} s", "TimeoutError")
        except LeadIntakeError as error:
            report = _fault(account, str(error), type(error).__name__)
        except Exception as error:  # noqa: BLE001  one source's fault must not end the watch over the others
            self._log.exception("probe_broke", account=account.id)
            report = _fault(account, f"a fault of the program: {type(error).__name__}", "broken")
        try:
            await asyncio.to_thread(self._health.report, report, self._clock.now())
        except Exception as error:  # noqa: BLE001  a state that cannot be noted must not end the watch
            self._log.warning("watch_store_away", reason=f"{type(error).__name__}: {error}"[:200])


def _well(account: Account, condition: Condition, now: int) -> HealthReport:
    detail: dict[str, Any] = {"code": "asked"}
    if condition.expires:
        detail["expires"] = dict(condition.expires)
    if condition.trouble:
        detail |= {"trouble": condition.trouble}
    return HealthReport(
        account.id,
        HealthState.OK,
        condition.trouble or condition.said,
        last_success=now,
        backlog=condition.backlog,
        detail=detail,
    )


def _fault(account: Account, message: str, code: str) -> HealthReport:
    return HealthReport(account.id, HealthState.FAULT, message, detail={"code": code})
