"""Tables out of workbooks (XLSX), read as a stream, and the one way to open whatever file was given."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from intake.errors import Unreadable
from workers.clients.tables import MOST_COLUMNS, Line, Table, beginning_of, cleaned, read_csv, read_json_lines

_MOST_BYTES = 4 << 30
"""A workbook that unpacks to more than this is a trap."""


def read_table(path: Path) -> Table:
    """The table in the file: XLSX, JSON lines or CSV, by what it holds and not by its name alone.

    Raises Unreadable when there is none in it, OSError when it cannot be opened.
    """
    beginning = beginning_of(path, 4096)
    if beginning.startswith(b"PK\x03\x04"):
        return _read_workbook(path)
    if beginning.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(f"{path.name}: this is an old .xls workbook - save it as .xlsx or CSV")
    if not beginning.strip():
        raise Unreadable(f"{path.name}: it is empty")
    plain = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()
    return read_json_lines(path) if plain.startswith(b"{") else read_csv(path)


def _read_workbook(path: Path) -> Table:
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(one.file_size for one in packed.infolist()) > _MOST_BYTES:
                raise Unreadable(f"{path.name}: it unpacks to more than {_MOST_BYTES >> 30} GiB")
        with warnings.catch_warnings():
            # what a workbook looks like is nothing to us
            warnings.simplefilter("ignore")
            book = load_workbook(path, read_only=True)
        sheet = book.active or book.worksheets[0]
        sheet.reset_dimensions()
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError) as error:
        raise Unreadable(f"{path.name}: it is no workbook that can be read: {str(error)[:100]}") from error
    rows = _rows(sheet)
    header = next((row for row in rows if any(row.cells) or row.fault), None)
    if header is None or header.fault:
        raise Unreadable(f"{path.name}: there is no header in it")
    columns = list(header.cells)
    while not columns[-1]:
        columns.pop()
    return Table(tuple(columns), _as_wide(rows, len(columns)), f"XLSX, sheet {sheet.title}")


def _rows(sheet: Any) -> Iterator[Line]:
    place = 0
    try:
        for place, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True), start=1):
            if len(row) > MOST_COLUMNS and row[MOST_COLUMNS] is not None:
                yield Line(place, fault=f"it has more than {MOST_COLUMNS} columns")
            else:
                yield Line(place, tuple(map(_shown, row)))
    except Exception as error:  # noqa: BLE001  a broken sheet fails in the reader's own ways; what was read stands
        yield Line(place + 1, fault=f"the sheet cannot be read any further: {type(error).__name__}")


def _as_wide(rows: Iterator[Line], width: int) -> Iterator[Line]:
    for row in rows:
        cells = row.cells
        if row.fault:
            yield row
        elif any(cells[width:]):
            yield Line(row.place, fault=f"it has more cells than the header, which has {width}")
        elif any(cells):
            yield Line(row.place, tuple(chain(cells[:width], [""] * (width - len(cells)))))


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str | int | float | bool):
        return cleaned(str(value))
    # what is left are formulas that fill several cells
    return f"={getattr(value, 'text', '')}"
