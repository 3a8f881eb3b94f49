"""Calls that have been going on for long, by the ledger."""

from __future__ import annotations

from sqlalchemy import bindparam, select, text

from intake.clock import Millis
from intake.store.engine import Store, answering, reading
from intake.store.schema import inquiry, interaction

_GOING = text("kind = 'call' AND text = 'ringing'")
"""As the partial index says it, without parameters: else no planner would use it."""
_FEED = (
    select(interaction.c.inquiry_id)
    .where(_GOING, interaction.c.at < bindparam("before"))
    .order_by(interaction.c.at)
    .limit(200)
)
_TRAY = (
    select(inquiry.c.id)
    .where(
        inquiry.c.state == "offered", inquiry.c.kind == "call", inquiry.c.received_at < bindparam("before")
    )
    .order_by(inquiry.c.id.desc())
    .limit(200)
)


class RingingCalls:
    """Finds them: those on a deal's feed, and those that wait in a tray (some of which are over)."""

    def __init__(self, store: Store) -> None:
        self._ledger = store.ledger

    def since(self, before: Millis) -> list[str]:
        """The ids of inquiries that are calls begun before then, at most a few hundred. Raises Unavailable."""
        with answering(), reading(self._ledger) as connection:
            found = [
                row[0] for query in (_FEED, _TRAY) for row in connection.execute(query, {"before": before})
            ]
        return sorted({one for one in found if one})
