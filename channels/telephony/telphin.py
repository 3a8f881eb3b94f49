"""`telphin`: Telphin's RingMe exchange: events of each extension, by GET or POST."""

from __future__ import annotations

from typing import Any

from channels.base import Channel, Event
from channels.telephony.calls import SECRET, CallEvent, Direction, PbxHook, Status, call_needs, check_calls
from channels.telephony.wire import (
    Fields,
    Local,
    call_key,
    event_id,
    first,
    is_short,
    number,
    text,
)

# RingMe's page of events: dial-in, dial-out, answer, hangup
_EVENTS = frozenset(("dial-in", "dial-out", "answer", "hangup"))
_STATUSES = {
    "ANSWER": Status.ANSWERED,
    "ANSWERED": Status.ANSWERED,
    "NOANSWER": Status.MISSED,
    "NO ANSWER": Status.MISSED,
    "CANCEL": Status.MISSED,
    "BUSY": Status.MISSED,
    "CONGESTION": Status.FAILED,
    "CHANUNAVAIL": Status.FAILED,
}
_FLOWS = {"in": Direction.IN, "out": Direction.OUT, "internal": Direction.INTERNAL}
_DAY_S = 86_400


class Telphin(PbxHook):
    """Telphin. Its setting: `secret`."""

    def identify(self, fields: Fields) -> Event:
        """By the call, the event and the extension's leg."""
        group, name = call_key(fields.get("CallID")), _name(fields)
        if not group or name not in _EVENTS:
            return Event()
        leg = first(fields, "CallAPIID", "CalledExtension", "CallerExtension")
        return Event(event_id(group, name, leg, first(fields, "CallStatus")), group)

    def understand(self, fields: Fields, local: Local) -> CallEvent | None:
        """What the event tells of one extension's leg."""
        name, call_id = _name(fields), text(fields.get("CallID"))
        if name not in _EVENTS or not call_id:
            return None
        direction = _direction(name, fields)
        outbound, at = direction is Direction.OUT, local.moment(fields.get("EventTime"))
        employee = _extension(
            first(fields, "CallerExtension") if outbound else first(fields, "CalledExtension")
        )
        status, talk_s = Status.ANSWERED if name == "answer" else Status.RINGING, None
        if name == "hangup":
            talk_s = _length(fields.get("Duration"))
            told = text(fields.get("CallStatus")).upper()
            status = _STATUSES.get(told, Status.ANSWERED if talk_s else Status.MISSED)
            talk_s = talk_s if status is Status.ANSWERED else 0
        answered = status is Status.ANSWERED
        return CallEvent(
            id=call_id,
            direction=direction,
            status=status,
            client=first(fields, "CalledNumber" if outbound else "CallerIDNum"),
            name="" if outbound else first(fields, "CallerIDName"),
            line=first(fields, "CallerIDNum" if outbound else "CalledDID"),
            extension=employee,
            answered_by=employee if answered else "",
            answered_at=at if name == "answer" else None,
            occurred_at=at,
            ended_at=at if name == "hangup" else None,
            talk_s=talk_s,
            fields={"recording_id": first(fields, "RecID")},
        )


def _name(fields: Fields) -> str:
    return first(fields, "EventType", "event_type").lower().replace("_", "-")


def _direction(name: str, fields: Fields) -> Direction:
    told = _FLOWS.get(first(fields, "CallFlow").lower())
    found = told or {"dial-in": Direction.IN, "dial-out": Direction.OUT}.get(name, Direction.UNKNOWN)
    theirs = number(first(fields, "CalledNumber" if found is Direction.OUT else "CallerIDNum"))
    return Direction.INTERNAL if is_short(_extension(theirs)) else found


def _extension(written: str) -> str:
    """An extension without the exchange's number before it (`12345*101`) and the host behind it."""
    return number(written).rpartition("*")[2]


def _length(value: Any) -> int | None:
    """Whole seconds of a duration that may be in microseconds."""
    told = text(value)
    if not told.isdecimal() or len(told) > 15:
        return None
    count = int(told)
    return count // 1_000_000 if count > _DAY_S else count


_TELPHIN = Telphin()
CHANNEL = Channel(
    kind="telphin",
    title="Telphin RingMe",
    needs=call_needs(SECRET),
    parser=_TELPHIN,
    webhook=_TELPHIN,
    check=check_calls,
    repeats=False,
)
