"""The morning packet as a duty of the clock: each manager is told once a day what waits, in their own zone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from intake.clock import Millis, from_datetime, to_datetime
from intake.deal import Manager
from intake.decision import Snapshot, Wanted
from intake.effect import Effect, EffectKind
from intake.ports import Bell
from intake.shifts import DISMISSED, ON_LEAVE, Roster
from intake.store.mornings import DueTask, Morning, Mornings
from workers.rules import Rules

_LATEST_MIN = 45
"""So many minutes after its time a packet is still told; later everybody is at work and has seen it."""


class Managers(Protocol):
    """Where it is read who works here."""

    def look(self, wanted: Wanted) -> Snapshot:
        """What stands now."""
        ...


class Effects(Protocol):
    """Where notices are put."""

    def add(self, effects: Sequence[Effect]) -> None:
        """Put further effects in; those whose key is there already stay as they are."""
        ...


@dataclass(frozen=True, slots=True)
class Packet:
    """Writes a packet: its title and its lines, "" where there is nothing to tell. Pure."""

    say: Callable[[str], str]
    zone: ZoneInfo

    def title(self, found: Morning) -> str:
        """One line of counts."""
        told = self.say("Good morning: not taken {untaken}, tasks {due}, deals without a task {bare}")
        return told.format(untaken=found.untaken, due=found.due, bare=len(found.bare))

    def text(self, found: Morning, start: Millis) -> str:
        """Overdue first, then today's, then the deals that nobody has planned anything for."""
        _ = self.say
        late = [one for one in found.tasks if one.due_at < start]
        today = [one for one in found.tasks if one.due_at >= start]
        lines = [f"{_('Overdue')}:", *map(self._line, late)] if late else []
        lines += [f"{_('Today')}:", *map(self._line, today)] if today else []
        if left := found.due - len(found.tasks):
            lines.append(f"+{left}")
        if found.bare:
            numbers = ", ".join(str(one) for one in found.bare)
            told = _("Without a task: No. {numbers}. Such a deal may be handed to another manager")
            lines.append(told.format(numbers=numbers))
        return "\n".join(lines)

    def _line(self, one: DueTask) -> str:
        when = to_datetime(one.due_at).astimezone(self.zone)
        return f"{when:%d.%m %H:%M} № {one.number} {one.text}"


class TellMorning:
    """At `at` in the manager's zone: what waits. Told once a day, whatever was restarted; to who is on leave, never."""

    name = "morning"
    every_s = 30.0

    def __init__(
        self,
        mornings: Mornings,
        managers: Managers,
        effects: Effects,
        bell: Bell,
        rules: Rules,
        at: time | None,
    ) -> None:
        self._mornings = mornings
        self._managers = managers
        self._effects = effects
        self._bell = bell
        self._rules = rules
        self._at = at
        self._done: set[str] = set()

    def run(self, now: Millis) -> None:
        """As Duty."""
        if self._at is None:
            return
        snapshot = self._managers.look(Wanted())
        roster = Roster(snapshot.managers, snapshot.departments, self._rules.company)
        told = [effect for one in roster.managers.values() for effect in self._due(one, roster, now)]
        if told:
            self._effects.add(told)
            self._bell.ring_relay()

    def _due(self, one: Manager, roster: Roster, now: Millis) -> list[Effect]:
        zone = ZoneInfo(roster.calendar(one).zone)
        there = to_datetime(now).astimezone(zone)
        begin = datetime.combine(there.date(), self._at or time(), zone)
        key = f"morning:{there.date().isoformat()}:{one.id}"
        if key in self._done or not begin <= there < begin + timedelta(minutes=_LATEST_MIN):
            return []
        self._done.add(key)
        if roster.why_off(one.id, now) in (DISMISSED, ON_LEAVE):
            return []
        midnight = datetime.combine(there.date(), time(), zone)
        found = self._mornings.read(one.id, from_datetime(midnight + timedelta(days=1)))
        if not (found.untaken or found.due or found.bare):
            return []
        packet = Packet(self._rules.say, zone)
        payload = {
            "subject": packet.title(found),
            "text": packet.text(found, now),
            "page": "/cards",
        }
        return [Effect(key, EffectKind.NOTICE, one.id, payload, now)]
