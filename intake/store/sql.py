"""What SQL lacks between our two databases: one `among` and one `insert_or` for both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Boolean, ColumnElement, Dialect, Table, Text, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import TypeDecorator


class TextList(TypeDecorator[Sequence[str]]):
    """A list of texts as one bind value: JSON for SQLite, an array as PostgreSQL writes it - psycopg would go through
    each text with regular expressions of its own, which takes longer than the statement."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> Any:
        """The value as the driver takes it."""
        listed = list(value or ())
        return array_text(listed) if dialect.name == "postgresql" else orjson.dumps(listed).decode()


def array_text(texts: Sequence[str]) -> str:
    """The texts as a PostgreSQL array is written."""
    quoted = ",".join(f'"{one}"' for one in texts)
    if "\\" in quoted or quoted.count('"') != 2 * len(texts):
        escaped = (one.replace("\\", "\\\\").replace('"', '\\"') for one in texts)
        quoted = ",".join(f'"{one}"' for one in escaped)
    return f"{{{quoted}}}"


class among(ColumnElement[bool]):  # noqa: N801  reads as the operator it is
    """`column IN (the texts bound to `name`)`: one statement text however many texts there are."""

    inherit_cache = True
    _traverse_internals = [  # noqa: RUF012  SQLAlchemy's own way to make a cache key
        ("column", InternalTraversal.dp_clauseelement),
        ("texts", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, column: ColumnElement[str], name: str) -> None:
        self.column = column
        self.texts = bindparam(name, type_=TextList())
        self.type = Boolean()

    def self_group(self, against: OperatorType | None = None) -> among:
        """As it is: SQLAlchemy would write `... = 1` for SQLite, and that hides every index from its planner."""
        del against
        return self


@compiles(among, "postgresql")
def _among_postgresql(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, texts = compiler.process(element.column, **kw), compiler.process(element.texts, **kw)
    return f"{column} = ANY(CAST({texts} AS TEXT[]))"


@compiles(among, "sqlite")
def _among_sqlite(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, texts = compiler.process(element.column, **kw), compiler.process(element.texts, **kw)
    return f"{column} IN (SELECT value FROM json_each({texts}))"  # noqa: S608  both parts are compiled SQL


def insert_into(table: Table, dialect: str) -> sqlite.Insert | postgresql.Insert:
    """An INSERT of that database's own kind: both know ON CONFLICT, each in its own class."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def upsert(table: Table, dialect: str, *, keep: Sequence[str] = ()) -> sqlite.Insert | postgresql.Insert:
    """Insert rows, or overwrite those of the same primary key, but for the columns to `keep`."""
    statement = insert_into(table, dialect)
    keys = [column.name for column in table.primary_key]
    changed = [column.name for column in table.columns if column.name not in keys and column.name not in keep]
    return statement.on_conflict_do_update(
        index_elements=keys, set_={name: statement.excluded[name] for name in changed}
    )


def adding(table: Table, dialect: str, counters: Sequence[str]) -> sqlite.Insert | postgresql.Insert:
    """Insert rows of counters, or add to those that are there."""
    statement = insert_into(table, dialect)
    keys = [column.name for column in table.primary_key]
    return statement.on_conflict_do_update(
        index_elements=keys, set_={name: table.c[name] + statement.excluded[name] for name in counters}
    )


def keeping(table: Table, dialect: str) -> sqlite.Insert | postgresql.Insert:
    """Insert rows; those that are there already stay as they are."""
    return insert_into(table, dialect).on_conflict_do_nothing()
