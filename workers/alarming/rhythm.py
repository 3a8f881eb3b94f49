"""What usually comes: from the last weeks' arrivals, how many requests a span of time should have brought. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from intake.clock import Millis, from_datetime, to_datetime
from intake.hours import Calendar

WEEKS = 4
_WEEK_MS = 7 * 86_400_000
_HOUR_MS = 3_600_000
_ENOUGH = 30
"""So many requests in the last weeks must have come before anything is said of what is usual."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Requests a week in each hour of the week, in a zone; a public holiday is as quiet as it says there."""

    zone: str
    holidays: str
    slots: tuple[float, ...]

    def expected(self, since: Millis, until: Millis) -> float:
        """How many requests usually come in that span."""
        zone, free = ZoneInfo(self.zone), Calendar((), self.zone, self.holidays)
        begin = max(since, until - _WEEK_MS)
        total = 0.0
        while begin < until:
            local = to_datetime(begin).astimezone(zone)
            hour = local.replace(minute=0, second=0, microsecond=0)
            end = min(until, max(begin + 1, from_datetime(hour + timedelta(hours=1))))
            if free.open(begin):
                total += self.slots[_slot(local.weekday(), local.hour)] * (end - begin) / _HOUR_MS
            begin = end
        return total


def rhythm_of(arrivals: Sequence[tuple[Millis, int]], now: Millis, zone: str, holidays: str) -> Rhythm | None:
    """The rhythm of arrivals (when, how many), oldest first; None while too little is known."""
    if sum(n for _, n in arrivals) < _ENOUGH:
        return None
    weeks = min(float(WEEKS), (now - arrivals[0][0]) / _WEEK_MS)
    if weeks < 2:
        return None
    counts: Counter[int] = Counter()
    local_zone = ZoneInfo(zone)
    for at, n in arrivals:
        local = to_datetime(at).astimezone(local_zone)
        counts[_slot(local.weekday(), local.hour)] += n
    return Rhythm(zone, holidays, tuple(counts[slot] / weeks for slot in range(7 * 24)))


def _slot(weekday: int, hour: int) -> int:
    return weekday * 24 + hour
