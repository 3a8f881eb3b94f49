"""Parked effects: what will not be carried out until a person says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import delete, func, select, update

from intake.clock import Millis
from intake.effect import HELD, RELEASED, EffectState
from intake.store.engine import Store, answering, reading
from intake.store.schema import effect

_PARKED = effect.c.state == EffectState.PARKED.value


@dataclass(frozen=True, slots=True)
class Parked:
    """An effect that stands still: what it is, for whom, since when, and why."""

    id: int
    kind: str
    target: str
    about: str
    created_at: Millis
    reason: str


class SqlParked:
    """Lists, releases and drops. Methods block. Raise Unavailable."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def listed(self, limit: int = 500) -> list[Parked]:
        """The parked effects, the newest first."""
        newest = select(effect).where(_PARKED).order_by(effect.c.id.desc()).limit(limit)
        with answering(), reading(self._store.ledger) as connection:
            return [
                Parked(
                    row.id,
                    row.kind,
                    row.target,
                    orjson.loads(row.payload).get("inquiry_id", ""),
                    row.created_at,
                    row.error,
                )
                for row in connection.execute(newest)
            ]

    def counts(self) -> dict[str, int]:
        """How many are parked, by reason."""
        grouped = select(effect.c.error, func.count().label("n")).where(_PARKED).group_by(effect.c.error)
        with answering(), reading(self._store.ledger) as connection:
            return {row.error: row.n for row in connection.execute(grouped)}

    def release(self, ids: Sequence[int], now: Millis, *, held: bool = False) -> int:
        """Put these back to be carried out - with `held`, all that a restore holds; how many there were."""
        meant = effect.c.error == HELD if held else effect.c.id.in_(ids)
        again = {
            "state": EffectState.WAITING.value,
            "due_at": now,
            "attempts": 0,
            "done_at": None,
            "error": RELEASED,
            "lease_by": "",
        }
        with answering(), self._store.ledger.begin() as connection:
            return connection.execute(update(effect).where(_PARKED, meant).values(**again)).rowcount

    def drop(self, ids: Sequence[int], *, held: bool = False) -> int:
        """Forget these: they will never be carried out; how many there were."""
        meant = effect.c.error == HELD if held else effect.c.id.in_(ids)
        with answering(), self._store.ledger.begin() as connection:
            return connection.execute(delete(effect).where(_PARKED, meant)).rowcount
