"""What is done with one client asks the indexes, and never looks through a table that grows with the business."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event

from tests.workers.office import Office, opened
from tests.workers.test_clients_import import take_in, written
from workers.clients.forgetting import forgetting_of

LARGE = (
    "inquiry",
    "interaction",
    "card",
    "raw",
    "pending",
    "audit",
    "holding",
    "person",
    "client",
    "deal",
    "task",
)
LARGE += ("origin", "suspect", "verdict", "thread", "settled", "naming", "effect")
SCAN = re.compile(rf"^SCAN ({'|'.join(LARGE)})\b")


@contextmanager
def said(office: Office) -> Iterator[list[tuple[Any, str, Any]]]:
    """Every statement that is run meanwhile, with the engine and its parameters."""
    told: list[tuple[Any, str, Any]] = []
    engines = (office.instance.store.ledger, office.instance.store.journal)

    def heard(
        connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        del cursor, context
        told.append((connection.engine, statement, parameters[0] if many else parameters))

    for engine in engines:
        event.listen(engine, "before_cursor_execute", heard)
    yield told
    for engine in engines:
        event.remove(engine, "before_cursor_execute", heard)


def scans(told: list[tuple[Any, str, Any]]) -> list[str]:
    """The statements whose plan looks through a large table."""
    found = []
    for engine, statement, parameters in told:
        if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")):
            with engine.connect() as connection:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
                connection.rollback()
            found += [f"{row[3]}: {statement}" for row in plan if SCAN.match(row[3])]
    return found


def lived(office: Office, tmp_path: Path) -> tuple[str, str]:
    """Two clients with cards in the base, inquiries, a file, a question; ids."""
    text = "ID;ФИО;Телефон\n1;Иван Петров;89162073155\n2;Мария Орлова;89031184207\n"
    _, rows = take_in(office, written(tmp_path, text))
    office.comes(phone="+7 916 207-31-55", name="Иван Петров")
    office.comes(phone="+7 916 207-31-55", name="Сергей Юдин")
    office.comes("tray", phone="+7 903 118-42-07", name="Мария Орлова")
    office.letter("вопрос", From="Иван Петров <ivan@example.org>")
    return rows[0][2], rows[1][2]


def test_forgetting_looks_through_no_large_table(tmp_path: Path) -> None:
    """However many inquiries there are, an erasure touches its own."""
    with opened(tmp_path) as office:
        client_id, _ = lived(office, tmp_path)
        with said(office) as told:
            forgetting_of(office.instance).forget(client_id, "test")
        assert len(told) > 20
        assert scans(told) == []


def test_a_merge_and_its_undoing_look_through_no_large_table(tmp_path: Path) -> None:
    """Nor do they hold the ledger for longer in a large base."""
    with opened(tmp_path) as office:
        one, other = lived(office, tmp_path)
        with said(office) as told:
            office.do("merge", one, what="client", client_id=other)
            office.do("unmerge", one, what="client", client_id=other)
        assert len(told) > 20
        assert scans(told) == []
