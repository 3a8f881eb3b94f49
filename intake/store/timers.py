"""Which cards something is due for: the promise's timers, and what waits for an owner."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from intake.clock import Millis
from intake.deal import Card
from intake.store.engine import Store, answering, reading
from intake.store.rows import card_of
from intake.store.schema import card

_ALARMS = (
    select(card)
    .where(card.c.alarm_at <= bindparam("now"))
    .order_by(card.c.alarm_at, card.c.id)
    .limit(bindparam("limit_"))
)
_UNOWNED = (
    select(card)
    .where(card.c.manager == "", card.c.state.in_(("new", "offered")))
    .order_by(card.c.created_at, card.c.id)
    .limit(bindparam("limit_"))
)


class SqlTimers:
    """Reads of cards by what is due. Both raise Unavailable."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def alarms(self, now: Millis, limit: int) -> list[Card]:
        """Cards whose alarm has come, the longest due first."""
        with answering(), reading(self._store.ledger) as connection:
            return [card_of(row) for row in connection.execute(_ALARMS, {"now": now, "limit_": limit})]

    def unowned(self, limit: int) -> list[Card]:
        """Open cards without a manager, the oldest first."""
        with answering(), reading(self._store.ledger) as connection:
            return [card_of(row) for row in connection.execute(_UNOWNED, {"limit_": limit})]
