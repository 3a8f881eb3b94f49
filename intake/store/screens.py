"""Remembered senders who never buy: read by folds only where there are any, written with the rest of the changes."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from sqlalchemy import Connection, delete, func, select

from intake.decision import Changes, Screen
from intake.store.schema import number, screen
from intake.store.sql import among, upsert

COUNTER = "screens"
"""The counter of them: folds read all counters anyway, and ask no further while it is 0."""
_SCREENS = select(screen).where(among(screen.c.key, "keys"))


def screen_id(key: str) -> str:
    """What pages and the API call it: a contact has no place in an address."""
    return blake2b(key.encode(), digest_size=10).hexdigest()


def read_screens(connection: Connection, keys: Sequence[str]) -> dict[str, Screen]:
    """What is remembered under these keys."""
    rows = connection.execute(_SCREENS, {"keys": list(keys)})
    return {row.key: Screen(row.key, row.reason, row.at, row.who) for row in rows}


def write_screens(connection: Connection, changes: Changes) -> None:
    """Keep the new ones, drop those that are gone, count them."""
    if not changes.screens and not changes.gone_screens:
        return
    if changes.gone_screens:
        gone = delete(screen).where(among(screen.c.key, "keys"))
        connection.execute(gone, {"keys": changes.gone_screens})
    dialect = connection.dialect.name
    rows = [
        {"key": one.key, "id": screen_id(one.key), "reason": one.reason, "at": one.at, "who": one.who}
        for one in changes.screens.values()
    ]
    if rows:
        connection.execute(upsert(screen, dialect), rows)
    there = connection.scalar(select(func.count()).select_from(screen)) or 0
    connection.execute(upsert(number, dialect), [{"name": COUNTER, "next": there}])
