"""A large file is read by a process of its own: the same rows come of it, and its end is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from intake.account import Company
from intake.errors import Unreadable
from tests.workers.test_clients_import import AMO, BITRIX, ONE_C, written
from workers.clients.apart import rows_apart
from workers.clients.entries import Refused, read_rows
from workers.clients.importer import open_file

HOME = Company(own_domains=frozenset({"vector.example"}), own_phones=frozenset({"+79162073155"}))


@pytest.mark.parametrize(
    "text", [AMO, BITRIX, ONE_C, "ФИО;Телефон\nИван;=A1\nЗоя;000\n;89162073158\nодна ячейка\n"]
)
def test_another_process_understands_the_same(tmp_path: Path, text: str) -> None:
    """Row by row: contacts, keys, deals, what is refused and why."""
    path = written(tmp_path, text)
    found = open_file(path, "RU", {})
    here = list(read_rows(found.rows, found.columns, "crm", HOME))
    there = list(rows_apart(path, found.columns, "crm", HOME))
    assert there == here
    assert here


def test_rows_are_told_apart_before_the_file_ends(tmp_path: Path) -> None:
    """They come while it is read; whoever wants no more leaves nothing behind."""
    lines = "".join(f"{n};Иван Петров;8916{n:07}\n" for n in range(2_000_000, 2_020_000))
    path = written(tmp_path, "ID;ФИО;Телефон\n" + lines)
    rows = rows_apart(path, open_file(path, "RU", {}).columns, "crm", HOME)
    first = next(rows)
    assert not isinstance(first, Refused)
    rows.close()  # type: ignore[attr-defined]  # an iterator in its signature, a generator in fact


def test_a_reader_that_fails_is_told(tmp_path: Path) -> None:
    """The file went away: no silence, and no half of a base taken for the whole."""
    path = written(tmp_path, AMO)
    columns = open_file(path, "RU", {}).columns
    path.unlink()
    with pytest.raises(Unreadable, match=r"base\.csv"):
        list(rows_apart(path, columns, "crm", HOME))
