"""Names as people write them: read into parts, and compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rapidfuzz.distance import OSA

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


class Agreement(StrEnum):
    """How two names stand to each other."""

    FULL = "full"
    GIVEN = "given"
    SURNAME = "surname"
    SILENT = "silent"
    """one of them says nothing that could be compared"""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Name:
    """A name's words, folded."""

    words: tuple[str, ...]


@lru_cache(maxsize=65_536)
def read_name(text: str) -> Name:
    """The name that stands in `text`, which may be a display name, empty or no name at all."""
    return Name(tuple(_WORD.findall(text.casefold().replace("ё", "е"))))


def compare_names(one: Name, other: Name) -> Agreement:
    """How the names stand to each other; symmetric."""
    if not one.words or not other.words:
        return Agreement.SILENT
    common = sum(any(_alike(word, its) for its in other.words) for word in one.words)
    if common >= 2:
        return Agreement.FULL
    return Agreement.GIVEN if common else Agreement.OTHER


def _alike(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) > 3 and OSA.distance(one, other, score_cutoff=1) <= 1)
