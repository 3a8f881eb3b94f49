"""The client base out: CSV, XLSX or JSON lines, a person a row, written while it is read."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import orjson
from openpyxl import Workbook

from intake.deal import ClientKind
from intake.errors import Conflict
from intake.store.base.listing import Listed

# `id` first: where the file is imported again, a row is known by its person
COLUMNS = ("id", "client_id", "kind", "company", "name", "inn", "owner", "phones", "emails", "telegram", "vk")
_SHEET_ROWS = 1_000_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export_csv(pages: Iterable[list[Listed]], sink: IO[str]) -> None:
    """Write a CSV file. A cell that a spreadsheet would take for a formula is guarded by a quote."""
    rows = csv.writer(sink)
    rows.writerow(COLUMNS)
    for row in _rows(pages):
        rows.writerow([guarded(_joined(row[name])) for name in COLUMNS])


def export_json_lines(pages: Iterable[list[Listed]], sink: IO[str]) -> None:
    """Write a JSON object a line, as `match` and `clients import` read them."""
    for row in _rows(pages):
        sink.write(orjson.dumps(row).decode() + "\n")


def export_workbook(pages: Iterable[list[Listed]], path: Path) -> None:
    """Write a workbook, a further sheet every million rows. Raises OSError."""
    book = Workbook(write_only=True)
    sheet = _sheet(book)
    for count, row in enumerate(_rows(pages), start=1):
        if count % _SHEET_ROWS == 0:
            sheet = _sheet(book)
        sheet.append([guarded(_joined(row[name]), ("=",)) for name in COLUMNS])
    book.save(path)


def guarded(text: str, beginnings: tuple[str, ...] = _FORMULA) -> str:
    """The cell's text, harmless in a spreadsheet."""
    return f"'{text}" if text.startswith(beginnings) else text


def export_to(path: Path | None, kind: str, pages: Iterable[list[Listed]], out: IO[str]) -> None:
    """Write the base in the format `kind` to a file, or to the stream given; a workbook wants a file. Raises OSError,
    Conflict."""
    if kind == "xlsx":
        if path is None:
            raise Conflict("a workbook is written to a file: --out FILE")
        export_workbook(pages, path)
        return
    write = export_csv if kind == "csv" else export_json_lines
    if path is None:
        write(pages, out)
        return
    # a spreadsheet program takes UTF-8 for it only when it is marked
    with path.open("w", encoding="utf-8-sig" if kind == "csv" else "utf-8", newline="") as text:
        write(pages, text)


def _sheet(book: Workbook) -> Any:
    sheet = book.create_sheet()
    sheet.append(COLUMNS)
    return sheet


def _rows(pages: Iterable[list[Listed]]) -> Iterator[dict[str, str | list[str]]]:
    for page in pages:
        for one in page:
            # of an erased one nothing is left to be told
            if one.client.name or one.keys or (one.person and one.person.name):
                yield _row(one)


def _row(one: Listed) -> dict[str, str | list[str]]:
    firm = one.client.name if one.client.kind is ClientKind.COMPANY else ""
    name = one.person.name if one.person else one.client.name
    row: dict[str, str | list[str]] = {
        "id": one.person.id if one.person else one.client.id,
        "client_id": one.client.id,
        "kind": one.client.kind.value,
        "company": firm,
        "name": name,
        "inn": one.client.inn,
        "owner": one.client.owner,
        "phones": _of(one.keys, "phone:"),
        "emails": _of(one.keys, "email:"),
    }
    for messenger in ("telegram", "vk"):
        row[messenger] = next(iter(_of(one.keys, f"handle:{messenger}:")), "")
    return row


def _of(keys: Iterable[str], kind: str) -> list[str]:
    return [key.removeprefix(kind) for key in keys if key.startswith(kind)]


def _joined(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)
