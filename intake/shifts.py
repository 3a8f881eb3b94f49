"""Shifts: who is there to be given something, who stands in for whom, who is told when nobody is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from intake.account import Company
from intake.clock import Millis
from intake.deal import Department, Manager
from intake.hours import Calendar

DISMISSED = "dismissed"
PAUSED = "paused"
ON_LEAVE = "on leave"
OFF_SHIFT = "off shift"


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody by id, in order, with their departments and the company: all that shifts depend on, read within one
    snapshot."""

    managers: Mapping[str, Manager] = field(default_factory=dict)
    departments: Mapping[str, Department] = field(default_factory=dict)
    company: Company = field(default_factory=Company)

    def calendar(self, one: Manager) -> Calendar:
        """When the manager works: the manager's own hours, else the department's, else the company's; the zone and
        the holidays likewise. Who has no hours anywhere is on shift around the clock."""
        group = self.departments.get(one.department) or Department("")
        return Calendar(
            one.hours or group.hours or self.company.hours,
            one.zone or group.zone or self.company.timezone,
            one.holidays or group.holidays or self.company.holidays,
        )

    def why_off(self, manager_id: str, now: Millis) -> str:
        """Why this manager is given nothing now, or "" for one who is on shift."""
        one = self.managers.get(manager_id)
        return why_off(one, self.calendar(one), now) if one else DISMISSED

    def stand_in(self, manager_id: str, now: Millis) -> str:
        """Who does this manager's work now: the manager, or during a leave the first deputy on shift, or the heir of
        who left (`leave.deputy` too); "" for nobody."""
        asked: set[str] = set()
        here = manager_id
        while here and here not in asked and here in self.managers:
            asked.add(here)
            why = self.why_off(here, now)
            if not why:
                return here
            leave = self.managers[here].leave
            here = leave.deputy if why in (ON_LEAVE, DISMISSED) and leave else ""
        return ""

    def head(self, *departments: str) -> str:
        """The id of who answers for these departments, the first that has a head who works here; else the
        company's; else any department's. "" when nobody was named."""
        named = [self.departments[one].head for one in departments if one in self.departments]
        others = [one.head for one in self.departments.values()]
        for one in (*named, self.company.head, *others):
            if one in self.managers and self.managers[one].state != "dismissed":
                return one
        return ""

    def opens(self, manager_id: str, now: Millis) -> Millis | None:
        """When this manager is on shift next, as far as it is known."""
        one = self.managers[manager_id]
        if one.state == "dismissed" or (one.state == "paused" and one.paused_until is None):
            return None
        calendar, at = self.calendar(one), now
        for _ in range(4):  # a leave may end in a pause, that in the night
            if why_off(one, calendar, at) == "":
                return at
            if one.state == "paused" and one.paused_until and one.paused_until > at:
                at = one.paused_until
            elif one.leave and one.leave.since <= at < one.leave.until:
                at = one.leave.until
            else:
                opening = calendar.opens(at)
                if opening is None:
                    return None
                at = opening
        return None


def why_off(one: Manager, calendar: Calendar, now: Millis) -> str:
    """Why a manager is given nothing now, or "": the one place that knows who is on shift.

    A dismissal ends everything; a pause, said by hand, comes before a leave and the hours; who came on shift by hand
    (`on_until`) is there whatever the hours say.
    """
    if one.state == "dismissed":
        return DISMISSED
    if one.state == "paused" and (one.paused_until is None or one.paused_until > now):
        return PAUSED
    if one.leave and one.leave.since <= now < one.leave.until:
        return ON_LEAVE
    if one.on_until is not None and now < one.on_until:
        return ""
    return "" if calendar.open(now) else OFF_SHIFT
