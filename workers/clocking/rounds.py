"""The clock's rounds: duties that come again and again, each in its own time; one that fails stops no other."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from intake.clock import Clock, Millis
from intake.errors import Unavailable

_log = structlog.get_logger()


class Duty(Protocol):
    """Something to look after again and again. It finds in the store what is due and what was done already,
    so that it may be late, run twice or be killed anywhere."""

    @property
    def name(self) -> str:
        """What the log calls it."""
        ...

    @property
    def every_s(self) -> float:
        """How often it is looked after, in seconds."""
        ...

    def run(self, now: Millis) -> None:
        """Do what is due at `now`. Raises Unavailable when a database does not answer."""
        ...


class Rounds:
    """Runs each duty when its time has come. `tick` is a steady clock in seconds."""

    def __init__(
        self, duties: Sequence[Duty], clock: Clock, tick: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._tick = tick
        start = tick()
        self._due = {duty.name: start + duty.every_s for duty in duties}
        self._duties = tuple(duties)

    def wait_s(self) -> float:
        """Seconds until the next duty is due."""
        return max(0.0, min(self._due.values(), default=60.0) - self._tick())

    def run(self) -> None:
        """Run every duty that is due. What goes wrong is told in the log; the duty comes again in its time."""
        for duty in self._duties:
            if self._due[duty.name] > self._tick():
                continue
            try:
                duty.run(self._clock.now())
            except Unavailable as error:
                _log.warning("duty_waits", duty=duty.name, reason=str(error))
            except Exception as error:  # noqa: BLE001  one duty's fault must not end the others
                _log.exception("duty_failed", duty=duty.name, error=type(error).__name__)
            self._due[duty.name] = self._tick() + duty.every_s
