"""Tables out of files: CSV in any encoding and separator, JSON lines, packed or not - row by row, however broken."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, cast

import orjson

from intake.errors import Unreadable

LONGEST = 262_144
"""Characters a row may have: what is longer is no card."""
MOST_COLUMNS = 1_000
_SAMPLE = 65_536
_STEP = 512
_NOT_WHOLE = (EOFError, gzip.BadGzipFile, zlib.error)
_LINES_OF_A_ROW = 60
"""A quoted cell may go on over so many lines; after that its quote counts as never closed."""
_PEEKED = 200
_SEPARATORS = ";,\t|"
_BROKEN = re.compile("[\ud800-\udfff\ufffd]")
_TEXT_FORMULA = re.compile(r'="((?:[^"]|"")*)"')


@dataclass(frozen=True, slots=True)
class Line:
    """One row: where it stands in the file (the first line is 1), its cells, or what is wrong with it."""

    place: int
    cells: tuple[str, ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds: its columns by name, and the rows, read while they are asked for."""

    columns: tuple[str, ...]
    rows: Iterator[Line]
    read_as: str
    """the format as a person is told of it"""


def opened_bytes(path: Path) -> IO[bytes]:
    """The file's bytes, unpacked when it is packed by gzip."""
    with path.open("rb") as probe:
        packed = probe.read(2) == b"\x1f\x8b"
    return cast("IO[bytes]", gzip.open(path, "rb")) if packed else path.open("rb")


def beginning_of(path: Path, size: int) -> bytes:
    """The first bytes, unpacked; fewer where the file ends or cannot be unpacked any further. Raises OSError."""
    found = b""
    with opened_bytes(path) as source, suppress(*_NOT_WHOLE):
        while len(found) < size and (more := source.read(_STEP)):
            found += more
    return found


def read_csv(path: Path) -> Table:
    """A CSV file. Raises Unreadable when it has no header."""
    encoding = encoding_of(beginning_of(path, _SAMPLE))
    lines = _lines(_text(path, encoding))
    separator = ""
    first = next(lines, None)
    if first and first.fault == "" and (told := re.fullmatch(r"sep=(.)\s*", first.cells[0])):
        separator, first = told[1], next(lines, None)
    if first is None or first.fault:
        raise Unreadable(f"{path.name}: there is no header in it{': ' + first.fault if first else ''}")
    separator = separator or max(_SEPARATORS, key=_outside_quotes(first.cells[0]).count)
    rows = _records(chain([first], lines), separator)
    header = next(rows)
    if header.fault:
        raise Unreadable(f"{path.name}: its header: {header.fault}")
    columns = _columns(header.cells)
    told_separator = "tab" if separator == "\t" else separator
    return Table(columns, _fitting(rows, len(columns)), f"CSV, {encoding}, separator {told_separator}")


def read_json_lines(path: Path) -> Table:
    """A JSON object a line. Columns are the names in its first rows; those of inner objects get a dot."""
    rows = _objects(_lines(_text(path, "utf-8")))
    first = list(islice(rows, _PEEKED))
    names = dict.fromkeys(name for _, cells in first if isinstance(cells, dict) for name in cells)
    if not names:
        raise Unreadable(f"{path.name}: none of its first rows is a JSON object")
    columns = tuple(names)

    def laid_out() -> Iterator[Line]:
        for place, cells in chain(first, rows):
            if isinstance(cells, str):
                yield Line(place, fault=cells)
            else:
                yield Line(place, tuple(cells.get(name, "") for name in columns))

    return Table(columns, laid_out(), "JSON lines")


def encoding_of(sample: bytes) -> str:
    """How the text is written: by its mark, by its zeros, else UTF-8 unless that fails at every turn."""
    for mark, name in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if sample.startswith(mark):
            return name
    if len(sample) > 3 and sample[:_SAMPLE].count(0) > len(sample) // 8:
        return "utf-16-le" if sample[1] == 0 or sample[1] == 4 else "utf-16-be"
    read = sample.decode("utf-8", "replace")
    broken = read.rstrip("\ufffd").count("\ufffd")
    foreign = sum(letter > "\x7f" for letter in read)
    return "cp1251" if broken * 5 > foreign else "utf-8"


def cleaned(text: str) -> str:
    """A cell as it was meant: without zeros, the spaces around it and what guards it against being a formula."""
    text = text.replace("\0", "").strip()
    if text[:1] == "=" and (guarded := _TEXT_FORMULA.fullmatch(text)):
        return guarded[1].replace('""', '"')
    return text[1:] if text[:1] == "'" and text[1:2] in tuple("=+-@") else text


def _text(path: Path, encoding: str) -> io.TextIOWrapper:
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    return io.TextIOWrapper(opened_bytes(path), encoding, errors=errors, newline="")


def _lines(source: io.TextIOWrapper) -> Iterator[Line]:
    """The lines of the file, in one cell each; one that never ends costs no memory."""
    place = 0
    with source:
        while True:
            place += 1
            try:
                line = source.readline(LONGEST)
                if not line:
                    return
                endless = len(line) == LONGEST and line[-1] not in "\r\n"
                while endless and (rest := source.readline(LONGEST)) and rest[-1] not in "\r\n":
                    pass
            except (*_NOT_WHOLE, OSError) as error:
                yield Line(place, fault=f"the file ends in the middle: {error}")
                return
            yield (
                Line(place, fault=f"it has more than {LONGEST} characters")
                if endless
                else Line(place, (line,))
            )


def _records(lines: Iterator[Line], separator: str) -> Iterator[Line]:
    """Rows of cells: a line each, or several where a quoted cell goes on. A quote that is never closed costs its
    own line alone."""
    waiting: deque[Line] = deque()
    while (line := waiting.popleft() if waiting else next(lines, None)) is not None:
        if line.fault:
            yield line
            continue
        text = line.cells[0]
        if text.count('"') % 2:
            more: list[Line] = []
            while text.count('"') % 2 and len(more) < _LINES_OF_A_ROW and len(text) < LONGEST:
                following = waiting.popleft() if waiting else next(lines, None)
                if following is None:
                    break
                more.append(following)
                if following.fault:
                    break
                text += following.cells[0]
            row = _parsed(line.place, text, separator) if text.count('"') % 2 == 0 else None
            if row is None:
                waiting.extendleft(reversed(more))
                row = _parsed(line.place, line.cells[0], separator)
            yield row or Line(line.place, fault="a quote is opened and never closed")
        else:
            row = _parsed(line.place, text, separator)
            yield row or Line(line.place, fault="its quotes do not fit its separators")


def _parsed(place: int, text: str, separator: str) -> Line | None:
    if text.count(separator) > MOST_COLUMNS * 4:
        return Line(place, fault=f"it has {text.count(separator) + 1} columns")
    try:
        cells = next(csv.reader([text], delimiter=separator, strict=True), [])
    except csv.Error:
        return None
    if _BROKEN.search(text):
        return Line(place, fault="it is not written in the encoding of the file")
    if len(cells) > MOST_COLUMNS:
        return Line(place, fault=f"it has {len(cells)} columns")
    return Line(place, tuple(map(cleaned, cells)))


def _fitting(rows: Iterator[Line], width: int) -> Iterator[Line]:
    """Rows as wide as the header; empty ones are none."""
    for row in rows:
        if row.fault:
            yield row
            continue
        cells = row.cells
        if not any(cells):
            continue
        if (len(cells) > width and any(cells[width:])) or len(cells) < width:
            yield Line(row.place, fault=f"it has {len(cells)} cells, the header has {width}")
        else:
            yield Line(row.place, cells[:width])


def _columns(cells: tuple[str, ...]) -> tuple[str, ...]:
    columns = list(cells)
    while columns and not columns[-1]:
        columns.pop()
    return tuple(columns)


def _outside_quotes(line: str) -> str:
    return re.sub(r'"[^"]*"', "", line)


def _objects(lines: Iterator[Line]) -> Iterator[tuple[int, dict[str, str] | str]]:
    for line in lines:
        if line.fault or not line.cells[0].strip():
            if line.fault:
                yield line.place, line.fault
            continue
        try:
            row = orjson.loads(line.cells[0].encode("utf-8", "surrogateescape").removeprefix(b"\xef\xbb\xbf"))
        except orjson.JSONDecodeError as error:
            yield line.place, f"it is no JSON: {error.msg}"
            continue
        if isinstance(row, dict) and len(row) <= MOST_COLUMNS:
            yield line.place, dict(_flat(row))
        else:
            yield line.place, "it is no JSON object, or has too many names"


def _flat(row: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in row.items():
        if isinstance(value, dict) and not prefix:
            yield from _flat(value, f"{name}.")
        elif isinstance(value, list):
            yield prefix + name, "\n".join(str(one) for one in value if one is not None)
        elif value is not None:
            yield prefix + name, cleaned(str(value))
