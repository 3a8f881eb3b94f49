"""The limit of figure 2: what one lead must write, bare, on one connection - row by row and set by set.

Two look-ups (who holds this phone, which of the client's deals is open) and seven rows: client, person, contact
point, deal, task, inquiry, effect. No parsing, no deciding, no reasons kept: the least that has to reach the disk.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import orjson
import psycopg

from bench.servers import postgres_dsn
from intake.clock import new_id

TABLES = {
    "client": ("id", "name", "owner"),
    "person": ("id", "client_id", "name"),
    "point": ("key", "person_id", "client_id"),
    "deal": ("id", "client_id", "title", "stage", "owner"),
    "task": ("id", "deal_id", "text", "owner"),
    "inquiry": ("id", "deal_id", "client_id", "body", "state"),
    "effect": ("key", "target", "payload", "state"),
}
_INDEXES = ("deal(client_id)", "task(deal_id)", "inquiry(client_id)", "point(client_id)")
Leads = dict[str, list[tuple[str, ...]]]


def leads(count: int) -> Leads:
    """The rows of so many leads of new clients, by table."""
    now = time.time_ns() // 1_000_000
    rows: Leads = {table: [] for table in TABLES}
    for _ in range(count):
        ident = new_id(now)
        body = json.dumps({"name": "Иван Петров", "phone": ident, "text": "Сколько стоит доставка?" * 4})
        rows["client"].append((f"c{ident}", "Иван Петров", "petrova"))
        rows["person"].append((f"p{ident}", f"c{ident}", "Иван Петров"))
        rows["point"].append((f"phone:{ident}", f"p{ident}", f"c{ident}"))
        rows["deal"].append((f"d{ident}", f"c{ident}", "Доставка", "new", "petrova"))
        rows["task"].append((f"t{ident}", f"d{ident}", "Ответить клиенту", "petrova"))
        rows["inquiry"].append((f"q{ident}", f"d{ident}", f"c{ident}", body, "created"))
        rows["effect"].append((f"card:{ident}", "petrova", "{}", "waiting"))
    return rows


def _schema() -> Iterator[str]:
    for table, columns in TABLES.items():
        yield f"CREATE TABLE w_{table} ({columns[0]} TEXT PRIMARY KEY, {', '.join(f'{c} TEXT' for c in columns[1:])})"
    for index in _INDEXES:
        yield f"CREATE INDEX ON w_{index}"


class SqliteWrites:
    """SQLite, WAL, each commit on disk."""

    def __init__(self, place: Path) -> None:
        self._db = sqlite3.connect(place / "writes.db", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        for number, statement in enumerate(_schema()):
            self._db.execute(statement.replace("INDEX ON", f"INDEX i{number} ON"))

    def batch(self, rows: Leads) -> None:
        """Look up and write a batch in one transaction."""
        keys = json.dumps([row[0] for row in rows["point"]])
        self._db.execute("BEGIN IMMEDIATE")
        listed = "(SELECT value FROM json_each(?))"
        held = self._db.execute(f"SELECT * FROM w_point WHERE key IN {listed}", (keys,)).fetchall()
        clients = json.dumps([row[2] for row in held])
        self._db.execute(f"SELECT * FROM w_deal WHERE client_id IN {listed}", (clients,)).fetchall()
        for table, some in rows.items():
            marks = ", ".join("?" * len(TABLES[table]))
            self._db.executemany(f"INSERT INTO w_{table} VALUES ({marks})", some)
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Done."""
        self._db.close()


class PostgresWrites:
    """PostgreSQL, each commit on disk; a statement a table, all sent at once."""

    def __init__(self, url: str) -> None:
        self._db = psycopg.connect(postgres_dsn(url), autocommit=True)
        for statement in _schema():
            self._db.execute(statement)

    def batch(self, rows: Leads) -> None:
        """Look up and write a batch in one transaction."""
        with self._db.transaction():
            keys = [row[0] for row in rows["point"]]
            held = self._db.execute("SELECT * FROM w_point WHERE key = ANY(%s)", (keys,)).fetchall()
            clients = [row[2] for row in held]
            self._db.execute("SELECT * FROM w_deal WHERE client_id = ANY(%s)", (clients,)).fetchall()
            with self._db.pipeline():
                for table, some in rows.items():
                    # one JSON text a table: dumping arrays item by item costs the client three times as much
                    columns = TABLES[table]
                    named = ", ".join(f"{column} text" for column in columns)
                    listed = orjson.dumps([dict(zip(columns, row, strict=True)) for row in some]).decode()
                    source = f"SELECT {', '.join(columns)} FROM json_to_recordset(%s::json) AS one({named})"
                    self._db.execute(f"INSERT INTO w_{table} {source}", (listed,))

    def close(self) -> None:
        """Done."""
        self._db.close()


def rate(write: Callable[[Leads], None], batch: int, seconds: float) -> float:
    """Leads a second in batches of that size."""
    done, taken = 0, 0.0
    while taken < seconds:
        rows = leads(batch)
        since = time.perf_counter()
        write(rows)
        taken += time.perf_counter() - since
        done += batch
    return done / taken


def rates(write: Callable[[Leads], None], batches: Iterable[int], seconds: float) -> dict[int, float]:
    """`rate` for each size."""
    rate(write, 16, 0.1)
    return {batch: rate(write, batch, seconds) for batch in batches}


BATCHES: Sequence[int] = (1, 16, 256)
