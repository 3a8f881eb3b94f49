"""Reports: what became of a day's inquiries, counted. Numbers alone; nothing in it names a person outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from intake.clock import Millis, from_datetime


@dataclass(frozen=True, slots=True)
class Count:
    """So many inquiries of an account are in this state for this reason ("" for none)."""

    account: str
    state: str
    reason: str
    n: int


@dataclass(frozen=True, slots=True)
class Digest:
    """The inquiries that were taken in on a day, from `since` up to `until`, as they stand at `at`."""

    day: date
    since: Millis
    until: Millis
    at: Millis
    counts: tuple[Count, ...] = ()

    def total(self, state: str = "", account: str = "") -> int:
        """How many are in that state ("" for all), by that account ("" for all)."""
        return sum(one.n for one in self.counts if state in ("", one.state) and account in ("", one.account))

    def reasons(self, state: str) -> list[tuple[str, int]]:
        """The reasons of a state with their numbers, the most frequent first."""
        found: Counter[str] = Counter()
        for one in self.counts:
            if one.state == state:
                found[one.reason] += one.n
        return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))

    @property
    def accounts(self) -> Sequence[str]:
        """The accounts by which anything came, the busiest first."""
        found: Counter[str] = Counter()
        for one in self.counts:
            found[one.account] += one.n
        return sorted(found, key=lambda account: (-found[account], account))


def day_span(day: date, zone: tzinfo) -> tuple[Millis, Millis]:
    """The instants at which a day begins and ends in a zone; a day with a change of the clocks is an hour longer or
    shorter."""
    begin = datetime.combine(day, time.min, zone)
    end = datetime.combine(day + timedelta(days=1), time.min, zone)
    return from_datetime(begin), from_datetime(end)


def read_day(text: str) -> date | None:
    """The day that a text names as YYYY-MM-DD; None when it names none that a calendar has room for."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2999 else None
