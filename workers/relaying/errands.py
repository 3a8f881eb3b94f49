"""Errands: effects that are for no manager, an account's at a time, in order, beside the managers' lanes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from intake.clock import Clock, Millis
from intake.decision import Decision
from intake.effect import DueEffect
from intake.inquiry import Inquiry
from intake.view import CardView
from workers.relaying.desk import Desk
from workers.relaying.roads import Roads

_AGAIN_MS = 2_000


class Outgoing(Protocol):
    """Where inquiries and the words of messages are read. Methods block; they raise Unavailable."""

    def inquiries(self, ids: Sequence[str]) -> dict[str, tuple[Inquiry, Decision]]:
        """Inquiries as they stand."""
        ...

    def words(self, ident: str) -> str:
        """The words of an interaction, "" when there are none any more."""
        ...


@dataclass(frozen=True, slots=True)
class Backroom:
    """What those who run errands share."""

    roads: Roads
    outgoing: Outgoing
    desk: Desk
    clock: Clock


class Runner(Protocol):
    """Who carries an account's effects out, at `most` so many at a time."""

    most: int

    async def run(self, effects: Sequence[DueEffect]) -> Millis | None:
        """Carry each of them to its end: done, put off or parked. What waits behind them is next - at once, or,
        when the other side asks for patience, from the instant that it returns."""
        ...


class Errands:
    """One account's effects of a kind; `run` ends when none is left."""

    def __init__(self, runner: Runner, desk: Desk, clock: Clock) -> None:
        self.waiting: list[DueEffect] = []
        self._held: list[DueEffect] = []
        self._runner = runner
        self._desk = desk
        self._clock = clock
        self._stopped = False

    def put(self, effects: Sequence[DueEffect], views: Mapping[str, CardView]) -> None:
        """More to do; there are no cards among it."""
        del views
        self.waiting += effects

    def unfinished(self) -> list[DueEffect]:
        """The effects it answers for, those being carried out included."""
        return [*self._held, *self.waiting]

    def stop(self) -> None:
        """Finish what is under way; give the rest back."""
        self._stopped = True

    async def run(self) -> None:
        """Work until nothing waits."""
        while self.waiting:
            if self._stopped:
                await self._desk.give_back(self._taken(len(self.waiting)), self._clock.now())
                return
            self._held = self._taken(self._runner.most)
            try:
                not_before = await self._runner.run(self._held)
            except Exception:
                # what waits was not tried: of that alone which was, nobody knows
                await self._desk.give_back(self._taken(len(self.waiting)), self._clock.now() + _AGAIN_MS)
                raise
            self._held = []
            if not_before is not None:
                await self._desk.give_back(self._taken(len(self.waiting)), not_before)

    def _taken(self, count: int) -> list[DueEffect]:
        taken, self.waiting = self.waiting[:count], self.waiting[count:]
        return taken
