"""Housekeeping as a duty of the clock: what has run out goes, a little at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from intake.clock import Millis
from intake.store.housekeeping import Housekeeper

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sweep:
    """Sweeps each minute; `rest` lets the other writers in between two steps."""

    keeper: Housekeeper
    rest: Callable[[], None]
    name: str = "sweep"
    every_s: float = 60.0

    def run(self, now: Millis) -> None:
        """As Duty."""
        gone = self.keeper.sweep(now, self.rest)
        if gone:
            _log.info("swept", rows=gone)
