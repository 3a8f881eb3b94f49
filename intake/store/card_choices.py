"""What can be chosen about a card: whom its client may be, to which open deals it could belong, who has it now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from intake.deal import CardState, DealState
from intake.decision import Decision, Identity
from intake.inquiry import Inquiry, State
from intake.store.schema import client, deal, manager, suspect
from intake.store.sql import among
from intake.view import Heir, OpenDeal, Suspect

SUSPECTS = 3
DEALS = 6
_READ_DEALS = 500
_suspected = client.alias("suspected")
_SUSPECTS = (
    select(suspect.c.client_id, suspect.c.suspect_id, suspect.c.score, _suspected.c.name)
    .join(_suspected, _suspected.c.id == suspect.c.suspect_id)
    .where(and_(among(suspect.c.client_id, "ids"), suspect.c.answer == ""))
    .order_by(suspect.c.score.desc(), suspect.c.suspect_id)
)
_DEALS = (
    select(deal.c.client_id, deal.c.id, deal.c.number, deal.c.title, deal.c.stage)
    .where(
        among(deal.c.client_id, "ids"), deal.c.state == DealState.OPEN.value, deal.c.takes_inquiries.is_(True)
    )
    .order_by(deal.c.opened_at.desc(), deal.c.number.desc())
    .limit(_READ_DEALS)
)
_NAMES = select(client.c.id, client.c.name).where(among(client.c.id, "ids"))
_MANAGERS = select(manager.c.id, manager.c.name).where(among(manager.c.id, "ids"))


def all_of(connection: Connection, statement: Any, ids: Iterable[str | None]) -> Sequence[Row[Any]]:
    """The rows that a statement finds for `ids`; nothing is asked when there are none."""
    wanted = sorted({one for one in ids if one})
    return connection.execute(statement, {"ids": wanted}).all() if wanted else []


def offered_to(
    connection: Connection,
    rows: Sequence[Row[Any]],
    ids_of: Mapping[str, list[str]],
    found: Mapping[str, tuple[Inquiry, Decision]],
) -> dict[str, Heir]:
    """By closed card: to whom its inquiry is offered now."""
    closed = {row.id: found.get(ids_of[row.id][-1]) for row in rows if row.state == CardState.CLOSED.value}
    owners = {ident: one[1].owner for ident, one in closed.items() if one and one[1].state is State.OFFERED}
    names = {row.id: row.name for row in all_of(connection, _MANAGERS, owners.values())}
    return {ident: Heir(owner, names.get(owner) or owner) for ident, owner in owners.items() if owner}


def suspects_of(
    connection: Connection,
    rows: Sequence[Row[Any]],
    ids_of: Mapping[str, list[str]],
    found: Mapping[str, tuple[Inquiry, Decision]],
) -> dict[str, tuple[Suspect, ...]]:
    """Who the cards' clients may be; of what is offered, and has no client yet, as its decision says."""
    known: dict[str, list[Suspect]] = defaultdict(list)
    for row in all_of(connection, _SUSPECTS, (row.client_id for row in rows)):
        known[row.client_id].append(Suspect(row.suspect_id, row.name, row.score))
    offered = {
        row.id: found[last][1].candidates
        for row in rows
        if row.state == CardState.OFFERED.value
        and (last := ids_of[row.id][-1]) in found
        and found[last][1].identity is Identity.POSSIBLE
    }
    wanted = (one.client_id for candidates in offered.values() for one in candidates[:SUSPECTS])
    names = {row.id: row.name for row in all_of(connection, _NAMES, wanted)}
    return {
        row.id: tuple(
            Suspect(one.client_id, names[one.client_id], one.score)
            for one in offered[row.id]
            if one.client_id in names
        )[:SUSPECTS]
        if row.id in offered
        else tuple(known[row.client_id][:SUSPECTS])
        for row in rows
    }


def open_deals(
    connection: Connection, rows: Sequence[Row[Any]], suspects: Mapping[str, tuple[Suspect, ...]]
) -> dict[str, tuple[OpenDeal, ...]]:
    """The open deals that each card's inquiry could belong to: the client's own before the suspects'."""
    clients = {row.id: [row.client_id, *(one.client_id for one in suspects[row.id])] for row in rows}
    of: dict[str, list[OpenDeal]] = defaultdict(list)
    for row in all_of(connection, _DEALS, (one for ids in clients.values() for one in ids)):
        of[row.client_id].append(OpenDeal(row.id, row.number, row.title, row.stage))
    return {
        row.id: tuple(one for ident in clients[row.id] for one in of[ident] if one.id != row.deal_id)[:DEALS]
        for row in rows
    }
