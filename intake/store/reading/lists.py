"""Deals, tasks and cards as lists, newest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, Table, and_, or_, select, text

from intake.clock import iso
from intake.errors import NotFound
from intake.ports import Page
from intake.store.card_views import read_cards
from intake.store.engine import Store, reading
from intake.store.reading.shapes import Day, clamp, deals_json, task_json
from intake.store.reading.suspects import suspects_page
from intake.store.schema import card, deal, origin, screen, task
from intake.view import CardView, PlainButton, PlainCard


@dataclass(frozen=True, slots=True)
class ListReads:
    """Reads of lists. `face` tells a card's text and buttons."""

    store: Store
    day: Day
    face: Callable[[CardView], PlainCard]

    def page(self, what: str, filters: Mapping[str, str], limit: int, after: str) -> Page:
        """As Reader.listing. Raises NotFound for an unknown list."""
        shown = {
            "deals": self._deals,
            "tasks": self._tasks,
            "cards": self._cards,
            "screens": self._screens,
            "suspects": suspects_page,
        }
        if what not in shown:
            raise NotFound(f"there is no list of {what}")
        with reading(self.store.ledger) as connection:
            return shown[what](connection, filters, clamp(limit), after)

    def _deals(self, connection: Connection, filters: Mapping[str, str], limit: int, after: str) -> Page:
        equal = {"client": deal.c.client_id, "state": deal.c.state, "owner": deal.c.owner, "id": deal.c.id}
        if filters.get("reference"):
            filters = {"id": _referred(connection, filters["reference"])}
        query = _newest(deal, equal, filters, after)
        if filters.get("task") == "none":
            planned = select(task.c.id).where(task.c.deal_id == deal.c.id, task.c.state == "planned")
            query = query.where(text("deal.state = 'open'"), ~planned.exists())
        rows = connection.execute(query.limit(limit + 1)).all()
        items = deals_json(connection, rows[:limit], self.day)
        return Page(items, _next(rows, limit))

    def _tasks(self, connection: Connection, filters: Mapping[str, str], limit: int, after: str) -> Page:
        equal = {"owner": task.c.owner, "state": task.c.state, "deal": task.c.deal_id}
        rows = connection.execute(_newest(task, equal, filters, after).limit(limit + 1)).all()
        return Page([task_json(row, self.day) for row in rows[:limit]], _next(rows, limit))

    def _cards(self, connection: Connection, filters: Mapping[str, str], limit: int, after: str) -> Page:
        # a manager's by their last change, everybody's by birth: there is an index for each
        by = card.c.changed_at if filters.get("manager") else card.c.created_at
        query = select(card.c.id, by.label("at")).order_by(by.desc(), card.c.id.desc())
        if filters.get("manager"):
            query = query.where(card.c.manager == filters["manager"])
        if after:
            query = query.where(_older(by, after))
        rows = connection.execute(query.limit(limit + 1)).all()
        views = read_cards(connection, [row.id for row in rows[:limit]])
        items = [self._card_json(views[row.id]) for row in rows[:limit] if row.id in views]
        more = f"{rows[limit - 1].at}-{rows[limit - 1].id}" if len(rows) > limit else None
        return Page(items, more)

    def _screens(self, connection: Connection, filters: Mapping[str, str], limit: int, after: str) -> Page:
        start = int(after) if after.isdigit() else 0
        query = select(screen).order_by(screen.c.at.desc(), screen.c.key)
        if filters.get("id"):
            query = query.where(screen.c.id == filters["id"])
        rows = connection.execute(query.offset(start).limit(limit + 1)).all()
        items = [
            {"id": row.id, "key": row.key, "reason": row.reason, "at": iso(row.at), "who": row.who}
            for row in rows[:limit]
        ]
        return Page(items, str(start + limit) if len(rows) > limit else None)

    def card(self, ident: str) -> dict[str, Any] | None:
        """One card."""
        with reading(self.store.ledger) as connection:
            views = read_cards(connection, [ident])
        return self._card_json(views[ident]) if ident in views else None

    def _card_json(self, view: CardView) -> dict[str, Any]:
        one, face = view.card, self.face(view)
        return {
            "id": one.id,
            "manager": one.manager,
            "inquiry_ids": list(one.inquiry_ids),
            "deal_id": one.deal_id,
            "text": face.text,
            "buttons": [_button_json(button) for button in face.buttons],
            "state": one.state.value,
            "version": one.version,
            "due_at": iso(one.due_at),
            "created_at": iso(one.created_at),
            "sent_via": one.sent_via,
            "sent_at": iso(one.sent_at),
            "taken_by": one.taken_by,
            "taken_at": iso(one.taken_at),
        }


def _button_json(button: PlainButton) -> dict[str, Any]:
    shown: dict[str, Any] = {"action": button.action, "label": button.label}
    if button.choice:
        shown["choice"] = button.choice
    if button.choices:
        shown["choices"] = [{"choice": choice, "label": label} for choice, label in button.choices]
    if button.url:
        shown["url"] = button.url
    return shown


def _newest(
    table: Table, equal: Mapping[str, ColumnElement[Any]], filters: Mapping[str, str], after: str
) -> Select[Any]:
    where = [column == filters[name] for name, column in equal.items() if filters.get(name)]
    if after:
        where.append(table.c.id < after)
    return select(table).where(*where).order_by(table.c.id.desc())


def _referred(connection: Connection, reference: str) -> str:
    """The id of the deal `number:318`, or of the one that an outside base (`amo:17`) calls 17; no id when there is
    none."""
    base, _, ident = reference.partition(":")
    if base == "number":
        known = (
            select(deal.c.id).where(deal.c.number == int(ident))
            if ident.isdigit() and len(ident) < 16
            else None
        )
    else:
        known = select(origin.c.deal_id).where(
            origin.c.source == base, origin.c.ident == f"deal:{ident}", origin.c.deal_id != ""
        )
    return str(connection.scalar(known) or "-") if known is not None else "-"


def _next(rows: Sequence[Row[Any]], limit: int) -> str | None:
    return str(rows[limit - 1].id) if len(rows) > limit else None


def _older(by: Column[int], after: str) -> ColumnElement[bool]:
    at, _, ident = after.partition("-")
    instant = int(at) if at.isdigit() and len(at) < 16 else 0
    return or_(by < instant, and_(by == instant, card.c.id < ident))
