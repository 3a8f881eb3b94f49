"""A PostgreSQL's tables copied in one snapshot of the whole, and put back in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, MetaData, Table, select, text
from sqlalchemy.exc import DBAPIError

from intake.clock import Clock
from intake.errors import Conflict
from intake.store.copies.base import METADATA, Copied, Sink, Source, Told
from intake.store.engine import Store, answering, explain
from intake.store.migrate import upgrade

_PATIENT = ("SET LOCAL statement_timeout = 0", "SET LOCAL lock_timeout = '60s'")


def copy_out(store: Store, sink: Sink, clock: Clock, told: Told) -> Copied:
    """Copy all tables, as they are at one moment. Raises Unavailable."""
    columns: dict[str, list[str]] = {}
    with (
        answering(),
        store.ledger.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
        connection.begin(),
    ):
        for patience in _PATIENT:
            connection.exec_driver_sql(patience)
        revisions = {
            which: str(connection.exec_driver_sql(f"SELECT version_num FROM {which}_version").scalar_one())  # noqa: S608  a name of ours
            for which in METADATA
        }
        at = clock.now()
        for which, metadata in METADATA.items():
            for table in metadata.sorted_tables:
                columns[str(table.name)] = [str(column.name) for column in table.columns]
                with sink.member(f"{which}/{table.name}.copy") as member:
                    done = 0
                    for piece in _given(connection, table, columns[table.name]):
                        member.write(piece)
                        done += len(piece)
                        told(table.name, done)
    return Copied("postgresql", revisions, at, columns)


def _given(connection: Connection, table: Table, columns: list[str]) -> Iterable[bytes]:
    with _driver(connection).cursor() as cursor, cursor.copy(_copy(table.name, columns, "TO STDOUT")) as rows:
        for piece in rows:
            yield bytes(piece)


def require_alone(store: Store) -> None:
    """Raises Conflict when other processes of an instance are connected."""
    others = text(
        "SELECT count(DISTINCT pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = 'lead-intake' AND pid <> pg_backend_pid()"
    )
    with answering(), store.ledger.connect() as connection:
        count = connection.scalar(others) or 0
    if count:
        raise Conflict(
            f"{count} connections of lead-intake are open in the database: stop it everywhere first"
        )


def holds_something(store: Store) -> bool:
    """Whether anything of an instance is in the database."""
    with answering(), store.ledger.connect() as connection:
        if not connection.dialect.has_table(connection, "raw"):
            return False
        tables = [table for metadata in METADATA.values() for table in metadata.sorted_tables]
        used = [table for table in tables if table.name in ("raw", "inquiry", "client", "manager")]
        return any(connection.execute(select(table).limit(1)).first() for table in used)


def copy_in(
    store: Store, revisions: Mapping[str, str], columns: Mapping[str, list[str]], source: Source
) -> None:
    """Replace everything in the database by the copy, of the schemas it was made with: all or nothing."""
    try:
        with store.ledger.begin() as connection:
            for patience in _PATIENT:
                connection.exec_driver_sql(patience)
            for which, metadata in METADATA.items():
                _drop(connection, which, metadata)
            for which in METADATA:
                upgrade(connection, which, revisions[which])
                for name in source.names(f"{which}/"):
                    table = name.partition("/")[2].removesuffix(".copy")
                    _take(connection, table, columns[table], source.pieces(name))
            _go_on_counting(connection)
    except DBAPIError as error:
        raise explain(error) from error


def _drop(connection: Connection, which: str, metadata: MetaData) -> None:
    for name in (*metadata.tables, f"{which}_version"):
        connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{name}" CASCADE')


def _take(connection: Connection, table: str, columns: list[str], pieces: Iterable[bytes]) -> None:
    connection.exec_driver_sql(f'DELETE FROM "{table}"')  # noqa: S608  what the migration itself put in
    with _driver(connection).cursor() as cursor, cursor.copy(_copy(table, columns, "FROM STDIN")) as rows:
        for piece in pieces:
            rows.write(piece)


def _go_on_counting(connection: Connection) -> None:
    """The next number of each sequence follows the last one that was given out."""
    found = connection.exec_driver_sql(
        "SELECT table_name, column_name, pg_get_serial_sequence(quote_ident(table_name), column_name) AS seq "
        "FROM information_schema.columns WHERE table_schema = current_schema() "
        "AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL"
    ).all()
    for row in found:
        connection.exec_driver_sql(
            f"SELECT setval('{row.seq}', (SELECT coalesce(max({row.column_name}), 0) + 1 FROM {row.table_name}), false)"  # noqa: S608  names out of the catalogue
        )


def _copy(table: str, columns: list[str], way: str) -> str:
    listed = ", ".join(f'"{name}"' for name in columns)
    return f'COPY "{table}" ({listed}) {way}'


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection
