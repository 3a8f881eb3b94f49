"""The ledger's words: clients, people, deals, tasks, interactions, managers, cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from intake.clock import Millis


class ClientKind(StrEnum):
    """What a client is."""

    PERSON = "person"
    HOUSEHOLD = "household"
    COMPANY = "company"


class DealState(StrEnum):
    """Where a deal stands."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class TaskState(StrEnum):
    """Where a task stands."""

    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


class CardState(StrEnum):
    """What a card says: new (nobody took it), offered (a human is to choose), taken, handed over, closed."""

    NEW = "new"
    OFFERED = "offered"
    TAKEN = "taken"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Client:
    """A person, household or company we sell to. `merged_into` names the client it was joined into, "" mostly."""

    id: str
    kind: ClientKind = ClientKind.PERSON
    name: str = ""
    inn: str = ""
    owner: str = ""
    created_at: Millis = 0
    merged_into: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A human within a client."""

    id: str
    client_id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """A contact point held by a person of a client. `point` is the point's key."""

    point: str
    person_id: str
    client_id: str


@dataclass(frozen=True, slots=True)
class Deal:
    """One interest of a client. `number` is the one people say aloud; `takes_inquiries` is False for a
    deal that only waits for money or is closed to inquiries."""

    id: str
    number: int
    client_id: str
    person_id: str
    title: str
    pipeline: str
    owner: str
    stage: str = "new"
    state: DealState = DealState.OPEN
    amount: float | None = None
    service: str = ""
    account: str = ""
    takes_inquiries: bool = True
    opened_at: Millis = 0
    closed_at: Millis | None = None
    lost_reason: str = ""
    first_answer_at: Millis | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """What the owner has to do by when."""

    id: str
    deal_id: str
    owner: str
    kind: str
    text: str
    due_at: Millis
    state: TaskState = TaskState.PLANNED
    result: str = ""
    created_at: Millis = 0


@dataclass(frozen=True, slots=True)
class Interaction:
    """One touch on a deal's feed: theirs (`in`) or ours (`out`). `inquiry_id` is "" for a note."""

    id: str
    deal_id: str
    client_id: str
    inquiry_id: str
    kind: str
    direction: str
    at: Millis
    text: str = ""
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Department:
    """Managers who share their work. `head` is the id of the manager who answers for it; `zone`, `hours` and
    `holidays` hold for those who have none of their own, "" and () where the company's hold."""

    id: str
    name: str = ""
    head: str = ""
    zone: str = ""
    hours: tuple[str, ...] = ()
    holidays: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """A manager is away from `since` until `until`; `deputy` does their work meanwhile, "" for nobody."""

    since: Millis
    until: Millis
    deputy: str = ""


@dataclass(frozen=True, slots=True)
class Manager:
    """A person of ours who answers for clients and deals. `contacts` maps a messenger to the id there
    (telegram: chat id, email: address); `notify` is the order in which they are tried.

    `hours`, `zone` and `holidays` are the manager's own calendar (intake.hours), () and "" where the department's
    hold; `on_until`: on shift until then whatever the hours say. `weight` is a share among others (0: no turns),
    `capacity` how many inquiries a day are given by turn (0: any number), `skills` what not everybody can,
    `quiet_hours` the spans of a day without sound (None: as for everybody).
    """

    id: str
    name: str
    department: str = ""
    extension: str = ""
    contacts: Mapping[str, str] = field(default_factory=dict)
    notify: tuple[str, ...] = ()
    state: str = "active"
    """active, paused or dismissed"""
    paused_until: Millis | None = None
    hours: tuple[str, ...] = ()
    zone: str = ""
    holidays: str = ""
    on_until: Millis | None = None
    leave: Leave | None = None
    weight: float = 1.0
    capacity: int = 0
    skills: tuple[str, ...] = ()
    quiet_hours: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """What a manager sees of a deal (or of an offered inquiry, then `deal_id` is "").

    `touches` counts the inquiries it told of; `messages` maps a messenger to the id of the message
    that shows it; `version` rises with each change, buttons are bound to it.

    `due_at` is the promise: taken by then. `alarm_at` is when the clock looks after it next (None: never again),
    `asked` are the managers it was taken from because they did not take it.
    """

    id: str
    manager: str
    deal_id: str
    client_id: str
    inquiry_ids: tuple[str, ...]
    state: CardState = CardState.NEW
    version: int = 1
    created_at: Millis = 0
    due_at: Millis | None = None
    sent_via: str = ""
    sent_at: Millis | None = None
    taken_by: str = ""
    taken_at: Millis | None = None
    messages: Mapping[str, str] = field(default_factory=dict)
    alarm_at: Millis | None = None
    asked: tuple[str, ...] = ()
