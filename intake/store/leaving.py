"""What a manager answers for, and giving it away when they leave: a constant number of statements."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Connection, func, select, update

from intake.store.engine import Store, answering, reading
from intake.store.schema import card, client, deal, task

_OPEN = deal.c.state == "open"
_PLANNED = task.c.state == "planned"


class SqlHoldings:
    """Reads what a manager answers for. Raises Unavailable."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def holdings(self, manager: str) -> dict[str, Any]:
        """`open_deals` and `offered` inquiries by id, oldest first; how many `clients` and planned `tasks`."""
        deals = select(deal.c.id).where(deal.c.owner == manager, _OPEN).order_by(deal.c.id)
        offered = (
            select(card.c.inquiry_ids)
            .where(card.c.manager == manager, card.c.state == "offered")
            .order_by(card.c.created_at, card.c.id)
        )
        clients = select(func.count()).select_from(client).where(client.c.owner == manager)
        tasks = select(func.count()).select_from(task).where(task.c.owner == manager, _PLANNED)
        with answering(), reading(self._store.ledger) as connection:
            return {
                "open_deals": [row.id for row in connection.execute(deals)],
                "offered": [orjson.loads(row.inquiry_ids)[0] for row in connection.execute(offered)],
                "clients": connection.scalar(clients) or 0,
                "tasks": connection.scalar(tasks) or 0,
            }


def write_leaving(connection: Connection, manager: str, heir: str) -> None:
    """The clients of who leaves become the heir's, or nobody's: then they go by turn when they come again. Planned
    tasks that are still theirs become the heir's, or those of whoever answers for the deal by now."""
    connection.execute(update(client).where(client.c.owner == manager).values(owner=heir))
    answers = select(deal.c.owner).where(deal.c.id == task.c.deal_id).scalar_subquery()
    to = heir if heir else func.coalesce(answers, "")
    connection.execute(update(task).where(task.c.owner == manager, _PLANNED).values(owner=to))
