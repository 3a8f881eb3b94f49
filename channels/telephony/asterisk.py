"""`asterisk`: events of an Asterisk's manager interface (AMI), one message each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from zoneinfo import ZoneInfo

from channels.base import Channel, Event, Need
from channels.body import decode
from channels.telephony.asterisk_settings import check_asterisk
from channels.telephony.calls import (
    CallEvent,
    Direction,
    Status,
    call_needs,
    conclude,
    service,
)
from channels.telephony.wire import (
    Fields,
    Local,
    between,
    call_key,
    event_id,
    first,
    is_short,
    local_of,
    number,
    seconds,
    text,
)
from intake.account import Account, Company
from intake.clock import Millis
from intake.errors import Unreadable
from intake.inquiry import Parsed, Raw

# docs.asterisk.org, "AMI Events": names are compared in lower case, as AMI itself does
_MOST_LINES = 400
_GOING_OUT = re.compile(r"dialout|outrt|outbound|outgoing")
_INSIDE = re.compile(r"from-internal|internal|users|phones")
_OUTSIDE = re.compile(r"trunk|from-(?:pstn|did|external|sip-ext|zap|dahdi)|incoming|inbound|external")
_EXTENSION = re.compile(r"(?:^|/|@)(\d{2,6})(?=$|[@\-/;])")
_EPOCH = re.compile(r"(\d{9,11}\.?\d*)")
_DIALED = frozenset(("ANSWER", "ANSWERED"))
_CDR = {
    "ANSWERED": Status.ANSWERED,
    "NO ANSWER": Status.MISSED,
    "NOANSWER": Status.MISSED,
    "BUSY": Status.MISSED,
    "FAILED": Status.FAILED,
    "CONGESTION": Status.FAILED,
}


class AsteriskParser:
    """Reads AMI messages. A bridge or an answered dial is a talk; the first channel's hang-up without one, in
    whatever order they come, is a missed call."""

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        """The call as this message tells it. Raises Unreadable."""
        fields, local = read_message(raw.body), local_of(account, company)
        reading = _READINGS.get(fields.get("event", "").lower())
        told = reading(fields, local) if reading and _linked(fields) else None
        return conclude(raw, account, company, told) if told else service(raw, account)


def read_message(body: bytes) -> dict[str, str]:
    """An AMI message by its keys in lower case; the first of a repeated key counts. Raises Unreadable."""
    (told,) = decode([body])
    lines = told.replace("\r\n", "\n").strip("\n").split("\n", _MOST_LINES)
    fields: dict[str, str] = {}
    for line in lines[:_MOST_LINES]:
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip().lower(), value.replace("\0", "").strip())
    if not fields.keys() & {"event", "response"}:
        raise Unreadable("this is no AMI message: it names neither an Event nor a Response")
    return fields


def identify(body: bytes) -> Event | None:
    """The message as an event for the journal; None for one that tells nothing of a call. A listener asks this
    before it hands a message in. Raises Unreadable."""
    fields = read_message(body)
    name, linked = fields.get("event", "").lower(), _linked(fields)
    reading = _READINGS.get(name)
    if not reading or not linked or not reading(fields, _ANYWHERE):
        return None
    legs = [
        first(fields, key)
        for key in ("eventname", "uniqueid", "destuniqueid", "bridgeuniqueid", "interface", "dialstatus")
    ]
    return Event(event_id(call_key(linked), name, *legs), call_key(linked))


def _linked(fields: Fields) -> str:
    return first(fields, "linkedid", "destlinkedid", "uniqueid")


def _is_first(fields: Fields) -> bool:
    """Whether the message is about the channel the call began with, and not half of a Local pair."""
    return first(fields, "uniqueid") == _linked(fields) and not first(fields, "channel").startswith("Local/")


def _event(fields: Fields, local: Local, status: Status, employee: str = "") -> CallEvent:
    """What all messages tell: the call, its sides, the time."""
    direction, client, line = _sides(fields)
    at = local.moment(fields.get("timestamp"))
    answered = status is Status.ANSWERED
    name = first(fields, "calleridname")
    return CallEvent(
        id=_linked(fields),
        direction=direction,
        status=status,
        client=client,
        name=name if direction is Direction.IN and number(name) else "",
        line=line,
        extension=employee,
        answered_by=employee if answered else "",
        answered_at=at if answered else None,
        occurred_at=_began(fields, local),
    )


def _began(fields: Fields, local: Local) -> Millis | None:
    """When the call began: its id is the moment of its first channel, unless somebody named it."""
    epoch = _EPOCH.fullmatch(_linked(fields))
    found = local.moment(epoch[1].partition(".")[0]) if epoch else None
    return found or local.moment(first(fields, "starttime", "eventtime", "timestamp"))


def _sides(fields: Fields) -> tuple[Direction, str, str]:
    """Direction, the client's number, our line: by the numbers, and by the dial plan's context where a call of
    ours shows our own number."""
    caller = number(first(fields, "calleridnum", "source", "callerid"))
    connected = number(first(fields, "connectedlinenum", "destcalleridnum"))
    context = first(fields, "context", "destinationcontext").lower()
    if first(fields, "uniqueid") and not _is_first(fields):
        return *_second_side(caller, connected), ""
    dialled = _telephone(number(first(fields, "exten", "destination")))
    if is_short(caller):
        client = dialled or _telephone(connected)
        return (Direction.OUT, client, "") if client else (Direction.INTERNAL, "", "")
    going_out = _GOING_OUT.search(context) or (_INSIDE.search(context) and not _OUTSIDE.search(context))
    if going_out and dialled:
        return Direction.OUT, dialled, caller
    known = caller or _OUTSIDE.search(context)
    return (Direction.IN, caller, dialled) if known else (Direction.UNKNOWN, "", "")


def _second_side(own: str, connected: str) -> tuple[Direction, str]:
    """Direction and client by a channel that the exchange rang itself: an extension is rung by clients and
    colleagues, a telephone outside by an extension - or by a client whose call was forwarded there."""
    if not own or not connected:
        return Direction.UNKNOWN, ""
    if is_short(own):
        return (Direction.INTERNAL, "") if is_short(connected) else (Direction.IN, connected)
    return (Direction.OUT, own) if is_short(connected) else (Direction.IN, connected)


def _telephone(dialled: str) -> str:
    """A dialled number that is a telephone's, not an extension or a word of the dial plan; else ""."""
    return dialled if dialled.lstrip("+").isdecimal() and not is_short(dialled) else ""


def _channel(fields: Fields, local: Local) -> CallEvent | None:
    """A new channel: the first one is a call that begins."""
    return _event(fields, local, Status.RINGING) if _is_first(fields) else None


def _going_on(fields: Fields, local: Local) -> CallEvent | None:
    """A channel that was there when we came: in a bridge they talk already."""
    if not _is_first(fields):
        return None
    employee = number(first(fields, "connectedlinenum"))
    talking = bool(first(fields, "bridgeid")) and is_short(employee)
    return _event(fields, local, Status.ANSWERED if talking else Status.RINGING, employee if talking else "")


def _dial(fields: Fields, local: Local) -> CallEvent | None:
    """A telephone begins to ring."""
    return _event(fields, local, Status.RINGING, _rung(fields))


def _dial_end(fields: Fields, local: Local) -> CallEvent | None:
    """One telephone's end of ringing: answered, or the others may still ring."""
    answered = first(fields, "dialstatus").upper() in _DIALED
    return _event(fields, local, Status.ANSWERED if answered else Status.RINGING, _rung(fields))


def _bridge(fields: Fields, local: Local) -> CallEvent | None:
    """Somebody comes into a talk; with two in it they talk."""
    together = (seconds(fields.get("bridgenumchannels")) or 0) >= 2
    employee = first(fields, "connectedlinenum") if _is_first(fields) else first(fields, "calleridnum")
    short = number(employee) if is_short(number(employee)) else ""
    return _event(fields, local, Status.ANSWERED if together else Status.RINGING, short if together else "")


def _hangup(fields: Fields, local: Local) -> CallEvent | None:
    """The end of the call when its first channel goes. A cause says nothing: 16 is a caller's who gave up too."""
    if not _is_first(fields):
        return None
    ended = local.moment(fields.get("timestamp"))
    return replace(_event(fields, local, Status.MISSED), ended_at=ended)


def _joined_queue(fields: Fields, local: Local) -> CallEvent | None:
    return _event(fields, local, Status.RINGING)


def _agent_called(fields: Fields, local: Local) -> CallEvent | None:
    return _event(fields, local, Status.RINGING, _rung(fields))


def _agent_connect(fields: Fields, local: Local) -> CallEvent | None:
    told = _event(fields, local, Status.ANSWERED, _rung(fields))
    return replace(told, wait_s=seconds(fields.get("holdtime")))


def _agent_complete(fields: Fields, local: Local) -> CallEvent | None:
    told = _event(fields, local, Status.ANSWERED, _rung(fields))
    return replace(told, wait_s=seconds(fields.get("holdtime")), talk_s=seconds(fields.get("talktime")))


def _abandon(fields: Fields, local: Local) -> CallEvent | None:
    return replace(_event(fields, local, Status.MISSED), wait_s=seconds(fields.get("holdtime")))


def _cdr(fields: Fields, local: Local) -> CallEvent | None:
    """The detail record. A call that only the menu or a queue's music answered was not answered."""
    status = _CDR.get(first(fields, "disposition").upper(), Status.UNKNOWN)
    with_somebody = bool(first(fields, "destinationchannel"))
    if status is Status.ANSWERED and not with_somebody:
        status = Status.MISSED
    began, ended = local.moment(fields.get("starttime")), local.moment(fields.get("endtime"))
    answered = local.moment(fields.get("answertime")) if status is Status.ANSWERED else None
    talk_s = seconds(fields.get("billableseconds")) if status is Status.ANSWERED else 0
    wait_s = between(began, answered or ended)
    employee = _rung({"destchannel": first(fields, "destinationchannel")})
    told = _event(fields, local, status, employee)
    return replace(told, ended_at=ended, talk_s=talk_s, wait_s=wait_s)


def _cel(fields: Fields, local: Local) -> CallEvent | None:
    """Channel event logging: the same story in other words."""
    match first(fields, "eventname").upper():
        case "CHAN_START":
            return _channel(fields, local)
        case "BRIDGE_ENTER":
            peer = _EXTENSION.search(first(fields, "peer", "channel"))
            return _event(fields, local, Status.ANSWERED, peer[1] if peer else "")
        case "LINKEDID_END" | "HANGUP" if _is_first(fields):
            ended = local.moment(fields.get("eventtime"))
            return replace(_event(fields, local, Status.MISSED), ended_at=ended)
    return None


def _rung(fields: Fields) -> str:
    """The extension that is rung: by its number, else by its channel's name."""
    dialled = number(first(fields, "destcalleridnum"))
    if is_short(dialled):
        return dialled
    for name in ("destexten", "interface", "membername", "stateinterface", "destchannel", "dialstring"):
        if found := _EXTENSION.search(text(fields.get(name))):
            return found[1]
    return ""


_ANYWHERE = Local(ZoneInfo("UTC"), "")
_Reading = Callable[[Fields, Local], CallEvent | None]
_READINGS: Mapping[str, _Reading] = MappingProxyType(
    {
        "newchannel": _channel,
        "coreshowchannel": _going_on,
        "dialbegin": _dial,
        "dialend": _dial_end,
        "bridgeenter": _bridge,
        "hangup": _hangup,
        "queuecallerjoin": _joined_queue,
        "agentcalled": _agent_called,
        "agentconnect": _agent_connect,
        "agentcomplete": _agent_complete,
        "queuecallerabandon": _abandon,
        "cdr": _cdr,
        "cel": _cel,
    }
)


CHANNEL = Channel(
    kind="asterisk",
    title="Asterisk (AMI)",
    needs=call_needs(
        Need("ami", True, "the manager's address, tcp://host:5038", "адрес интерфейса AMI, tcp://узел:5038"),
        Need("user", True, "the manager's name", "имя пользователя AMI"),
        Need("secret", True, "the manager's password", "пароль пользователя AMI"),
    ),
    parser=AsteriskParser(),
    check=check_asterisk,
)
