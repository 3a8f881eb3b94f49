"""What people do with alarms: be quiet until a time."""

from __future__ import annotations

from typing import Any

from intake.clock import Clock, Millis, from_iso, iso
from intake.errors import Conflict
from intake.ports import Command, Who
from workers.use_cases.case import Mutes

_LONGEST_MS = 31 * 86_400_000


class AlarmCases:
    """The verb of an alarm."""

    def __init__(self, alarms: Mutes, clock: Clock) -> None:
        self._alarms = alarms
        self._clock = clock

    def mute(self, command: Command, who: Who) -> dict[str, Any]:
        """`mute`: nobody is told of it for `minutes`, or until `until` (an instant; one that is past: be told again).
        Raises NotFound, Conflict."""
        now = self._clock.now()
        until = _until(command, now)
        if until > now + _LONGEST_MS:
            raise Conflict("an alarm is muted for 31 days at most: mend its cause")
        alarm = self._alarms.mute(command.ident, until if until > now else None, who.manager or who.name)
        return {"id": alarm.id, "muted_until": iso(alarm.muted_until), "muted_by": alarm.muted_by}


def _until(command: Command, now: Millis) -> Millis:
    minutes, until = command.args.get("minutes", ""), command.args.get("until", "")
    if minutes.isdecimal() and len(minutes) < 7:
        return now + int(minutes) * 60_000
    try:
        return from_iso(until)
    except (ValueError, OverflowError):
        raise Conflict("say for how many minutes, or until when (2026-11-22T10:00:00Z)") from None
