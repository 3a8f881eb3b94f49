"""What the tables are made in: the journal's and the ledger's two metadata, for on SQLite they are two files."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, text

journal_metadata = MetaData()
ledger_metadata = MetaData()
# SQLite gives out rowids only to a column declared INTEGER.
Sequence = BigInteger().with_variant(Integer(), "sqlite")


def partial(name: str, *columns: Column[Any], where: str, unique: bool = False) -> Index:
    """An index of some rows of a table alone."""
    return Index(name, *columns, unique=unique, postgresql_where=text(where), sqlite_where=text(where))
