"""Pace: never more than the limits in any window, in the order of asking."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from notify.options import Limits
from notify.pace import Pace, Window


class Time:
    """A clock that runs on by being slept on."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds
        await asyncio.sleep(0)


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60), st.integers(1, 5), st.floats(0.5, 10))
def test_no_window_ever_holds_too_many(gaps: list[float], count: int, seconds: float) -> None:
    """Whenever they ask, any `seconds` have at most `count` seats, and nobody overtakes."""
    window, now, seats = Window(count, seconds), 0.0, []
    for gap in gaps:
        now += gap
        seats.append(window.take(now))
    assert seats == sorted(seats)
    assert all(later - first >= seconds - 1e-6 for first, later in zip(seats, seats[count:], strict=False))


async def test_a_chat_gets_one_a_second_and_a_group_twenty_a_minute() -> None:
    """The chat's limit, the group's, and the bot's hold at once."""
    time = Time()
    pace = Pace(Limits(), now=time.now, sleep=time.sleep)
    for _ in range(3):
        await pace.turn("7")
    assert time.at == 2.0
    for _ in range(21):
        await pace.turn("-8", group=True)
    assert time.at == 62.0


async def test_f44_a_pause_asked_for_holds_the_chat_alone() -> None:
    """Others go on; when several are told at once, all wait."""
    time = Time()
    pace = Pace(Limits(), now=time.now, sleep=time.sleep)
    pace.slow_down("7", 30)
    assert (pace.wait_s("7"), pace.wait_s("8")) == (30.0, 0.0)
    pace.slow_down("8", 30)
    pace.slow_down("9", 30)
    assert pace.wait_s("10") == 30.0


async def test_those_who_slept_through_a_pause_line_up_again() -> None:
    """A pause that comes while one waits is heeded, and the limit holds after it."""
    time = Time()
    pace = Pace(Limits(chat_per_s=1), now=time.now, sleep=time.sleep)
    await pace.turn("7")
    waiting = asyncio.create_task(pace.turn("7"))
    await asyncio.sleep(0)
    pace.slow_down("7", 20)
    await waiting
    assert time.at >= 20
