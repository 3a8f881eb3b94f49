"""`skorozvon`: Skorozvon, a dialler: what its operators found out in a call is passed on as a lead."""

from __future__ import annotations

from channels.base import Channel, Event
from channels.telephony.calls import SECRET, CallEvent, Direction, PbxHook, Status, call_needs, check_calls
from channels.telephony.wire import (
    Fields,
    Local,
    below,
    call_key,
    event_id,
    first,
    seconds,
    text,
    web_address,
)

# the scenario "send the result of a call": {"call", "call_result", "lead"}
_DIRECTIONS = {"in": Direction.IN, "incoming": Direction.IN, "inbound": Direction.IN}


class Skorozvon(PbxHook):
    """Skorozvon. Its setting: `secret`. The dialler's operators are not our managers: a call that they pass on
    is a client's request, though it was an outgoing one."""

    def identify(self, fields: Fields) -> Event:
        """By the call and its result: the same one comes several times."""
        group = _id(fields)
        result = first(below(fields, "call_result"), "result_id", "result_name")
        return Event(event_id(group, "result", result), group) if group else Event()

    def understand(self, fields: Fields, local: Local) -> CallEvent | None:
        """The lead that the operator passes on."""
        call, lead, result = below(fields, "call"), below(fields, "lead"), below(fields, "call_result")
        call_id = text(call.get("id"))
        if not call_id:
            return None
        comments = (first(result, "comment"), first(lead, "comment"))
        operator = first(below(call, "user"), "name")
        direction = _DIRECTIONS.get(first(call, "direction", "type").lower(), Direction.OUT)
        return CallEvent(
            id=call_id,
            direction=direction,
            status=Status.ANSWERED,
            client=first(call, "phone") or first(lead, "phone"),
            name=first(lead, "name"),
            answered_by=operator,
            occurred_at=local.moment(call.get("started_at")),
            talk_s=seconds(call.get("duration")),
            recording_url=web_address(first(call, "recording_url", "record_url")),
            subject=first(result, "result_name"),
            is_lead=True,
            text="\n".join(dict.fromkeys(one for one in comments if one)),
            emails=tuple(one for one in (first(lead, "email"),) if "@" in one),
        )


def _id(fields: Fields) -> str:
    return call_key(below(fields, "call").get("id"))


_SKOROZVON = Skorozvon()
CHANNEL = Channel(
    kind="skorozvon",
    title="Skorozvon",
    needs=call_needs(SECRET),
    parser=_SKOROZVON,
    webhook=_SKOROZVON,
    check=check_calls,
    repeats=False,
)
