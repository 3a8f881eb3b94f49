"""What a call does to its deal, after the fold has taken its event: who answers for it, the clock, the task to call
back, the card. Pure.

The events of a call come in any order. So nothing here asks which event came, only how the call stood before and
stands now: ringing, then missed or answered, where a missed one may turn out answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from crm.call_backs import NEXT_STEP, call_back, covers, next_step, raised, tried, waiting
from crm.owners.answered_by import manager_of
from intake.calls import Standing, call_log, standing, talked_at
from intake.clock import Millis
from intake.deal import CardState, Deal, DealState, Task, TaskState
from intake.decision import Decision
from intake.inquiry import Inquiry, State
from workers.births import derived, interaction
from workers.fold import Fold
from workers.handover import hand_over

_FEW = 4
_OURS = State.IGNORED
"""Our own call to a client is on the deal's feed, and no inquiry."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A call's event as the fold has taken it: how the call stood (None: it is new here), how it stands."""

    inquiry: Inquiry
    decision: Decision
    was: Standing | None
    now: Standing

    def came_to(self, there: Standing) -> bool:
        """Whether it is with this event that the call came to stand there."""
        return self.now is there and self.was is not there

    def bore(self, deal: Deal) -> bool:
        """Whether the deal was opened for this very call."""
        return self.decision.state is State.CREATED and deal.id == derived("deal", self.inquiry.id)

    @property
    def at(self) -> Millis:
        """When the call was."""
        return self.inquiry.occurred_at or self.inquiry.received_at


def follow(fold: Fold, before: tuple[Inquiry, Decision] | None, inquiry_id: str) -> None:
    """Carry through what the event of a call means for its deal. `before` is the inquiry as it stood ahead of the
    event; of what is no call, and of history, nothing follows."""
    found = fold.snapshot.inquiries.get(inquiry_id)
    if found is None or found[0].call is None or found[0].history:
        return
    inquiry, decision = found
    # a part that came ahead of the ring said nothing yet
    new = before is None or before[1].state is State.IGNORED is not decision.state
    step = _Step(inquiry, decision, None if new or before is None else standing(before[0]), standing(inquiry))
    deal = fold.snapshot.deals.get(decision.deal_id)
    if deal is None and decision.state is _OURS and decision.state_reason == "answer":
        deal = _that_waits(fold, inquiry)
        if deal:
            bound = replace(decision, client_id=deal.client_id, deal_id=deal.id, owner=deal.owner)
            fold.record(inquiry, bound)
            step = replace(step, decision=bound, was=None)
    if deal is None:
        _offered(fold, step)
        return
    _note(fold, step, deal)
    if deal.state is not DealState.OPEN:
        return
    if decision.state is _OURS:
        _called(fold, step, deal)
        return
    told = before[0] if before and not new else None
    deal = _settled(fold, step, deal, told)
    if step.now is Standing.ANSWERED:
        _answered(fold, step, deal, told)
    elif step.came_to(Standing.MISSED):
        _missed(fold, step, deal)


def follow_moved(fold: Fold, before: Mapping[str, tuple[Inquiry, Decision]]) -> None:
    """The same for calls that a person's command brought into a deal; `before` is how inquiries stood ahead of it."""
    for ident, (inquiry, decision) in list(fold.changes.inquiries.items()):
        former = before[ident][1].deal_id if ident in before else ""
        if inquiry.call and decision.deal_id not in ("", former):
            follow(fold, None, ident)


def _offered(fold: Fold, step: _Step) -> None:
    """A call in the tray turns out missed: now it rings."""
    card = fold.snapshot.cards.get(step.inquiry.id)
    if card and card.state is CardState.OFFERED and step.was and step.came_to(Standing.MISSED):
        fold.ring(replace(card, version=card.version + 1), step.inquiry.id, step.inquiry.id)


def _that_waits(fold: Fold, inquiry: Inquiry) -> Deal | None:
    """The deal that a call of ours is about when its number is not one client's alone: the newest one, among those
    few whom the number belongs to, that waits to be called back."""
    keys = [f"phone:{one}" for one in inquiry.sender.phones]
    clients = {held.client_id for key in keys for held in fold.snapshot.holders.get(key, ())}
    if any(fold.snapshot.holder_counts.get(key, 0) > _FEW for key in keys):
        return None  # a switchboard's: it may be anybody
    deals = [
        deal
        for client_id in clients
        for deal in fold.client_deals(client_id)
        if deal.state is DealState.OPEN and waiting(fold.snapshot.tasks.values(), deal)
    ]
    return max(deals, key=lambda one: (one.opened_at, one.number), default=None)


def _note(fold: Fold, step: _Step, deal: Deal) -> None:
    """The call on the deal's feed, as it stands."""
    ours = step.decision.state is _OURS
    noted = replace(interaction(step.inquiry, deal, "out" if ours else "in"), actor=_who(fold, step.inquiry))
    fold.changes.interactions[noted.id] = noted
    feed = fold.snapshot.calls.setdefault(deal.id, [])
    feed[:] = [*(one for one in feed if one.id != noted.id), noted]


def _settled(fold: Fold, step: _Step, deal: Deal, before: Inquiry | None) -> Deal:
    """Who answers for a deal that was opened while its call rang is settled when the call is over: who took the
    call - of a call that was passed on the last one - or else whose turn it is then."""
    inquiry, decision = step.inquiry, step.decision
    if not step.bore(deal) or deal.owner != decision.owner or not _is_open_question(fold, step, deal, before):
        return deal
    client = fold.snapshot.clients.get(deal.client_id)
    born = client is not None and client.id == derived("client", inquiry.id)
    account = fold.rules.account(inquiry.account, inquiry.channel)
    owner, reason, turn = fold.owner(inquiry, account, None if born else client, without=deal.id)
    if not owner or (step.was is not Standing.GOING and reason.rule != "owner_answered_by"):
        return deal  # a missed one had its turn; only who took it after all changes that
    fold.use_up(turn)
    if client and born:
        fold.snapshot.clients[client.id] = fold.changes.clients[client.id] = replace(client, owner=owner)
    reasons = [one for one in decision.reasons if not one.rule.startswith("owner_")]
    fold.record(inquiry, replace(decision, owner=owner, reasons=(*reasons, reason)))
    return hand_over(fold, deal, owner, inquiry.id, loud=False)


def _is_open_question(fold: Fold, step: _Step, deal: Deal, before: Inquiry | None) -> bool:
    """Whether this event may change whose deal it is: the call is over now and no person has taken the card, or it
    was passed on by the very manager whose deal it became by picking up."""
    card = fold.snapshot.cards.get(deal.id)
    if step.was is step.now is Standing.ANSWERED:
        former, latest = (_who(fold, one) for one in (before, step.inquiry))
        return former == deal.owner != latest != "" and (card is None or card.taken_by in ("", former))
    return step.was not in (None, step.now) and (card is None or card.state is CardState.NEW)


def _who(fold: Fold, inquiry: Inquiry | None) -> str:
    """The manager who took the call; "" for nobody of ours."""
    return manager_of(fold.snapshot.managers, inquiry.call.answered_by) if inquiry and inquiry.call else ""


def _answered(fold: Fold, step: _Step, deal: Deal, before: Inquiry | None) -> None:
    """The client was heard: the clock stops, the tasks to call back are taken back, nobody is rung."""
    at = talked_at(step.inquiry)
    own = step.bore(deal)
    if not own and not covers(at, _waits_since(fold, deal)):
        return
    # what this call said before of its talk is said better now
    former = max(talked_at(before), deal.opened_at) if before else None
    answered_at = max(at, deal.opened_at)
    if deal.first_answer_at in (None, former):
        deal = replace(deal, first_answer_at=answered_at)
        fold.keep(deal)
    fold.stop_clock(deal, answered_at, step.inquiry.id)
    if step.came_to(Standing.ANSWERED):
        said = fold.rules.say("The call was answered")
        ours = (derived("task", deal.id) if own else "", derived("call_back", step.inquiry.id))
        for task in waiting(fold.snapshot.tasks.values(), deal):
            if task.id in ours or covers(at, _since(fold, task, deal)):
                _keep(fold, replace(task, state=TaskState.CANCELLED, result=said))
        _plan(fold, step, deal)


def _missed(fold: Fold, step: _Step, deal: Deal) -> None:
    """Nobody took it: a task at once - or the one that waits, raised - and a ring, unless we have talked since."""
    feed = fold.snapshot.calls.get(deal.id, ())
    tasks = waiting(fold.snapshot.tasks.values(), deal)
    since = min((_counts_from(fold, task, deal) for task in tasks), default=step.at)
    log = call_log(feed, since)
    if log.talk_at is not None and log.talk_at > step.at:
        return
    say, due_at = fold.rules.say, fold.due(deal.owner)
    for task in tasks:
        _keep(fold, raised(task, log.missed, due_at, say))
    if not tasks:
        ident = derived("call_back", step.inquiry.id)
        _keep(fold, call_back(ident, deal, log.missed, due_at, fold.now, say))
    card = fold.snapshot.cards.get(deal.id)
    if card and step.was is not None:
        fold.ring(replace(card, version=card.version + 1), deal.id, step.inquiry.id)


def _counts_from(fold: Fold, task: Task, deal: Deal) -> Millis:
    """Since when missed calls count for this task: from the call it was born of; of a deal's first one, all."""
    return 0 if task.id == derived("task", deal.id) else _since(fold, task, deal)


def _since(fold: Fold, task: Task, deal: Deal) -> Millis:
    """Since when the client waits for this task: since the call it was born of, which may have been told late."""
    if task.id == derived("task", deal.id):
        return min(task.created_at, _waits_since(fold, deal))
    for one in fold.snapshot.calls.get(deal.id, ()):
        if task.id == derived("call_back", one.inquiry_id):
            return min(task.created_at, one.at)
    return task.created_at


def _waits_since(fold: Fold, deal: Deal) -> Millis:
    """Since when the client of this deal waits: since it was opened, or since the call it was opened for."""
    for one in fold.snapshot.calls.get(deal.id, ()):
        if deal.id == derived("deal", one.inquiry_id):
            return min(deal.opened_at, one.at)
    return deal.opened_at


def _called(fold: Fold, step: _Step, deal: Deal) -> None:
    """We called: a talk is the answer, in each of the client's deals that waited for one; a call that nobody
    picked up is an attempt."""
    deals = [one for one in fold.client_deals(deal.client_id) if one.state is DealState.OPEN]
    if step.came_to(Standing.ANSWERED):
        at = talked_at(step.inquiry)
        for one in deals:
            if covers(at, _waits_since(fold, one)):
                _reached(fold, step, one, at, chosen=one.id == deal.id)
    elif step.came_to(Standing.MISSED):
        for one in deals:
            for task in waiting(fold.snapshot.tasks.values(), one):
                if covers(step.at, _since(fold, task, one)):
                    _keep(fold, tried(task, step.at, fold.rules.say("We called, nobody picked up")))
                    _edit(fold, one, step.inquiry.id)


def _reached(fold: Fold, step: _Step, deal: Deal, at: Millis, *, chosen: bool) -> None:
    tasks = [
        one for one in waiting(fold.snapshot.tasks.values(), deal) if covers(at, _since(fold, one, deal))
    ]
    if not tasks and not chosen:
        return
    said = fold.rules.say("We called the client back")
    for task in tasks:
        _keep(fold, replace(task, state=TaskState.DONE, result=said))
    card = fold.snapshot.cards.get(deal.id)
    fresh = card is not None and card.state is CardState.NEW
    fold.stop_clock(deal, max(at, deal.opened_at), step.inquiry.id)
    if tasks:
        _plan(fold, step, deal)
    if not fresh:
        _edit(fold, deal, step.inquiry.id)


def _plan(fold: Fold, step: _Step, deal: Deal) -> None:
    """An open deal is not left without a task."""
    planned = TaskState.PLANNED
    if any(one.deal_id == deal.id and one.state is planned for one in fold.snapshot.tasks.values()):
        return
    ident = derived(NEXT_STEP, f"{step.inquiry.id}{deal.id}")
    _keep(fold, next_step(ident, deal, fold.now, fold.rules.say))


def _edit(fold: Fold, deal: Deal, inquiry_id: str) -> None:
    """The card tells what has become of it; nobody is rung."""
    card = fold.snapshot.cards.get(deal.id)
    if card and card.state is not CardState.CLOSED:
        fold.ring(replace(card, version=card.version + 1), deal.id, inquiry_id, loud=False)


def _keep(fold: Fold, task: Task) -> None:
    fold.snapshot.tasks[task.id] = fold.changes.tasks[task.id] = task
