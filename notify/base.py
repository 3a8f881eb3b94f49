"""What a messenger is: it sends a text, edits it, rings under it; whatever went wrong is data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message: what it says, and either signed `data` for us or a `url` it opens."""

    label: str
    data: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A text to show, in the two forms messengers take. `html` uses Telegram's few tags, `plain` none; `subject`
    is one line; `rows` are the buttons; `silent` shows it without a sound. `key` is the same for the same thing told
    again after a try whose outcome is unknown, "" where there is no such key: some messengers then show it once."""

    html: str
    plain: str
    subject: str
    rows: tuple[tuple[Button, ...], ...] = ()
    silent: bool = False
    key: str = ""


class Trouble(StrEnum):
    """What kind of thing went wrong."""

    AWAY = "away"
    """It does not answer, or answers nonsense: later, or by another messenger."""
    SLOW_DOWN = "slow_down"
    """We are too fast: not before `after` seconds."""
    CLOSED = "closed"
    """This person cannot be reached there: blocked, no such chat."""
    WRONG = "wrong"
    """It will never take this message."""
    LOCKED = "locked"
    """It does not know us: the token was revoked, the password is wrong."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something was not shown, in plain words. `after` is seconds to wait, None for one's own back-off;
    `unsure` says that it may have been shown all the same."""

    trouble: Trouble
    reason: str
    after: float | None = None
    unsure: bool = False

    @property
    def retryable(self) -> bool:
        """Whether the same thing may work later."""
        return self.trouble in (Trouble.AWAY, Trouble.SLOW_DOWN, Trouble.LOCKED)


@dataclass(frozen=True, slots=True)
class Shown:
    """It is on the screen, as the message `message_id`."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The message to edit or ring under is no longer there: send anew."""


class Messenger(Protocol):
    """One way to reach managers. No method raises for what the other side does; none waits longer than the
    configured time-out for an answer.

    `public` tells whether an address is read by more people than the card's manager: then everything personal is
    masked. `wait_s` is how long the limits keep a message to this address back: who asks first chooses what to
    send as late as possible; the others wait by themselves. `edits` is False where what is sent stays as it is.
    An idle connection wants a `check` every `warm_s` seconds, 0 for never.
    """

    name: str
    edits: bool
    warm_s: float

    def public(self, address: str) -> bool:
        """Whether others read along at `address`."""
        ...

    def wait_s(self, address: str) -> float:
        """Seconds until a message to `address` is allowed."""
        ...

    async def send(self, address: str, notice: Notice) -> Shown | Failure:
        """Show a new message."""
        ...

    async def edit(self, address: str, message_id: str, notice: Notice) -> Shown | Gone | Failure:
        """Change a message; a messenger that cannot sends nothing and says Shown."""
        ...

    async def ring(self, address: str, message_id: str, notice: Notice) -> Shown | Gone | Failure:
        """Make a sound with a short message under an earlier one; its own id is not needed again."""
        ...

    async def check(self) -> Failure | None:
        """Whether it knows us and answers; None when all is well. Keeps the connection warm."""
        ...

    async def close(self) -> None:
        """Close its connections."""
        ...
