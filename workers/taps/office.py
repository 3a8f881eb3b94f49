"""What the hands of a bot work with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from intake.clock import Clock
from intake.ports import Reader, UseCases
from intake.view import CardView
from notify.buttons import Seal
from notify.notices import Writer
from workers.use_cases.cards import Managers


class ShownCards(Protocol):
    """Where cards are read, and found by the message that shows them. Methods block; they raise Unavailable."""

    def read(self, card_ids: Sequence[str]) -> dict[str, CardView]:
        """The cards of these ids as they stand now."""
        ...

    def card_of_message(self, manager: str, messenger: str, message_id: str) -> str:
        """The id of the manager's card that a message shows, "" for none."""
        ...


@dataclass(frozen=True, slots=True)
class Office:
    """What the hands work with: for one messenger, whose buttons `seal` signs."""

    messenger: str
    seal: Seal
    managers: Managers
    views: ShownCards
    reader: Reader
    cases: UseCases
    writer: Writer
    clock: Clock
