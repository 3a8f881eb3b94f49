"""Managers as the API shows them: who they are, whether they are there, what they are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from intake.account import Company
from intake.clock import Clock, Millis, iso
from intake.deal import Leave, Manager
from intake.decision import Turn
from intake.ports import Page
from intake.shifts import Roster
from intake.store.engine import Store, reading
from intake.store.reading.shapes import clamp
from intake.store.snapshot import read_people


@dataclass(frozen=True, slots=True)
class PeopleReads:
    """Reads of people. Presence is told for the instant of reading."""

    store: Store
    clock: Clock
    company: Company

    def page(self, filters: Mapping[str, str], limit: int, after: str) -> Page:
        """Managers in their order: they have a place in their list, not an age; `after` is how many came before."""
        limit, start = clamp(limit), int(after) if after.isdigit() else 0
        with reading(self.store.ledger) as connection:
            found = self._shown(connection, filters.get("department", ""))
        more = str(start + limit) if len(found) > start + limit else None
        return Page(found[start : start + limit], more)

    def one(self, connection: Connection, ident: str) -> dict[str, Any] | None:
        """One manager, or None."""
        return next((one for one in self._shown(connection, "") if one["id"] == ident), None)

    def _shown(self, connection: Connection, department: str) -> list[dict[str, Any]]:
        managers, departments, turns = read_people(connection)
        roster, now = Roster(managers, departments, self.company), self.clock.now()
        return [
            _manager_json(one, roster, list(turns.values()), now)
            for one in managers.values()
            if not department or one.department == department
        ]


def _manager_json(one: Manager, roster: Roster, turns: list[Turn], now: Millis) -> dict[str, Any]:
    calendar, why = roster.calendar(one), roster.why_off(one.id, now)
    day = calendar.day(now)
    return {
        "id": one.id,
        "name": one.name,
        "department": one.department,
        "extension": one.extension,
        "contacts": dict(one.contacts),
        "notify": list(one.notify),
        "state": one.state,
        "paused_until": iso(one.paused_until),
        "on_shift": not why,
        "off_reason": why,
        "back_at": iso(roster.opens(one.id, now)) if why else None,
        "hours": list(calendar.hours),
        "timezone": calendar.zone,
        "holidays": calendar.holidays,
        "leave": _leave_json(one.leave) if one.leave and one.leave.until > now else None,
        "weight": one.weight,
        "capacity": one.capacity,
        "given_today": sum(turn.given for turn in turns if turn.manager == one.id and turn.day == day),
        "skills": list(one.skills),
        "quiet_hours": list(one.quiet_hours) if one.quiet_hours is not None else None,
    }


def _leave_json(leave: Leave) -> dict[str, Any]:
    return {"since": iso(leave.since), "until": iso(leave.until), "deputy": leave.deputy}
