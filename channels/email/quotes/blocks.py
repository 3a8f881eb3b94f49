"""What stands above a whole copied message: separators, blocks of headers, the ticket systems' line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from channels.email.quotes.shape import QUOTED
from channels.email.quotes.words import (
    CC,
    DATE,
    FROM,
    GREETINGS,
    HIDDEN_QUOTES,
    LABELS,
    MONTHS,
    OTHER,
    REPLY_ABOVE,
    SENT,
    SEPARATORS,
    SUBJECT,
    TO,
    WROTE,
)

_DRAWN = "-_=*—–─━"
_RULE_SIGNS = "-_=*—–─━~#+ \t>|"
_RULE = re.compile(r"^[ \t]*[-_=*—–─━]{5,}[ \t]*$")
_LABEL = re.compile(r"^[ \t*_|]{0,8}([^\W\d_][^:：\n<>@]{0,30}?)[ \t*_]{0,4}[:：]")
_COLON = re.compile("[:：]")
_TIME = re.compile(r"(?<![\d.])\d{1,2}\s?[:.h∶]\s?\d{2}(?!\d|\.\d)")
"""A time of day; "12.05" of "12.05.2026" is none."""
_ENCLOSED = re.compile(r"[-_=*—–]{3,60}\s?([^-_=*—–:]{5,60}?)\s?[-_=*—–]{3,60}[^-_=*—–]")
_YEAR = re.compile(r"(?:19|20)\d\d")
_WORD = re.compile(r"[^\W\d_]+")
_LABEL_WITHIN = re.compile(r"(?<![^\s>*;])([^\W\d_]{1,14}(?: [^\W\d_]{1,14})?)[\s*]{0,2}[:：](?=[\s*])")
_MARKS = frozenset({">", QUOTED})
_LONGEST_HEADER_LINE = 600
_LONGEST_SEPARATOR = 160
_GREETING_WORDS = 4
_MOST_HEADER_LINES = 24
_LONGEST_VALUE_LINES = 6


_MARKED_HEAD = re.compile(
    r"> Message du |>>> [^>]{0,80}(?:<[^<>\s]{3,120}>)?[^>]{0,30}\d{1,2}:\d{2}[^>]{0,12}>>>[ \t]*$"
)


def is_marked_head(line: str) -> bool:
    """Whether a marked line (Orange's, GroupWise's) begins a history that need not be marked itself."""
    return line[:4] in ("> Me", ">>> ") and _MARKED_HEAD.match(line) is not None


def is_rule(line: str) -> bool:
    """A line drawn with dashes, underscores, equals signs."""
    return bool(_RULE.match(line[:200])) and len(line) < 200


def is_separator(line: str) -> bool:
    """`-----Original Message-----`, `---------- Forwarded message ---------`, `Begin forwarded message:`."""
    text = line.strip()
    if len(text) < 8:
        return False
    drawn = text[0] in _DRAWN and text[1] in _DRAWN
    enclosed = _ENCLOSED.match(text[:200]) if drawn else None
    if enclosed and _bare(enclosed[1]) in SEPARATORS:  # Samsung goes on with the headers in the same line
        return True
    # Tobit David; Gmail
    if text.startswith("Original Message processed by ") or text.lower() in HIDDEN_QUOTES:
        return True
    if len(text) > _LONGEST_SEPARATOR or not (drawn or text[-1] in ":："):
        return False
    words = _bare(text.strip(_RULE_SIGNS).rstrip(":：").strip(_RULE_SIGNS))
    if words in SEPARATORS:
        return drawn or words.startswith(_APPLE_FORWARDS)
    # Lotus Notes and Zoho: "-----Ivan/Company wrote: -----", "---- On Tue, 3 Nov 2026 10:15:00 +0300 Ivan wrote ----"
    drawn_both_ends = drawn and text[-1] in "-_=" and text[-2] in "-_="
    return drawn_both_ends and (
        words.rpartition(" ")[2] in WROTE or words.startswith(("forwarded by ", "original message from "))
    )


_APPLE_FORWARDS = (
    "begin ",
    "начало ",
    "початок ",
    "anfang ",
    "début ",
    "inicio ",
    "inizio ",
    "início ",
    "początek ",
    "začátek ",
)


def _bare(text: str) -> str:
    """Lower case, single blanks, without asterisks."""
    return " ".join(text.replace("İ", "i").replace("*", "").lower().split())


def is_reply_line(line: str) -> bool:
    """The line of a ticket system above which one answers."""
    if not 12 <= len(line) <= 200:
        return False
    text = line.strip().lower()
    phrase = next((phrase for phrase in REPLY_ABOVE if phrase in text), "")
    if not phrase:
        return False
    if text[0] in "-*+" and text[1] == " ":  # an item of a list
        return False
    bare = text.strip(_DRAWN + "#+ []().!")
    return text[0] in "#[" or (text[0] in _DRAWN and text[1] in _DRAWN) or len(bare) <= len(phrase) + 8


def headers_end(lines: Sequence[str], start: int, *, announced: bool) -> int:
    """The line after a block of copied headers that begins at `start`; `start` itself when none does.

    `announced`: a rule or a separator stands above, so fewer headers convince.
    """
    if label_of(lines[start]) not in (FROM, DATE, SENT, SUBJECT):
        return start
    kinds: dict[str, str] = {}
    current, end, index, blank = "", start, start, 0
    last = next(
        (at for at in range(start, min(start + _MOST_HEADER_LINES, len(lines))) if lines[at][:1] in _MARKS),
        min(start + _MOST_HEADER_LINES, len(lines)),
    )  # where the quoted words themselves begin
    while index < last:
        line = lines[index]
        kind = label_of(line)
        if kind and kind in kinds and kind not in (CC, OTHER):
            break
        if kind:
            kinds[kind] = _COLON.split(line, maxsplit=1)[-1]
            current, end, blank = kind, index + 1, 0
        elif not line.strip():
            blank += 1
            if blank > 1:
                break
        elif blank and kinds.get(current, "").strip():
            break
        elif index - end < _LONGEST_VALUE_LINES and (FROM in kinds or _goes_on(kinds[current], line)):
            kinds[current] += " " + line
            if not blank or not kinds[current].strip():
                end = index + 1
        else:
            break
        index += 1
    return end if _convinces(kinds, announced=announced) else start


def is_header_line(line: str) -> bool:
    """Whether one line holds a whole block of copied headers, as an HTML letter that lost its breaks has it."""
    if label_of(line) != FROM:
        return False
    text = line[:_LONGEST_HEADER_LINE]
    kinds: dict[str, str] = {}
    current, begins = "", 0
    for found in _LABEL_WITHIN.finditer(text):
        words = _bare(found[1])
        kind = LABELS.get(words) or LABELS.get(words.rpartition(" ")[2], "")
        if not kind or kind in kinds:
            continue
        if current:
            kinds[current] = text[begins : found.start()]
        kinds[kind], current, begins = "", kind, found.end()
    if current:
        kinds[current] = text[begins:]
    return len(kinds) >= 3 and TO in kinds and _convinces(kinds, announced=False)


def _goes_on(value: str, line: str) -> bool:
    """Whether a line without a label continues a header's value: an empty one, a list of addresses, an indented one."""
    return not value.strip() or value.rstrip().endswith((";", ",")) or "@" in line or line[0] in " \t"


def label_of(line: str) -> str:
    """Which header the line is ("from", "date" ...), or ""."""
    found = _LABEL.match(line[:60])
    if not found:
        return ""
    return LABELS.get(_bare(found[1]), "")


def _convinces(kinds: dict[str, str], *, announced: bool) -> bool:
    """Whether these are a mail's headers, and not a freight request or a heading that says from whom and to whom."""
    if FROM not in kinds:
        return False
    sent = kinds.get(SENT) or kinds.get(DATE, "")
    timed = bool(_TIME.search(sent))
    addressed = "@" in kinds[FROM] or "@" in kinds.get(TO, "")
    if announced and (sent or SUBJECT in kinds or TO in kinds):
        return addressed or (timed and SENT in kinds) or (SUBJECT in kinds and len(kinds) >= 3)
    if timed and (SUBJECT in kinds or addressed):
        return True
    if timed and SENT in kinds and TO in kinds and _YEAR.search(sent):
        return any(word.lower() in MONTHS for word in _WORD.findall(sent))
    return addressed and SUBJECT in kinds and TO in kinds


def only_greets(own: Sequence[str]) -> bool:
    """Whether the writer has said nothing yet, or no more than "Hello Ivan,"."""
    said = [line.strip() for line in own if line.strip()]
    if len(said) != 1:
        return not said
    first, *others = said[0].lower().split()
    return first.strip(",!.:") in GREETINGS and len(others) < _GREETING_WORDS
