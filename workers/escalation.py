"""A card that nobody takes: the owner is reminded, the next in turn is asked, then the head; each once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crm.owners.table import choose_owner
from crm.promise import NEXT
from intake.deal import Card, CardState, Client, Deal, DealState, Task, TaskState
from intake.decision import Decision, Reason
from intake.effect import Effect, EffectKind
from intake.inquiry import Inquiry, State
from workers.births import derived
from workers.fold import Fold
from workers.handover import hand_over, hand_over_offer

OPEN = (CardState.NEW, CardState.OFFERED)
TOGETHER = 3
"""More reminders than this for one manager at one time are told as one."""


def look_after(fold: Fold, cards: Sequence[Card]) -> None:
    """Do what is due for these cards, as they stand in this transaction: a card whose alarm somebody else has seen
    to, or that was taken meanwhile, is left alone. Of what was missed while nobody looked only the last is done."""
    late = [
        one for one in cards if one.alarm_at is not None and one.alarm_at <= fold.now and one.state in OPEN
    ]
    reminders: dict[str, list[Card]] = {}
    for card in late:
        found = fold.snapshot.inquiries.get(card.inquiry_ids[-1])
        deal = fold.snapshot.deals.get(card.deal_id)
        if found is None or (deal and deal.state is not DealState.OPEN):
            _leave(fold, card)
        elif card.due_at is not None and card.due_at > fold.now:
            _keep(fold, replace(card, alarm_at=card.due_at))
            reminders.setdefault(card.manager, []).append(card)
        else:
            _escalate(fold, card, found)
    for manager, listed in reminders.items():
        remind(fold, manager, listed)


def _escalate(fold: Fold, card: Card, found: tuple[Inquiry, Decision]) -> None:
    """Give the card to whoever is to be asked next."""
    inquiry, decision = found
    steps = fold.rules.promise.then[len(card.asked) :]
    for number, step in enumerate(steps):
        to, reason = _next(fold, card, found) if step == NEXT else _head(fold, card, inquiry)
        if not to:
            continue
        asked = (*card.asked, *[""] * number, card.manager)
        why = Reason("not_taken", f"{card.manager}: {fold.rules.promise.take_min:g} min")
        fold.record(inquiry, replace(decision, reasons=(*decision.reasons, why, reason)))
        deal = fold.snapshot.deals.get(card.deal_id)
        if deal:
            _move_client(fold, deal, card, to)
            hand_over(fold, deal, to, inquiry.id, asked=asked)
        else:
            hand_over_offer(fold, card, to, asked=asked)
        return
    _leave(fold, card)


def _next(fold: Fold, card: Card, found: tuple[Inquiry, Decision]) -> tuple[str, Reason]:
    """The next in turn, the turn used up; who had it already is not asked again."""
    inquiry, decision = found
    if fold.rules.owners.forced and any(one.rule == "owner_client_owner" for one in decision.reasons):
        return "", Reason("owner_nobody", "")  # this client waits for nobody else
    account = fold.rules.account(inquiry.account, inquiry.channel)
    case = fold.owner_case(replace(inquiry, call=None), replace(account, owner=""), None)
    pick, reason = choose_owner(replace(case, handed=True, but=(card.manager, *card.asked)))
    if pick is None:
        return "", reason
    fold.use_up(pick.turn)
    return pick.manager, reason


def _head(fold: Fold, card: Card, inquiry: Inquiry) -> tuple[str, Reason]:
    account = fold.rules.account(inquiry.account, inquiry.channel)
    owner = fold.snapshot.managers.get(card.manager)
    head = fold.roster.head(account.department, owner.department if owner else "")
    return ("" if head == card.manager else head), Reason("owner_head", head)


def _move_client(fold: Fold, deal: Deal, card: Card, to: str) -> None:
    """A client who was born of an inquiry that its owner never took is not that owner's."""
    client = fold.snapshot.clients.get(deal.client_id)
    if client and client.owner == card.manager and client.id == derived("client", card.inquiry_ids[0]):
        keep_client(fold, replace(client, owner=to))


def keep_client(fold: Fold, client: Client) -> None:
    """Keep a client as it is now."""
    fold.snapshot.clients[client.id] = fold.changes.clients[client.id] = client


def _leave(fold: Fold, card: Card) -> None:
    """Nobody is left to be asked: it stays where it is, late."""
    _keep(fold, replace(card, alarm_at=None))


def _keep(fold: Fold, card: Card) -> None:
    """Keep the timer without showing the card anew."""
    fold.snapshot.cards[card.deal_id or card.inquiry_ids[0]] = fold.changes.cards[card.id] = card


def remind(fold: Fold, manager: str, cards: Sequence[Card]) -> None:
    """Ring once under each card, or once for all where there are many."""
    if len(cards) <= TOGETHER:
        for one in cards:
            payload = {
                "card_id": one.id,
                "inquiry_id": one.inquiry_ids[-1],
                "touch": "0",
                "ring": "1",
                "why": "remind",
            }
            fold.changes.effects.append(
                Effect(f"remind:{one.id}", EffectKind.CARD, manager, payload, fold.now)
            )
        return
    say = fold.rules.say
    oldest = sorted(cards, key=lambda one: (one.due_at or 0, one.id))
    numbers = [
        fold.snapshot.deals[one.deal_id].number for one in oldest if one.deal_id in fold.snapshot.deals
    ]
    told = {
        "subject": say("Not taken yet: {count}").format(count=len(cards)),
        "text": ", ".join(f"№ {number}" for number in numbers),
        "page": "/cards",
        "open": "1",
    }
    key = f"remind:{manager}:{oldest[0].id}:{len(cards)}"
    fold.changes.effects.append(Effect(key, EffectKind.NOTICE, manager, told, fold.now))


def hand_out(fold: Fold, cards: Sequence[Card]) -> int:
    """Give what nobody answers for to those who are on shift now, the oldest first, by the rules as if it had just
    come; how many found an owner. What still has nobody stays as it is."""
    given = 0
    for card in sorted(cards, key=lambda one: (one.created_at, one.id)):
        found = fold.snapshot.inquiries.get(card.inquiry_ids[0])
        if card.manager or card.state not in OPEN or found is None:
            continue
        inquiry, decision = found
        account = fold.rules.account(inquiry.account, inquiry.channel)
        client = fold.snapshot.clients.get(card.client_id)
        owner, reason, turn = fold.owner(inquiry, account, client, without=card.deal_id)
        if not owner:
            continue
        fold.use_up(turn)
        fold.record(inquiry, replace(decision, reasons=(*decision.reasons, reason)))
        _adopt(fold, card, owner)
        given += 1
    return given


def _adopt(fold: Fold, card: Card, owner: str) -> None:
    """The card is the owner's from now on, with its deal, its tasks and - where nobody answered for it - its client."""
    here = fold.promised(replace(card, manager=owner, version=card.version + 1))
    deal = fold.snapshot.deals.get(card.deal_id)
    if deal:
        fold.keep(replace(deal, owner=owner))
        fold.changes.handed[deal.id] = owner
        fold.snapshot.loads[owner] = fold.snapshot.loads.get(owner, 0) + 1
        for task in [one for one in fold.snapshot.tasks.values() if one.deal_id == deal.id]:
            if task.state is TaskState.PLANNED and not task.owner:
                _keep_task(fold, replace(task, owner=owner, due_at=max(task.due_at, here.due_at or 0)))
    client = fold.snapshot.clients.get(card.client_id)
    if client and not client.owner:
        keep_client(fold, replace(client, owner=owner))
    for ident in card.inquiry_ids:
        found = fold.snapshot.inquiries.get(ident)
        if found and (found[1].deal_id == card.deal_id or found[1].state is State.OFFERED):
            fold.record(found[0], replace(found[1], owner=owner))
    fold.ring(here, card.deal_id or card.inquiry_ids[0], card.inquiry_ids[-1])


def _keep_task(fold: Fold, task: Task) -> None:
    fold.snapshot.tasks[task.id] = fold.changes.tasks[task.id] = task
