"""The corpus: every letter of `cases/` is cut to exactly what its writer wrote."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from channels.email.quotes import cut_quotes

CASES = Path(__file__).parent / "cases"


class Case(NamedTuple):
    file: str
    name: str
    own: str
    letter: str


def read_cases() -> list[Case]:
    """Files of "%%%% name", "%%%% own", "%%%% letter"; line ends are kept as they stand."""
    found = []
    for path in sorted(CASES.iterdir()):
        text = path.read_bytes().decode("utf-8")
        for case in re.findall(
            r"^%%%% (.+)\n%%%% own\n((?:(?!%%%% ).*\n)*?)%%%% letter\n((?:(?!%%%% ).*(?:\n|$))*)",
            text,
            re.MULTILINE,
        ):
            found.append(Case(path.name, *case))
    return found


ALL = read_cases()


@pytest.mark.parametrize("case", ALL, ids=[f"{case.file}-{case.name}".replace(" ", "-") for case in ALL])
def test_only_the_writers_own_words_stay(case: Case):
    """Neither a quoted line nor an introduction stays, and no line of the writer is lost."""
    own = cut_quotes("", html=case.letter) if case.file.endswith(".html") else cut_quotes(case.letter)
    assert own.split() == case.own.split()


def test_the_corpus_is_as_large_as_the_rules_deserve():
    """At least 250 letters, so that a rule changed for one client shows what it does to the others."""
    assert len(ALL) >= 250
