"""`binotel`: Binotel: form posts whose field requestType says what they are."""

from __future__ import annotations

from channels.base import Caller, Channel, Event, Heard, HttpCall, HttpReply
from channels.telephony.calls import (
    INTRODUCE,
    SECRET,
    CallEvent,
    Direction,
    PbxHook,
    Status,
    call_needs,
    check_calls,
)
from channels.telephony.wire import (
    Fields,
    Local,
    below,
    call_key,
    event_id,
    first,
    json_reply,
    read_fields,
    seconds,
    text,
    web_address,
)
from intake.account import Account

# Binotel's API CALL SETTINGS, API CALL COMPLETED and the events of API call
_QUESTIONS = frozenset(("apiCallSettings", "gettingCallSettings"))
_EVENTS = {
    "receivedTheCall": Status.RINGING,
    "answeredTheCall": Status.ANSWERED,
    "transferredTheCall": Status.ANSWERED,
    "hangupTheCall": Status.RINGING,
    "apiCallCompleted": Status.MISSED,
    "callCompleted": Status.MISSED,
}
_COMPLETED = frozenset(("apiCallCompleted", "callCompleted"))
_DISPOSITIONS = {
    "ANSWER": Status.ANSWERED,
    "TRANSFER": Status.ANSWERED,
    "ONLINE": Status.ANSWERED,
    "SUCCESS": Status.ANSWERED,
    "BUSY": Status.MISSED,
    "NOANSWER": Status.MISSED,
    "CANCEL": Status.MISSED,
    "VM": Status.MISSED,
    "VM-SUCCESS": Status.MISSED,
    "CONGESTION": Status.FAILED,
    "CHANUNAVAIL": Status.FAILED,
}
_DIRECTIONS = {"0": Direction.IN, "1": Direction.OUT}


class Binotel(PbxHook):
    """Binotel. Its setting: `secret`."""

    def fields(self, call: HttpCall) -> Fields:
        """The call's details beside requestType, `callDetails[a][b]` as objects. Raises Unreadable."""
        posted = _nested(read_fields(call))
        return {
            **{name: value for name, value in posted.items() if name != "callDetails"},
            **_details(posted),
        }

    answer = json_reply({"status": "success"})

    def identify(self, fields: Fields) -> Event | Heard:
        """By the call and what happened to it. The call settings ask who rings and whom to ring: an empty
        object says that nobody is known."""
        if text(fields.get("requestType")) in _QUESTIONS:
            client = _national(first(fields, "externalNumber", "srcNumber"))
            return Heard(json_reply({}), reason="question", question=client)
        kind, group = text(fields.get("requestType")), call_key(first(fields, "generalCallID", "callID"))
        if kind not in _EVENTS or not group:
            return Event()
        return Event(
            event_id(group, kind, first(fields, "internalNumber"), first(fields, "disposition")), group
        )

    def understand(self, fields: Fields, local: Local) -> CallEvent | None:
        """What the event tells; old versions call the client's number srcNumber."""
        kind, call_id = text(fields.get("requestType")), first(fields, "generalCallID", "callID")
        if kind not in _EVENTS or not call_id:
            return None
        status, talk_s = _EVENTS[kind], None
        if kind in _COMPLETED:
            talk_s = seconds(fields.get("billsec"))
            told = text(fields.get("disposition")).upper()
            status = _DISPOSITIONS.get(told, Status.ANSWERED if talk_s else Status.MISSED)
            talk_s = talk_s if status is Status.ANSWERED else 0
        employee = first(fields, "internalNumber") or first(below(fields, "employeeData"), "internalNumber")
        return CallEvent(
            id=call_id,
            direction=_DIRECTIONS.get(text(fields.get("callType")), Direction.UNKNOWN),
            status=status,
            client=_national(first(fields, "externalNumber", "srcNumber")),
            name=first(below(fields, "customerData"), "name"),
            line=_national(
                first(below(fields, "pbxNumberData"), "number") or first(fields, "pbxNumber", "didNumber")
            ),
            extension=employee,
            answered_by=employee if status is Status.ANSWERED else "",
            occurred_at=local.moment(fields.get("startTime")),
            talk_s=talk_s,
            wait_s=seconds(fields.get("waitsec")),
            recording_url=web_address(first(fields, "linkToCallRecordInMyBusiness", "linkToCallRecord")),
        )


def _national(written: str) -> str:
    """A number of Ukraine's, which Binotel writes in its national form, with the country before it."""
    is_national = written.isdecimal() and written.startswith("0") and len(written) == 10
    return f"+38{written}" if is_national else written


def _nested(posted: Fields) -> dict[str, object]:
    """Names in PHP's brackets as objects within objects."""
    tree: dict[str, object] = {}
    for name, value in posted.items():
        steps = str(name).replace("]", "").split("[")[:5]
        node = tree
        for step in steps[:-1]:
            inner = node.get(step)
            if not isinstance(inner, dict):
                inner = node[step] = {}
            node = inner
        node[steps[-1]] = value
    return tree


def _details(posted: Fields) -> Fields:
    """The call's details: those of the first call where several are listed by number."""
    details = below(posted, "callDetails")
    if details and all(isinstance(one, dict) and str(name).isdecimal() for name, one in details.items()):
        return below(next(iter(details.values())))
    return details


def introduce(caller: Caller, account: Account) -> HttpReply:  # noqa: ARG001 - as Channel.introduce
    """The answer to the call settings: the client's name, and the extension of whom to ring."""
    told = {"name": caller.name, "assignedToEmployeeNumber": caller.extension}
    return json_reply({"customerData": {name: value for name, value in told.items() if value}})


_BINOTEL = Binotel()
CHANNEL = Channel(
    kind="binotel",
    title="Binotel",
    needs=call_needs(SECRET, INTRODUCE),
    parser=_BINOTEL,
    webhook=_BINOTEL,
    check=check_calls,
    repeats=False,
    introduce=introduce,
)
