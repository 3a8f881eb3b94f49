"""What managers do in their messenger: a button pressed, a line written; a messenger that can hear has an Ear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from notify.base import Failure


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button under a message of ours. `sender` is the person's id in the messenger, `chat` the address where the
    message stands (the sender's own, or a group's), `data` what the button carried, unproven; `message` is the id of
    the message under which it stands, "" when that is not told."""

    number: int
    query: str
    sender: str
    chat: str
    data: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A line that somebody wrote to the bot alone. `reply_to` is the id of the message it answers, "" for none."""

    number: int
    sender: str
    text: str
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    """Something else that came and is not for us."""

    number: int


Heard = Pressed | Said | Other


class Ear(Protocol):
    """How a messenger tells what managers do there. Nothing raises for what the other side does.

    Numbers rise; what is below the number asked for is thereby confirmed and never told again.
    """

    async def hear(self, first: int, wait_s: int) -> list[Heard] | Failure:
        """What came, from number `first` on (0: whatever is not confirmed), waiting so long when there is none."""
        ...

    async def answer(self, pressed: Pressed, text: str, *, alert: bool = False) -> Failure | None:
        """Show who pressed a line over their screen; with `alert` a window they have to close."""
        ...

    def place(self, done: int) -> str:
        """From where another one of us would go on, now that all numbers below `done` are done; "" where the
        messenger itself remembers."""
        ...

    def go_on(self, place: str) -> None:
        """Begin where another one of us left off."""
        ...

    async def door(self) -> str | Failure:
        """The address that opens the bot; an invite's secret goes at its end."""
        ...


@runtime_checkable
class Hears(Protocol):
    """A messenger that has an ear."""

    def ear(self) -> Ear:
        """The ear."""
        ...
