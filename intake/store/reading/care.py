"""Open deals that want care: those without a planned task, those of which something is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select, text

from intake.clock import Millis
from intake.store.engine import Store, answering, reading
from intake.store.schema import audit, client, deal, holding, interaction, task
from intake.store.sql import among

MOST = 500
"""So many deals are looked at in one go, the oldest first."""
WARNED, RIPE = "warned_no_task", "no_task_for_long"
"""Acts of the clock on a deal: its owner was warned; the head was told that it may be handed over."""


@dataclass(frozen=True, slots=True)
class BareDeal:
    """An open deal without a planned task. `task_at` is when its last task was made, 0 for none; `warned_at` and
    `ripe_at` are when that was told since then, None for not yet."""

    id: str
    number: int
    owner: str
    task_at: Millis
    warned_at: Millis | None = None
    ripe_at: Millis | None = None


@dataclass(frozen=True, slots=True)
class Incomplete:
    """An open deal and what is not known of it: title, amount, contacts, task, comment."""

    id: str
    number: int
    owner: str
    title: str
    lacks: tuple[str, ...]


class CareReads:
    """Reads of deals that want care. Methods block; they raise Unavailable."""

    def __init__(self, store: Store) -> None:
        self._ledger = store.ledger

    def bare(self) -> list[BareDeal]:
        """Open deals of somebody's without a planned task."""
        planned = select(task.c.id).where(task.c.deal_id == deal.c.id, task.c.state == "planned")
        last = select(func.max(task.c.created_at)).where(task.c.deal_id == deal.c.id).scalar_subquery()
        found = (
            select(deal.c.id, deal.c.number, deal.c.owner, last.label("task_at"))
            .where(text("deal.state = 'open'"), deal.c.owner != "", ~planned.exists())
            .order_by(deal.c.id)
            .limit(MOST * 10)
        )
        told = select(audit.c.ident, audit.c.verb, func.max(audit.c.at).label("at")).where(
            audit.c.what == "deal", among(audit.c.ident, "ids"), audit.c.verb.in_((WARNED, RIPE))
        )
        with answering(), reading(self._ledger) as connection:
            rows = connection.execute(found).all()
            ids = {"ids": [row.id for row in rows]}
            acts = connection.execute(told.group_by(audit.c.ident, audit.c.verb), ids).all() if rows else []
        at = {(row.ident, row.verb): row.at for row in acts}
        return [_bare(row.id, row.number, row.owner, row.task_at or 0, at) for row in rows]

    def incomplete(self) -> list[Incomplete]:
        """Open deals of which something is not known."""
        planned = select(task.c.id).where(task.c.deal_id == deal.c.id, task.c.state == "planned").exists()
        ours = select(interaction.c.id).where(
            interaction.c.deal_id == deal.c.id,
            (interaction.c.direction == "out") | (interaction.c.kind == "note"),
        )
        known = select(holding.c.key).where(
            holding.c.client_id == deal.c.client_id,
            holding.c.key.like("phone:%") | holding.c.key.like("email:%"),
        )
        found = (
            select(
                deal.c.id,
                deal.c.number,
                deal.c.owner,
                deal.c.title,
                deal.c.amount,
                client.c.name,
                planned.label("task"),
                ours.exists().label("comment"),
                known.exists().label("contacts"),
            )
            .outerjoin(client, client.c.id == deal.c.client_id)
            .where(text("deal.state = 'open'"), deal.c.owner != "")
            .order_by(deal.c.id)
            .limit(MOST * 4)
        )
        with answering(), reading(self._ledger) as connection:
            rows = connection.execute(found).all()
        checked = [(row, _lacks(row)) for row in rows]
        return [
            Incomplete(row.id, row.number, row.owner, row.title, lacks) for row, lacks in checked if lacks
        ]


def _bare(
    ident: str, number: int, owner: str, task_at: Millis, at: Mapping[tuple[str, str], Millis]
) -> BareDeal:
    """What was told before its last task was made counts no more."""
    told = [at.get((ident, verb)) for verb in (WARNED, RIPE)]
    warned, ripe = (one if one is not None and one >= task_at else None for one in told)
    return BareDeal(ident, number, owner, task_at, warned, ripe)


def _lacks(row: Row[Any]) -> tuple[str, ...]:
    there: Sequence[tuple[str, bool]] = (
        ("title", bool(row.title)),
        ("client", bool(row.name)),
        ("amount", row.amount is not None),
        ("contacts", bool(row.contacts)),
        ("task", bool(row.task)),
        ("comment", bool(row.comment)),
    )
    return tuple(name for name, known in there if not known)
