"""Given names: what a person may be called, and which full names a word may stand for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from dedup.translit import plain_word, skeletons

_ENDINGS = (
    "ка ко ки чка чик ик ек ок очек очка ечка ичка ёчек енька онька ёнка ёнок ёныш ушка юшка ишка ышка ашка "
    "уша юша иша аша яша оша ёша уля юля аля ала ула улька юлька улечка юлечка уленька юленька уня юня аня яня оня ёня "
    "унька юнька анька унечка юнечка уся юся ася ося ыся уська юська усик юсик асик асечка усечка ха аха яха оха ёха "
    "уха юха иха ян яш ан он ос ёс ец ас ич ыч юк ук юра ура ута юта ятка ютка анка инка яга ага уга "
    "ёна ина ище цо ся ша сик сенька шенька лик лёк рик ня нька та тка"
)
"""Endings that make a tender or a rough form of a short name."""


_VOWEL = re.compile(r"[aeiouy]")


@dataclass(frozen=True, slots=True)
class GivenNames:
    """The dictionary. Keys are plain words or skeletons; values are full names as the dictionary spells them."""

    by_word: dict[str, frozenset[str]]
    by_skeleton: dict[str, frozenset[str]]
    by_root: dict[str, frozenset[str]]
    endings: frozenset[str]
    gender: dict[str, str]
    common: frozenset[str]
    """Full names of the first part of the dictionary: they are given names before they are anything else."""
    fathers: frozenset[str]
    """What is left of a patronymic when its ending is cut."""


@cache
def given_names() -> GivenNames:
    """The dictionary, read once from the file beside this module."""
    words: dict[str, set[str]] = defaultdict(set)
    roots: dict[str, set[str]] = defaultdict(set)
    gender: dict[str, str] = {}
    common: set[str] = set()
    first_part = True
    for line in resources.files("dedup").joinpath("given_names.tsv").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            first_part = first_part and not common
            continue
        full, sex, variants = line.split("\t")
        formal = plain_word(full)
        gender[formal] = sex
        if first_part:
            common.add(formal)
        for word in map(plain_word, (full, *variants.split())):
            words[word].add(formal)
            if not word.isascii() and len(word) >= 3:
                roots[_root(skeletons(word)[0])].add(formal)
    _part_full_names(words, gender)
    return GivenNames(
        by_word=_frozen(words),
        by_skeleton=_by_skeleton(words, gender),
        by_root=_frozen(roots),
        endings=frozenset(skeletons(ending)[0] for ending in _ENDINGS.split()),
        gender=gender,
        common=frozenset(common),
        fathers=frozenset(father for name, sex in gender.items() if sex == "m" for father in _father(name)),
    )


def _part_full_names(words: dict[str, set[str]], gender: Mapping[str, str]) -> None:
    """A full name stands for another full name only where both list each other (Наталья, Наталия): else two
    names that a third one lists would be taken for one."""
    listed = {word: frozenset(words[word]) for word in gender}
    for word, names in listed.items():
        words[word] = {name for name in names if name == word or word in listed[name]}


def _by_skeleton(words: Mapping[str, set[str]], gender: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """By skeleton; where a full name has it, short forms that happen to have it too give way."""
    full: dict[str, set[str]] = defaultdict(set)
    short: dict[str, set[str]] = defaultdict(set)
    for word, names in words.items():
        for skeleton in skeletons(word)[:2]:
            (full if word in gender else short)[skeleton] |= names
    return _frozen({**short, **full})


def full_names(plain: str) -> frozenset[str]:
    """The full names the plain word stands for, as it is or in another alphabet; empty when it is none."""
    names = given_names()
    found = names.by_word.get(plain)
    if found is None and plain.isascii() and _VOWEL.search(plain):
        for skeleton in skeletons(plain):
            found = names.by_skeleton.get(skeleton)
            if found:
                break
    return found or frozenset()


def derived_names(plain: str) -> frozenset[str]:
    """The full names a tender or rough form may come from by its ending: Полинка, Димасик, Юляша."""
    names = given_names()
    for skeleton in skeletons(plain):
        for cut in range(len(skeleton) - 1, 1, -1):
            if skeleton[cut:] in names.endings and skeleton[:cut] in names.by_root:
                return names.by_root[skeleton[:cut]]
    return frozenset()


def _root(skeleton: str) -> str:
    cut = skeleton.rstrip("aeiou")
    return cut if len(cut) >= 2 else skeleton


def _father(name: str) -> tuple[str, ...]:
    """What a patronymic of this name begins with: Павел gives pavl (Павлович), Алексей aleks (Алексеевич)."""
    skeleton = skeletons(name)[0]
    cut = (skeleton[:-1] if skeleton[-1] in "aeiou" else skeleton).rstrip("e")
    fleeting = re.sub(r"e(?=[lvt]$)", "", cut)
    return tuple({cut, fleeting, f"{cut}l" if cut.endswith(("v", "m")) else cut})


def _frozen(sets: dict[str, set[str]]) -> dict[str, frozenset[str]]:
    return {key: frozenset(values) for key, values in sets.items()}
