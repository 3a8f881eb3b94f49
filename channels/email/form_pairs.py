"""The labelled lines of a form letter: `label: value`, `label - value`, a label with its value in the next line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from channels.email.form_labels import field_of, guess_field
from channels.email.form_robots import FOOTER

LONGEST_FORM = 60_000
"""Characters of a letter that are read as a form."""
_LONGEST_LINE = 5_000
_LONGEST_LABEL = 120
_MOST_PAIRS = 150
_COLON = re.compile(r"\s*(?:[-•·●▪►*–—]\s+)?([^:：\n]{1,80}+)[:：]\**(?!//)\s*(.*)")
_DASH = re.compile(
    r"\s*\**([^\n=|\t—–-]{1,60}?(?:-[^\n=|\t—–-]{1,20})?)\**\s*(?:\s[-—–]{1,2}|=|\t+|\s\|)\s*(.*)"
)
_SEVERAL = re.compile(r"[,;|]\s+(?=[^\W\d_][\w-]{1,24}(?:\s[\w-]{1,24})?\s?:\s)")
_RULE = re.compile(r"\s*[*=_~-]{3,100}\s*")


@dataclass(slots=True)
class Pair:
    """One field of a form letter. `lines` counts the lines it took."""

    label: str
    meaning: str
    value: list[str] = field(default_factory=list)
    lines: int = 1

    @property
    def text(self) -> str:
        """Its value."""
        return "\n".join(self.value).strip()


@dataclass(frozen=True, slots=True)
class Filled:
    """A letter read as a form: its labelled `pairs`, which `share` of the full lines they are, and the
    `unlabelled` lines below the first of them."""

    pairs: list[Pair]
    share: float
    unlabelled: list[str]


def read_filled(text: str) -> Filled:
    """What a letter's lines say as a form."""
    reader = _Reader()
    for line in text[:LONGEST_FORM].split("\n"):
        pieces = _SEVERAL.split(line) if len(line) <= _LONGEST_LINE else [line]
        labels = sum(bool(field_of(piece.partition(":")[0])) for piece in pieces) if len(pieces) > 1 else 0
        for piece in pieces if labels > 1 else [line]:
            reader.take(piece)
        if len(reader.pairs) >= _MOST_PAIRS:
            break
    used = sum(pair.lines for pair in reader.pairs if pair.value or pair.meaning)
    return Filled(reader.pairs, used / max(used + reader.loose, 1), reader.unlabelled)


class _Reader:
    """Reads a form letter line by line."""

    def __init__(self) -> None:
        self.pairs: list[Pair] = []
        self.loose = 0
        self.unlabelled: list[str] = []
        self._open: Pair | None = None
        self._blank = False
        self._ended = False

    def take(self, line: str) -> None:
        """The next line."""
        if not line.strip():
            self._blank_line()
            return
        if self._waits() and _RULE.fullmatch(line):
            return
        if FOOTER.match(line):
            self._open = None
            self._ended = True
            return
        if line.lstrip().startswith(">"):
            return
        pair = self._pair(line) if len(line) <= _LONGEST_LINE else None
        if pair:
            self.pairs.append(pair)
            self._open = pair
        elif self._open and (not self._open.value or self._open.meaning == "message"):
            if self._blank and self._open.value:
                self._open.value.append("")
            self._open.value.append(line.strip())
            self._open.lines += 1
        elif not self._ended:
            self._open = None
            self.loose += 1
            if self.pairs:
                self.unlabelled.append(line.strip())
        self._blank = False

    def _blank_line(self) -> None:
        self._blank = True
        if self._open and self._open.value and self._open.meaning != "message":
            self._open = None

    def _pair(self, line: str) -> Pair | None:
        match = _COLON.fullmatch(line)
        if match:
            meaning = field_of(match[1]) or self._guess(match[1], match[2])
            if meaning or self._may_start(match[1]):
                return Pair(match[1].strip(), meaning, [match[2].strip()] if match[2].strip() else [])
        match = _DASH.fullmatch(line)
        meaning = (field_of(match[1]) or self._guess(match[1], match[2])) if match else ""
        if match and meaning and not self._waits():
            return Pair(match[1].strip(), meaning, [match[2].strip()] if match[2].strip() else [])
        if len(line) >= _LONGEST_LABEL or self._waits():
            return None
        alone = field_of(line) if len(line) < 60 else ""
        asked = line.rstrip().endswith("?") and not (self._open and self._open.meaning == "message")
        return Pair(line.strip(), alone) if alone or (asked and self.pairs) else None

    def _guess(self, label: str, value: str) -> str:
        """The meaning of a label by its noun; within the visitor's words nothing is guessed."""
        inside = self._open is not None and self._open.meaning == "message"
        return "" if inside else guess_field(label, value)

    def _waits(self) -> bool:
        """Whether the label above still has no value."""
        return self._open is not None and not self._open.value and not self._blank

    def _may_start(self, label: str) -> bool:
        """Whether an unknown label begins a field of its own rather than goes on with the visitor's words."""
        if len(label.split()) > 8 or re.search(r"[.;!]\s", label) or re.search(r"\d$", label.strip()):
            return False
        if self._open is not None and self._open.meaning == "message":
            return (
                not self._blank
                and bool(self._open.value)
                and len(label.split()) <= 3
                and label.strip()[:1].isupper()
            )
        return True
