"""What a manager finds in the morning: cards nobody has taken, tasks that are due, deals without a task."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from intake.clock import Millis
from intake.deal import CardState, DealState, TaskState
from intake.store.engine import Store, answering, reading
from intake.store.schema import card, deal, task

_LISTED = 20


@dataclass(frozen=True, slots=True)
class DueTask:
    """A planned task: what, by when, of which deal."""

    text: str
    due_at: Millis
    number: int


@dataclass(frozen=True, slots=True)
class Morning:
    """`untaken` counts the cards that wait, `tasks` are due before the day's end (the first twenty, `due` counts them
    all), `bare` are the numbers of open deals without a task."""

    untaken: int = 0
    tasks: tuple[DueTask, ...] = ()
    due: int = 0
    bare: tuple[int, ...] = ()


class Mornings:
    """Reads a manager's morning. Raises Unavailable."""

    def __init__(self, store: Store) -> None:
        self._ledger = store.ledger

    def read(self, manager: str, until: Millis) -> Morning:
        """In three statements, by the owner's indexes."""
        waiting = [CardState.NEW.value, CardState.OFFERED.value]
        untaken = select(func.count()).where(card.c.manager == manager, card.c.state.in_(waiting))
        planned = task.c.state == TaskState.PLANNED.value
        due = (
            select(task.c.text, task.c.due_at, deal.c.number)
            .join(deal, deal.c.id == task.c.deal_id)
            .where(task.c.owner == manager, planned, task.c.due_at < until)
            .order_by(task.c.due_at, task.c.id)
        )
        has_task = select(task.c.id).where(task.c.deal_id == deal.c.id, planned).exists()
        bare = (
            select(deal.c.number)
            .where(deal.c.owner == manager, deal.c.state == DealState.OPEN.value, ~has_task)
            .order_by(deal.c.number)
            .limit(_LISTED)
        )
        with answering(), reading(self._ledger) as connection:
            tasks = [DueTask(row.text, row.due_at, row.number) for row in connection.execute(due)]
            numbers = tuple(row.number for row in connection.execute(bare))
            count = connection.execute(untaken).scalar_one()
        return Morning(count, tuple(tasks[:_LISTED]), len(tasks), numbers)
