"""Gates: a messenger that does not answer is left alone for a while, and tried with one message at a time."""

from __future__ import annotations

import random
from collections.abc import Callable

from intake.clock import Clock, Millis
from notify.base import Failure, Shown, Trouble

_ENOUGH = 3
"""Failures in a row, of whatever chats, after which the messenger counts as away."""
_FIRST_MS = 5_000
_LONGEST_MS = 60_000


class Gate:
    """Open while the messenger answers. Closed it lets one message through now and then, to see whether it is
    back. `told` hears of each change: True when it opens again."""

    def __init__(self, clock: Clock, told: Callable[[bool, str], None]) -> None:
        self._clock = clock
        self._told = told
        self._failures = 0
        self._wait = _FIRST_MS
        self._probe_at: Millis = 0
        self.away_since: Millis | None = None
        """Since when it is left alone; None when it answers."""
        self.failing_since: Millis | None = None
        """When the present run of failures began; None when the last message got through."""

    @property
    def retry_at(self) -> Millis:
        """When the next one may try; not before now."""
        return max(self._probe_at, self._clock.now())

    def enter(self) -> bool:
        """Whether a message may be tried now. On a closed gate the first to ask after the pause may."""
        if self.away_since is None:
            return True
        now = self._clock.now()
        if now < self._probe_at:
            return False
        self._probe_at = now + self._wait
        return True

    def passable(self) -> bool:
        """Whether `enter` would say yes; takes no turn."""
        return self.away_since is None or self._clock.now() >= self._probe_at

    def learn(self, outcome: Shown | Failure) -> None:
        """Take an outcome into account. What concerns one chat or one message says nothing of the messenger but
        that it answers."""
        if isinstance(outcome, Failure) and outcome.trouble in (Trouble.AWAY, Trouble.LOCKED):
            self._failed(outcome)
            return
        self._failures = 0
        self.failing_since = None
        self._wait = _FIRST_MS
        if self.away_since is not None:
            self.away_since = None
            self._told(True, "")

    def _failed(self, failure: Failure) -> None:
        now = self._clock.now()
        self._failures += 1
        self.failing_since = self.failing_since or now
        if self.away_since is not None:
            self._wait = min(self._wait * 2, _LONGEST_MS)
            self._probe_at = now + self._wait
        elif self._failures >= _ENOUGH or failure.trouble is Trouble.LOCKED:
            self.away_since = now
            self._probe_at = now + self._wait
            self._told(False, failure.reason)


def back_off_ms(attempts: int, failure: Failure, roll: Callable[[], float] = random.random) -> int:
    """How long to wait before the next try: what the other side said, else 1, 2, 4 ... seconds up to a minute,
    each shortened at random by up to a quarter so that not all come back at once."""
    if failure.after is not None:
        return int(failure.after * 1000)
    whole = min(_LONGEST_MS, 1000 << min(attempts - 1, 6))
    return int(whole * (1 - roll() / 4))
