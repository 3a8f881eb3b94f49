"""Working hours: weekly lines, holidays and zones, and how much working time has passed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.clock import Millis, from_datetime
from intake.hours import Calendar, in_spans, read_week

MOSCOW = "Europe/Moscow"
OFFICE = Calendar(("mon-fri 09:00-18:00", "sat 10:00-14:00"), MOSCOW)
MINUTE = 60_000


def at(text: str, zone: str = MOSCOW) -> Millis:
    """A local time as an instant: `2026-11-23 09:00`, a Monday."""
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


def test_without_hours_it_never_closes() -> None:
    """People are on shift unless a calendar says otherwise."""
    anytime = Calendar()
    assert anytime.open(0)
    assert anytime.opens(5) == 5
    assert anytime.closes(5) is None
    assert anytime.after(5, 300_000) == 300_005


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-11-23 08:59", False),
        ("2026-11-23 09:00", True),
        ("2026-11-23 17:59", True),
        ("2026-11-23 18:00", False),
        ("2026-11-28 13:00", True),
        ("2026-11-28 15:00", False),
        ("2026-11-29 12:00", False),
    ],
)
def test_a_week_opens_and_closes_by_its_lines(moment: str, open_: bool) -> None:
    """To the minute; what is not named is closed."""
    assert OFFICE.open(at(moment)) is open_


def test_russian_days_and_several_spans_are_read() -> None:
    """`пн-ср` is `mon-wed`; a lunch divides a day."""
    week = read_week(("пн-ср 09:00-13:00,14:00-18:00", "вс,fri 10:00-12:00"))
    assert week[0] == week[2] == ((540, 780), (840, 1080))
    assert week[4] == week[6] == ((600, 720),)
    assert week[3] == ()


def test_days_wrap_around_the_weeks_end() -> None:
    """`fri-mon` is Friday to Monday."""
    assert [bool(spans) for spans in read_week(("fri-mon 10:00-11:00",))] == [
        True,
        False,
        False,
        False,
        True,
        True,
        True,
    ]


@pytest.mark.parametrize(
    "line", ["mon", "mon 9-18", "noday 09:00-18:00", "mon 09:00-25:00", "mon 24:00-25:00", "mon-fri"]
)
def test_other_lines_are_refused(line: str) -> None:
    """ValueError, never a guess."""
    with pytest.raises(ValueError, match=r"no (span|day|time)"):
        read_week((line,))


def test_a_night_shift_belongs_to_the_day_it_begins_on() -> None:
    """22:00-06:00 on Friday is open on Saturday at five, not at seven."""
    night = Calendar(("fri 22:00-06:00",), MOSCOW)
    assert night.open(at("2026-11-28 05:00"))
    assert not night.open(at("2026-11-28 07:00"))
    assert not night.open(at("2026-11-27 05:00"))
    assert night.closes(at("2026-11-27 23:00")) == at("2026-11-28 06:00")


def test_closing_goes_on_over_midnight_where_days_touch() -> None:
    """A day that ends at 24:00 and one that begins at 00:00 are one shift."""
    assert Calendar(("mon 10:00-24:00", "tue 00:00-08:00"), MOSCOW).closes(at("2026-11-23 11:00")) == at(
        "2026-11-24 08:00"
    )


def test_the_next_opening_is_found_over_a_weekend() -> None:
    """From Saturday afternoon to Monday morning; inside working time it is now."""
    assert OFFICE.opens(at("2026-11-28 15:00")) == at("2026-11-30 09:00")
    assert OFFICE.opens(at("2026-11-23 12:00")) == at("2026-11-23 12:00")


def test_public_holidays_are_free() -> None:
    """The RU production calendar: 4 November 2026 is a Wednesday off; the January holidays are."""
    office = Calendar(("mon-fri 09:00-18:00",), MOSCOW, "RU")
    assert not office.open(at("2026-11-04 12:00"))
    assert office.open(at("2026-11-05 12:00"))
    assert office.opens(at("2025-12-31 20:00")) == at("2026-01-12 09:00")


def test_a_country_nobody_knows_has_no_holidays() -> None:
    """A slip in a setting must not stop an inquiry."""
    assert Calendar(("daily 00:00-24:00",), MOSCOW, "XX").open(at("2026-01-01 12:00"))


def test_working_minutes_pass_only_in_working_time() -> None:
    """Ten minutes from 17:55 on Friday end at 10:05 on Saturday."""
    assert OFFICE.after(at("2026-11-27 17:55"), 10 * MINUTE) == at("2026-11-28 10:05")
    assert OFFICE.after(at("2026-11-23 10:00"), 10 * MINUTE) == at("2026-11-23 10:10")
    assert OFFICE.after(at("2026-11-23 03:00"), 10 * MINUTE) == at("2026-11-23 09:10")


def test_a_week_without_hours_left_still_ends() -> None:
    """Where nothing opens for two months the clock's own time counts: a promise is never without an end."""
    never = Calendar(("mon 09:00-10:00",), MOSCOW, "")
    assert never.after(at("2026-11-23 09:00"), 10_000 * MINUTE) == at("2026-11-23 09:00") + 10_000 * MINUTE


def test_the_clock_change_moves_no_hours() -> None:
    """In Berlin nine o'clock is nine o'clock on both sides of the last Sunday of March."""
    berlin = Calendar(("daily 09:00-18:00",), "Europe/Berlin")
    for day in ("2026-03-28", "2026-03-29", "2026-03-30"):
        assert not berlin.open(at(f"{day} 08:59", "Europe/Berlin"))
        assert berlin.open(at(f"{day} 09:00", "Europe/Berlin"))


@given(
    start=st.integers(0, 14 * 24 * 60),
    minutes=st.integers(1, 3000),
    more=st.integers(1, 600),
)
def test_more_working_time_never_ends_earlier(start: int, minutes: int, more: int) -> None:
    """And the end of some working time is at working time, or at its very end."""
    begin = at("2026-11-23 00:00") + start * MINUTE
    end = OFFICE.after(begin, minutes * MINUTE)
    assert begin < end < OFFICE.after(begin, (minutes + more) * MINUTE)
    assert OFFICE.open(end - 1)


@given(st.integers(0, 14 * 24 * 60))
def test_working_time_counted_minute_by_minute_is_the_same(start: int) -> None:
    """An hour of working time, against counting the open minutes one by one."""
    here = begin = at("2026-11-23 00:00") + start * MINUTE
    left = 60
    while left:
        left -= OFFICE.open(here)
        here += MINUTE
    assert OFFICE.after(begin, 60 * MINUTE) == here


def test_spans_of_a_day_reach_over_midnight() -> None:
    """Quiet from ten to eight."""
    late = from_datetime(datetime(2026, 11, 23, 20, 30, tzinfo=UTC))  # 23:30 in Moscow
    assert in_spans(["22:00-08:00"], MOSCOW, late)
    assert in_spans(["22:00-08:00"], MOSCOW, late + int(timedelta(hours=8).total_seconds()) * 1000)
    assert not in_spans(["22:00-08:00"], MOSCOW, late - int(timedelta(hours=3).total_seconds()) * 1000)
