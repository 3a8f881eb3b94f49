"""What is done with deals and tasks: stage, won, lost, owner, a new task, a task done with its next step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from intake.clock import Millis, from_iso
from intake.deal import Deal, DealState, Task, TaskState
from intake.decision import Wanted
from intake.errors import Conflict, NotFound
from intake.ports import Command, Who
from workers.births import derived
from workers.fold import Fold
from workers.handover import hand_over
from workers.use_cases.case import House, the_deal, the_manager


class DealCases:
    """The verbs of a deal and of a task. Each raises NotFound, Conflict, Forbidden."""

    def __init__(self, house: House) -> None:
        self._house = house

    def stage(self, command: Command, who: Who) -> None:
        """Move it to a stage."""
        self._change(command, who, lambda _, deal: replace(deal, stage=command.args["stage"]))

    def won(self, command: Command, who: Who) -> None:
        """Close it as won."""
        amount = command.args.get("amount", "")

        def close(fold: Fold, deal: Deal) -> Deal:
            closed = self._closed(fold, deal, DealState.WON)
            return replace(closed, amount=_number(amount)) if amount else closed

        self._change(command, who, close)

    def lost(self, command: Command, who: Who) -> None:
        """Close it as lost, with the reason."""
        reason = command.args.get("lost_reason", "") or command.args.get("reason", "")
        if not reason:
            raise Conflict("say why it is lost: lost_reason")
        self._change(
            command,
            who,
            lambda fold, deal: replace(self._closed(fold, deal, DealState.LOST), lost_reason=reason),
        )

    def owner(self, command: Command, who: Who) -> None:
        """Give it to another manager."""

        def give(fold: Fold, deal: Deal) -> Deal:
            return hand_over(fold, deal, the_manager(fold, command.args.get("owner", "")).id, "")

        self._change(command, who, give)

    def plan(self, command: Command, who: Who) -> None:
        """Plan a task on it."""
        due_at = _instant(command.args.get("due_at", ""))

        def step(fold: Fold, deal: Deal) -> Deal:
            owner = command.args.get("owner", "") or deal.owner
            ident = derived("task", f"{deal.id}{fold.now}{len(fold.snapshot.tasks)}")
            kind, text = command.args.get("kind", "") or "task", command.args.get("text", "")
            task = Task(ident, deal.id, owner, kind, text, due_at, created_at=fold.now)
            fold.changes.tasks[ident] = task
            return deal

        self._change(command, who, step)

    def done(self, command: Command, who: Who) -> None:
        """A task is done; the next step is planned with it when one is named."""
        next_due = command.args.get("next_due_at", "")
        due_at = _instant(next_due) if next_due else 0

        def step(fold: Fold) -> None:
            task = fold.snapshot.tasks.get(command.ident)
            if task is None:
                raise NotFound(f"no task {command.ident}")
            if task.state is TaskState.DONE:
                return
            fold.changes.tasks[task.id] = replace(
                task, state=TaskState.DONE, result=command.args.get("result", "")
            )
            if due_at:
                ident = derived("task", f"{task.id}{fold.now}")
                kind, text = command.args.get("next_kind", "") or "task", command.args.get("next_text", "")
                fold.changes.tasks[ident] = Task(
                    ident, task.deal_id, task.owner, kind, text, due_at, created_at=fold.now
                )

        self._house.fold(Wanted(tasks=[command.ident]), step, command, who)

    def _change(self, command: Command, who: Who, change: Callable[[Fold, Deal], Deal]) -> None:
        def step(fold: Fold) -> None:
            deal = the_deal(fold, command.ident)
            if deal.state is not DealState.OPEN:
                raise Conflict(f"№ {deal.number}: {fold.rules.say('this deal is closed')}")
            fold.keep(change(fold, deal))

        self._house.fold(Wanted(deals=[command.ident]), step, command, who)

    def _closed(self, fold: Fold, deal: Deal, state: DealState) -> Deal:
        for task in list(fold.snapshot.tasks.values()):
            if task.deal_id == deal.id and task.state is TaskState.PLANNED:
                fold.changes.tasks[task.id] = replace(task, state=TaskState.CANCELLED, result=state.value)
        card = fold.snapshot.cards.get(deal.id)
        if card:
            fold.close_card(card, card.inquiry_ids[-1])
        return replace(deal, state=state, closed_at=fold.now)


def _number(text: str) -> float:
    try:
        return float(text.replace(",", ".").replace(" ", ""))
    except ValueError:
        raise Conflict(f"amount: a number is wanted, not {text[:40]}") from None


def _instant(text: str) -> Millis:
    try:
        return from_iso(text)
    except ValueError:
        raise Conflict(f"a time like 2026-11-22T10:00:00Z is wanted, not {text[:40]!r}") from None
