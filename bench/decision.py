"""How long one full decision takes in a base of a given size: look-up and resolver, one inquiry at a time."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass

from bench.base import made
from dedup.keys import lookup_keys
from dedup.points import subject
from dedup.resolver import resolve
from intake.decision import Identity, Wanted
from intake.inquiry import Sender
from intake.store.base.listing import SqlListing
from intake.store.engine import Store
from workers.known import known

CLOCK = time.perf_counter
_ASKED = 4_000
_WARM = 300


@dataclass(frozen=True)
class Decisions:
    """Milliseconds one decision takes, and what came out."""

    p50_ms: float
    p99_ms: float
    outcomes: dict[str, int]


def decisions(store: Store, cards: int, asked: int = _ASKED) -> Decisions:
    """Ask for people spread over the whole base: known ones, relatives, namesakes, strangers."""
    listing, chance = SqlListing(store), random.Random(7)
    taken, outcomes = [], Counter[Identity]()
    for place in range(asked + _WARM):
        sender = _sender(chance, cards)
        since = CLOCK()
        who = subject(sender)
        keys = lookup_keys(who)
        wanted = Wanted(
            keys=sorted({*keys.points, *keys.blocking}), name_tokens=keys.name_tokens, memory=keys.memory
        )
        snapshot = listing.snapshot(wanted)
        resolution = resolve(who, known(snapshot, keys))
        if place >= _WARM:
            taken.append((CLOCK() - since) * 1000)
            outcomes[resolution.identity] += 1
    taken.sort()
    told = {str(identity): count for identity, count in outcomes.items()}
    return Decisions(taken[len(taken) // 2], taken[int(len(taken) * 0.99)], told)


def _sender(chance: random.Random, cards: int) -> Sender:
    """Of ten: four known as they are, one by the mailbox alone, one relative, one namesake with another phone, one
    who calls from a switchboard, two nobody knows."""
    known_one, other = made(chance.randrange(1, cards)), made(chance.randrange(1, cards))
    stranger = made(500_000_000 + chance.randrange(10_000_000))
    case = chance.randrange(10)
    if case < 4:
        return Sender(known_one.name, phones=(known_one.phone,), emails=(known_one.email,))
    if case == 4:
        return Sender("", emails=(known_one.email,))
    if case == 5:
        return Sender(other.name, phones=(known_one.phone,))
    if case == 6:
        return Sender(known_one.name, phones=(stranger.phone,))
    if case == 7:
        desk = made(chance.randrange(1, max(2, cards // 100)) * 100)
        return Sender(other.name, phones=(desk.phone,))
    return Sender(stranger.name, phones=(stranger.phone,), emails=(stranger.email,))
