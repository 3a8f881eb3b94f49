"""Leases: one live listener an account, by the database's own clock, so that no machine's clock matters."""

from __future__ import annotations

from sqlalchemy import BigInteger, ColumnElement, cast, delete, extract, func, literal, or_, update

from intake.store.engine import Store
from intake.store.schema import lease
from intake.store.sql import insert_into


class SqlLeases:
    """`intake.ports.Leases` over SQLite or PostgreSQL."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def acquire(self, name: str, holder: str, seconds: float) -> int | None:
        """As the port says; the same holder may take it again, and gets a new fence."""
        now = _now(self._store.dialect)
        fresh = insert_into(lease, self._store.dialect).values(
            name=name, holder=holder, until=_later(now, seconds), fence=1
        )
        taken = {"holder": fresh.excluded.holder, "until": fresh.excluded.until, "fence": lease.c.fence + 1}
        free = or_(lease.c.until <= now, lease.c.holder == fresh.excluded.holder)
        claimed = fresh.on_conflict_do_update(index_elements=["name"], set_=taken, where=free)
        with self._store.relaxed.begin() as connection:
            fence = connection.execute(claimed.returning(lease.c.fence)).scalar()
        return int(fence) if fence is not None else None

    def renew(self, name: str, holder: str, fence: int, seconds: float) -> bool:
        """As the port says. A lease that has run out is lost, though nobody may have taken it yet."""
        now = _now(self._store.dialect)
        held = (lease.c.name == name, lease.c.holder == holder, lease.c.fence == fence, lease.c.until > now)
        longer = update(lease).where(*held).values(until=_later(now, seconds))
        with self._store.relaxed.begin() as connection:
            return connection.execute(longer).rowcount == 1

    def release(self, name: str, holder: str, fence: int) -> None:
        """As the port says. The row stays, run out, for its fence must go on rising."""
        held = (lease.c.name == name, lease.c.holder == holder, lease.c.fence == fence)
        with self._store.relaxed.begin() as connection:
            connection.execute(update(lease).where(*held).values(until=0))

    def forget(self, name: str) -> None:
        """Remove a lease altogether: the account is gone."""
        with self._store.relaxed.begin() as connection:
            connection.execute(delete(lease).where(lease.c.name == name))


def _now(dialect: str) -> ColumnElement[int]:
    """The database's present, in milliseconds."""
    if dialect == "postgresql":
        return cast(extract("epoch", func.clock_timestamp()) * 1000, BigInteger)
    # SQLite before 3.42 has no unixepoch('subsec'); 2440587.5 is 1970 as a Julian day
    return cast((func.julianday("now") - 2440587.5) * 86_400_000, BigInteger)


def _later(now: ColumnElement[int], seconds: float) -> ColumnElement[int]:
    return now + literal(int(seconds * 1000), BigInteger)
