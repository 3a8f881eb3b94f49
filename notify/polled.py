"""What a long poll brought: events that bear no number of their own get one, and are kept until they are done."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from notify.hearing import Heard, Other, Pressed, Said


class Polled:
    """Numbers what comes and gives it out again until a later number is asked for; `place` is how far the source was
    read with it, and is `reached` when nothing of it is left."""

    def __init__(self, place: str = "") -> None:
        self.reached = place
        self._ahead = place
        self._next = 1
        self._waiting: deque[Heard] = deque()

    def left(self, first: int) -> list[Heard]:
        """What is not done yet, from number `first` on."""
        while self._waiting and self._waiting[0].number < first:
            self._waiting.popleft()
        if not self._waiting:
            self.reached = self._ahead
        return list(self._waiting)

    def take(self, events: Iterable[Pressed | Said | Other], place: str) -> list[Heard]:
        """These came, and the source stands at `place` behind them."""
        for one in events:
            self._waiting.append(replace(one, number=self._next))
            self._next += 1
        self._ahead = place
        if not self._waiting:
            self.reached = place
        return list(self._waiting)
