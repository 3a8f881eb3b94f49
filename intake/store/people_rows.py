"""Rows of managers and departments to the words of the house and back."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Row

from intake.deal import Department, Leave, Manager
from intake.store.rows import dumps

_PLAIN = Manager("", "")


def manager_row(one: Manager, position: int) -> dict[str, Any]:
    """A row of `manager`."""
    return {
        "id": one.id,
        "position": position,
        "name": one.name,
        "department": one.department,
        "extension": one.extension,
        "contacts": dumps(dict(one.contacts)),
        "notify": dumps(list(one.notify)),
        "state": one.state,
        "paused_until": one.paused_until,
        "terms": dumps(_terms(one)),
    }


def _terms(one: Manager) -> dict[str, Any]:
    """What is other than it is for everybody."""
    terms = {
        "hours": one.hours,
        "zone": one.zone,
        "holidays": one.holidays,
        "on_until": one.on_until,
        "weight": one.weight,
        "capacity": one.capacity,
        "skills": one.skills,
        "quiet_hours": one.quiet_hours,
    }
    kept: dict[str, Any] = {name: value for name, value in terms.items() if value != getattr(_PLAIN, name)}
    if one.leave:
        kept["leave"] = [one.leave.since, one.leave.until, one.leave.deputy]
    return kept


def manager_of(row: Row[Any]) -> Manager:
    """The manager of a row."""
    terms: dict[str, Any] = orjson.loads(row.terms)
    quiet = terms.get("quiet_hours")
    return Manager(
        id=row.id,
        name=row.name,
        department=row.department,
        extension=row.extension,
        contacts=orjson.loads(row.contacts),
        notify=tuple(orjson.loads(row.notify)),
        state=row.state,
        paused_until=row.paused_until,
        hours=tuple(terms.get("hours", ())),
        zone=terms.get("zone", ""),
        holidays=terms.get("holidays", ""),
        on_until=terms.get("on_until"),
        leave=Leave(*terms["leave"]) if "leave" in terms else None,
        weight=terms.get("weight", 1.0),
        capacity=terms.get("capacity", 0),
        skills=tuple(terms.get("skills", ())),
        quiet_hours=tuple(quiet) if quiet is not None else None,
    )


def hours_of(terms: str) -> dict[str, Any]:
    """The quiet hours and the zone that a row's terms hold, as Manager takes them."""
    told: dict[str, Any] = orjson.loads(terms)
    quiet = told.get("quiet_hours")
    return {"zone": told.get("zone", ""), "quiet_hours": tuple(quiet) if quiet is not None else None}


def department_row(one: Department, position: int) -> dict[str, Any]:
    """A row of `department`."""
    return {
        "id": one.id,
        "position": position,
        "name": one.name,
        "head": one.head,
        "zone": one.zone,
        "hours": dumps(one.hours),
        "holidays": one.holidays,
    }


def department_of(row: Row[Any]) -> Department:
    """The department of a row."""
    return Department(row.id, row.name, row.head, row.zone, tuple(orjson.loads(row.hours)), row.holidays)
