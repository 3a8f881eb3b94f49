"""The task to call a client back: when there is one, when it is over, what comes after a talk. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from crm.tasks import FIRST, MINUTE_MS
from intake.clock import Millis
from intake.deal import Deal, Task, TaskState

CALL_BACK = "call_back"
NEXT_STEP = "next_step"
RETRY_MIN = 15
"""A client who did not pick up is tried again after so many minutes."""
_NEXT_MIN = 60
_SKEW_MS = 2 * MINUTE_MS
"""How much an exchange's clock may be behind ours."""

Say = Callable[[str], str]


def waiting(tasks: Iterable[Task], deal: Deal) -> list[Task]:
    """The deal's planned tasks to answer or call the client back."""
    return [
        one
        for one in tasks
        if one.deal_id == deal.id and one.state is TaskState.PLANNED and one.kind in (FIRST, CALL_BACK)
    ]


def call_back(ident: str, deal: Deal, count: int, due_at: Millis, now: Millis, say: Say) -> Task:
    """The task that a missed call asks for; `count` calls were missed since the last talk."""
    return Task(ident, deal.id, deal.owner, CALL_BACK, _text(count, say), due_at, created_at=now)


def raised(task: Task, count: int, due_at: Millis, say: Say) -> Task:
    """The task after a further missed call: it is due no later, and says how often the client tried."""
    return replace(task, kind=CALL_BACK, text=_text(count, say), due_at=min(task.due_at, due_at))


def tried(task: Task, at: Millis, result: str) -> Task:
    """The task after we called and nobody picked up: it stays, the attempt is noted, and it may be tried again
    in a while."""
    return replace(task, due_at=max(task.due_at, at + RETRY_MIN * MINUTE_MS), result=result)


def covers(talk_at: Millis, since: Millis) -> bool:
    """Whether a talk answers what waits since then: yesterday's talk, told again today, does not."""
    return since <= talk_at + _SKEW_MS


def next_step(ident: str, deal: Deal, now: Millis, say: Say) -> Task:
    """What is to be done after a talk when nothing else is planned: an open deal always has a task."""
    text = say("Write down what was agreed and plan the next step")
    return Task(ident, deal.id, deal.owner, NEXT_STEP, text, now + _NEXT_MIN * MINUTE_MS, created_at=now)


def _text(count: int, say: Say) -> str:
    if count <= 1:
        return say("Call the client back")
    return say("Call the client back: missed calls in a row: {count}").format(count=count)
