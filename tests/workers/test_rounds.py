"""The clock's rounds: each duty in its own time, whatever happens to the others."""

from __future__ import annotations

from dataclasses import dataclass, field

from intake.clock import ManualClock, Millis
from intake.errors import Unavailable
from workers.clocking.rounds import Rounds


@dataclass
class Noting:
    """A duty that notes when it ran, and fails as it is told to."""

    name: str
    every_s: float
    failure: Exception | None = None
    ran: list[Millis] = field(default_factory=list)

    def run(self, now: Millis) -> None:
        self.ran.append(now)
        if self.failure:
            raise self.failure


def test_each_duty_comes_in_its_own_time() -> None:
    """Nothing runs before it is due; the wait is until the next one."""
    clock, ticks = ManualClock(0), [0.0]
    quick, slow = Noting("quick", 1.0), Noting("slow", 10.0)
    rounds = Rounds([quick, slow], clock, lambda: ticks[0])
    rounds.run()
    assert (quick.ran, slow.ran) == ([], [])
    assert rounds.wait_s() == 1.0
    for second in range(1, 21):
        ticks[0] = float(second)
        clock.advance(1)
        rounds.run()
    assert len(quick.ran) == 20
    assert slow.ran == [10_000, 20_000]


def test_a_duty_that_fails_stops_no_other_and_comes_again() -> None:
    """A database that is away, a bug: told in the log, tried again in its time."""
    ticks = [0.0]
    away, broken = Noting("away", 1.0, Unavailable("away")), Noting("broken", 1.0, ValueError("bug"))
    well = Noting("well", 1.0)
    rounds = Rounds([away, broken, well], ManualClock(0), lambda: ticks[0])
    for second in (1, 2):
        ticks[0] = float(second)
        rounds.run()
    assert [len(one.ran) for one in (away, broken, well)] == [2, 2, 2]
