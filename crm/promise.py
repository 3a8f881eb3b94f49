"""The promise: how soon a card is taken, in its manager's working minutes, and who is asked next. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from crm.tasks import MINUTE_MS
from intake.clock import Millis
from intake.hours import Calendar

NEXT = "next"
HEAD = "head"


@dataclass(frozen=True, slots=True)
class Promise:
    """`take_min` working minutes until a card is taken; after the share `remind_at` of them the owner is reminded;
    `then` says who is asked after them, each once: the `next` in turn, the `head`."""

    take_min: float = 5.0
    remind_at: float = 0.8
    then: tuple[str, ...] = (NEXT, HEAD)

    def due(self, calendar: Calendar, now: Millis) -> Millis:
        """By when it is to be taken."""
        return calendar.after(now, round(self.take_min * MINUTE_MS))

    def alarm(self, calendar: Calendar, now: Millis, asked: int) -> Millis | None:
        """When to look after a card that was just given to somebody: the first owner is reminded, those after them
        are not; None when nobody is left to be asked."""
        if asked >= len(self.then) and asked:
            return None
        if not asked and self.remind_at < 1:
            return calendar.after(now, round(self.take_min * self.remind_at * MINUTE_MS))
        return self.due(calendar, now)
