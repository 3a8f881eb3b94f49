"""How long one decision takes, and how fast cards are indexed, over a made-up base in memory.

    python -m bench.match_speed [CARDS]

Measures the resolver alone: what a store adds to it is measured with the stores. To reach: p50 <= 1 ms, p99 <= 10 ms.
"""

from __future__ import annotations

import random
import sys
import time
from statistics import quantiles

from dedup.diminutives import given_names
from dedup.known import KnownCard
from dedup.matching import MemoryBase
from dedup.points import points, subject
from dedup.resolver import resolve
from intake.inquiry import Sender

ROOTS = (
    "бел чер крас син тих громк волк медвед лис зайц кузнец гончар мельник ткач рыбак петр иван федор семен"
)
MIDDLES = ("", "ов", "ен", "ич", "ан", "ур", "ет", "ок")
ENDINGS = ("ов", "ев", "ин", "енко", "ский", "чук", "ян", "ых")


def sender(chance: random.Random, number: int) -> Sender:
    """A made-up person: every tenth shares a household's phone, every hundredth a switchboard."""
    names = sorted(given_names().common)
    parts = (ROOTS.split(), MIDDLES, MIDDLES, ENDINGS)
    surname = "".join(chance.choice(part) for part in parts).title()
    name = (
        f"{surname} {chance.choice(names).title()} {chance.choice(('Олегович', 'Павлович', 'Романович', ''))}"
    )
    phone = f"+7916{number:07}"
    if number % 100 == 0:
        phone = f"+7495{number // 5000:07}"
    elif number % 10 == 0:
        phone = f"+7916{number - 1:07}"
    return Sender(name=name.strip(), phones=(phone,), emails=(f"u{number}@mail.ru",))


def main() -> None:
    """Build the base, ask, print microseconds."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    chance = random.Random(1)
    senders = [sender(chance, number) for number in range(1, count + 1)]
    base = MemoryBase()
    started = time.perf_counter()
    for number, one in enumerate(senders):
        base.add(KnownCard(f"c{number}", name=one.name, keys=frozenset(point.key for point in points(one))))
    indexing = time.perf_counter() - started
    asked = chance.sample(senders, min(20_000, count))
    spent = []
    for one in asked:
        who = subject(one)
        known = base.known(who)
        started = time.perf_counter()
        resolve(who, known)
        spent.append((time.perf_counter() - started) * 1e6)
    marks = quantiles(spent, n=100)
    print(
        f"{count} cards indexed at {count / indexing:.0f}/s; keys a card {sum(base.holders.values()) / count:.2f}"
    )
    print(f"one decision: p50 {marks[49]:.0f} us, p99 {marks[98]:.0f} us, of {len(spent)}")


if __name__ == "__main__":
    main()
