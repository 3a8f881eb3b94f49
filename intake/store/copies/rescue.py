"""What came after a copy was made, found in the journal that was put aside: requests that no source sends again."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import select

from intake.clock import Millis
from intake.store.engine import Store, answering
from intake.store.reading.shapes import DAY_MS
from intake.store.restored import MARK
from intake.store.schema import claim, pending, raw, receipt
from intake.store.sql import adding, among, keeping

_AT_ONCE = 200
_BEFORE_MS = 300_000
"""So long before the copy's own instant an event may have been born that is not in it."""
_RAW = [column.name for column in raw.columns if column.name != "seq"]
_CLAIM = [column.name for column in claim.columns]


def rescue(store: Store, former: Path, copied_at: Millis) -> Counter[str]:
    """Bring the events of the former journal that the restored one does not have into it, to be worked on; how many
    inquiries by account. A file that cannot be read gives what can be read of it. Raises Unavailable."""
    found: Counter[str] = Counter()
    try:
        with closing(sqlite3.connect(f"{former.absolute().as_uri()}?mode=ro", uri=True)) as journal:
            journal.row_factory = sqlite3.Row
            claims = _claims(journal, copied_at - _BEFORE_MS)
            for rows in _since(journal, copied_at - _BEFORE_MS):
                found += _take(store, rows, claims)
    except sqlite3.DatabaseError:
        return found
    return found


def _since(journal: sqlite3.Connection, at: Millis) -> Iterator[list[sqlite3.Row]]:
    """Its events since then, in the order in which they came."""
    columns = ", ".join(_RAW)
    cursor = journal.execute(f"SELECT {columns} FROM raw WHERE received_at >= ? ORDER BY seq", (at,))  # noqa: S608  names of ours
    while rows := cursor.fetchmany(_AT_ONCE):
        yield rows


def _take(
    store: Store, rows: Sequence[sqlite3.Row], claims: Mapping[str, list[dict[str, Any]]]
) -> Counter[str]:
    ids = {"ids": [row["id"] for row in rows]}
    with answering(), store.journal.begin() as connection:
        known = set(connection.scalars(select(raw.c.id).where(among(raw.c.id, "ids")), ids))
        missing = [_marked(row) for row in rows if row["id"] not in known]
        if not missing:
            return Counter()
        connection.execute(raw.insert(), missing)
        connection.execute(pending.insert(), [_waiting(one) for one in missing])
        theirs = [its for one in missing for its in claims.get(one["id"], ())]
        if theirs:
            connection.execute(keeping(claim, store.dialect), theirs)
        counts = adding(receipt, store.dialect, ["received", "repeated", "continued", "refused"])
        connection.execute(counts, _receipts(missing))
    return Counter(one["account"] for one in missing if one["id"] == one["inquiry_id"])


def _marked(row: sqlite3.Row) -> dict[str, Any]:
    """The event; it was worked on and told of before, in the ledger that is gone."""
    one = dict(row)
    head = orjson.dumps(orjson.loads(one["head"]) | {MARK: True}).decode()
    return one | {"head": head, "history": bool(one["history"])}


def _waiting(one: dict[str, Any]) -> dict[str, Any]:
    told = {"raw_id": one["id"], "size": len(one["body"]), "attempts": 0, "lease_by": "", "lease_until": 0}
    return told | {name: one[name] for name in ("account", "received_at")}


def _claims(journal: sqlite3.Connection, at: Millis) -> dict[str, list[dict[str, Any]]]:
    """What the events since then are recognised by, by their ids: read in one go, for nothing finds them singly."""
    columns = ", ".join(f'"{name}"' for name in _CLAIM)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in journal.execute(f'SELECT {columns} FROM claim WHERE "at" >= ?', (at,)):  # noqa: S608  names of ours
        found.setdefault(row["raw_id"], []).append(dict(row))
    return found


def _receipts(missing: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    counted: dict[tuple[str, int], Counter[str]] = {}
    for one in missing:
        kind = "received" if one["id"] == one["inquiry_id"] else "continued"
        counted.setdefault((one["account"], one["received_at"] // DAY_MS), Counter())[kind] += 1
    return [
        {
            "account": account,
            "day": day,
            "received": kinds["received"],
            "continued": kinds["continued"],
            "repeated": 0,
            "refused": 0,
        }
        for (account, day), kinds in counted.items()
    ]
