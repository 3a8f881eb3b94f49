"""Two names side by side: do they agree, say nothing of each other, or speak against one person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import OSA

from dedup.diminutives import given_names
from dedup.names import Name, Reading, Word
from dedup.translit import skeletons


class Agreement(StrEnum):
    """How two names stand to each other, from the strongest yes to the strongest no."""

    FULL = "full"
    """given name and surname"""
    INITIALS = "initials"
    """surname, and initials that fit"""
    RENAMED = "renamed"
    """given name and, where both are known, patronymic; another surname, as by marriage"""
    GIVEN = "given"
    """the given name; the surname is not known of both"""
    SURNAME = "surname"
    """the surname; the given name is not known of both"""
    SILENT = "silent"
    """nothing in them can be compared"""
    FATHER = "father"
    """given name and surname, another patronymic: father and son, namesakes"""
    SURNAMES = "surnames"
    """the given name, and two surnames with nothing to explain it"""
    RELATIVE = "relative"
    """the surname, and two given names"""
    OTHER = "other"
    """another name"""


AGREEING = frozenset(
    {Agreement.FULL, Agreement.INITIALS, Agreement.RENAMED, Agreement.GIVEN, Agreement.SURNAME}
)
OPPOSING = frozenset({Agreement.FATHER, Agreement.SURNAMES, Agreement.RELATIVE, Agreement.OTHER})


@dataclass(frozen=True, slots=True)
class Comparison:
    """The verdict and how it came about, in words of the code: `short_form`, `typo`, `spelling`, `initials`."""

    agreement: Agreement
    how: tuple[str, ...] = ()
    surnames: bool | None = None
    """Whether the surnames are one; None when one of them is not known."""
    fathers: bool | None = None
    """Whether the patronymics are one; None when one of them is not known."""


@dataclass(frozen=True, slots=True)
class _Part:
    """How one part of two names compares: True they agree, False they do not, None nothing is known."""

    agrees: bool | None
    how: str = ""
    used: Word | None = None
    """A word of the name that had no known given name, read as one."""


_UNKNOWN = _Part(None)


def compare_names(one: Name, other: Name) -> Comparison:
    """How the names stand to each other; symmetric. Where a name can be read in several ways, the likeliest
    readings decide, and another one may only say that all known parts agree."""
    if not one.readings or not other.readings:
        return Comparison(Agreement.SILENT)
    verdict = _compare(one.first, other.first)
    if verdict.agreement is Agreement.FULL:
        return verdict
    for mine in one.readings:
        for its in other.readings:
            if mine is one.first and its is other.first:
                continue
            found = _compare(mine, its)
            given = found.agreement is Agreement.GIVEN and (mine.guess or its.guess or found.fathers)
            if found.agreement is Agreement.FULL or (given and verdict.agreement not in AGREEING):
                return found
    return verdict


def _compare(one: Reading, other: Reading) -> Comparison:
    given = _given(one, other)
    patronymic = _patronymic(one, other)
    surname, strict, left = _surnames(one, other, given.used)
    how = tuple(dict.fromkeys(part.how for part in (given, patronymic, surname) if part.how))
    agreement = _verdict(one, other, (given, patronymic, surname), strict=strict, left=left)
    return Comparison(agreement, how, surname.agrees, patronymic.agrees)


def _verdict(
    one: Reading, other: Reading, parts: tuple[_Part, _Part, _Part], *, strict: bool, left: bool
) -> Agreement:
    given, patronymic, surname = (part.agrees for part in parts)
    if given is None:
        return _without_given(one, other, patronymic, surname, strict=strict, left=left)
    if not given:
        return Agreement.RELATIVE if surname else Agreement.OTHER
    if patronymic is False:
        return Agreement.FATHER if surname is not False else Agreement.OTHER
    return _with_given(one, other, parts, strict=strict)


def _with_given(
    one: Reading, other: Reading, parts: tuple[_Part, _Part, _Part], *, strict: bool
) -> Agreement:
    patronymic, surname = parts[1].agrees, parts[2].agrees
    if parts[0].how == "initials":
        return (
            Agreement.INITIALS
            if surname
            else Agreement.OTHER
            if surname is False and strict
            else Agreement.SILENT
        )
    if surname:
        return Agreement.FULL
    if surname is None or not strict:
        return Agreement.GIVEN
    renamed = patronymic or "f" in (one.gender, other.gender)
    return Agreement.RENAMED if renamed else Agreement.SURNAMES


def _without_given(
    one: Reading, other: Reading, patronymic: bool | None, surname: bool | None, *, strict: bool, left: bool
) -> Agreement:
    if surname:
        return Agreement.RELATIVE if left and (one.given or other.given) else Agreement.SURNAME
    if surname is False and strict:
        return Agreement.OTHER
    return Agreement.OTHER if patronymic is False else Agreement.SILENT


def _given(one: Reading, other: Reading) -> _Part:
    if one.given and other.given:
        if one.given & other.given:
            return _Part(True, _spelling(one.given_as, other.given_as, formal=one.formal and other.formal))
        return _Part(False)
    if one.given or other.given:
        known, unknown = (one, other) if one.given else (other, one)
        return _given_and_words(known, unknown)
    if one.initials and other.initials:
        return _Part(one.initials[0] == other.initials[0], "initials")
    return _UNKNOWN


def _given_and_words(known: Reading, unknown: Reading) -> _Part:
    """One name has a known given name; the other may have it misspelt, or as an initial."""
    full = [name for name in known.given if not name.startswith("~")]
    written = (*known.given_as, *(skeletons(name)[0] for name in full), *full)
    for word in unknown.words:
        if near(word.skeletons, written):
            return _Part(True, "typo", word)
    if unknown.initials:
        first = {skeletons(spelling[:1])[0] for spelling in written if spelling}
        return _Part(any(letter and letter in unknown.initials[:2] for letter in first), "initials")
    return _UNKNOWN


def _patronymic(one: Reading, other: Reading) -> _Part:
    if one.father and other.father:
        near = OSA.distance(one.father, other.father, score_cutoff=2) <= (2 if len(one.father) > 5 else 1)
        known = given_names().fathers
        apart = one.father != other.father and one.father in known and other.father in known
        return _Part(near and not apart, "typo" if one.father != other.father else "")
    if one.father or other.father:
        with_father, without = (one, other) if one.father else (other, one)
        if len(without.initials) >= 2 and with_father.father[:1] not in without.initials:
            return _Part(False, "initials")
        if len(without.initials) == 1 and without.given and without.words:
            return _Part(True if without.initials == with_father.father[:1] else None)
    return _UNKNOWN


def _surnames(one: Reading, other: Reading, used: Word | None) -> tuple[_Part, bool, bool]:
    """How the remaining words compare, whether both sides look like surnames, whether a word is left over
    where the other side has its given name."""
    mine = [word for word in one.words if word is not used]
    its = [word for word in other.words if word is not used]
    if not mine or not its:
        return _UNKNOWN, False, False
    left_mine, left_its = list(mine), list(its)
    how = ""
    matched = False
    for word in mine:
        for candidate in left_its:
            alike = _same_word(word, candidate)
            if alike is not None:
                matched, how = True, how or alike
                left_its.remove(candidate)
                left_mine.remove(word)
                break
    if matched:
        left = bool((left_mine and not one.given) or (left_its and not other.given))
        return _Part(True, how), True, left
    strict = any(word.surname for word in mine) and any(word.surname for word in its)
    return _Part(False), strict, False


def _same_word(one: Word, other: Word) -> str | None:
    """How two surnames are one: "" equal but for gender, `typo`; None when they are not."""
    if one.stems & other.stems:
        return ""
    return "typo" if near(one.stems, other.stems) else None


def near(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether any two of the spellings are one slip apart (a letter wrong, lost, doubled or swapped); two in
    long words."""
    others = tuple(other)
    for mine in one:
        for its in others:
            shorter = min(len(mine), len(its))
            allowed = 1 if shorter < 7 else 2
            if shorter < 3 or abs(len(mine) - len(its)) > allowed:
                continue
            if OSA.distance(mine, its, score_cutoff=allowed) <= allowed:
                return True
    return False


def _spelling(one: tuple[str, ...], other: tuple[str, ...], *, formal: bool) -> str:
    if set(one) & set(other):
        return ""
    return "spelling" if formal else "short_form"
