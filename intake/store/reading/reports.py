"""What the head's reports are read from: cards with their first inquiries, and the managers' counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

import orjson
from sqlalchemy import Connection, Row, func, select, text

from intake.calls import Standing, standing
from intake.clock import Millis, first_id, to_datetime
from intake.inquiry import Inquiry, State
from intake.pace import Indicators, Passage
from intake.store.rows import inquiry_of
from intake.store.schema import audit, card, deal, inquiry, interaction, manager, task
from intake.store.sql import among

MOST = 50_000
"""Cards that one report looks at; of more the newest."""
_COUNTED = (State.CREATED.value, State.ATTACHED.value, State.OFFERED.value)


@dataclass(slots=True)
class _Calls:
    """A manager's calls of the period."""

    calls: int = 0
    talks: list[int] = field(default_factory=list)
    missed: int = 0
    called_back: int = 0


def read_passages(ledger: Connection, since: Millis, until: Millis, zone: tzinfo) -> tuple[Passage, ...]:
    """The inquiries of the span that came before a manager. Several cards of one inquiry - it was handed over - are
    one passage: what happened first counts, and who has it now."""
    shown = (
        select(card, deal.c.owner, deal.c.first_answer_at)
        .outerjoin(deal, deal.c.id == card.c.deal_id)
        .where(card.c.created_at >= since, card.c.created_at < until)
        .order_by(card.c.created_at.desc())
        .limit(MOST)
    )
    cards: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in ledger.execute(shown):
        cards[next(iter(orjson.loads(row.inquiry_ids)), "")].append(row)
    cards.pop("", None)
    came = select(inquiry).where(among(inquiry.c.id, "ids"))
    first, last = first_id(since), first_id(until)
    wanted = [ident for ident in cards if first <= ident < last]
    found = ledger.execute(came, {"ids": wanted}) if wanted else ()
    passages = [_passage(inquiry_of(row)[0], cards[row.id], zone) for row in found]
    return tuple(sorted(passages, key=lambda one: one.inquiry_id))


def read_indicators(ledger: Connection, since: Millis, until: Millis, now: Millis) -> tuple[Indicators, ...]:
    """Each manager's counts, in the managers' order; who left is told of while there is anything to tell."""
    counted = _inquiries(ledger, since, until)
    calls = _calls(ledger, since, until)
    done = _done(ledger, since, until)
    overdue = _overdue(ledger, min(until, now))
    bare = _without_task(ledger)
    ends = _ends(ledger, since, until)
    people = ledger.execute(
        select(manager.c.id, manager.c.name, manager.c.state).order_by(manager.c.position)
    )
    told = []
    for one in people.all():
        spoken = calls.get(one.id, _Calls())
        won, lost = ends.get((one.id, "won"), (0, 0.0)), ends.get((one.id, "lost"), (0, 0.0))
        row = Indicators(
            manager=one.id,
            name=one.name,
            inquiries=sum(counted[one.id].values()),
            repeats=counted[one.id][State.ATTACHED.value],
            calls=spoken.calls,
            talk_s=sum(spoken.talks) / len(spoken.talks) if spoken.talks else None,
            missed=spoken.missed,
            called_back=spoken.called_back,
            tasks_done=done.get(one.id, 0),
            tasks_overdue=overdue.get(one.id, 0),
            without_task=bare.get(one.id, 0),
            won=won[0],
            won_amount=won[1],
            lost=lost[0],
        )
        if one.state != "dismissed" or row != Indicators(one.id, one.name):
            told.append(row)
    return tuple(told)


def _passage(one: Inquiry, cards: list[Row[Any]], zone: tzinfo) -> Passage:
    newest = max(cards, key=lambda row: row.created_at)
    source = one.attribution.utm.get("utm_source", "")
    return Passage(
        inquiry_id=one.id,
        account=one.account,
        channel=one.channel,
        source=source,
        manager=newest.taken_by or newest.owner or newest.manager,
        hour=to_datetime(one.received_at).astimezone(zone).hour,
        received_at=one.received_at,
        card_at=_first(row.sent_at for row in cards),
        taken_at=_first(row.taken_at for row in cards),
        answered_at=_first(row.first_answer_at for row in cards),
        due_at=_first(row.due_at for row in cards),
    )


def _first(instants: Any) -> Millis | None:
    return min((at for at in instants if at is not None), default=None)


def _inquiries(ledger: Connection, since: Millis, until: Millis) -> defaultdict[str, Counter[str]]:
    rows = ledger.execute(
        select(inquiry.c.owner, inquiry.c.state, func.count().label("n"))
        .where(inquiry.c.id >= first_id(since), inquiry.c.id < first_id(until))
        .group_by(inquiry.c.owner, inquiry.c.state)
    )
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row.state in _COUNTED:
            counted[row.owner][row.state] += row.n
    return counted


def _calls(ledger: Connection, since: Millis, until: Millis) -> Mapping[str, _Calls]:
    """Calls with clients, both ways; a missed one is called back when anybody talked or dialled on its deal later."""
    rows = ledger.execute(
        select(inquiry).where(
            inquiry.c.id >= first_id(since), inquiry.c.id < first_id(until), inquiry.c.kind == "call"
        )
    )
    found: defaultdict[str, _Calls] = defaultdict(_Calls)
    missed: list[tuple[str, str, Millis]] = []
    for row in rows.all():
        one, decision = inquiry_of(row)
        if one.call is None or not decision.owner or not decision.deal_id:
            continue
        mine = found[decision.owner]
        mine.calls += 1
        if one.call.talk_s and standing(one) is Standing.ANSWERED:
            mine.talks.append(one.call.talk_s)
        if standing(one) is Standing.MISSED and decision.state is not State.IGNORED:
            mine.missed += 1
            missed.append((decision.owner, decision.deal_id, one.occurred_at or one.received_at))
    later = _talked_last(ledger, [deal_id for _, deal_id, _ in missed])
    for owner, deal_id, at in missed:
        found[owner].called_back += later.get(deal_id, 0) > at
    return found


def _talked_last(ledger: Connection, deals: list[str]) -> Mapping[str, Millis]:
    if not deals:
        return {}
    told = (interaction.c.direction == "out") | (interaction.c.text == Standing.ANSWERED.value)
    rows = ledger.execute(
        select(interaction.c.deal_id, func.max(interaction.c.at).label("at"))
        .where(among(interaction.c.deal_id, "ids"), interaction.c.kind == "call", told)
        .group_by(interaction.c.deal_id),
        {"ids": sorted(set(deals))},
    )
    return {row.deal_id: row.at for row in rows}


def _done(ledger: Connection, since: Millis, until: Millis) -> Mapping[str, int]:
    acts = (
        select(task.c.owner, func.count().label("n"))
        .join(audit, (audit.c.what == "task") & (audit.c.ident == task.c.id))
        .where(audit.c.verb == "done", audit.c.at >= since, audit.c.at < until)
        .group_by(task.c.owner)
    )
    return {row.owner: row.n for row in ledger.execute(acts)}


def _overdue(ledger: Connection, at: Millis) -> Mapping[str, int]:
    late = (
        select(task.c.owner, func.count().label("n"))
        .where(task.c.state == "planned", task.c.due_at < at)
        .group_by(task.c.owner)
    )
    return {row.owner: row.n for row in ledger.execute(late)}


def _without_task(ledger: Connection) -> Mapping[str, int]:
    planned = select(task.c.id).where(task.c.deal_id == deal.c.id, task.c.state == "planned")
    bare = (
        select(deal.c.owner, func.count().label("n"))
        .where(text("deal.state = 'open'"), ~planned.exists())
        .group_by(deal.c.owner)
    )
    return {row.owner: row.n for row in ledger.execute(bare)}


def _ends(ledger: Connection, since: Millis, until: Millis) -> Mapping[tuple[str, str], tuple[int, float]]:
    rows = ledger.execute(
        select(deal.c.owner, deal.c.state, func.count().label("n"), func.sum(deal.c.amount).label("amount"))
        .where(deal.c.closed_at >= since, deal.c.closed_at < until)
        .group_by(deal.c.owner, deal.c.state)
    )
    return {(row.owner, row.state): (row.n, float(row.amount or 0.0)) for row in rows}
