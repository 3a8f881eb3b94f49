"""Duplicates that are there already: each person is asked for as if they had just come, by the workers' own
resolver."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dashboard.pages.words import RULES
from dashboard.pages.words import told as in_words
from dedup.keys import lookup_keys
from dedup.known import LookupKeys, Subject
from dedup.resolver import Thresholds, resolve
from intake.contact import ContactPoint
from intake.deal import ClientKind
from intake.decision import Candidate, Snapshot
from intake.store.base.listing import Listed, SqlListing
from workers.clients.rehearsal import wanted_keys, without
from workers.known import known

KINDS = ("phone", "email", "inn")


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """Two clients who may be one. `score` is between 0 and 1."""

    score: float
    one: str
    other: str
    names: tuple[str, str]
    why: str


def find_duplicates(
    listing: SqlListing, limit: int, thresholds: Thresholds, progress: Callable[[int], None]
) -> list[Pair]:
    """The `limit` most likely pairs, the likeliest first; those that somebody told apart are none. Raises
    Unavailable."""
    best: dict[frozenset[str], Pair] = {}
    done = 0
    for page in listing.pages():
        asked = [(one, subject, lookup_keys(subject)) for one in page for subject in [subject_of_card(one)]]
        snapshot = listing.snapshot(wanted_keys([keys for _, _, keys in asked]))
        apart = listing.told_apart([one.client.id for one in page])
        for one, subject, keys in asked:
            for pair in _pairs(one, subject, keys, snapshot, thresholds):
                ends = frozenset((pair.one, pair.other))
                if ends not in apart and (ends not in best or best[ends].score < pair.score):
                    best[ends] = pair
        if len(best) > 4 * limit:
            best = {frozenset((pair.one, pair.other)): pair for pair in heapq.nlargest(limit, best.values())}
        done += len(page)
        progress(done)
    return heapq.nlargest(limit, best.values())


def subject_of_card(one: Listed) -> Subject:
    """A person of the base as one who asks."""
    points = []
    for key in one.keys:
        kind, _, value = key.partition(":")
        if kind in KINDS:
            points.append(ContactPoint(kind, value))
        elif kind == "handle":
            messenger, _, ident = value.partition(":")
            points.append(ContactPoint(f"handle:{messenger}", ident))
    firm = one.client.name if one.client.kind is ClientKind.COMPANY else ""
    name = one.person.name if one.person else one.client.name
    return Subject(name=name, points=tuple(points), company=firm, inn=one.client.inn)


def _pairs(
    one: Listed, subject: Subject, keys: LookupKeys, snapshot: Snapshot, thresholds: Thresholds
) -> Iterable[Pair]:
    resolution = resolve(
        subject, without(known(snapshot, keys), lambda card: card.client_id == one.client.id), thresholds
    )
    why = "; ".join(dict.fromkeys(in_words(RULES, reason.rule, str) for reason in resolution.reasons))
    candidates = resolution.candidates or (
        (Candidate(resolution.client_id, resolution.score),) if resolution.client_id else ()
    )
    for candidate in candidates:
        other = snapshot.clients.get(candidate.client_id)
        if other is not None and other.id != one.client.id and not other.merged_into:
            yield Pair(candidate.score, one.client.id, other.id, (one.client.name, other.name), why)
