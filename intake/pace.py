"""How fast inquiries were dealt with, and how managers' days went: what the head's reports are made of. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from math import ceil

from intake.clock import Millis
from intake.report import day_span

PERIODS = ("day", "week", "month")


@dataclass(frozen=True, slots=True)
class Passage:
    """An inquiry on its way to a manager: when it was received, shown on a card, taken, first answered, and by when it
    was to be taken; None for what has not come to be. `hour` is the local hour of its receipt."""

    inquiry_id: str
    account: str
    channel: str
    source: str
    manager: str
    hour: int
    received_at: Millis
    card_at: Millis | None = None
    taken_at: Millis | None = None
    answered_at: Millis | None = None
    due_at: Millis | None = None


@dataclass(frozen=True, slots=True)
class Quantiles:
    """How long something took, in seconds, in half and in 95 of 100 of `count` cases."""

    count: int
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Pace:
    """How `count` inquiries were dealt with. `kept` of the `promised` ones were taken or answered in time."""

    count: int
    card: Quantiles | None
    taken: Quantiles | None
    answer: Quantiles | None
    kept: int
    promised: int

    @property
    def share(self) -> float | None:
        """The share inside the promise, from 0 to 1; None where nothing was promised yet."""
        return self.kept / self.promised if self.promised else None


@dataclass(frozen=True, slots=True)
class Indicators:
    """A manager's period in numbers. `talk_s` is the mean length of a talk, None without one; tasks overdue and
    deals without a task are as they stand at its end or now."""

    manager: str
    name: str
    inquiries: int = 0
    repeats: int = 0
    calls: int = 0
    talk_s: float | None = None
    missed: int = 0
    called_back: int = 0
    tasks_done: int = 0
    tasks_overdue: int = 0
    without_task: int = 0
    won: int = 0
    won_amount: float = 0.0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """A day, week or month as it stands at `at`."""

    period: str
    day: date
    since: Millis
    until: Millis
    at: Millis
    passages: tuple[Passage, ...] = ()
    managers: tuple[Indicators, ...] = ()

    def pace(self) -> Pace:
        """Of all inquiries together."""
        return pace_of(self.passages, self.at)

    def by(self, what: str) -> list[tuple[str, Pace]]:
        """By manager, account, channel, source or hour (GROUPS); the busiest first, hours in their order."""
        groups: defaultdict[str, list[Passage]] = defaultdict(list)
        for one in self.passages:
            groups[GROUPS[what](one)].append(one)
        paces = [(key, pace_of(found, self.at)) for key, found in groups.items()]
        return sorted(paces, key=lambda pair: pair[0] if what == "hour" else (-pair[1].count, pair[0]))


GROUPS: dict[str, Callable[[Passage], str]] = {
    "manager": lambda one: one.manager,
    "account": lambda one: one.account,
    "channel": lambda one: one.channel,
    "source": lambda one: one.source,
    "hour": lambda one: f"{one.hour:02d}",
}
"""What inquiries are told apart by."""


def pace_of(passages: Sequence[Passage], now: Millis) -> Pace:
    """How these were dealt with. A promise counts once it is kept or its time is over."""
    promised = [
        one for one in passages if one.due_at is not None and (_end(one) is not None or one.due_at < now)
    ]
    kept = [one for one in promised if one.due_at is not None and (_end(one) or now) <= one.due_at]
    return Pace(
        count=len(passages),
        card=quantiles(one.card_at - one.received_at for one in passages if one.card_at is not None),
        taken=quantiles(one.taken_at - one.received_at for one in passages if one.taken_at is not None),
        answer=quantiles(
            one.answered_at - one.received_at for one in passages if one.answered_at is not None
        ),
        kept=len(kept),
        promised=len(promised),
    )


def quantiles(spans: Iterable[Millis]) -> Quantiles | None:
    """The nearest ranks, in seconds; an answer that came before the request was seen took no time."""
    found = sorted(max(0, one) for one in spans)
    if not found:
        return None
    ranks = [found[ceil(len(found) * share) - 1] / 1000 for share in (0.5, 0.95)]
    return Quantiles(len(found), ranks[0], ranks[1])


def period_span(period: str, day: date, zone: tzinfo) -> tuple[date, Millis, Millis]:
    """The first day of the period that `day` lies in, and the instants at which it begins and ends."""
    first = day
    after = day + timedelta(days=1)
    if period == "week":
        first = day - timedelta(days=day.weekday())
        after = first + timedelta(days=7)
    elif period == "month":
        first = day.replace(day=1)
        after = (first + timedelta(days=32)).replace(day=1)
    return first, day_span(first, zone)[0], day_span(after, zone)[0]


def _end(one: Passage) -> Millis | None:
    """When somebody cared for it: the first of taking and answering."""
    return min((at for at in (one.taken_at, one.answered_at) if at is not None), default=None)
