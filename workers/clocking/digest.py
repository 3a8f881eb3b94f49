"""The day's digest as a duty of the clock: told once a day to the heads, whatever was restarted or away meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

import dashboard
from config.settings import Settings
from dashboard.digest import digest_pages, digest_text, digest_title
from dashboard.pages.moments import Moments
from dashboard.reports import report_lines, report_title
from intake.clock import Clock, Millis, from_datetime, to_datetime
from intake.decision import Snapshot
from intake.effect import Effect, EffectKind
from intake.language import read_language
from intake.pace import Report
from intake.ports import Bell
from intake.report import Digest

_BACK = 7
"""After an outage so many days are made up for; older ones stand on their page."""
_log = structlog.get_logger()


class Days(Protocol):
    """Where a day's numbers are read."""

    def digest(self, day: date) -> Digest:
        """What came on that day. Raises Unavailable."""
        ...

    def report(self, period: str, day: date) -> Report:
        """How the day, week or month went that `day` lies in. Raises Unavailable."""
        ...

    def told_days(self) -> set[str]:
        """The days that were told already, as ISO dates. Raises Unavailable."""
        ...


class Effects(Protocol):
    """Where notices are put."""

    def add(self, effects: Sequence[Effect]) -> None:
        """Put further effects in; those whose key is there already stay as they are."""
        ...


@dataclass(frozen=True, slots=True)
class DigestRules:
    """When, to whom, in which language and zone. `at` None: never."""

    at: time | None
    to: Callable[[], Sequence[str]]
    zone: ZoneInfo
    language: str


class TellDigest:
    """Each day at `at` the day before is told. A day that nobody was told because the clock did not run is told when
    it runs again, each once; a quiet day is told only when something came in the week before it."""

    name = "digest"
    every_s = 20.0

    def __init__(self, days: Days, effects: Effects, bell: Bell, rules: DigestRules, clock: Clock) -> None:
        self._days = days
        self._effects = effects
        self._bell = bell
        self._rules = rules
        self._words = read_language(Path(dashboard.__file__).parent / "locale", rules.language)
        self._moments = Moments(self._words, rules.language, rules.zone, clock)
        self._done: set[date] = set()

    def run(self, now: Millis) -> None:
        """As Duty."""
        due = [day for day in self._due(now) if day not in self._done]
        if not due:
            return
        people = self._rules.to()
        if not people:
            return
        told = self._days.told_days()
        begins = not any(day.isoformat() in told for day in self._within(now))
        # nobody was told anything in a week: begin with the last day
        for day in due[-1:] if begins else due:
            if day.isoformat() not in told:
                self._tell(self._days.digest(day), people, now)
        self._done |= set(due)

    def _within(self, now: Millis) -> list[date]:
        today = to_datetime(now).astimezone(self._rules.zone).date()
        return [today - timedelta(days=back) for back in range(_BACK + 1, 0, -1)]

    def _due(self, now: Millis) -> list[date]:
        """The days whose time has come, oldest first."""
        at, zone = self._rules.at, self._rules.zone
        if at is None:
            return []
        moments = {day: datetime.combine(day + timedelta(days=1), at, zone) for day in self._within(now)[1:]}
        return [day for day, moment in moments.items() if from_datetime(moment) <= now]

    def _tell(self, digest: Digest, people: Sequence[str], now: Millis) -> None:
        """The day, unless it is one of many quiet ones; with a Sunday its week, with a month's last day the month."""
        if digest.total() or self._news(digest.day):
            lines = report_lines(self._days.report("day", digest.day), self._words, self._moments)
            payload = {
                "subject": digest_title(digest, self._words, self._rules.language),
                "text": "\n".join([digest_text(digest, self._words), *lines]),
                "pages": digest_pages(digest, self._words),
                "open": "1",
            }
            self._put(f"digest:{digest.day.isoformat()}", payload, people, now)
            _log.info("digest_told", day=digest.day.isoformat(), people=len(people))
        following = digest.day + timedelta(days=1)
        if following.weekday() == 0:
            self._tell_report("week", digest.day, people, now)
        if following.day == 1:
            self._tell_report("month", digest.day, people, now)

    def _news(self, day: date) -> bool:
        """Whether it is news that nothing came on that day."""
        before = (day - timedelta(days=back) for back in range(1, _BACK + 1))
        return any(self._days.digest(one).total() for one in before)

    def _tell_report(self, period: str, day: date, people: Sequence[str], now: Millis) -> None:
        """The week that ended on a Sunday, the month that ended."""
        report = self._days.report(period, day)
        if not report.passages:
            return
        payload = {
            "subject": report_title(report, self._words, self._rules.language),
            "text": "\n".join(report_lines(report, self._words, self._moments)),
            "pages": f"/reports?period={period}&day={day.isoformat()} {self._words.gettext('Reports')}",
            "open": "1",
        }
        self._put(f"report:{period}:{day.isoformat()}", payload, people, now)

    def _put(self, key: str, payload: Mapping[str, str], people: Sequence[str], now: Millis) -> None:
        told = [Effect(f"{key}:{one}", EffectKind.NOTICE, one, payload, now) for one in people]
        self._effects.add(told)
        self._bell.ring_relay()


def digest_rules(settings: Settings, people: Callable[[], Snapshot]) -> DigestRules:
    """The rules that the settings make; who leads is read where people are kept now."""
    at = settings.digest.at
    return DigestRules(
        at=time.fromisoformat(at) if at else None,
        to=lambda: settings.digest.to or leaders(people(), settings.company.head),
        zone=ZoneInfo(settings.company.timezone),
        language=settings.company.language,
    )


def leaders(people: Snapshot, head: str) -> tuple[str, ...]:
    """The ids of those who lead and work here: the company's `head`, the departments' heads; where none is named, the
    first of the managers."""
    here = [one.id for one in people.managers.values() if one.state != "dismissed"]
    named = dict.fromkeys((head, *(one.head for one in people.departments.values())))
    return tuple(one for one in named if one in here) or tuple(here[:1])


def heads_of(settings: Settings) -> tuple[str, ...]:
    """Who leads by the file: the departments' heads; where none is named, the first of the managers."""
    heads = tuple(dict.fromkeys(one.head for one in settings.departments if one.head))
    return heads or tuple(one.id for one in settings.managers[:1])
