"""Health: the last word of each source about itself, in one row an account."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from sqlalchemy import case, func, select, update

from intake.clock import Millis
from intake.ports import HealthReport, HealthState
from intake.store.engine import Store, reading
from intake.store.schema import health
from intake.store.sql import among, insert_into

_KEPT = ("last_success", "last_item", "seen_at_source", "backlog")
"""Columns that keep what stood there when a report says nothing of them."""


class SqlHealth:
    """`intake.ports.Health` over SQLite or PostgreSQL."""

    def __init__(self, store: Store) -> None:
        self._store = store
        fresh = insert_into(health, store.dialect)
        told = {name: fresh.excluded[name] for name in ("state", "message", "at", "detail")}
        kept = {name: func.coalesce(fresh.excluded[name], health.c[name]) for name in _KEPT}
        same = health.c.state == fresh.excluded.state
        since = case((same, func.coalesce(health.c.since, health.c.at)), else_=fresh.excluded.at)
        self._note = fresh.on_conflict_do_update(
            index_elements=["account"], set_=told | kept | {"since": since}
        )

    def report(self, report: HealthReport, now: Millis) -> None:
        """As the port says."""
        row = {
            "account": report.account,
            "state": report.state.value,
            "message": report.message[:500],
            "at": now,
            "since": now,
            "detail": orjson.dumps(dict(report.detail)).decode(),
            **{name: getattr(report, name) for name in _KEPT},
        }
        with self._store.relaxed.begin() as connection:
            connection.execute(self._note, row)

    def alive(self, accounts: Sequence[str], now: Millis) -> None:
        """As the port says."""
        told = update(health).where(among(health.c.account, "accounts")).values(at=now)
        with self._store.relaxed.begin() as connection:
            connection.execute(told, {"accounts": list(accounts)})

    def reports(self) -> list[HealthReport]:
        """As the port says, in the order of the accounts' names."""
        with reading(self._store.relaxed) as connection:
            rows = connection.execute(select(health).order_by(health.c.account)).all()
        return [
            HealthReport(
                account=row.account,
                state=HealthState(row.state),
                message=row.message,
                last_success=row.last_success,
                last_item=row.last_item,
                seen_at_source=row.seen_at_source,
                backlog=row.backlog,
                detail=orjson.loads(row.detail),
                at=row.at,
                since=row.at if row.since is None else row.since,
            )
            for row in rows
        ]
