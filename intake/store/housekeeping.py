"""Housekeeping: what has run out is taken away, a little at a time, so that no writer waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import ColumnElement, Engine, Table, delete, select

from intake.clock import Millis
from intake.effect import EffectState
from intake.store.engine import Store, answering
from intake.store.schema import access, claim, effect, pending, raw

ROWS_AT_ONCE = 200
"""So many rows a transaction: a few milliseconds of the lock."""
DAY_MS = 86_400_000
DONE_EFFECTS_DAYS = 30


class Housekeeper:
    """Takes away what has run out. Each step is a short transaction of its own."""

    def __init__(self, store: Store, raw_days: int) -> None:
        self._store = store
        self._raw_days = raw_days

    def sweep(self, now: Millis, pause: Callable[[], None]) -> int:
        """Remove what has run out at `now`; calls `pause` between steps. How many rows went. Raises Unavailable."""
        gone = 0
        with answering():
            for step in self._steps(now):
                while went := step():
                    gone += went
                    pause()
            self._checkpoint()
        return gone

    def _steps(self, now: Millis) -> Iterator[Callable[[], int]]:
        journal, ledger = self._store.relaxed, self._store.ledger
        old_raw = (raw.c.received_at < now - self._raw_days * DAY_MS) & raw.c.id.not_in(
            select(pending.c.raw_id)
        )
        old_done = (effect.c.state == EffectState.DONE.value) & (
            effect.c.done_at < now - DONE_EFFECTS_DAYS * DAY_MS
        )
        yield lambda: _remove(journal, claim, claim.c.until <= now)
        yield lambda: _remove(journal, raw, old_raw)
        yield lambda: _remove(ledger, effect, old_done)
        yield lambda: _remove(ledger, access, access.c.until <= now)

    def _checkpoint(self) -> None:
        """Bring SQLite's write-ahead logs back into their files before they grow."""
        if self._store.dialect != "sqlite":
            return
        for engine in (self._store.relaxed, self._store.ledger):
            connection = engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
            finally:
                connection.close()


def _remove(engine: Engine, table: Table, old: ColumnElement[bool]) -> int:
    """Delete some of the old rows; how many."""
    keys = list(table.primary_key)
    with engine.begin() as connection:
        found = connection.execute(select(*keys).where(old).limit(ROWS_AT_ONCE)).all()
        for row in found:
            same = [key == value for key, value in zip(keys, row, strict=True)]
            connection.execute(delete(table).where(*same))
    return len(found)
