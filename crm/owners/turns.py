"""Turns: who is next among a group, how many were given today. What every strategy of a group shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crm.owners.base import OwnerCase, Pick
from intake.clock import Millis
from intake.decision import Turn
from intake.shifts import Roster

Turns = Mapping[tuple[str, str], Turn]


def full(roster: Roster, turns: Turns, manager_id: str, now: Millis) -> str:
    """Why this manager is given no more turns today, or ""."""
    one = roster.managers[manager_id]
    if not one.capacity:
        return ""
    day = roster.calendar(one).day(now)
    given = sum(
        turn.given for (_, manager), turn in turns.items() if manager == manager_id and turn.day == day
    )
    return f"full {given}/{one.capacity}" if given >= one.capacity else ""


def ready(case: OwnerCase, members: Sequence[str] = ()) -> list[str]:
    """Those of the members - of the case's by default - who are on shift and not full; notes why the others are
    not."""
    found = []
    for one in members or case.members():
        if not case.on_duty(one):
            continue
        if why := full(case.roster, case.turns, one, case.now):
            case.skipped.append(f"{one}: {why}")
        else:
            found.append(one)
    return found


def turn_of(case: OwnerCase, group: str, manager_id: str, seq: int) -> Turn:
    """The turn that this manager is given, counted for the manager's day."""
    day = case.roster.calendar(case.managers[manager_id]).day(case.now)
    before = case.turns.get((group, manager_id))
    return Turn(group, manager_id, seq, day, before.given + 1 if before and before.day == day else 1)


def last_turns(turns: Turns, group: str) -> dict[str, int]:
    """When each manager of a group was last in turn: the higher, the later."""
    return {manager: turn.seq for (of, manager), turn in turns.items() if of == group}


def in_line(case: OwnerCase, kind: str) -> list[str]:
    """Those who are ready, in the order of their turns of this kind: who has waited longest comes first, of those
    who never had one the first of the list."""
    last = last_turns(case.turns, f"{kind}:{case.group}")
    return sorted(ready(case), key=lambda one: last.get(one, 0))


def give(case: OwnerCase, kind: str, chosen: str, note: str = "") -> Pick:
    """The chosen one's pick, with the turn it uses up."""
    name = f"{kind}:{case.group}"
    turn = turn_of(case, name, chosen, max(last_turns(case.turns, name).values(), default=0) + 1)
    return Pick(chosen, f"{case.group or 'all'}: {note}turn {turn.seq}", turn)
