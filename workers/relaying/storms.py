"""Storms: too many new cards for one manager within two minutes become one list that grows."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from intake.clock import Millis

WINDOW_MS = 120_000
FULL = 100
"""A list that names so many cards is left as it is, and another one begun."""


@dataclass(slots=True)
class CardList:
    """A list message that may still grow: by which messenger, as which message, of which cards."""

    messenger: str
    message_id: str
    card_ids: list[str]
    changed_at: Millis


@dataclass(slots=True)
class Weather:
    """What a manager has been shown of late. Kept in memory: after a restart the next list is a new message."""

    shown: deque[Millis] = field(default_factory=deque)
    growing: CardList | None = None

    def stormy(self, coming: int, storm: int, now: Millis) -> bool:
        """Whether `coming` more cards are too many to show one by one."""
        while self.shown and self.shown[0] <= now - WINDOW_MS:
            self.shown.popleft()
        return coming > 0 and len(self.shown) + coming > storm

    def note(self, count: int, now: Millis) -> None:
        """So many new cards were shown."""
        self.shown.extend([now] * count)

    def open_list(self, messenger: str, now: Millis) -> CardList | None:
        """The list that the next cards join, None when there is none to join."""
        found = self.growing
        if found is None or found.messenger != messenger or len(found.card_ids) >= FULL:
            return None
        return found if found.changed_at > now - WINDOW_MS else None

    def calm(self, now: Millis) -> bool:
        """Whether nothing of it matters any more."""
        last = max(self.shown[-1] if self.shown else 0, self.growing.changed_at if self.growing else 0)
        return last <= now - WINDOW_MS
