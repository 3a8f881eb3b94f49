"""Tasks: what the owner has to do next, by when. An open deal always has one."""

from __future__ import annotations

from collections.abc import Callable

from intake.clock import Millis
from intake.deal import Deal, Task, TaskState
from intake.inquiry import Inquiry, Kind

MINUTE_MS = 60_000
FIRST = "first_answer"


def first_task(
    ident: str, deal: Deal, inquiry: Inquiry, due_at: Millis, now: Millis, say: Callable[[str], str]
) -> Task:
    """The task a new deal is born with. `say` translates."""
    text = say("Call the client back") if inquiry.kind is Kind.CALL else say("Answer the client")
    return Task(ident, deal.id, deal.owner, FIRST, text, due_at, created_at=now)


def colour(task: Task, now: Millis) -> str:
    """green: there is time; yellow: due within a day; red: overdue. A task that is over is green."""
    if task.state is not TaskState.PLANNED:
        return "green"
    if task.due_at <= now:
        return "red"
    return "yellow" if task.due_at - now < 24 * 60 * MINUTE_MS else "green"
