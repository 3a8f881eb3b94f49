"""The line that introduces a quotation: "On Tue, Nov 3, 2026 at 10:15 AM Ivan <ivan@example.com> wrote:"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from channels.email.quotes.words import LEADS, MONTHS, NOT_IN_NAMES, WEEKDAYS, WROTE

_LONGEST_LINE = 400
_MOST_LINES = 4
_MOST_NAME_WORDS = 9
_MOST_WORDS_IN_FORMAL = 14

_EMAIL = re.compile(
    r"[<(\[]{0,2}(?:mailto:)?[\w.+%'&/=-]{1,64}@[\w.-]{1,120}[>)\]]{0,2}(?:<?\(?mailto:[^\s>)]{1,130}[>)]{0,2})?"
)
_NUMERIC_DATE = re.compile(
    r"(?<![\d.])(?:\d{4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{1,2}"
    r"|\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?(?:\d{4}|\d{2}))(?!\d)"
    r"|\d{4}年\d{1,2}月\d{1,2}日"
)
_TIME = re.compile(r"(?<![\d.])\d{1,2}\s?(?:[:.∶]|h|ч)\s?\d{2}(?:[:.∶]\d{2})?(?![\d.])")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_DAY = re.compile(r"(?<![\d:])(?:[1-9]|[0-2]\d|3[01])(?:st|nd|rd|th|-го|º|er)?(?![\d:])")
_ZONE = re.compile(
    r"\(?\b(?:GMT|UTC|MSK|МСК|CET|CEST|EST|EDT|PST|PDT|CST|EET|EEST|BST|MEZ|AM|PM)\b\)?|[+-]\d{2}:?\d{2}\b",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_][\w'’ʼ.\-]*(?:\((?:-?\w{1,3})\)|/\w{1,2}\b)?|[^\W\d_]")
_FORMAL_END = re.compile(
    r"<[^<>@\s]{1,64}@[^<>\s]{1,120}>{1,2}[,)]{0,2}(?:\s+[^\W\d_][\w()/-]{0,15}){0,3}\s?[:：]$"
)
_POINT = re.compile(r"(?<!Pro)[^\W\d_]{4,}\.\s+[A-ZА-ЯЁІЇЄҚӘÀ-Þ]")
_SENTENCE = re.compile(r"[!?;…]|(?<!Pro)[^\W\d_]{4,}\.\s+[A-ZА-ЯЁІЇЄҚӘÀ-Þ]")
_SILENT = WROTE | LEADS | MONTHS | WEEKDAYS


class Sureness(IntEnum):
    """How much a line says that a quotation begins under it."""

    NOT = 0
    IF_QUOTED_LINES_FOLLOW = 1
    ALONE = 2


class Attribution(NamedTuple):
    """The lines `start` to `end` (exclusive) that introduce a quotation."""

    start: int
    end: int
    sureness: Sureness


class _Features(NamedTuple):
    wrote: bool
    date: bool
    time: bool
    year: bool
    email: bool
    date_first: bool
    formal: bool
    """An address in angle brackets ends it, at most a verb behind: any words may then be a name."""
    names: int
    human: bool


def ends_attribution(line: str) -> bool:
    """Whether a line could be the last of an attribution: the cheap question asked of each line."""
    tail = line[-24:].rstrip(" \t*_»\"'")
    if not tail or len(line) > _LONGEST_LINE:
        return False
    if tail.endswith((":", "：")):
        return "@" in line or bool(_DIGIT.search(line)) or not WROTE.isdisjoint(_words(line))
    if tail[-1] == ">" and "@" in tail + line[-80:]:
        return line.lstrip(" *")[:1].isdigit()
    last = tail.rstrip("-").rstrip().rpartition(" ")[2].lower().rstrip(".")
    return last in WROTE and last not in _NOT_AT_THE_END


_NOT_AT_THE_END = frozenset({"write", "said", "says", "пишете", "жазып"})


def find_attribution(lines: Sequence[str], last: int, floor: int) -> Attribution | None:
    """The attribution whose last line is `lines[last]`, none of it above `floor`; None when there is none."""
    best: Attribution | None = None
    window = ""
    for start in range(last, max(floor, last - _MOST_LINES + 1) - 1, -1):
        if not lines[start].strip():
            break
        window = f"{lines[start].strip()} {window}"
        if len(window) > _LONGEST_LINE:
            break
        features = _features(window)
        sureness = _judge(features, colon=_is_closed(window))
        if sureness is Sureness.NOT:
            continue
        if (
            best is None
            or sureness > best.sureness
            or (features.date_first and not _starts_dated(lines[start + 1]))
        ):
            best = Attribution(start, last + 1, sureness)
        if features.date_first or (features.date and best.sureness is Sureness.ALONE):
            break
    return _extended(best, lines, floor) if best else None


def _is_closed(window: str) -> bool:
    """Whether it ends as such a line does: with a colon, or (old Gmail) a date first and an address last."""
    text = window.strip(" *_»\"'-")
    return text.endswith((":", "：")) or (text[0].isdigit() and text.endswith(">"))


def _starts_dated(line: str) -> bool:
    return _features(line).date_first


def _extended(found: Attribution, lines: Sequence[str], floor: int) -> Attribution:
    """The same with a beginning torn off by wrapping: "On Tue," alone, a name before <address>, a date."""
    above = found.start - 1
    if above < floor or not lines[above].strip() or len(lines[above]) > 80:
        return found
    text, first = lines[above].strip(), lines[found.start].strip()
    words = _words(text)
    if not words or text[-1] in "!?;…":
        return found
    name = (
        len(words) <= 5 and text[-1] not in ".,:" and all(word[0].isupper() for word in _WORD.findall(text))
    )
    torn = (
        all(word in LEADS or word in WEEKDAYS or word in MONTHS for word in words)
        or (first[0] in "<(" and name)
        or (_words(first)[:1] and _words(first)[0] in WROTE and (name or text.endswith(">")))
        or _is_torn_date(_features(text), _features(" ".join(lines[found.start : found.end])))
    )
    return found._replace(start=above) if torn else found


def _is_torn_date(above: _Features, below: _Features) -> bool:
    """Whether the line above is but the date that the lines below lack."""
    return above.time and above.year and above.names <= 2 and not (above.human or above.email or below.date)


def _features(window: str) -> _Features:
    text = window.strip().strip("*_-—– ")
    email = _EMAIL.search(text)
    rest = _EMAIL.sub(" ", text) if email else text
    date = _NUMERIC_DATE.search(rest)
    without_date = _NUMERIC_DATE.sub(" ", rest) if date else rest
    time = _TIME.search(without_date)
    words = _words(_ZONE.sub(" ", without_date))
    wrote = any(word in WROTE for word in words)
    month = any(word in MONTHS for word in words)
    named_date = month and bool(_YEAR.search(rest)) and bool(_DAY.search(rest))
    names = [word for word in words if word not in _SILENT]
    return _Features(
        wrote=wrote,
        date=bool(date) or named_date,
        time=bool(time),
        year=bool(_YEAR.search(rest)),
        email=bool(email),
        date_first=(bool(date) or named_date) and _opens_with_date(text),
        formal=bool(_FORMAL_END.search(text)) and not _POINT.search(_unquoted(without_date)),
        names=len(names),
        human=any(word in NOT_IN_NAMES for word in _words(_unquoted(without_date)) if word not in _SILENT)
        or bool(_SENTENCE.search(_unquoted(without_date))),
    )


def _words(text: str) -> list[str]:
    return [word.lower().rstrip(".-") for word in _WORD.findall(text)]


def _unquoted(text: str) -> str:
    """The text without what stands in quotation marks: a name may be anything."""
    return re.sub(r"\"[^\"]{0,80}\"|«[^»]{0,80}»", " ", text)


def _opens_with_date(text: str) -> bool:
    """Whether only weekdays, months and small words stand before the first digit."""
    head = re.split(r"\d", text, maxsplit=1)[0]
    if len(head) > 40 or "<" in head or "@" in head:
        return False
    words = [word.lower().rstrip(".") for word in _WORD.findall(head)]
    return all(word in LEADS or word in WEEKDAYS or word in MONTHS or word in WROTE for word in words)


def _judge(seen: _Features, *, colon: bool) -> Sureness:
    """An ordered table: the first row that holds decides."""
    if seen.formal and colon and seen.date_first and seen.time and seen.names <= _MOST_WORDS_IN_FORMAL:
        return Sureness.ALONE
    if seen.human or seen.names > _MOST_NAME_WORDS:
        return Sureness.NOT
    signs = seen.wrote + seen.date + seen.time + seen.email
    surely = (
        (seen.date and seen.time and (seen.wrote or seen.email))
        or (seen.date and seen.email and (seen.wrote or colon))
        or (seen.wrote and seen.email and seen.names <= 4)
    )
    if surely:
        return Sureness.ALONE
    if signs >= 2 or ((seen.wrote or seen.email) and colon and seen.names <= 4):
        return Sureness.IF_QUOTED_LINES_FOLLOW
    return Sureness.NOT
