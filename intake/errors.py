"""The errors of the house: one root; whether and when to try again is data, never guessed by class."""

from __future__ import annotations

from typing import ClassVar


class LeadIntakeError(Exception):
    """Something in lead-intake went wrong; the message says what, and what to do next.

    `retryable` says whether the same call may work later; `after` is how many seconds to wait
    first (None: the caller's own back-off).
    """

    retryable: ClassVar[bool] = False

    def __init__(self, message: str = "", *, after: float | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip().splitlines()[0])
        self.after = after


class Unavailable(LeadIntakeError):
    """A store or a service does not answer now; the same call may work later."""

    retryable = True


class LockedOut(Unavailable):
    """A service does not know us any more: its token was revoked, or the password is wrong. No waiting mends that."""


class JournalUnavailable(Unavailable):
    """The journal cannot be written; the sender must be told to come again."""


class JournalBroken(JournalUnavailable):
    """The disk failed in the middle of a commit: nothing this process reads or writes there can be trusted."""


class Lost(LeadIntakeError):
    """Somebody else got there first: start over with what stands now."""

    retryable = True


class Unreadable(LeadIntakeError):
    """These bytes cannot be read as what they claim to be; bury them with this reason."""


class Refused(LeadIntakeError):
    """The caller is not let in; `status` is the HTTP answer, the message its one-line reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class ConfigFault(LeadIntakeError):
    """The configuration cannot work; the message names the setting and its mend."""


class SchemaTooOld(LeadIntakeError):
    """The database's schema is older than this program: run `lead-intake migrate` first."""


class NotFound(LeadIntakeError):
    """There is no such thing."""


class Conflict(LeadIntakeError):
    """What was asked does not fit the present state; the message says who or what stands in the way."""


class Forbidden(LeadIntakeError):
    """This person may not do that."""
