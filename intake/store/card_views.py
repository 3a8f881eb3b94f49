"""Reading what cards show: a constant number of statements, however many cards are asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Row, case, func, or_, select
from sqlalchemy.exc import DBAPIError

from intake.calls import NO_CALLS, CallLog, Standing, call_log, standing
from intake.clock import Millis
from intake.deal import Card, CardState, DealState, Interaction, Manager
from intake.decision import Decision
from intake.inquiry import Inquiry, Kind, State
from intake.store.card_choices import all_of, offered_to, open_deals, suspects_of
from intake.store.engine import Store, answering, explain, reading
from intake.store.people_rows import hours_of, manager_of
from intake.store.rows import inquiry_of, interaction_of
from intake.store.schema import (
    card,
    card_message,
    client,
    deal,
    holding,
    inquiry,
    interaction,
    manager,
    person,
)
from intake.store.sql import among
from intake.view import CallNote, CardView, FileNote, Heir, OpenDeal, Suspect, Touch, Why

TOUCHES = 3
"""A card tells of this many of its inquiries, the last ones; the rest are counted."""
_DAY_MS = 86_400_000

_taker = manager.alias("taker")
_ours = interaction.alias("ours")
_UNDELIVERED = (
    select(case((_ours.c.kind == "undelivered", _ours.c.text), else_=""))
    .where(card.c.deal_id != "", _ours.c.deal_id == card.c.deal_id, _ours.c.direction == "out")
    .order_by(_ours.c.at.desc(), _ours.c.kind.desc())
    .limit(1)
    .correlate(card)
    .scalar_subquery()
)
"""Why the last thing we wrote in the card's deal did not arrive; read with the card, by the feed's index."""
_CARDS = (
    select(
        card,
        manager.c.name.label("manager_name"),
        manager.c.department,
        manager.c.extension,
        manager.c.contacts,
        manager.c.notify,
        manager.c.state.label("manager_state"),
        manager.c.terms,
        _taker.c.name.label("taken_by_name"),
        client.c.name.label("client_name"),
        client.c.kind.label("client_kind"),
        client.c.owner.label("client_owner"),
        client.c.created_at.label("client_since"),
        deal.c.number,
        deal.c.title,
        deal.c.stage,
        deal.c.pipeline,
        deal.c.opened_at,
        deal.c.person_id,
        person.c.name.label("person_name"),
        _UNDELIVERED.label("undelivered"),
    )
    .outerjoin(manager, manager.c.id == card.c.manager)
    .outerjoin(_taker, _taker.c.id == card.c.taken_by)
    .outerjoin(client, client.c.id == card.c.client_id)
    .outerjoin(deal, deal.c.id == card.c.deal_id)
    .outerjoin(person, person.c.id == deal.c.person_id)
    .where(among(card.c.id, "ids"))
)
_MESSAGES = select(card_message).where(among(card_message.c.card_id, "ids"))
_INQUIRIES = select(inquiry).where(among(inquiry.c.id, "ids"))
_HOLDINGS = select(holding.c.person_id, holding.c.key).where(
    among(holding.c.person_id, "ids"),
    or_(*(holding.c.key.like(f"{kind}:%") for kind in ("phone", "email", "handle"))),
)
_CALLS = select(interaction).where(among(interaction.c.deal_id, "ids"), interaction.c.kind == Kind.CALL.value)
_taken = card.alias("taken")
_HEIRS = (
    select(
        deal.c.id,
        deal.c.owner,
        manager.c.name,
        select(func.max(_taken.c.taken_at))
        .where(_taken.c.deal_id == deal.c.id, _taken.c.state == CardState.TAKEN.value)
        .scalar_subquery()
        .label("taken_at"),
    )
    .outerjoin(manager, manager.c.id == deal.c.owner)
    .where(among(deal.c.id, "ids"), deal.c.state == DealState.OPEN.value)
)


class SqlCardViews:
    """Reads CardViews from the ledger."""

    def __init__(self, store: Store) -> None:
        self._ledger = store.ledger

    def read(self, card_ids: Sequence[str]) -> dict[str, CardView]:
        """The cards of these ids as they stand now; those that are not there are left out. Raises Unavailable."""
        if not card_ids:
            return {}
        try:
            with reading(self._ledger) as connection, connection.begin():
                return read_cards(connection, card_ids)
        except DBAPIError as error:
            raise explain(error) from error

    def missed(self, manager: str, messenger: str, since: Millis) -> list[str]:
        """The manager's cards that were shown since then, none of them by `messenger`, oldest first; at most 500.
        Raises Unavailable."""
        told = select(card_message.c.card_id).where(
            card_message.c.card_id == card.c.id, card_message.c.messenger == messenger
        )
        query = (
            select(card.c.id)
            .where(
                card.c.manager == manager,
                card.c.changed_at >= since - _DAY_MS,
                card.c.sent_at >= since,
                ~told.exists(),
            )
            .order_by(card.c.created_at, card.c.id)
            .limit(500)
        )
        try:
            with reading(self._ledger) as connection:
                return [row.id for row in connection.execute(query)]
        except DBAPIError as error:
            raise explain(error) from error

    def shown_as(self, thing: str) -> dict[str, str]:
        """The messages that show this card, or this thing that is no card, by messenger. Raises Unavailable."""
        kept = select(card_message.c.messenger, card_message.c.message_id).where(
            card_message.c.card_id == thing
        )
        with answering(), reading(self._ledger) as connection:
            return {row.messenger: row.message_id for row in connection.execute(kept)}

    def inquiry(self, ident: str) -> Inquiry | None:
        """The inquiry of that id, None when there is none. Raises Unavailable."""
        with answering(), reading(self._ledger) as connection:
            row = connection.execute(select(inquiry).where(inquiry.c.id == ident)).first()
        return inquiry_of(row)[0] if row else None

    def manager(self, ident: str) -> Manager | None:
        """The manager of that id, None when there is none. Raises Unavailable."""
        with answering(), reading(self._ledger) as connection:
            row = connection.execute(select(manager).where(manager.c.id == ident)).first()
        return manager_of(row) if row else None


def read_cards(connection: Connection, card_ids: Sequence[str]) -> dict[str, CardView]:
    """The cards of these ids, read in at most eleven statements over an open connection."""
    rows = connection.execute(_CARDS, {"ids": list(card_ids)}).all()
    ids_of = {row.id: [str(one) for one in orjson.loads(row.inquiry_ids)] for row in rows}
    shown = [one for ids in ids_of.values() for one in (*ids[:1], *ids[-TOUCHES:])]
    found = {row.id: inquiry_of(row) for row in all_of(connection, _INQUIRIES, shown)}
    messages: dict[str, dict[str, str]] = defaultdict(dict)
    for row in all_of(connection, _MESSAGES, card_ids):
        messages[row.card_id][row.messenger] = row.message_id
    points: dict[str, list[str]] = defaultdict(list)
    for row in all_of(connection, _HOLDINGS, (row.person_id for row in rows)):
        points[row.person_id].append(row.key)
    suspects = suspects_of(connection, rows, ids_of, found)
    deals = {row.id: _deal_of(row, ids_of[row.id], found) for row in rows}
    closed = [deals[row.id] for row in rows if row.state == CardState.CLOSED.value]
    heirs = {
        row.id: Heir(row.owner, row.name or row.owner, row.taken_at)
        for row in all_of(connection, _HEIRS, closed)
    } | offered_to(connection, rows, ids_of, found)
    calls = _calls(connection, rows, found, ids_of)
    others = open_deals(connection, rows, suspects)
    return {
        row.id: _view(
            row,
            heirs.get(deals[row.id]) or heirs.get(row.id),
            messages[row.id],
            [
                found[one]
                for one in dict.fromkeys((*ids_of[row.id][:1], *ids_of[row.id][-TOUCHES:]))
                if one in found
            ],
            points[row.person_id or ""],
            suspects[row.id],
            others[row.id],
            calls.get(row.deal_id, NO_CALLS),
        )
        for row in rows
    }


def _calls(
    connection: Connection,
    rows: Sequence[Row[Any]],
    found: Mapping[str, tuple[Inquiry, Decision]],
    ids_of: Mapping[str, list[str]],
) -> dict[str, CallLog]:
    """The calls of those deals whose card tells of a missed one: how often, and whether we have talked since."""
    missed = {ident for ident, (one, _) in found.items() if standing(one) is Standing.MISSED}
    feeds: dict[str, list[Interaction]] = defaultdict(list)
    wanted = (row.deal_id for row in rows if missed.intersection(ids_of[row.id]))
    for row in all_of(connection, _CALLS, wanted):
        feeds[row.deal_id].append(interaction_of(row))
    return {deal_id: call_log(feed) for deal_id, feed in feeds.items()}


def _deal_of(row: Row[Any], inquiry_ids: list[str], found: Mapping[str, tuple[Inquiry, Decision]]) -> str:
    """The card's deal; of an offer, the deal that its last inquiry came into."""
    last = found.get(inquiry_ids[-1]) if inquiry_ids else None
    return row.deal_id or (last[1].deal_id if last else "")


def _view(
    row: Row[Any],
    heir: Heir | None,
    messages: dict[str, str],
    inquiries: list[tuple[Inquiry, Decision]],
    points: list[str],
    suspects: tuple[Suspect, ...],
    deals: tuple[OpenDeal, ...],
    calls: CallLog,
) -> CardView:
    last = inquiries[-1][1] if inquiries else None
    touches = tuple(_touch(inquiry) for inquiry, _ in inquiries)
    ids = orjson.loads(row.inquiry_ids)
    first_at = touches[0].at if touches else row.created_at
    people = [touch.sender_name for touch in touches if touch.sender_name]
    is_company = row.client_kind == "company"
    return CardView(
        card=_card(row, messages),
        manager=_manager(row),
        touches=touches[-TOUCHES:],
        touch_count=len(ids),
        known=bool(row.client_since is not None and row.client_since < first_at),
        client_name=row.client_name or "",
        client_owner=row.client_owner or "",
        company=(row.client_name or "")
        if is_company
        else next((one.company for one in touches if one.company), ""),
        person_name=row.person_name
        or ("" if is_company else row.client_name)
        or next(iter(people), "")
        or "",
        phones=_contacts(points, "phone", (one for touch in touches for one in touch.phones)),
        emails=_contacts(points, "email", (one for touch in touches for one in touch.emails)),
        handles=_handles(points, touches),
        deal_number=row.number or 0,
        deal_title=row.title or "",
        deal_stage=row.stage or "",
        deal_pipeline=row.pipeline or "",
        deal_opened_at=row.opened_at or 0,
        taken_by_name=row.taken_by_name or row.taken_by,
        suspects=suspects,
        heir=heir if row.state == CardState.CLOSED.value else None,
        why=tuple(Why(one.rule, one.evidence) for one in last.reasons) if last else (),
        calls=calls,
        deals=deals,
        rejected=last is not None and last.state is State.REJECTED,
        joined=last is not None and last.state is State.ATTACHED,
        undelivered=row.undelivered or "",
    )


def _card(row: Row[Any], messages: dict[str, str]) -> Card:
    return Card(
        id=row.id,
        manager=row.manager,
        deal_id=row.deal_id,
        client_id=row.client_id,
        inquiry_ids=tuple(orjson.loads(row.inquiry_ids)),
        state=CardState(row.state),
        version=row.version,
        created_at=row.created_at,
        due_at=row.due_at,
        sent_via=row.sent_via,
        sent_at=row.sent_at,
        taken_by=row.taken_by,
        taken_at=row.taken_at,
        messages=messages,
    )


def _manager(row: Row[Any]) -> Manager:
    """The card's manager; one who is no longer in the ledger has no contacts."""
    return Manager(
        id=row.manager,
        name=row.manager_name or row.manager,
        department=row.department or "",
        extension=row.extension or "",
        contacts=orjson.loads(row.contacts or "{}"),
        notify=tuple(orjson.loads(row.notify or "[]")),
        state=row.manager_state or "dismissed",
        **hours_of(row.terms or "{}"),
    )


def _touch(inquiry: Inquiry) -> Touch:
    sender, call = inquiry.sender, inquiry.call
    return Touch(
        inquiry_id=inquiry.id,
        kind=inquiry.kind,
        channel=inquiry.channel,
        account=inquiry.account,
        at=inquiry.received_at,
        subject=inquiry.subject,
        text=inquiry.text,
        sender_name=sender.name,
        company=sender.company,
        phones=sender.phones,
        emails=sender.emails,
        handles=tuple(sender.handles.items()),
        files=tuple(FileNote(one.name, one.size) for one in inquiry.attachments),
        call=CallNote(call.status, call.direction, call.wait_s, call.talk_s, call.answered_by)
        if call
        else None,
        source=_source(inquiry.attribution.utm),
        service=inquiry.service,
    )


def _source(utm: Mapping[str, str]) -> str:
    return "/".join(part for part in (utm.get("utm_source"), utm.get("utm_campaign")) if part)


def _contacts(points: list[str], kind: str, given: Iterable[str]) -> tuple[str, ...]:
    held = (point.partition(":")[2] for point in points if point.startswith(f"{kind}:"))
    return tuple(dict.fromkeys((*given, *held)))


def _handles(points: list[str], touches: Sequence[Touch]) -> tuple[tuple[str, str], ...]:
    held = [point.split(":", 2)[1:] for point in points if point.startswith("handle:")]
    given = [handle for touch in touches for handle in touch.handles]
    return tuple(dict.fromkeys((*given, *((one[0], one[1]) for one in held if len(one) == 2))))
