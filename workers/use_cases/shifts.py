"""Who is there: pause, resume, shift, leave, terms, and whose turn is next - what a manager or the head says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from crm.owners.base import OwnerCase
from crm.owners.table import line_of
from intake.account import Account
from intake.clock import Millis, from_iso, iso
from intake.deal import Leave, Manager
from intake.decision import Wanted
from intake.errors import Conflict, NotFound
from intake.hours import Calendar, read_spans, read_week
from intake.inquiry import Inquiry, Kind
from intake.ports import Command, Who
from intake.shifts import Roster, why_off
from workers.fold import Fold
from workers.use_cases.case import House, the_manager

MINUTE_MS = 60_000
BY_HAND_MS = 12 * 3_600_000
"""How long a shift begun by hand lasts where no calendar says when the next one begins."""


class ShiftCases:
    """The verbs of a manager's presence. Each raises NotFound, Conflict, Forbidden and answers None: the manager as
    the API shows it (`on_shift`, `off_reason`, `back_at`) is the new state. What waits for an owner is handed out
    by the clock within seconds of somebody coming on shift."""

    def __init__(self, house: House) -> None:
        self._house = house

    def pause(self, command: Command, who: Who) -> None:
        """`pause`: given nothing until `until` (an instant; one that is past ends the pause), or for `minutes`, or
        without end."""
        until, minutes = command.args.get("until", ""), command.args.get("minutes", "")
        at = read_instant(until) if until else None
        span = _count(minutes, "minutes") * MINUTE_MS if minutes else 0

        def change(fold: Fold, one: Manager) -> Manager:
            end = fold.now + span if span else at
            if end is not None and end <= fold.now:
                return _present(one)
            return replace(one, state="paused", paused_until=end, on_until=None)

        self._change(command, who, change)

    def resume(self, command: Command, who: Who) -> None:
        """`resume`: the pause is over; the calendar and a leave hold again."""
        self._change(command, who, lambda _, one: _present(one))

    def shift(self, command: Command, who: Who) -> None:
        """`shift`: on (`on` = "1") whatever the calendar says, until it begins to count again; off ("0") until the
        next opening; without `on` the other of the two. Who comes on shift during a leave has ended it."""
        wanted = command.args.get("on", "")

        def change(fold: Fold, one: Manager) -> Manager:
            calendar, now = fold.roster.calendar(one), fold.now
            on = wanted == "1" or (not wanted and bool(why_off(one, calendar, now)))
            if not on:
                return replace(one, state="paused", paused_until=_next_opening(calendar, now), on_until=None)
            leave = None if one.leave and one.leave.since <= now else one.leave
            until = None if calendar.open(now) else calendar.opens(now) or now + BY_HAND_MS
            return replace(_present(one), leave=leave, on_until=until)

        self._change(command, who, change)

    def leave(self, command: Command, who: Who) -> None:
        """`leave`: away from `since` (now by default) until `until`, with a `deputy`; without `until` none any more.
        The deputy is given what would be the manager's meanwhile."""
        args = command.args
        since, until = args.get("since", ""), args.get("until", "")
        begin, end = (read_instant(one) if one else None for one in (since, until))

        def step(fold: Fold) -> None:
            one = the_manager(fold, command.ident)
            deputy = args.get("deputy", "")
            if deputy:
                the_manager(fold, deputy)
            if deputy == one.id:
                raise Conflict("nobody is their own deputy: name another manager")
            start = fold.now if begin is None else begin
            if end is not None and end <= max(start, fold.now):
                raise Conflict("the leave would be over before it begins")
            fold.changes.managers[one.id] = replace(
                one, leave=None if end is None else Leave(start, end, deputy)
            )

        self._house.fold(Wanted(), step, command, who)

    def terms(self, command: Command, who: Who) -> None:
        """`terms`: what is named changes, "" back to what holds for everybody: `name`, `department`, `extension`,
        `hours` (lines divided by `;`), `zone`, `holidays`, `weight`, `capacity`, `skills` and `quiet_hours` (divided
        by commas)."""
        told = {name: value for name, value in command.args.items() if name in _TERMS}
        if not told:
            raise Conflict(f"say what is to change: {', '.join(_TERMS)}")
        given = {name: _TERMS[name](value) for name, value in told.items()}
        self._change(command, who, lambda _, one: replace(one, **given))

    def line(self, command: Command, who: Who) -> dict[str, Any]:
        """`line`: the manager's place in the line of turns: `{"manager", "on_shift", "off_reason", "back_at", "place"
        (1: the next inquiry is theirs; null: given nothing now), "ahead": [names]}`. Changes nothing."""
        del who
        rules, now = self._house.rules(), self._house.clock.now()
        snapshot = self._house.ledger.look(Wanted(loads=rules.loads))
        roster = Roster(snapshot.managers, snapshot.departments, rules.company)
        one = roster.managers.get(command.ident)
        if one is None:
            raise NotFound(f"no manager {command.ident}")
        nothing = Inquiry("", "", "", Kind.MESSAGE, now)
        case = OwnerCase(nothing, Account("", ""), None, (), roster, snapshot.turns, now, rules.owners)
        ahead = line_of(replace(case, group=one.department, loads=snapshot.loads))
        why = roster.why_off(one.id, now)
        place = ahead.index(one.id) if one.id in ahead else None
        return {
            "manager": one.id,
            "on_shift": not why,
            "off_reason": why,
            "back_at": iso(roster.opens(one.id, now)) if why else None,
            "place": None if place is None else place + 1,
            "ahead": [roster.managers[other].name for other in ahead[:place]],
        }

    def _change(self, command: Command, who: Who, change: Callable[[Fold, Manager], Manager]) -> None:
        def step(fold: Fold) -> None:
            one = the_manager(fold, command.ident)
            fold.changes.managers[one.id] = change(fold, one)

        self._house.fold(Wanted(), step, command, who)


def _present(one: Manager) -> Manager:
    return replace(one, state="active", paused_until=None)


def _next_opening(calendar: Calendar, now: Millis) -> Millis | None:
    """When the next working time after this one begins; None where there is none."""
    closing = calendar.closes(now)
    if closing is None and calendar.open(now):
        return None
    return calendar.opens(closing or now)


def read_instant(text: str) -> Millis:
    """The instant a person wrote. Raises Conflict."""
    try:
        return from_iso(text)
    except ValueError:
        raise Conflict(f"a time like 2026-11-22T10:00:00Z is wanted, not {text[:40]!r}") from None


def _count(text: str, what: str) -> int:
    if not text.isdecimal() or len(text) > 6:
        raise Conflict(f"{what}: a whole number is wanted, not {text[:40]!r}")
    return int(text)


def _weight(text: str) -> float:
    try:
        found = float(text or "1")
    except ValueError:
        found = -1.0
    if not 0 <= found < 1e6:
        raise Conflict(f"weight: a number is wanted, 0 for no turns, not {text[:40]!r}")
    return found


def _hours(text: str) -> tuple[str, ...]:
    lines = tuple(line.strip() for line in text.split(";") if line.strip())
    try:
        read_week(lines)
    except ValueError as error:
        raise Conflict(f"hours: {error}") from None
    return lines


def _quiet(text: str) -> tuple[str, ...] | None:
    spans = _words(text)
    try:
        for one in spans:
            read_spans(one)
    except ValueError as error:
        raise Conflict(f"quiet_hours: {error}") from None
    return spans or None


def _zone(text: str) -> str:
    try:
        Calendar(zone=text or "UTC").day(0)
    except (ValueError, OSError, LookupError):
        raise Conflict(f'no time zone is called "{text[:40]}": write it like Europe/Moscow') from None
    return text


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


_TERMS: Mapping[str, Callable[[str], Any]] = {
    "name": str,
    "department": str,
    "extension": str,
    "hours": _hours,
    "zone": _zone,
    "holidays": str,
    "weight": _weight,
    "capacity": lambda text: _count(text or "0", "capacity"),
    "skills": _words,
    "quiet_hours": _quiet,
}
