"""The head's figures: ranks, promises, periods."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as some

from intake.clock import from_iso
from intake.pace import Passage, Quantiles, Report, pace_of, period_span, quantiles

MINUTE = 60_000


def passage(number: int, **known: int | str) -> Passage:
    """An inquiry that came at the minute `number`, with a promise of five."""
    at = number * MINUTE
    plain = {"account": "site", "channel": "form", "source": "", "manager": "anna", "hour": 10}
    instants = {"received_at": at, "due_at": at + 5 * MINUTE}
    return Passage(inquiry_id=str(number), **{**plain, **instants, **known})  # type: ignore[arg-type]  # names as in the class


def test_a_rank_is_a_case_that_was() -> None:
    """The 95th of a hundred, the tenth of ten, the only one."""
    assert quantiles(range(1000, 101_000, 1000)) == Quantiles(100, 50.0, 95.0)
    assert quantiles([3000]) == Quantiles(1, 3.0, 3.0)
    assert quantiles([]) is None
    assert quantiles([-5000]) == Quantiles(1, 0.0, 0.0)


@given(some.lists(some.integers(0, 10**9), min_size=1))
def test_half_are_within_the_half_and_most_within_most(spans: list[int]) -> None:
    """Never fewer than half, and 95 of 100, are at or below their rank."""
    found = quantiles(spans)
    assert found
    assert sum(one / 1000 <= found.p50 for one in spans) * 2 >= len(spans)
    assert sum(one / 1000 <= found.p95 for one in spans) * 100 >= 95 * len(spans)


def test_a_promise_counts_when_it_is_decided() -> None:
    """Taken in time and answered in time keep it; too late and never break it; what is still due does not count."""
    now = 100 * MINUTE
    passages = [
        passage(1, taken_at=3 * MINUTE),
        passage(2, answered_at=4 * MINUTE),
        passage(3, taken_at=20 * MINUTE),
        passage(4),
        passage(98),
        passage(5, due_at=0, taken_at=6 * MINUTE),
    ]
    told = pace_of(passages[:5], now)
    assert (told.count, told.promised, told.kept, told.share) == (5, 4, 2, 0.5)
    assert told.taken == Quantiles(2, 120.0, 1020.0)
    assert pace_of([], now).share is None


def test_groups_are_told_the_busiest_first_and_hours_in_their_order() -> None:
    """By whom, by what, when."""
    passages = (
        passage(1, hour=14),
        passage(2, manager="boris", hour=9),
        passage(3, manager="boris", hour=14),
    )
    report = Report("day", date(2026, 11, 21), 0, 0, 0, passages)
    assert [(key, pace.count) for key, pace in report.by("manager")] == [("boris", 2), ("anna", 1)]
    assert [key for key, _ in report.by("hour")] == ["09", "14"]


def test_periods_begin_where_people_begin_them() -> None:
    """A week on Monday, a month on its first day, each at the zone's midnight, whatever the clocks do."""
    zone = ZoneInfo("Europe/Berlin")
    assert period_span("week", date(2026, 11, 22), zone)[0] == date(2026, 11, 16)
    assert period_span("month", date(2026, 12, 31), zone)[0] == date(2026, 12, 1)
    _, since, until = period_span("day", date(2026, 10, 25), zone)
    assert (since, until) == (from_iso("2026-10-24T22:00:00Z"), from_iso("2026-10-25T23:00:00Z"))
    _, since, until = period_span("month", date(2026, 12, 5), zone)
    assert until == from_iso("2026-12-31T23:00:00Z")
