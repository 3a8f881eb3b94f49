"""A closed deal is open again: its state, and a first task, as if it had just come. Its card follows when the inquiry
is shown on it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from crm.tasks import first_task
from intake.clock import Millis
from intake.deal import Deal, DealState
from intake.decision import Changes, Snapshot
from intake.inquiry import Inquiry
from workers.births import derived


def reopen(
    snapshot: Snapshot,
    changes: Changes,
    deal: Deal,
    inquiry: Inquiry,
    due_at: Millis,
    now: Millis,
    say: Callable[[str], str],
) -> Deal:
    """Open the deal for an inquiry that came after it was closed, with a promise until `due_at` - or while it waited
    to be called lost: then it goes on as before."""
    opened = replace(deal, state=DealState.OPEN, closed_at=None, lost_reason="")
    snapshot.deals[deal.id] = changes.deals[deal.id] = opened
    if deal.state is DealState.OPEN:
        return opened
    ident = derived("task", deal.id + inquiry.id)
    task = first_task(ident, opened, inquiry, due_at, now, say)
    snapshot.tasks[task.id] = changes.tasks[task.id] = task
    return opened
