"""Where each setting stands in a TOML file: the standard reader gives values but no line numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

Path = tuple[str | int, ...]
"""A setting's place in the document: `("account", 0, "secret")`."""

_KEY_PART = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_\-]+))\s*""")
_QUOTES = ('"""', "'''", '"', "'")


@dataclass(frozen=True, slots=True)
class LineIndex:
    """Line numbers (from 1) of a document's tables and keys."""

    lines: dict[Path, int] = field(default_factory=dict)

    def of(self, path: Path) -> int:
        """The line of the setting, or of the nearest table around it; 1 for the document itself."""
        for end in range(len(path), 0, -1):
            if line := self.lines.get(path[:end]):
                return line
        return 1


def index_lines(text: str) -> LineIndex:
    """The index of a document that the TOML reader has accepted."""
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for position, statement in _statements(text):
        line = text.count("\n", 0, position) + 1
        if statement.startswith("[["):
            bare = _inside(_keys(statement[2:])[0], counts)
            counts[bare] = counts.get(bare, -1) + 1
            table = (*bare, counts[bare])
        elif statement.startswith("["):
            table = _inside(_keys(statement[1:])[0], counts)
        else:
            lines.setdefault((*table, *_keys(statement)[0]), line)
            continue
        lines.setdefault(table, line)
    return LineIndex(lines)


def _inside(keys: Path, counts: dict[Path, int]) -> Path:
    """A header's keys with the number of the last element put in wherever one names an array of tables."""
    path: Path = ()
    for position, key in enumerate(keys):
        path = (*path, key)
        if path in counts and position < len(keys) - 1:
            path = (*path, counts[path])
    return path


def _keys(text: str) -> tuple[Path, int]:
    """The dotted key that `text` begins with, and where it ends."""
    keys: list[str] = []
    end = 0
    while match := _KEY_PART.match(text, end):
        keys.append(next(part for part in match.groups() if part is not None))
        end = match.end()
        if text[end : end + 1] != ".":
            break
        end += 1
    return tuple(keys), end


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each header and each `key = value`, from its first character on, with its position."""
    position = 0
    while position < len(text):
        if text[position] in " \t\r\n":
            position += 1
            continue
        if text[position] != "#":
            yield position, text[position : position + 500]
        position = _end_of_statement(text, position)


def _end_of_statement(text: str, position: int) -> int:
    """The position behind the statement: the first line end outside of strings and brackets."""
    depth = 0
    while position < len(text):
        quote = next((one for one in _QUOTES if text.startswith(one, position)), "")
        if quote:
            position = _end_of_string(text, position, quote)
            continue
        character = text[position]
        if character == "#":
            position = _line_end(text, position)
            continue
        if character == "\n" and depth <= 0:
            return position + 1
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(character, 0)
        position += 1
    return position


def _end_of_string(text: str, position: int, quote: str) -> int:
    position += len(quote)
    while position < len(text) and not text.startswith(quote, position):
        position += 2 if text[position] == "\\" and quote[0] == '"' else 1
    position += len(quote)
    while len(quote) == 3 and text.startswith(quote[0], position):
        position += 1  # a multi-line string may end in up to five quotes
    return position


def _line_end(text: str, position: int) -> int:
    found = text.find("\n", position)
    return len(text) if found < 0 else found
