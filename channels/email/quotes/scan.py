"""The scanner: goes once down the lines of a letter and tells the writer's from the quoted ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from channels.email.quotes.attribution import Attribution, Sureness, ends_attribution, find_attribution
from channels.email.quotes.blocks import (
    headers_end,
    is_header_line,
    is_marked_head,
    is_reply_line,
    is_rule,
    is_separator,
    label_of,
    only_greets,
)
from channels.email.quotes.footers import cut_mobile_footer
from channels.email.quotes.shape import QUOTED, Split
from channels.email.quotes.words import CC, SUBJECT, TO

_MARKED = re.compile(r"^[ \t]{0,4}>")
_INITIALS = re.compile(r"^[ \t]{0,2}([^\W\d_]{1,4})>{1,6}(?:[ \t]|$)")
_AMOUNT = re.compile(r"^[ \t]{0,4}>[ \t]?=?[ \t]?\d")
_MAILBOX_FROM = re.compile(r"^>From ")
_DECORATED = re.compile(r"^[ \t]*>{2,}[^<>]{1,80}<{2,}[ \t]*$")
_DASHES = re.compile(r"^[ \t]*[-_—]{2,80}[ \t]*$")
_LIST_RULE = re.compile(r"^_{2,}[ \t]*$")
_EMPTY_SIGNATURE = re.compile(r"(?:^|\n)--$")
_LONGEST_LIST = 30
_WRAPPED_AT = 55


@dataclass(slots=True)
class _Letter:
    """The letter under the scanner: its lines and the two heaps they go to."""

    lines: Sequence[str]
    own: list[str] = field(default_factory=list)
    quoted: list[str] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    """Where in `own` quotations stood."""

    introduced: bool = False
    """Whether an attribution was met: from then on "> 5" is a quotation."""

    tries: int = 1000
    """How many possible introductions are still looked at: a hostile letter costs bounded work."""

    def introduction(self, last: int, floor: int) -> Attribution | None:
        """The attribution that ends at line `last`, while there are tries left."""
        self.tries -= 1
        return find_attribution(self.lines, last, floor) if self.tries >= 0 else None

    def quote(self, start: int, end: int) -> None:
        """Put the lines `start` to `end` to the quoted ones."""
        self.quoted.extend(self.lines[start:end])
        self.cuts.append(len(self.own))

    def unhead(self) -> None:
        """Take back what programs draw directly above an introduction: dashes, Yandex's "Кому: ...;" lines."""
        while True:
            last = len(self.own) - 1
            while last >= 0 and not self.own[last].strip():
                last -= 1
            if last < 0 or not (_DASHES.match(self.own[last]) or _is_yandex_header(self.own[last])):
                return
            del self.own[last:]

    def unrule(self) -> None:
        """Take back blank lines and rules that stood above a copied message."""
        while self.own and (not self.own[-1].strip() or is_rule(self.own[-1])):
            self.own.pop()


def _is_yandex_header(line: str) -> bool:
    return line.rstrip().endswith(";") and label_of(line) in (TO, CC, SUBJECT)


def split_lines(text: str) -> Split:
    """The normalised text in two. Work is linear in its length: each line is looked at a bounded number of times."""
    letter = _Letter(text.split("\n"))
    initials = _initials(letter.lines)
    index, floor = 0, 0
    while index < len(letter.lines):
        line = letter.lines[index]
        if not line.strip():
            letter.own.append(line)
            index += 1
            continue
        if _is_quoted(letter, index, initials):
            index = floor = _take_quoted(letter, index, initials)
        elif _rest_is_history(letter, index):
            letter.unrule()
            end = max(_history_end(letter, index, initials), index + 1)
            letter.quote(index, end)
            letter.introduced = True
            index = floor = end
        elif ends_attribution(line) and (found := letter.introduction(index, floor)):
            index, done = _take_attributed(letter, found, index, initials)
            if done:
                break
            floor = index if not letter.own or letter.own[-1] is not line else floor
        else:
            letter.own.append(line)
            index += 1
    quoted = "\n".join(line.removeprefix(QUOTED) for line in letter.quoted).strip("\n")
    return Split(_tidy(letter.own), quoted, _pieces(letter))


def _pieces(letter: _Letter) -> tuple[str, ...]:
    """The writer's words, parted where quotations stood."""
    edges = sorted({0, len(letter.own), *(cut for cut in letter.cuts if cut <= len(letter.own))})
    parted = (_tidy(letter.own[start:end]) for start, end in pairwise(edges))
    return tuple(piece for piece in parted if piece.strip())


def _rest_is_history(letter: _Letter, index: int) -> bool:
    """Whether a copied message begins here that goes on to the letter's end."""
    lines, line = letter.lines, letter.lines[index]
    if is_separator(line) or is_marked_head(line) or is_reply_line(line) or is_header_line(line):
        return True
    if _LIST_RULE.match(line) and index + 1 < len(lines) and "mailing list" in lines[index + 1]:
        return True
    if not label_of(line):
        return False
    announced = False
    for above in reversed(letter.own[-3:]):
        if above.strip():
            announced = is_rule(above)
            break
    return headers_end(lines, index, announced=announced) > index


def _history_end(letter: _Letter, index: int, initials: frozenset[str]) -> int:
    """Where a copied message that opens at `index` ends: at the letter's end, as a rule.

    When the writer has said nothing yet and the lines right under its head are marked, the answer stands below
    or between them: then it ends with its head.
    """
    lines = letter.lines
    if is_reply_line(lines[index]) or not only_greets(letter.own):
        return len(lines)
    at = index if label_of(lines[index]) else _next_text(lines, index + 1)
    if at < len(lines) and label_of(lines[at]):
        at = _next_text(lines, max(headers_end(lines, at, announced=True), at + 1))
    for last in range(at, min(at + 3, len(lines))):
        if ends_attribution(lines[last]) and letter.introduction(last, at):
            at = _next_text(lines, last + 1)
            break
    return at if at < len(lines) and _looks_quoted(lines[at], initials) else len(lines)


def _take_attributed(
    letter: _Letter, found: Attribution, index: int, initials: frozenset[str]
) -> tuple[int, bool]:
    """Deal with an attribution that ends at `index`: the next line to look at, and whether all is quoted from here."""
    follows = _next_text(letter.lines, found.end)
    quoted_follow = follows < len(letter.lines) and _looks_quoted(letter.lines[follows], initials)
    nothing_follows = follows == len(letter.lines)
    if found.sureness is not Sureness.ALONE and not quoted_follow:
        letter.own.append(letter.lines[index])
        return index + 1, False
    above = index - found.start
    if above:
        del letter.own[-above:]
    letter.introduced = True
    letter.unhead()
    if quoted_follow or nothing_follows or _another_follows(letter.lines, follows):
        letter.quote(found.start, found.end)
        return found.end, False
    letter.quote(found.start, len(letter.lines))
    return len(letter.lines), True


def _another_follows(lines: Sequence[str], start: int) -> bool:
    """Whether the text at `start` is an attribution again (two programs wrote one each) with quoted lines under it."""
    for last in range(start, min(start + 4, len(lines))):
        if not lines[last].strip():
            return False
        if ends_attribution(lines[last]) and find_attribution(lines, last, start):
            after = _next_text(lines, last + 1)
            return after < len(lines) and _looks_quoted(lines[after], frozenset())
    return False


def _take_quoted(letter: _Letter, start: int, initials: frozenset[str]) -> int:
    """Take a run of quoted lines, with the blank lines and the broken tails between them."""
    lines, index = letter.lines, start
    while index < len(lines):
        if _looks_quoted(lines[index], initials):
            index += 1
            continue
        if lines[index].strip() and _is_broken_tail(lines, index, initials):
            index += 1
            continue
        break
    letter.quote(start, index)
    return index


def _is_broken_tail(lines: Sequence[str], index: int, initials: frozenset[str]) -> bool:
    """Whether an unmarked line is the torn-off end of the marked one above: short, lower case, between two."""
    above, line = lines[index - 1], lines[index].strip()
    if above.startswith(QUOTED) or len(above) < _WRAPPED_AT or len(line) > 30 or len(line.split()) > 3:
        return False
    if not _looks_quoted(above, initials) or not _looks_quoted(lines[index + 1 : index + 2], initials):
        return False
    return line[0].islower() or not line[0].isalpha()


def _looks_quoted(line: str | Sequence[str], initials: frozenset[str]) -> bool:
    if not isinstance(line, str):
        if not line:
            return False
        line = line[0]
    if line.startswith(QUOTED) or (_MARKED.match(line) and not _DECORATED.match(line)):
        return True
    found = _INITIALS.match(line) if initials else None
    return bool(found and found[1] in initials)


def _is_quoted(letter: _Letter, index: int, initials: frozenset[str]) -> bool:
    """Whether the line is a quotation and not the writer's own ">": more than, an arrow, a bullet."""
    line = letter.lines[index]
    if not _looks_quoted(line, initials) or is_marked_head(line):
        return False
    if line.startswith(QUOTED) or letter.introduced or letter.quoted:
        return True
    if _is_list(letter, index):
        return False
    if _MAILBOX_FROM.match(line) and not _marked_beside(letter.lines, index):
        return False
    return not (
        _AMOUNT.match(line) and not _marked_beside(letter.lines, index) and _text_beside(letter.lines, index)
    )


def _is_list(letter: _Letter, index: int) -> bool:
    """Whether ">" marks the items of the writer's own list: right below "we need:", nothing else so marked."""
    own = letter.own
    if own and _MARKED.match(own[-1]):
        return True
    if not own or not own[-1].rstrip().endswith(":"):
        return False
    end = index
    while end < len(letter.lines) and end - index < _LONGEST_LIST and _MARKED.match(letter.lines[end]):
        end += 1
    items = letter.lines[index:end]
    short = 2 <= len(items) < _LONGEST_LIST and all(3 < len(item) < 60 for item in items)
    return short and not any(_MARKED.match(line) for line in letter.lines[end:])


def _marked_beside(lines: Sequence[str], index: int) -> bool:
    beside = [*lines[max(0, index - 1) : index], *lines[index + 1 : index + 2]]
    return any(_MARKED.match(line) for line in beside)


def _text_beside(lines: Sequence[str], index: int) -> bool:
    """Whether the line directly above is text: the writer goes on with a sentence or a list."""
    return index > 0 and bool(lines[index - 1].strip())


def _initials(lines: Sequence[str]) -> frozenset[str]:
    """The initials that mark at least two lines as quoted ("ИП> текст")."""
    seen: dict[str, int] = {}
    for line in lines:
        if ">" in line[:7] and (found := _INITIALS.match(line)):
            seen[found[1]] = seen.get(found[1], 0) + 1
    return frozenset(mark for mark, times in seen.items() if times >= 2 or _attributed_once(lines, mark))


def _attributed_once(lines: Sequence[str], mark: str) -> bool:
    return mark.isupper() and len(lines) < 400


def _next_text(lines: Sequence[str], start: int) -> int:
    """The next line with text, a few blank lines further at most."""
    index = start
    while index < len(lines) and not lines[index].strip():
        index += 1
    return index


def _tidy(own: Sequence[str]) -> str:
    """The kept lines without programs' footers, and without the holes that quotations left."""
    text = cut_mobile_footer("\n".join(line.rstrip() for line in own))
    text = re.sub(r"\n{3,}", "\n\n", text)
    return _EMPTY_SIGNATURE.sub("", text.strip("\n \t")).rstrip()
