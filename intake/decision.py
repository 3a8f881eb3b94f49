"""Decisions: all that the pipeline concludes of one inquiry, with reasons, and the changes that follow."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from intake.contact import ContactPoint
from intake.deal import Card, Client, Deal, Holding, Interaction, Manager, Person, Task
from intake.effect import Effect
from intake.inquiry import Inquiry, State


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
    """Whose turn it was in a group: `seq` rises by one with every turn given in that group."""

    group: str
    manager: str
    seq: int


@dataclass(slots=True)
class Changes:
    """Rows that follow from decisions, in the order they were made; the ledger writes them in one
    transaction. `cards`, `deals` and `turns` are by id: the last version of each wins."""

    inquiries: list[tuple[Inquiry, Decision]] = field(default_factory=list)
    settled: list[tuple[str, str]] = field(default_factory=list)
    """(raw id, inquiry id): the fence - a raw event is settled once."""
    clients: list[Client] = field(default_factory=list)
    persons: list[Person] = field(default_factory=list)
    holdings: list[Holding] = field(default_factory=list)
    suspects: list[tuple[str, str, float]] = field(default_factory=list)
    """(new client, suspect, score): to be answered "same" or "different"."""
    deals: dict[str, Deal] = field(default_factory=dict)
    tasks: list[Task] = field(default_factory=list)
    interactions: list[Interaction] = field(default_factory=list)
    cards: dict[str, Card] = field(default_factory=dict)
    threads: dict[str, str] = field(default_factory=dict)
    """thread key -> deal id"""
    turns: dict[tuple[str, str], Turn] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    next_number: int | None = None


@dataclass(slots=True)
class Snapshot:
    """What stood in the ledger when a batch was read, plus what the batch's earlier decisions made of it.

    `holders` maps a contact point to those who hold it; `managers` are in their configured order.
    A Snapshot is owned by one fold; `apply` updates it in place.
    """

    holders: dict[str, list[Holding]] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    persons: dict[str, Person] = field(default_factory=dict)
    deals: dict[str, dict[str, Deal]] = field(default_factory=dict)
    """client id -> deal id -> deal; open ones and those a thread names"""
    threads: dict[str, str] = field(default_factory=dict)
    deal_client: dict[str, str] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)
    """deal id (or inquiry id when offered) -> its card"""
    inquiries: dict[str, tuple[Inquiry, Decision]] = field(default_factory=dict)
    """those that the batch's later events belong to"""
    settled: set[str] = field(default_factory=set)
    managers: list[Manager] = field(default_factory=list)
    turns: dict[tuple[str, str], Turn] = field(default_factory=dict)
    next_number: int = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a batch must read: the keys under which its inquiries may be known."""

    points: tuple[ContactPoint, ...]
    thread_keys: tuple[str, ...]
    inquiry_ids: tuple[str, ...]
    raw_ids: tuple[str, ...]


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
