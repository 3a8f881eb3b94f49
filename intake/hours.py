"""Working hours: weekly lines like `mon-fri 09:00-18:00`, public holidays, a zone - and what follows for an instant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from intake.clock import Millis, from_datetime, to_datetime

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RUSSIAN = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_NUMBERS = {name: place for names in (_DAYS, _RUSSIAN) for place, name in enumerate(names)}
_EVERY = frozenset(("daily", "ежедневно"))
_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_DAY_MIN = 24 * 60
_MINUTE_MS = 60_000
_HORIZON_DAYS = 62
"""So far ahead an opening is looked for: longer holidays count as never."""

Spans = tuple[tuple[int, int], ...]
"""Minutes of a day, from and to; what ends after midnight ends above 1440."""


def read_spans(text: str) -> Spans:
    """The spans of `09:00-13:00,14:00-18:00`; one that ends before it begins ends the next day. ValueError."""
    spans: list[tuple[int, int]] = []
    for part in text.split(","):
        found = _SPAN.fullmatch(part.strip())
        if not found:
            raise ValueError(f'"{part.strip()}" is no span of hours: write it like 09:00-18:00')
        hour, minute, to_hour, to_minute = map(int, found.groups())
        begin, end = hour * 60 + minute, to_hour * 60 + to_minute
        if begin >= _DAY_MIN or end > _DAY_MIN or minute > 59 or to_minute > 59:
            raise ValueError(f'"{part.strip()}" is no time of a day')
        spans.append((begin, end if end > begin else end + _DAY_MIN))
    return tuple(sorted(spans))


@lru_cache(maxsize=256)
def read_week(lines: tuple[str, ...]) -> tuple[Spans, ...]:
    """The spans of each weekday, Monday first, of lines like `mon-fri 09:00-18:00` or `пн,ср 10:00-14:00`.
    ValueError for a line that says something else."""
    week: list[list[tuple[int, int]]] = [[] for _ in _DAYS]
    for line in lines:
        named, _, hours = line.strip().lower().partition(" ")
        spans = read_spans(hours.strip())
        for day in _weekdays(named):
            week[day] += spans
    return tuple(tuple(sorted(set(spans))) for spans in week)


def _weekdays(text: str) -> Iterator[int]:
    if text in _EVERY:
        yield from range(7)
        return
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in _NUMBERS or (last and last not in _NUMBERS):
            raise ValueError(f'"{part}" is no day: write mon, tue, wed, thu, fri, sat, sun, mon-fri or daily')
        begin, end = _NUMBERS[first], _NUMBERS[last or first]
        for step in range((end - begin) % 7 + 1):
            yield (begin + step) % 7


@dataclass(frozen=True, slots=True)
class Calendar:
    """When somebody works: `hours` as read_week takes them, () for around the clock; `holidays` is a country, with
    its region where it matters (`RU`, `DE-BY`), whose public holidays are free, "" for none."""

    hours: tuple[str, ...] = ()
    zone: str = "UTC"
    holidays: str = ""

    @property
    def always(self) -> bool:
        """Whether it never closes."""
        return not self.hours and not self.holidays

    def open(self, at: Millis) -> bool:
        """Whether that instant is working time."""
        return self.always or any(begin <= at < end for begin, end in self._from(at, 1))

    def opens(self, at: Millis) -> Millis | None:
        """The first working instant from `at` on; None when there is none for two months."""
        if self.always:
            return at
        return next((max(begin, at) for begin, end in self._from(at, _HORIZON_DAYS) if end > at), None)

    def closes(self, at: Millis) -> Millis | None:
        """The end of the working time that `at` lies in; None when it never ends, or it is closed."""
        if self.always:
            return None
        until: Millis | None = None
        for begin, end in self._from(at, _HORIZON_DAYS):
            here = at if until is None else until
            if begin <= here < end:
                until = end
        return until

    def after(self, at: Millis, span_ms: int) -> Millis:
        """The instant when so much working time has passed since `at`."""
        if self.always:
            return at + span_ms
        left, here = span_ms, at
        for begin, end in self._from(at, _HORIZON_DAYS):
            here = max(here, begin)
            if end <= here:
                continue
            if left <= end - here:
                return here + left
            left -= end - here
            here = end
        return at + span_ms

    def day(self, at: Millis) -> int:
        """The number of the local day: it rises by one at each midnight there."""
        return to_datetime(at).astimezone(ZoneInfo(self.zone)).toordinal()

    def _from(self, at: Millis, days: int) -> Iterator[tuple[Millis, Millis]]:
        """The spans that may hold `at` or come later, of so many days and the one before."""
        today = to_datetime(at).astimezone(ZoneInfo(self.zone)).date()
        for ahead in range(-1, days):
            yield from _spans_of(self, today + timedelta(days=ahead))


@lru_cache(maxsize=4096)
def _spans_of(calendar: Calendar, day: date) -> tuple[tuple[Millis, Millis], ...]:
    """The working spans that begin on a local day, as instants."""
    if calendar.holidays and day in _free_days(calendar.holidays, day.year):
        return ()
    spans = read_week(calendar.hours)[day.weekday()] if calendar.hours else ((0, _DAY_MIN),)
    midnight = datetime.combine(day, time(), ZoneInfo(calendar.zone))
    return tuple((_instant(midnight, begin), _instant(midnight, end)) for begin, end in spans)


def _instant(midnight: datetime, minutes: int) -> Millis:
    # a wall clock's time: adding to an aware datetime keeps the zone and moves the hands
    return from_datetime(midnight + timedelta(minutes=minutes))


@lru_cache(maxsize=64)
def _free_days(country: str, year: int) -> frozenset[date]:
    """The public holidays of a country in a year; a country nobody knows has none."""
    # heavy (17 MB with its first country), and most installations name no country
    from holidays import country_holidays  # noqa: PLC0415

    code, _, region = country.partition("-")
    try:
        return frozenset(country_holidays(code, subdiv=region or None, years=year))
    except NotImplementedError:
        return frozenset()


def in_spans(spans: Sequence[str], zone: str, at: Millis) -> bool:
    """Whether the local time of day lies in one of spans like `22:00-08:00`. ValueError for what is no span."""
    local = to_datetime(at).astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    return any(
        begin <= minute < end or begin <= minute + _DAY_MIN < end
        for text in spans
        for begin, end in read_spans(text)
    )
