"""The labelled lines of a form letter: `label: value`, `label - value`, a label with its value in the next line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from channels.email.form_labels import CONTACT_FIELDS, PERSON_FIELDS, field_of, guess_field
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
_BARE_CONTACT = re.compile(r"[+\d\s().-]{7,30}|\S+@\S+")
_TELLING = CONTACT_FIELDS | PERSON_FIELDS | {"message", "company"}
_MOST_LABEL_WORDS = 3
_NUMBERED = re.compile(r"^(?!\w+_\w+$).*\d$")
"""A label that ends with a digit is a time or an amount ("в 10: ..."), unless it is a program's (`field_a1b2`)."""
_ROW = re.compile(r" \| |\d\s?(?:x|х|шт|руб|₽|р\.)|\d{3}\b.{0,80}\(", re.IGNORECASE)
"""A row of an order above its buyer's fields."""
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
    for line in _rows((_unpacked(text) or text[:LONGEST_FORM]).split("\n")):
        pieces = _SEVERAL.split(line) if len(line) <= _LONGEST_LINE else [line]
        labels = sum(bool(field_of(piece.partition(":")[0])) for piece in pieces) if len(pieces) > 1 else 0
        for piece in pieces if labels > 1 else [line]:
            reader.take(piece)
        if len(reader.pairs) >= _MOST_PAIRS:
            break
    used = sum(pair.lines for pair in reader.pairs if pair.value or pair.meaning)
    return Filled(reader.pairs, used / max(used + reader.loose, 1), reader.unlabelled)


def _unpacked(text: str) -> str:
    """A letter that is one JSON object, as `label: value` lines; "" when it is none."""
    bare = text.strip()
    if len(bare) > LONGEST_FORM or bare[:1] != "{" or bare[-1:] != "}":
        return ""
    try:
        values = json.loads(bare)
    except (ValueError, RecursionError):
        return ""
    return "\n".join(f"{label}: {value}" for label, value in values.items() if isinstance(value, str | int))


def _rows(lines: list[str]) -> Iterator[str]:
    """The lines, those of a table with a row of labels turned round."""
    skip = False
    for at, line in enumerate(lines):
        if skip:
            skip = False
            continue
        turned = _columns(lines, at) if " | " in line and len(line) <= _LONGEST_LINE else []
        skip = bool(turned)
        yield from turned or [line]


def _unseparated(line: str) -> Pair | None:
    """`Телефон +7 916 ...`: a page that tells labels from values by colour alone."""
    words = line.split()
    for count in range(1, min(len(words), _MOST_LABEL_WORDS + 1)):
        label, value = " ".join(words[:count]), " ".join(words[count:])
        meaning = field_of(label)
        if (
            meaning in {"phone", "email"}
            and guess_field(meaning, value) == meaning
            and _BARE_CONTACT.fullmatch(value)
        ):
            return Pair(label, meaning, [value])
        if meaning == "name" and guess_field(label, value) == "name" and value.istitle():
            return Pair(label, meaning, [value])
    return None


def _columns(lines: list[str], at: int) -> list[str]:
    """A row of labels and the row of values under it as `label: value` lines; [] when they are none."""
    labels = [cell.strip() for cell in lines[at].split(" | ")]
    if len(labels) < 2 or sum(field_of(label) in _TELLING for label in labels) < 2 or at + 1 >= len(lines):
        return []
    values = [cell.strip() for cell in lines[at + 1].split(" | ")]
    if len(values) != len(labels) or any(field_of(value) for value in values):
        return []
    return [f"{label}: {value}" for label, value in zip(labels, values, strict=True)]


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
            if self.pairs or _ROW.search(line):
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
        if not alone and not self._open_message() and (pair := _unseparated(line)):
            return pair
        asked = line.rstrip().endswith("?") and not self._open_message()
        return Pair(line.strip(), alone) if alone or (asked and self.pairs) else None

    def _guess(self, label: str, value: str) -> str:
        """The meaning of a label by its noun; within the visitor's words nothing is guessed."""
        return "" if self._open_message() else guess_field(label, value)

    def _open_message(self) -> bool:
        return self._open is not None and self._open.meaning == "message"

    def _waits(self) -> bool:
        """Whether the label above still has no value."""
        return self._open is not None and not self._open.value and not self._blank

    def _may_start(self, label: str) -> bool:
        """Whether an unknown label begins a field of its own rather than goes on with the visitor's words."""
        if len(label.split()) > 8 or re.search(r"[.;!]\s", label) or _NUMBERED.search(label.strip()):
            return False
        if self._open is not None and self._open.meaning == "message":
            return (
                not self._blank
                and bool(self._open.value)
                and len(label.split()) <= 3
                and label.strip()[:1].isupper()
            )
        return True
