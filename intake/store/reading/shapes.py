"""Rows as the API shows them: tasks with their colour, deals, clients with their people, cursors and time prefixes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from intake.clock import Clock, Millis, iso, to_datetime
from intake.store.schema import client, deal, holding, inquiry, origin, person, task
from intake.store.sql import among

DAY_MS = 86_400_000
MOST = 500
"""The longest page of a list."""


def clamp(limit: int) -> int:
    """A page's length: at least one, at most MOST."""
    return max(1, min(limit, MOST))


@dataclass(frozen=True, slots=True)
class Day:
    """What "now" and "today" are: the clock, and the company's zone."""

    clock: Clock
    zone: tzinfo

    def colour(self, due_at: Millis) -> str:
        """Red when it is overdue, yellow when it is due before midnight, else green."""
        now = self.clock.now()
        if due_at < now:
            return "red"
        today = to_datetime(now).astimezone(self.zone).date()
        return "yellow" if to_datetime(due_at).astimezone(self.zone).date() <= today else "green"


def task_json(row: Row[Any], day: Day) -> dict[str, Any]:
    """A task; what is done or cancelled is green."""
    return {
        "id": row.id,
        "deal_id": row.deal_id,
        "owner": row.owner,
        "kind": row.kind,
        "text": row.text,
        "due_at": iso(row.due_at),
        "state": row.state,
        "colour": day.colour(row.due_at) if row.state == "planned" else "green",
        "result": row.result,
    }


def deals_json(connection: Connection, rows: Sequence[Row[Any]], day: Day) -> list[dict[str, Any]]:
    """Deals with their inquiries and tasks: two more statements however many deals."""
    ids = [row.id for row in rows]
    inquiries: dict[str, list[str]] = {ident: [] for ident in ids}
    tasks: dict[str, list[Row[Any]]] = {ident: [] for ident in ids}
    # the index holds those with a deal alone: SQLite uses it when the statement says so too
    # our own answers name their deal too, but are none of its inquiries
    joined = inquiry.c.deal_id != "", among(inquiry.c.deal_id, "ids"), inquiry.c.state != "ignored"
    told = select(inquiry.c.id, inquiry.c.deal_id).where(*joined).order_by(inquiry.c.id)
    for one in connection.execute(told, {"ids": ids}):
        inquiries[one.deal_id].append(one.id)
    planned = select(task).where(among(task.c.deal_id, "ids")).order_by(task.c.due_at, task.c.id)
    for row in connection.execute(planned, {"ids": ids}):
        tasks[row.deal_id].append(row)
    return [_deal_json(row, inquiries[row.id], tasks[row.id], day) for row in rows]


def _deal_json(row: Row[Any], inquiries: list[str], tasks: list[Row[Any]], day: Day) -> dict[str, Any]:
    due = [one.due_at for one in tasks if one.state == "planned"]
    return {
        "id": row.id,
        "number": row.number,
        "client_id": row.client_id,
        "person_id": row.person_id,
        "title": row.title,
        "pipeline": row.pipeline,
        "stage": row.stage,
        "state": row.state,
        "owner": row.owner,
        "amount": row.amount,
        "service": row.service,
        "opened_at": iso(row.opened_at),
        "closed_at": iso(row.closed_at),
        "lost_reason": row.lost_reason,
        "inquiries": inquiries,
        "tasks": [task_json(one, day) for one in tasks],
        "next_task_due": iso(min(due)) if due else None,
    }


def client_json(connection: Connection, ident: str) -> dict[str, Any] | None:
    """A client with its people and how to reach them, or None."""
    row = connection.execute(select(client).where(client.c.id == ident)).first()
    if row is None:
        return None
    people = connection.execute(select(person).where(person.c.client_id == ident).order_by(person.c.id)).all()
    keys: dict[str, list[str]] = {one.id: [] for one in people}
    held = (
        select(holding.c.key, holding.c.person_id)
        .join(person, person.c.id == holding.c.person_id)
        .where(person.c.client_id == ident)
        .order_by(holding.c.key)
    )
    for one in connection.execute(held):
        keys.setdefault(one.person_id, []).append(one.key)
    shown = {
        "id": row.id,
        "kind": row.kind,
        "name": row.name,
        "inn": row.inn,
        "owner": row.owner,
        "persons": [_person_json(one.id, one.name, keys[one.id]) for one in people],
        "outside_ids": _outside_ids(connection, ident) | orjson.loads(row.outside_ids or "{}"),
    }
    if row.merged_into:
        shown["merged_into"] = row.merged_into
    return shown


def _outside_ids(connection: Connection, client_id: str) -> dict[str, str]:
    """The ids under which the client was imported: one a base, the first."""
    told = (
        select(origin.c.source, origin.c.ident)
        .where(origin.c.client_id == client_id)
        .order_by(origin.c.ident)
    )
    ids: dict[str, str] = {}
    for row in connection.execute(told):
        what, _, ident = row.ident.partition(":")
        if what in ("person", "company"):
            ids.setdefault(row.source, ident)
    return ids


def _person_json(ident: str, name: str, keys: Sequence[str]) -> dict[str, Any]:
    split = [key.split(":", 2) for key in keys]
    handles: Mapping[str, str] = {
        parts[1]: parts[2] for parts in split if parts[0] == "handle" and len(parts) == 3
    }
    return {
        "id": ident,
        "name": name,
        "phones": [parts[1] for parts in split if parts[0] == "phone"],
        "emails": [":".join(parts[1:]) for parts in split if parts[0] == "email"],
        "handles": dict(handles),
    }


def deals_of(connection: Connection, idents: Sequence[str]) -> Sequence[Row[Any]]:
    """The deals of these ids."""
    return connection.execute(select(deal).where(among(deal.c.id, "ids")), {"ids": list(idents)}).all()
