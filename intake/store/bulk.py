"""Many rows in one statement, for the writes every lead makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import Connection, CursorResult, LargeBinary
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from intake.errors import Unreadable

_DIALECTS = {"postgresql": postgresql.dialect, "sqlite": sqlite.dialect}


class Bulk:
    """An INSERT, with whatever it does on conflict and returns, whose text is made once.

    SQLAlchemy builds a dictionary of parameters for each row and psycopg sends each row as a statement: together
    more than parsing and deciding a lead cost. So SQLite is given plain tuples and PostgreSQL one JSON text; where
    bytes are among the columns, one array a column. No two rows of a call may have the same key where conflicts
    overwrite.
    """

    def __init__(
        self, statement: sqlite.Insert | postgresql.Insert | ReturningInsert[Any], dialect: str
    ) -> None:
        to = _DIALECTS[dialect]()
        table = statement.table
        said, conflict, tail = str(statement.compile(dialect=to)).partition(" ON CONFLICT")
        columns = [one for one in table.columns if not (one.primary_key and one.autoincrement is True)]
        self._names = [one.name for one in columns]
        self._one = itemgetter(*self._names)
        self._returning = " RETURNING " in said + tail
        self._postgresql = dialect == "postgresql"
        self._arrays = any(isinstance(one.type, LargeBinary) for one in columns)
        types = {one.name: one.type.compile(dialect=to) for one in columns}
        listed = ", ".join(self._names)
        if self._postgresql and self._arrays:
            source = f"SELECT * FROM unnest({', '.join(f'%b::{one}[]' for one in types.values())})"  # noqa: S608  our own names
        elif self._postgresql:
            named = ", ".join(f'"{name}" {one}' for name, one in types.items())
            source = f"SELECT {listed} FROM json_to_recordset(%s::json) AS one({named})"  # noqa: S608  our own names
        elif self._returning:
            parts = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(len(columns)))
            source = f"SELECT {parts} FROM json_each(?) WHERE true"  # noqa: S608  our own names
        else:
            source = f"VALUES ({', '.join('?' * len(columns))})"
        self._text = f"INSERT INTO {table.name} ({listed}) {source}{conflict}{tail}"

    def put(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> CursorResult[Any]:
        """Write the rows, all their columns named. Raises Unreadable for values that no column holds."""
        if self._postgresql and not self._arrays:
            return connection.exec_driver_sql(self._text, (_json(rows),))
        tuples = [self._one(row) for row in rows]
        if self._postgresql:
            return connection.exec_driver_sql(self._text, tuple(map(list, zip(*tuples, strict=True))))
        if self._returning:
            return connection.exec_driver_sql(self._text, (_json(tuples),))
        return connection.exec_driver_sql(self._text, tuples)


def _json(rows: Any) -> str:
    try:
        return orjson.dumps(rows).decode()
    except TypeError as error:
        raise Unreadable(f"the database cannot hold this: {str(error)[:200]}") from error
