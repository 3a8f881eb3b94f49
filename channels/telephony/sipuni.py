"""`sipuni`: Sipuni. Events by GET or POST; whoever does not answer in JSON is not told any more."""

from __future__ import annotations

import re

from channels.base import Channel, Event, Heard, HttpReply
from channels.telephony.calls import SECRET, CallEvent, Direction, PbxHook, Status, call_needs, check_calls
from channels.telephony.wire import (
    Fields,
    Local,
    between,
    call_key,
    event_id,
    first,
    number,
    seconds,
    text,
    web_address,
)

# doc.sipuni.com, "Отправка событий HTTP"
_CALL, _HANG_UP, _ANSWER = "1", "2", "3"
_EVENTS = frozenset(("1", "2", "3", "4"))
_EXTERNAL = "1"
_STATUSES = {
    "ANSWER": Status.ANSWERED,
    "NOANSWER": Status.MISSED,
    "BUSY": Status.MISSED,
    "CANCEL": Status.MISSED,
    "CONGESTION": Status.FAILED,
    "CHANUNAVAIL": Status.FAILED,
}


class Sipuni(PbxHook):
    """Sipuni. Its setting: `secret`."""

    answer = HttpReply(200, '{"success": true}', (("Content-Type", "application/json; charset=utf-8"),))
    """Without it Sipuni stops sending."""

    def identify(self, fields: Fields) -> Event | Heard:
        """By the call, the event and the side that is dialled. Saving the address in the cabinet tries it
        without a call."""
        call_id, name = call_key(fields.get("call_id")), text(fields.get("event"))
        if not name and not call_id:
            return Heard(self.answer, reason="probe")
        if name not in _EVENTS or not call_id:
            return Event()
        leg = (first(fields, "dst_num"), first(fields, "timestamp")) if name != _HANG_UP else ()
        return Event(event_id(call_id, name, *leg), call_id)

    def understand(self, fields: Fields, local: Local) -> CallEvent | None:
        """What the event tells. Event 4 ends one leg alone."""
        name, call_id = text(fields.get("event")), text(fields.get("call_id"))
        if name not in _EVENTS or not call_id:
            return None
        direction = _direction(fields)
        outbound = direction is Direction.OUT
        at = local.moment(fields.get("timestamp"))
        status = Status.ANSWERED if name == _ANSWER else Status.RINGING
        began, picked_up, ended, link = None, at if name == _ANSWER else None, None, None
        if name == _HANG_UP:
            began = local.moment(fields.get("call_start_timestamp"))
            picked_up, ended = local.moment(fields.get("call_answer_timestamp")), at
            told = text(fields.get("status")).upper()
            status = _STATUSES.get(told, Status.ANSWERED if picked_up else Status.MISSED)
            link = web_address(fields.get("call_record_link"))
        employee = _employee(fields, outbound=outbound)
        answered = status is Status.ANSWERED
        return CallEvent(
            id=call_id,
            direction=direction,
            status=status,
            client=first(fields, "dst_num") if outbound else first(fields, "src_num"),
            line=_line(fields, outbound=outbound),
            extension=employee,
            answered_by=(employee or ("" if outbound else _last_called(fields))) if answered else "",
            answered_at=picked_up,
            occurred_at=began or at,
            ended_at=ended,
            talk_s=_talk_s(fields, picked_up, ended, answered=answered),
            wait_s=between(began, picked_up or ended),
            recording_url=link,
        )


def _direction(fields: Fields) -> Direction:
    source, target = text(fields.get("src_type")), text(fields.get("dst_type"))
    if not source:
        return Direction.UNKNOWN
    if source == _EXTERNAL:
        return Direction.IN
    return Direction.OUT if target == _EXTERNAL else Direction.INTERNAL


def _employee(fields: Fields, *, outbound: bool) -> str:
    """The extension on our side; "" when the other side is a line of ours."""
    side = "src" if outbound else "dst"
    if not outbound and text(fields.get("dst_type")) == _EXTERNAL:
        return ""
    short, full = first(fields, f"short_{side}_num"), number(fields.get(f"{side}_num"))
    cabinet = first(fields, "user_id")
    return short or (full.removeprefix(cabinet) if cabinet else full)


def _last_called(fields: Fields) -> str:
    called = [number(one) for one in re.split("[,&]", text(fields.get("last_called")))]
    return called[-1]


def _line(fields: Fields, *, outbound: bool) -> str:
    ours = first(fields, "pbxdstnum")
    return ours or (
        first(fields, "dst_num") if not outbound and text(fields.get("dst_type")) == _EXTERNAL else ""
    )


def _talk_s(fields: Fields, began: int | None, ended: int | None, *, answered: bool) -> int | None:
    if ended is None:
        return None
    return between(began, ended) if answered and began else seconds(fields.get("talk_time")) or 0


_SIPUNI = Sipuni()
CHANNEL = Channel(
    kind="sipuni",
    title="Sipuni",
    needs=call_needs(SECRET),
    parser=_SIPUNI,
    webhook=_SIPUNI,
    check=check_calls,
    repeats=False,
)
