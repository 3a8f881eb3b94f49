"""The ports: what the rooms ask of the store, the queue and each other, as protocols of few methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from intake.clock import Millis
from intake.decision import Act, Changes, Snapshot, Wanted
from intake.effect import DueEffect, Effect, EffectKind
from intake.inquiry import NewRaw, Raw
from intake.pace import Report
from intake.report import Digest


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the journal says of one event. `first` is False for a redelivery, which gets the first one's ids."""

    raw_id: str
    inquiry_id: str
    first: bool


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a source has been read; kept in the same commit as what was read. `place` is a folder or feed,
    `value` is JSON-able and the listener's own (a mailbox's UIDVALIDITY and last UID)."""

    account: str
    place: str
    value: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is to be committed together: events, and how far their source has been read with them.

    `spool` allows a file on the local disk when the journal is away: for senders that never come again.
    `ids` are given only to a delivery that already has its receipts (it comes from the spool).
    """

    raws: Sequence[NewRaw]
    cursor: Cursor | None = None
    spool: bool = False
    ids: Sequence[str] = ()


ROLES = ("observer", "manager", "duty", "head", "admin")
"""What a token or a session may do, from looking at masked data to everything."""


class Door(Protocol):
    """Where events come in. Answers after the commit, never before."""

    async def accept(self, delivery: Delivery) -> list[Receipt]:
        """Journal the events durably, one receipt each, in order. Raises JournalUnavailable."""
        ...

    def refuse(self, account: str) -> None:
        """Count a request that was not let in."""
        ...


class Journal(Protocol):
    """Accepted raw events, and which of them are still to be worked on. Methods block: call from a thread."""

    def append(
        self, deliveries: Sequence[Delivery], refused: Mapping[str, int], now: Millis
    ) -> list[list[Receipt]]:
        """Commit the deliveries in one transaction; `refused` is added to the accounts' counters.

        Raises JournalUnavailable; then nothing was written.
        """
        ...

    def claim(self, worker: str, now: Millis, *, ids: Sequence[str] = (), limit: int = 256) -> list[Raw]:
        """Take waiting events for `worker` under a lease: those of `ids`, or the oldest without a lease.

        Attempts are counted here, before the run; `Raw.attempts` includes this one.
        """
        ...

    def settle(self, raw_ids: Sequence[str]) -> None:
        """These are in the ledger: nothing more is to be done."""
        ...

    def release(self, raw_ids: Sequence[str], not_before: Millis) -> None:
        """Give claimed events back, to be tried again after `not_before`."""
        ...


class Cursors(Protocol):
    """How far each source has been read."""

    def read(self, account: str, place: str) -> Mapping[str, Any] | None:
        """The last committed value, or None when the source was never read."""
        ...


class HealthState(StrEnum):
    """How a source does: well, waiting (another listener holds it), or in a fault that somebody has to mend."""

    OK = "ok"
    WAITING = "waiting"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class HealthReport:
    """What a source says of itself. Parts that are None keep what stood there before.

    `seen_at_source` counts the events that the source itself has listed since the account was connected,
    `backlog` those of them that are not read yet. `detail` is JSON-able; its `code` names the state for
    translation, the further keys are the values in `message`; `expires` maps a `token`, `subscription` or
    `certificate` to the instant when it ends, `next_attempt` is the instant of the next try after a fault. `at` and
    `since` - when it was last told, since when the state is this one - are the store's.
    """

    account: str
    state: HealthState
    message: str = ""
    last_success: Millis | None = None
    last_item: Millis | None = None
    seen_at_source: int | None = None
    backlog: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    at: Millis = 0
    since: Millis = 0


class Health(Protocol):
    """Where sources report how they do. Methods block: call from a thread."""

    def report(self, report: HealthReport, now: Millis) -> None:
        """Remember it."""
        ...

    def alive(self, accounts: Sequence[str], now: Millis) -> None:
        """Whoever listens to these is there, though there is nothing new to tell."""
        ...

    def reports(self) -> list[HealthReport]:
        """The last report of each account."""
        ...


class Leases(Protocol):
    """One holder a name, by the store's own clock. Methods block: call from a thread."""

    def acquire(self, name: str, holder: str, seconds: float) -> int | None:
        """Take it if it is free or run out; the fence that rises with each holder, or None."""
        ...

    def renew(self, name: str, holder: str, fence: int, seconds: float) -> bool:
        """Hold it longer; False when it has been lost."""
        ...

    def release(self, name: str, holder: str, fence: int) -> None:
        """Give it back, if it is still held."""
        ...


class Bell(Protocol):
    """Wakes who is waiting; losing a ring costs a second, never a request."""

    def ring(self, raw_ids: Sequence[str]) -> None:
        """Tell the workers of committed events. Returns at once, never raises."""
        ...

    def ring_relay(self) -> None:
        """Tell the relay of new effects. Returns at once, never raises."""
        ...


class Ledger(Protocol):
    """Clients, deals, tasks, people and the decisions about inquiries."""

    def fold(self, wanted: Wanted, step: Callable[[Snapshot], Changes]) -> Changes:
        """One transaction: lock what `wanted` names, read the snapshot, call the pure `step`, write its changes.

        `step` may be called again with a newer snapshot when another writer came in between.
        """
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """A card shown: by which messenger, as which message there."""

    card_id: str
    messenger: str
    message_id: str
    at: Millis


class Outbox(Protocol):
    """Effects not yet delivered. Methods block: call from a thread. Raises Unavailable."""

    def claim(
        self,
        relay: str,
        now: Millis,
        limit: int = 100,
        *,
        kinds: Sequence[EffectKind] = (),
        busy: Sequence[str] = (),
    ) -> list[DueEffect]:
        """Take due effects under a lease, oldest first; attempts are counted here, before the try.

        Only of `kinds`, when some are named; none whose target is among `busy`.
        """
        ...

    def renew(self, effect_ids: Sequence[int], now: Millis) -> None:
        """These are still being worked on: begin their lease anew."""
        ...

    def done(self, effect_ids: Sequence[int], now: Millis, sent: Sequence[Sent] = ()) -> None:
        """They are carried out; remember the messages that show the cards. A Sent without an effect is
        remembered just the same."""
        ...

    def later(self, effect_id: int, due_at: Millis, error: str, *, unsure: bool = False) -> None:
        """Try again at `due_at`; `unsure` when this try may have been carried out all the same."""
        ...

    def give_back(self, effect_ids: Sequence[int], due_at: Millis) -> None:
        """They were not tried: free again at `due_at`, the attempt uncounted."""
        ...

    def park(self, effect_id: int, now: Millis, reason: str) -> None:
        """It will never work: keep it with its reason for a human."""
        ...

    def add(self, effects: Sequence[Effect]) -> None:
        """Put further effects in; those whose key is there already stay as they are."""
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, newest first; `next` goes back as `after`, None at the end."""

    items: list[dict[str, Any]]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Who:
    """Who acts: an API token or a signed-in person. `role` is observer, manager, duty, head or admin;
    `manager` is the manager acted as, "" for nobody; `name` is for the record."""

    name: str
    role: str
    manager: str = ""


@dataclass(frozen=True, slots=True)
class InquiryFilter:
    """Which inquiries: by state, account, free text, newest first below the cursor `after`."""

    state: str = ""
    account: str = ""
    q: str = ""
    limit: int = 50
    after: str = ""
    owner: str = ""
    """only those this manager answers for or has a card of"""
    reason: str | None = None
    """only those whose state has this reason"""
    since: Millis | None = None
    until: Millis | None = None
    """only those taken in from `since` up to `until`"""


class Reader(Protocol):
    """What the API and the pages show; every dict has the shape the API promises. Methods block."""

    def inquiries(self, wanted: InquiryFilter) -> Page:
        """Inquiries, the waiting ones included."""
        ...

    def one(self, what: str, ident: str) -> dict[str, Any] | None:
        """One inquiry, client or deal by id, or None."""
        ...

    def listing(self, what: str, filters: Mapping[str, str], limit: int, after: str) -> Page:
        """Deals, tasks, managers or cards that fit the filters."""
        ...

    def balance(self, since: Millis | None) -> dict[str, Any]:
        """Received against outcomes; the differences are 0 when nothing is lost."""
        ...


@dataclass(frozen=True, slots=True)
class Stage:
    """One stretch of the way through: how many are in it now (`capped`: at least that many), since when the
    oldest one is."""

    name: str
    count: int
    oldest: Millis | None = None
    capped: bool = False


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, in seconds, over `count` cases of the last hour."""

    count: int
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Overview:
    """The state of the whole at the instant `at`: the balance, the stages with their oldest, how fast it went,
    the channels. `balance` has the API's shape; so have the `channels`."""

    at: Millis
    balance: Mapping[str, Any]
    stages: tuple[Stage, ...]
    channels: tuple[Mapping[str, Any], ...]
    to_card: Spread | None = None
    to_taken: Spread | None = None
    late: Stage | None = None
    """cards that nobody took by when it was promised; `oldest` is that promise"""
    unowned: Stage | None = None
    """cards that wait for somebody to be on shift"""


@dataclass(frozen=True, slots=True)
class Source:
    """A raw event as a person may look at it: when it came, its head, the start of its body as text."""

    id: str
    at: Millis
    head: Mapping[str, Any]
    body: str
    size: int


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason for burying, how many inquiries it buried, and the ids of the newest of them."""

    reason: str
    count: int
    ids: tuple[str, ...]


class Watch(Protocol):
    """What the pages show beyond the API's lists. Methods block."""

    def overview(self) -> Overview:
        """Everything the first page shows, read at one instant."""
        ...

    def digest(self, day: date) -> Digest:
        """What came on a day of the company's zone, and what became of it."""
        ...

    def report(self, period: str, day: date) -> Report:
        """How the day, week or month went that `day` lies in: how fast, and each manager's counts."""
        ...

    def causes(self) -> list[Cause]:
        """The buried inquiries, grouped by reason, the largest group first."""
        ...

    def sources(self, inquiry_id: str) -> list[Source]:
        """The raw events an inquiry was made of, oldest first."""
        ...

    def acts(self, what: str, ident: str) -> list[Act]:
        """Who did what to it, oldest first; the last hundred."""
        ...

    def concerns(self, manager: str, what: str, ident: str) -> bool:
        """Whether an inquiry, deal, client, task or card is this manager's own to see and act on."""
        ...


class Access(Protocol):
    """Tokens, one-time links and sessions."""

    def who(self, token: str) -> Who | None:
        """Whose API token or session this is."""
        ...

    def sign_in_link(self, role: str, manager: str, now: Millis, valid_s: int = 900) -> str:
        """A one-time secret that opens a session."""
        ...

    def open_session(self, link: str, now: Millis) -> str | None:
        """Use up a one-time secret; the session's secret, or None when it is unknown, used or too old."""
        ...

    def invite(self, manager: str, now: Millis, valid_s: int) -> str:
        """A secret that joins one messenger account to the manager."""
        ...

    def revoke(self, manager: str) -> int:
        """End every session, token, link and invite of the manager at once; how many there were."""
        ...

    def accept_invite(self, secret: str, account: str, now: Millis) -> str | None:
        """Bind the secret to that account for good; the manager it invites, or None when it is unknown, too old
        or another account's. The same account may come again."""
        ...

    def close_session(self, session: str) -> None:
        """End a session at once; an unknown one is nobody's."""
        ...

    def note(self, who: Who, verb: str, what: str, ident: str, now: Millis) -> None:
        """Keep for the record that somebody looked at or did something (a reveal of personal data)."""
        ...

    def create_token(self, role: str, name: str, now: Millis, manager: str = "") -> str:
        """A new API token, shown once."""
        ...


@dataclass(frozen=True, slots=True)
class Command:
    """What a human wants done: `verb` (take, attach, create, detach, reject, accept, assign, replay, ...) of
    `what` (inquiry, deal, task, client, manager) `ident`, with the verb's own arguments."""

    verb: str
    what: str
    ident: str
    args: Mapping[str, str] = field(default_factory=dict)


class UseCases(Protocol):
    """The same acts for buttons, pages, API and command line."""

    def do(self, command: Command, who: Who) -> dict[str, Any]:
        """Carry it out; the new state of what it changed, as the API shows it.

        Raises NotFound, Conflict (says who or what stands in the way), Forbidden.
        """
        ...
