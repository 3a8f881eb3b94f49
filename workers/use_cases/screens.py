"""What is remembered of senders who never buy: shown, and taken back."""

from __future__ import annotations

from typing import Any

from intake.decision import Screen, Wanted
from intake.errors import NotFound
from intake.ports import Command, Reader, Who
from workers.fold import Fold
from workers.use_cases.case import House


class ScreenCases:
    """The verbs of a remembered sender. Each raises NotFound."""

    def __init__(self, house: House, reader: Reader) -> None:
        self._house = house
        self._reader = reader

    def remove(self, command: Command, who: Who) -> dict[str, Any]:
        """From now on what this sender writes is an inquiry again."""
        listed = self._reader.listing("screens", {"id": command.ident}, 1, "").items
        if not listed:
            raise NotFound(f"nobody is remembered as {command.ident}")
        key = str(listed[0]["key"])

        def step(fold: Fold) -> None:
            fold.changes.gone_screens.append(key)

        self._house.fold(Wanted(), step, command, who)
        return {"id": command.ident, "key": key, "removed": True}


def remember(fold: Fold, keys: list[str], reason: str, who: Who) -> None:
    """Keep that these never buy, and why."""
    for key in keys:
        screen = Screen(key, reason, fold.now, who.name)
        fold.snapshot.screens[key] = fold.changes.screens[key] = screen


def forget(fold: Fold, keys: list[str]) -> None:
    """They may buy after all."""
    for key in keys:
        if fold.snapshot.screens.pop(key, None):
            fold.changes.gone_screens.append(key)
