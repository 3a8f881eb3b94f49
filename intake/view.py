"""Read models: what a card is rendered from, as the ledger stands at one moment. Frozen; nothing is asked later."""

from __future__ import annotations

from dataclasses import dataclass

from intake.calls import NO_CALLS, CallLog
from intake.clock import Millis
from intake.deal import Card, Manager
from intake.inquiry import Kind


@dataclass(frozen=True, slots=True)
class FileNote:
    """A file that came along: its name and size in bytes."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class CallNote:
    """What a card says of a call. Seconds are whole."""

    status: str
    direction: str = "in"
    wait_s: int | None = None
    talk_s: int | None = None
    answered_by: str = ""


@dataclass(frozen=True, slots=True)
class Touch:
    """One inquiry as a card tells of it. `source` is where the visitor came from (`yandex/brand`), `service`
    what is asked for; contacts are the sender's own, unmasked."""

    inquiry_id: str
    kind: Kind
    channel: str
    account: str
    at: Millis
    subject: str = ""
    text: str = ""
    sender_name: str = ""
    company: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    handles: tuple[tuple[str, str], ...] = ()
    files: tuple[FileNote, ...] = ()
    call: CallNote | None = None
    source: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A client it may be the same as. `score` is between 0 and 1."""

    client_id: str
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Why:
    """A reason of the decision: the rule's name and what it saw."""

    rule: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Heir:
    """Who answers now for what a closed card told of: the open deal's owner, and when they took it (None: not yet)."""

    manager: str
    name: str
    taken_at: Millis | None = None


@dataclass(frozen=True, slots=True)
class OpenDeal:
    """An open deal that the card's inquiry could belong to instead of its own."""

    id: str
    number: int
    title: str
    stage: str = ""


@dataclass(frozen=True, slots=True)
class CardView:
    """All that a card shows, read in one go.

    `touches` holds the last few inquiries, oldest first; `touch_count` counts them all. `known` is True when
    the client was known before the first of them. `taken_by_name` is the name of who took the card.
    `heir` is set on a closed card whose deal lives on. `calls` is the log of the deal's calls, read when the card
    tells of one that was missed. `deals` are the open deals of the client, and of those it may be, that still take
    inquiries, the newest first; the card's own is left out. `rejected` says that a human put the last inquiry away,
    `joined` that it came to a deal that was there. `undelivered` is why the last answer to the client did not arrive,
    "" when it did or none was written.
    `contacts` (phones, e-mails, handles) are those held in the ledger and those the sender gave, once each.
    """

    card: Card
    manager: Manager
    touches: tuple[Touch, ...] = ()
    touch_count: int = 0
    known: bool = False
    client_name: str = ""
    client_owner: str = ""
    company: str = ""
    person_name: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    handles: tuple[tuple[str, str], ...] = ()
    deal_number: int = 0
    deal_title: str = ""
    deal_stage: str = ""
    deal_pipeline: str = ""
    deal_opened_at: Millis = 0
    taken_by_name: str = ""
    suspects: tuple[Suspect, ...] = ()
    why: tuple[Why, ...] = ()
    heir: Heir | None = None
    calls: CallLog = NO_CALLS
    deals: tuple[OpenDeal, ...] = ()
    rejected: bool = False
    joined: bool = False
    undelivered: str = ""

    @property
    def extended(self) -> bool:
        """Whether the card tells of a deal that was there before its first inquiry came."""
        return bool(self.touches) and 0 < self.deal_opened_at < self.touches[0].at and self.touch_count == 1


@dataclass(frozen=True, slots=True)
class WrittenNote:
    """What a manager jotted down under a card. `inquiry_id` is the deal's last inquiry, which an answer answers."""

    text: str
    actor: str
    deal_id: str
    inquiry_id: str


@dataclass(frozen=True, slots=True)
class PlainButton:
    """A button where nothing is signed: the act, what it says, what it chooses. `choices` are (choice, label) of a
    button that leaves one to choose; `url` is an address it opens instead of acting."""

    action: str
    label: str
    choice: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class PlainCard:
    """What a card says in plain text, and its buttons, the likeliest first."""

    text: str
    buttons: tuple[PlainButton, ...] = ()
