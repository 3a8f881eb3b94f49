"""Names as people write them, read into parts: given name, patronymic, surname, initials, and words of no name."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import resources

from dedup.diminutives import derived_names, full_names, given_names
from dedup.translit import other_layout, plain_word, skeletons, stem

_TOKEN = re.compile(r"[^\W\d_]+(?:['’`´ʼ\-‐‑][^\W\d_]+)*['’]?")
_CAMEL = re.compile(r"(?<=[а-яёa-z])(?=[А-ЯЁA-Z][а-яёa-z])")
_LONGEST = 200
"""A name is looked for in this many first characters."""
_MOST_WORDS = 6

_PATRONYMIC_HIS = re.compile(r"(?:ov|ev|)i[QC]h?$")
_PATRONYMIC_HERS = re.compile(r"(?:ov|ev)na$|i(?:ni)?Qna$")
_SON_OR_DAUGHTER = dict.fromkeys(
    ("оглы", "оглу", "угли", "улы", "уулу", "ogly", "oglu", "uly"), False
) | dict.fromkeys(("кызы", "кизи", "гызы", "kyzy", "qizi"), True)
"""Words behind a father's name, and whether they make a daughter's patronymic of it."""
_OWN_SURNAME = re.compile(
    r"(?:[oe]v|[yi]n|sk|Ck|enk|iH|iQ|Quk|uk|ak|ik|ek|ec|eC|ko|kin|ian|an|dze|Wvil|ets|ul|ur|ei|il|ar|er|un|ain)[aio]{0,2}$"
)
"""Endings that surnames of the country have; a single word without one may be anything."""
_HERS = re.compile(r"(?:[oe]v|in|sk|Ck)a$|(?<![aeiou])n?a$")
_FEMALE_SURNAME = re.compile(r"(?:[oe]v|[^aeiou]in|[^aeiou]yn|sk|Ck|[^aeiou]n)a$")
_MALE_SURNAME = re.compile(r"(?:[oe]v|[^aeiou]in|ski|Cki|[^aeiou]oi|[^aeiou]ni)$")


@dataclass(frozen=True, slots=True)
class Word:
    """A part of a name: its skeletons, the likeliest first, and as it is written last. `surname` tells whether
    it looks like one; `stems` are the spellings without the ending that tells a man's from a woman's."""

    skeletons: tuple[str, ...]
    surname: bool
    stems: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a name. `given` are the full names that are possible ("" words in front of ~ were not in
    the dictionary); `given_as` is what was written; `father` the patronymic's root; `words` the rest, surnames
    mostly; `initials` as skeleton letters in their order; `gender` m, f or ""."""

    given: frozenset[str] = frozenset()
    given_as: tuple[str, ...] = ()
    formal: bool = False
    father: str = ""
    words: tuple[Word, ...] = ()
    initials: str = ""
    gender: str = ""
    guess: bool = False
    """The given name was taken for one by its ending or its place alone: it may speak for a match, not against."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name and the ways to read it, the likeliest first; none when the text names nobody."""

    text: str
    readings: tuple[Reading, ...]

    @property
    def first(self) -> Reading:
        """The likeliest reading; an empty one when there is none."""
        return self.readings[0] if self.readings else _NOTHING


_NOTHING = Reading()


@dataclass(frozen=True, slots=True)
class _Token:
    plain: str
    skeletons: tuple[str, ...]
    given: frozenset[str]
    sexes: frozenset[str]
    word: Word
    father: str
    hers: bool
    rare_father: str = ""
    """The father if the word is a patronymic at all: no name we know, so it may be a surname (Шепелевич)."""


@lru_cache(maxsize=65_536)
def read_name(text: str) -> Name:
    """The name that stands in `text`: a display name with ornaments, a document's full name, a nickname, nothing."""
    cut = text[:_LONGEST]
    tokens, initials = _tokens(cut)
    readings = _readings(tokens, initials)
    if not any(reading.given and not reading.guess for reading in readings):
        switched, others = _tokens(other_layout(cut))
        if any(token.given & given_names().common for token in switched):
            readings = (*_readings(switched, others), *readings)
    return Name(" ".join(token.plain for token in tokens), readings)


@cache
def _no_names() -> frozenset[str]:
    lines = resources.files("dedup").joinpath("no_names.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(plain_word(word) for line in lines if not line.startswith("#") for word in line.split())


def _tokens(text: str) -> tuple[list[_Token], str]:
    """The words of a name that may be parts of it, and the initials among them."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    tokens: list[_Token] = []
    initials = ""
    for found in _TOKEN.finditer(_CAMEL.sub(" ", text)):
        token = _token(found[0])
        if token.plain in _SON_OR_DAUGHTER and tokens:
            tokens[-1] = _named_after(tokens[-1], hers=_SON_OR_DAUGHTER[token.plain])
        elif len(token.plain) == 1:
            initials += token.skeletons[0][:1]
        elif token.plain not in _no_names() and len(set(token.plain)) > 1 and len(tokens) < _MOST_WORDS:
            tokens.append(token)
    return tokens, initials


def _named_after(father: _Token, *, hers: bool) -> _Token:
    """A father's name with «оглы» or «кызы» behind it: a patronymic."""
    root = father.skeletons[0].rstrip("aeiou") or father.skeletons[0]
    return replace(father, given=frozenset(), father=root, hers=hers)


@lru_cache(maxsize=65_536)
def _token(word: str) -> _Token:
    plain = plain_word(word)
    keys = skeletons(plain)
    father, hers, rare = "", False, ""
    for key in keys:
        cut = _PATRONYMIC_HERS.sub("", key).rstrip("e")
        if _PATRONYMIC_HERS.search(key) and len(cut) >= 2:
            father, hers = cut, True
            break
        cut = _PATRONYMIC_HIS.sub("", key).rstrip("e")
        if _PATRONYMIC_HIS.search(key) and len(cut) >= 2:
            rare = rare or cut
            if cut in given_names().fathers:
                father = cut
                break
    given = full_names(plain)
    if not given and "-" in plain:
        given = full_names(plain.partition("-")[0])
    sexes = frozenset(given_names().gender[name] for name in given)
    return _Token(plain, keys, given, sexes, _word(plain, keys), father, hers, "" if father else rare)


def _readings(tokens: list[_Token], initials: str) -> tuple[Reading, ...]:
    if not tokens:
        return (Reading(initials=initials),) if initials else ()
    found = [_reading(tokens, initials, given, patronymic) for given, patronymic in _roles(tokens, initials)]
    if len(tokens) == 2 and all(token.plain in given_names().common for token in tokens):
        # «Роман Давид»: either may be the surname, so the second reading may speak for a match too
        found[1:] = [replace(one, guess=True) for one in found[1:]]
    if not any(token.given for token in tokens):
        for index, token in enumerate(tokens):
            if derived := derived_names(token.plain):
                guessed = [*tokens[:index], replace(token, given=derived), *tokens[index + 1 :]]
                found.append(replace(_reading(guessed, initials, index, -1), guess=True))
    return tuple(dict.fromkeys(found))


def _roles(tokens: list[_Token], initials: str) -> list[tuple[int, int]]:
    """Which token is the given name and which the patronymic (-1: none), the likeliest first."""
    fathers = [index for index, token in enumerate(tokens) if token.father]
    givens = [index for index, token in enumerate(tokens) if token.given]
    surely = [index for index in fathers if tokens[index].hers]
    if not givens:
        return _without_known_given(tokens, fathers, surely, initials)
    roles: list[tuple[float, int, int]] = []
    for given in givens:
        plain = _plausible(tokens[given])
        partners = [index for index in fathers if index != given and _same_sex(tokens[given], tokens[index])]
        if given + 1 in partners:
            partners = [given + 1]
        if not partners and len(tokens) > given + 1 and len(tokens) > 2 and tokens[given + 1].rare_father:
            partners = [given + 1]
        for patronymic in partners:
            near = 2.0 if patronymic == given + 1 else 0.5 if len(tokens) > 2 else -1.0
            roles.append((plain + near + tokens[patronymic].hers, given, patronymic))
        if not partners or (len(tokens) < 3 and not tokens[partners[0]].hers):
            roles.append((plain, given, -1))
    roles.sort(key=lambda role: (-role[0], role[1], role[2]))
    return [(given, patronymic) for _, given, patronymic in roles[:4]]


def _without_known_given(
    tokens: list[_Token], fathers: list[int], surely: list[int], initials: str
) -> list[tuple[int, int]]:
    if len(tokens) >= 3 and fathers and fathers[-1] > 0:
        # «Иванов Ыкым Петрович»: what stands before a patronymic is a given name the dictionary lacks
        return [(fathers[-1] - 1, fathers[-1]), (-1, fathers[-1])]
    if surely:
        return [(-1, surely[-1])]
    if fathers and not initials:
        return [(-1, -1), (-1, fathers[-1])]
    return [(-1, -1)]


def _plausible(token: _Token) -> float:
    names = given_names()
    if token.plain in names.common:
        return 3.0
    if token.given & names.common:
        return 2.0 if token.plain not in names.gender else 1.5
    return 1.0


def _same_sex(given: _Token, patronymic: _Token) -> bool:
    return ("f" if patronymic.hers else "m") in given.sexes


def _reading(tokens: list[_Token], initials: str, given: int, patronymic: int) -> Reading:
    rest = [token for index, token in enumerate(tokens) if index not in (given, patronymic)]
    words = tuple(token.word for token in rest)
    father = tokens[patronymic].father or tokens[patronymic].rare_father if patronymic >= 0 else ""
    gender = ("f" if tokens[patronymic].hers else "m") if patronymic >= 0 else _gender(words)
    names: frozenset[str] = frozenset()
    written: tuple[str, ...] = ()
    formal = False
    if given >= 0:
        token = tokens[given]
        names = token.given or frozenset({f"~{token.skeletons[0]}"})
        written, formal = (*token.skeletons, token.plain), token.plain in given_names().gender
        names, gender = _of_gender(names, gender)
    return Reading(names, written, formal, father, words, initials, gender)


def _word(plain: str, keys: tuple[str, ...]) -> Word:
    parts = plain.split("-")
    if len(parts) > 1:
        keys = (*keys, *(skeletons(part)[0] for part in parts if part))
    spellings = (*keys, plain)
    return Word(spellings, any(_OWN_SURNAME.search(key) for key in keys), frozenset(map(stem, spellings)))


def _gender(words: tuple[Word, ...]) -> str:
    for word in words:
        if any(_FEMALE_SURNAME.search(key) for key in word.skeletons[:1]):
            return "f"
        if any(_MALE_SURNAME.search(key) for key in word.skeletons[:1]):
            return "m"
    return ""


def _of_gender(names: frozenset[str], gender: str) -> tuple[frozenset[str], str]:
    """The names that fit what surname and patronymic say, and the gender that follows from all of it."""
    known = given_names().gender
    fitting = frozenset(name for name in names if not gender or known.get(name, gender) == gender)
    names = fitting or names
    sexes = {known.get(name, gender) for name in names}
    return names, sexes.pop() if len(sexes) == 1 else gender if fitting else ""


def surname_stems(reading: Reading) -> tuple[str, ...]:
    """The surname's roots in a reading, without the ending that tells a man's from a woman's."""
    return tuple(dict.fromkeys(stem(word.skeletons[0]) for word in reading.words))
