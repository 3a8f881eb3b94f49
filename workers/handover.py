"""Giving an open deal, or what is only offered, to another manager with all that hangs on it; marking a card as
taken. Pure."""

from __future__ import annotations

from dataclasses import replace

from intake.deal import Card, CardState, Deal, TaskState
from workers.births import deal_card, derived
from workers.fold import Fold


def hand_over(
    fold: Fold, deal: Deal, to: str, inquiry_id: str, *, loud: bool = True, asked: tuple[str, ...] = ()
) -> Deal:
    """Give an open deal with its planned tasks and its card to another manager; the promise begins anew. `asked` are
    those it was taken from because they did not take it."""
    if deal.owner == to:
        return deal
    given = replace(deal, owner=to)
    fold.keep(given)
    fold.changes.handed[deal.id] = to
    for task in [one for one in fold.snapshot.tasks.values() if one.deal_id == deal.id]:
        if task.state is TaskState.PLANNED:
            fold.snapshot.tasks[task.id] = fold.changes.tasks[task.id] = replace(task, owner=to)
    for ident, (inquiry, decision) in list(fold.snapshot.inquiries.items()):
        if decision.deal_id == deal.id:
            fold.record(inquiry, replace(decision, owner=to))
            inquiry_id = inquiry_id or ident
    old = fold.snapshot.cards.get(deal.id)
    if old is None or old.manager != to:
        shown = inquiry_id or (old.inquiry_ids[-1] if old else "")
        if old:
            fold.close_card(old, shown)
        card = deal_card(given, shown, fold.now, salt=f":{to}:{old.version if old else 0}")
        inquiries = old.inquiry_ids if old else card.inquiry_ids
        fold.ring(fold.promised(replace(card, inquiry_ids=inquiries, asked=asked)), deal.id, shown, loud=loud)
    return given


def mark_taken(fold: Fold, card: Card, by: str) -> None:
    """The card says who took it and when; nobody is rung."""
    taken = replace(card, state=CardState.TAKEN, taken_by=by, taken_at=fold.now, version=card.version + 1)
    fold.ring(taken, card.deal_id or card.inquiry_ids[-1], card.inquiry_ids[-1], loud=False)


def hand_over_offer(fold: Fold, card: Card, to: str, *, asked: tuple[str, ...] = ()) -> None:
    """Offer to another manager what nobody has taken; the promise begins anew. The message that showed it to the first
    one tells so. `asked` as for hand_over."""
    inquiry_id = card.inquiry_ids[-1]
    inquiry, decision = fold.snapshot.inquiries[inquiry_id]
    fold.record(inquiry, replace(decision, owner=to))
    if card.manager == to:
        return
    left = derived("card", f"{inquiry_id}:{card.manager}:{card.version}")
    closed = replace(card, id=left, state=CardState.CLOSED, version=card.version + 1)
    fold.changes.moved_messages[card.id] = left
    fold.ring(closed, inquiry_id, inquiry_id, loud=False)
    given = replace(card, manager=to, version=card.version + 1, created_at=fold.now, asked=asked)
    fold.ring(fold.promised(given), inquiry_id, inquiry_id)
