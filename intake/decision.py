"""Decisions: all that the pipeline concludes of one inquiry, with reasons, and the changes that follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from intake.clock import Millis
from intake.deal import Card, Client, Deal, Department, Holding, Interaction, Manager, Person, Task
from intake.effect import Effect
from intake.inquiry import Inquiry, State

ERASED = "erased"
"""The `state_reason` of an inquiry whose person was erased: nothing that still comes of it is kept."""


class Identity(StrEnum):
    """Who it is: a known client, perhaps a known one, nobody known."""

    SAME = "same"
    POSSIBLE = "possible"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: the rule's name, what it saw, how much it weighs."""

    rule: str
    evidence: str
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A client it may be."""

    client_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer to "who is this". `client_id` and `person_id` are the match for `same`, the best suspect
    for `possible`, "" for `new`."""

    identity: Identity
    client_id: str = ""
    person_id: str = ""
    score: float = 0.0
    candidates: tuple[Candidate, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of one inquiry."""

    inquiry_id: str
    state: State
    state_reason: str = ""
    identity: Identity | None = None
    client_id: str = ""
    person_id: str = ""
    deal_id: str = ""
    owner: str = ""
    candidates: tuple[Candidate, ...] = ()
    reasons: tuple[Reason, ...] = ()
    rules_version: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it was in a group: `seq` rises by one with every turn given in that group. `given` counts the
    turns of the manager's local day `day` in it."""

    group: str
    manager: str
    seq: int
    day: int = 0
    given: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a human answered about a sender like this one. `key` joins a contact point and a name."""

    key: str
    client_id: str
    person_id: str
    same: bool
    at: Millis
    who: str


@dataclass(frozen=True, slots=True)
class Screen:
    """Whoever is known under `key` (email:, phone:, handle:, domain:) never buys: what comes from there is rejected
    for this reason."""

    key: str
    reason: str
    at: Millis
    who: str


@dataclass(frozen=True, slots=True)
class Act:
    """What a person did, for the record."""

    at: Millis
    who: str
    verb: str
    what: str
    ident: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Merge:
    """Two clients are one: all that is `loser`'s becomes `winner`'s - or, to `undo` it, the loser's again."""

    loser: str
    winner: str
    at: Millis
    who: str
    undo: bool = False


@dataclass(slots=True)
class Changes:
    """Rows that follow from decisions; the ledger writes them in one transaction. Of what is kept by id the
    last version wins."""

    inquiries: dict[str, tuple[Inquiry, Decision]] = field(default_factory=dict)
    settled: dict[str, str] = field(default_factory=dict)
    """raw id -> inquiry id: the fence - a raw event is settled once."""
    clients: dict[str, Client] = field(default_factory=dict)
    persons: dict[str, Person] = field(default_factory=dict)
    holdings: dict[tuple[str, str], Holding] = field(default_factory=dict)
    """(key, person id) -> holding"""
    name_tokens: dict[str, int] = field(default_factory=dict)
    """how many new cards carry the token"""
    suspects: dict[tuple[str, str], float] = field(default_factory=dict)
    """(new client, suspect) -> score: to be answered "same" or "different"."""
    suspect_reasons: dict[tuple[str, str], tuple[Reason, ...]] = field(default_factory=dict)
    """why each of them is asked about"""
    suspect_answers: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """(client, suspect) -> ("same" or "different", who said it)"""
    unsettled: list[str] = field(default_factory=list)
    """inquiries whose raw events are to be worked on again"""
    verdicts: list[Verdict] = field(default_factory=list)
    screens: dict[str, Screen] = field(default_factory=dict)
    gone_screens: list[str] = field(default_factory=list)
    """keys that are no longer remembered"""
    deals: dict[str, Deal] = field(default_factory=dict)
    handed: dict[str, str] = field(default_factory=dict)
    """deal id -> its new owner, who answers for the deal's inquiries too, those that were not read as well"""
    left: dict[str, str] = field(default_factory=dict)
    """manager who left -> who gets the clients, "" for whoever is next in turn when they come again; planned tasks go
    to the heir too, else to the owners of their deals"""
    tasks: dict[str, Task] = field(default_factory=dict)
    interactions: dict[str, Interaction] = field(default_factory=dict)
    gone_interactions: list[str] = field(default_factory=list)
    cards: dict[str, Card] = field(default_factory=dict)
    moved_messages: dict[str, str] = field(default_factory=dict)
    """card -> the card whose messages those that showed it are from now on"""
    threads: dict[str, str] = field(default_factory=dict)
    """thread key -> deal id"""
    turns: dict[tuple[str, str], Turn] = field(default_factory=dict)
    managers: dict[str, Manager] = field(default_factory=dict)
    departments: dict[str, Department] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    """written last: what the same changes gave the loser goes to the winner too"""
    acts: list[Act] = field(default_factory=list)
    next_number: int = 0
    """the number for the next deal; 0 when none was given"""
    new_cards: int = 0


@dataclass(slots=True)
class Snapshot:
    """What stood in the ledger when a batch was read, plus what the batch's earlier decisions made of it.

    A Snapshot is owned by one fold, which updates it in place as it decides.
    """

    holders: dict[str, list[Holding]] = field(default_factory=dict)
    """key -> who is known under it, capped"""
    holder_counts: dict[str, int] = field(default_factory=dict)
    """key -> how many clients are known under it, not capped"""
    person_keys: dict[str, set[str]] = field(default_factory=dict)
    name_counts: dict[str, int] = field(default_factory=dict)
    verdicts: dict[str, list[Verdict]] = field(default_factory=dict)
    screens: dict[str, Screen] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    persons: dict[str, Person] = field(default_factory=dict)
    deals: dict[str, Deal] = field(default_factory=dict)
    client_deals: dict[str, list[str]] = field(default_factory=dict)
    """client id -> ids of its deals that were read: the open ones and those a thread or a command names"""
    tasks: dict[str, Task] = field(default_factory=dict)
    threads: dict[str, str] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)
    """deal id (or inquiry id while it is offered) -> its card"""
    calls: dict[str, list[Interaction]] = field(default_factory=dict)
    """deal id -> the last calls on its feed; read only where calls are wanted"""
    inquiries: dict[str, tuple[Inquiry, Decision]] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    managers: dict[str, Manager] = field(default_factory=dict)
    """in their configured order"""
    departments: dict[str, Department] = field(default_factory=dict)
    loads: dict[str, int] = field(default_factory=dict)
    """manager id -> open deals; read only where it is wanted"""
    turns: dict[tuple[str, str], Turn] = field(default_factory=dict)
    next_number: int = 1
    known_cards: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What must be read for a batch of inquiries or a command: the keys and ids it may touch."""

    keys: Sequence[str] = ()
    """contact points and blocking keys"""
    name_tokens: Sequence[str] = ()
    memory: Sequence[str] = ()
    screens: Sequence[str] = ()
    """keys under which a sender may be remembered as one who never buys"""
    threads: Sequence[str] = ()
    inquiries: Sequence[str] = ()
    raws: Sequence[str] = ()
    deals: Sequence[str] = ()
    clients: Sequence[str] = ()
    cards: Sequence[str] = ()
    tasks: Sequence[str] = ()
    loads: bool = False
    """how many open deals each manager has"""
    closed_since: Millis | None = None
    """the clients' deals that were closed since then, too"""
    contacts: bool = False
    """the contacts of the clients of all deals that are read: `person_keys`"""
    calls: bool = False
    """the calls and the planned tasks of all deals that are read"""


def decision_json(decision: Decision) -> dict[str, Any]:
    """The decision as the API shows it."""
    return {
        "client_id": decision.client_id,
        "person_id": decision.person_id,
        "deal_id": decision.deal_id,
        "owner": decision.owner,
        "identity": decision.identity.value if decision.identity else None,
        "candidates": [{"client_id": one.client_id, "score": one.score} for one in decision.candidates],
        "reasons": [
            {"rule": one.rule, "evidence": one.evidence, "weight": one.weight} for one in decision.reasons
        ],
        "rules_version": decision.rules_version,
    }
