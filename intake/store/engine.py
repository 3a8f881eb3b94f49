"""Opening the databases: SQLite in two files, or one PostgreSQL; what each must be told so that "ok" means on disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from intake.errors import ConfigFault, Unavailable

BUSY_S = 10.0
"""How long a writer of SQLite waits for another one."""
_READS = "reads"
_LEDGER_CACHE = 16_000
_JOURNAL_CACHE = 6_000
"""KiB of pages a connection keeps. Letters of 25 MB pass through the journal's: what it keeps of them counts."""


@dataclass(frozen=True, slots=True)
class Store:
    """The open databases. `relaxed` writes to the journal's database, `relaxed_ledger` to the ledger's, without
    waiting for the disk: for what may be forgotten in a power cut and is found again (claims, leases, settlements,
    health). On PostgreSQL all are one database."""

    journal: Engine
    relaxed: Engine
    ledger: Engine
    relaxed_ledger: Engine

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.ledger.dialect.name

    def close(self) -> None:
        """Close every connection."""
        for engine in (self.journal, self.relaxed, self.ledger, self.relaxed_ledger):
            engine.dispose()


def open_store(url: str) -> Store:
    """The databases of `url`: `sqlite:////abs/path.db` (the journal beside it as `path.journal.db`) or
    `postgresql+psycopg://...`. Opens lazily; raises ConfigFault for another kind."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        ledger = _postgresql(url, "on")
        relaxed = _postgresql(url, "off")
        return Store(journal=ledger, relaxed=relaxed, ledger=ledger, relaxed_ledger=relaxed)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise ConfigFault("store.url: only sqlite:///file.db or postgresql+psycopg://... can hold the ledger")
    path = Path(parsed.database)
    path.parent.mkdir(parents=True, exist_ok=True)
    journal = path.with_suffix(f".journal{path.suffix}")
    return Store(
        _sqlite(journal, "FULL", _JOURNAL_CACHE),
        _sqlite(journal, "NORMAL", _JOURNAL_CACHE),
        _sqlite(path, "FULL", _LEDGER_CACHE),
        _sqlite(path, "NORMAL", _JOURNAL_CACHE),
    )


def reading(engine: Engine) -> Connection:
    """A connection for reads alone: on SQLite it takes no write lock."""
    return engine.connect().execution_options(**{_READS: True})


@contextmanager
def one_read(connection: Connection) -> Iterator[None]:
    """A read of several statements at one instant, on a connection that writes at other times."""
    connection.execution_options(**{_READS: True})
    try:
        with connection.begin():
            yield
    finally:
        connection.execution_options(**{_READS: False})


@contextmanager
def answering() -> Iterator[None]:
    """A block that asks a database: what goes wrong there is told as Unavailable."""
    try:
        yield
    except DBAPIError as error:
        raise explain(error) from error
    except PoolTimeout as error:
        raise Unavailable("every connection to the database is busy") from error


@contextmanager
def unwaiting(connection: Connection) -> Iterator[None]:
    """A block of writes whose answers nobody reads: PostgreSQL gets them all before it is asked how they went.
    What one of them says against it is raised at the end of the block, as the DBAPIError it would have been."""
    if connection.dialect.name != "postgresql":
        yield
        return
    driver: Any = connection.connection.driver_connection
    said: Any = connection.dialect.loaded_dbapi.Error
    try:
        with driver.pipeline():
            yield
    except said as error:
        dialect = connection.dialect
        lost = dialect.is_disconnect(error, connection.connection, None)
        raise DBAPIError.instance(
            "a block of writes", None, error, said, connection_invalidated=lost, dialect=dialect
        ) from error


def explain(error: DBAPIError) -> Unavailable:
    """A database's error as ours, in one line."""
    said = " ".join(str(error.orig or error).split())[:200]
    return Unavailable(f"the database does not answer: {said}")


def _sqlite(path: Path, synchronous: str, cache_kib: int) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_S}, pool_size=8, max_overflow=8)

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        del record
        connection.isolation_level = None  # we say BEGIN ourselves, below
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute(f"PRAGMA cache_size=-{cache_kib}")
        connection.execute("PRAGMA temp_store=MEMORY")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # a deferred transaction that reads and then writes fails at once with BUSY_SNAPSHOT
        reads = connection.get_execution_options().get(_READS, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _postgresql(url: str, synchronous_commit: str) -> Engine:
    # compiling a statement takes longer than any of ours runs
    options = (
        f"-c synchronous_commit={synchronous_commit} -c lock_timeout=15s -c statement_timeout=30s -c jit=off"
    )
    arguments: dict[str, Any] = {
        "connect_timeout": 5,
        "options": options,
        "application_name": "lead-intake",
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 30,
    }
    return create_engine(url, connect_args=arguments, pool_size=8, max_overflow=8, pool_timeout=10)
