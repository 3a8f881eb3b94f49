"""`mango`: Mango Office's virtual exchange. Its events are signed, and posted below one base address by name."""

from __future__ import annotations

import hashlib

from channels.base import Channel, Event, Heard, HttpCall, HttpReply, Need
from channels.body import read_json
from channels.signing import same
from channels.telephony.calls import (
    API,
    CallEvent,
    Direction,
    Status,
    call_needs,
    check_calls,
    conclude,
    service,
)
from channels.telephony.wire import (
    Fields,
    Local,
    below,
    between,
    call_key,
    event_id,
    first,
    is_short,
    local_of,
    number,
    only,
    read_pairs,
    seconds,
    text,
    whole,
)
from intake.account import Account, Company
from intake.errors import Refused, Unreadable
from intake.inquiry import Parsed, Raw

# Mango Office VPBX API 1.9: events/call, events/summary, events/recording
_DIRECTIONS = {"0": Direction.INTERNAL, "1": Direction.IN, "2": Direction.OUT}
_TALKING = frozenset(("Connected", "OnHold"))
_NO_SUCH_NUMBER = 1133


class Mango:
    """Mango Office. Its settings: `vpbx_api_key`, `vpbx_api_salt`."""

    def verify(self, call: HttpCall, account: Account) -> None:
        """Check sha256(key + json + salt) over the json field as it came. Raises Refused 401, 403."""
        key, salt = account.option("vpbx_api_key"), account.option("vpbx_api_salt")
        try:
            pairs = read_pairs(call)
        except Unreadable:
            raise Refused(401, "no signature") from None
        signature, given_key = only(pairs, "sign"), only(pairs, "vpbx_api_key")
        if not signature or not given_key:
            raise Refused(401, "no signature")
        signed = f"{key}{only(pairs, 'json')}{salt}".encode("utf-8", "surrogatepass")
        known = same(given_key, key) and bool(salt)
        if not same(signature.lower(), hashlib.sha256(signed).hexdigest()) or not known:
            raise Refused(403, "wrong signature")

    def hear(self, call: HttpCall, account: Account) -> Heard:  # noqa: ARG002 - the shape of a Webhook
        """Name the event; Mango looks at the status of the answer alone."""
        reply = HttpReply(200, "")
        try:
            pairs = read_pairs(call)
            if not pairs:
                return Heard(reply, reason="probe")
            return Heard(reply, (_identify(call.path, _told(pairs)),))
        except Unreadable:
            return Heard(reply, (Event(),))

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        """The call as this event tells it. Raises Unreadable."""
        call = HttpCall.of_raw(raw)
        fields, local = _told(read_pairs(call)), local_of(account, company)
        told = None
        match _name(call.path, fields):
            case "call":
                told = _leg(fields, local)
            case "summary":
                told = _summary(fields, local)
            case "recording" | "record/added":
                told = _recording(fields)
        return conclude(raw, account, company, told) if told and told.id else service(raw, account)


def _told(pairs: list[tuple[str, str]]) -> Fields:
    """What the json field holds. Raises Unreadable."""
    told = next((value for name, value in pairs if name == "json"), "")
    tree = read_json(told.encode("utf-8", "surrogatepass"))
    if not isinstance(tree, dict):
        raise Unreadable("the field json holds no object")
    return tree


def _name(path: str, fields: Fields) -> str:
    """The event's name, which stands in the path; a proxy that drops it leaves what the fields tell."""
    _, found, name = f"/{path}".rpartition("/events/")
    if found:
        return name.strip("/")
    if "call_state" in fields:
        return "call"
    if "entry_result" in fields or "call_direction" in fields:
        return "summary"
    return "recording" if "recording_id" in fields else ""


def _identify(path: str, fields: Fields) -> Event:
    group, name = call_key(fields.get("entry_id")), _name(path, fields)
    match name:
        case "call":
            leg, state = first(fields, "call_id"), first(fields, "call_state")
            ident = event_id(leg or group, name, first(fields, "seq"), state)
        case "summary":
            ident = event_id(group, name)
        case "recording" | "record/added":
            state = first(fields, "recording_state")
            ident = event_id(first(fields, "recording_id") or group, name, first(fields, "seq"), state)
        case _:
            return Event()
    return Event(ident, group) if group else Event()


def _leg(fields: Fields, local: Local) -> CallEvent:
    """A change of one leg. A leg that is over says nothing of the call: others may still ring."""
    caller, callee = below(fields, "from"), below(fields, "to")
    ours, theirs = text(caller.get("extension")), text(callee.get("extension"))
    to_colleague = theirs or is_short(number(callee.get("number")))
    direction = Direction.IN if not ours else Direction.INTERNAL if to_colleague else Direction.OUT
    employee = theirs if direction is not Direction.OUT else ours
    at = local.moment(fields.get("timestamp"))
    with_somebody = text(fields.get("location")) not in ("ivr", "queue")
    talking = text(fields.get("call_state")) in _TALKING and with_somebody
    if direction is Direction.IN and talking:
        employee = employee or text(callee.get("number"))
    return CallEvent(
        id=text(fields.get("entry_id")),
        direction=direction,
        status=Status.ANSWERED if talking else Status.RINGING,
        client=first(callee if direction is Direction.OUT else caller, "number"),
        line=first(callee, "line_number") or first(fields, "line_number"),
        extension=theirs if direction is Direction.IN else ours,
        answered_by=employee if talking else "",
        answered_at=at if talking else None,
        occurred_at=at,
    )


def _summary(fields: Fields, local: Local) -> CallEvent:
    """The end of the whole call. entry_result is 1 for calls that ended in the menu too: talk_time tells."""
    caller, callee = below(fields, "from"), below(fields, "to")
    direction = _DIRECTIONS.get(first(fields, "call_direction"), Direction.UNKNOWN)
    began, ended = local.moment(fields.get("create_time")), local.moment(fields.get("end_time"))
    talked = local.moment(fields.get("talk_time"))
    outbound = direction is Direction.OUT
    employee = first(caller, "extension") if outbound else first(callee, "extension")
    failed = whole(fields.get("disconnect_reason")) == _NO_SUCH_NUMBER
    return CallEvent(
        id=text(fields.get("entry_id")),
        direction=direction,
        status=Status.ANSWERED if talked else Status.FAILED if failed else Status.MISSED,
        client=first(callee if outbound else caller, "number"),
        line=first(fields, "line_number") or first(callee, "line_number"),
        extension=employee,
        answered_by=(employee or ("" if outbound else first(callee, "number"))) if talked else "",
        answered_at=talked,
        occurred_at=began,
        ended_at=ended,
        talk_s=between(talked, ended) if talked else 0,
        wait_s=between(began, talked or ended),
    )


def _recording(fields: Fields) -> CallEvent:
    """The record of a call: an id to fetch it by, no address. It says nothing of the call itself."""
    kept = seconds(fields.get("completion_code")) in (None, 1000)
    return CallEvent(
        id=text(fields.get("entry_id")),
        direction=Direction.UNKNOWN,
        status=Status.UNKNOWN,
        extension=first(fields, "extension"),
        fields={"recording_id": first(fields, "recording_id") if kept else ""},
    )


_MANGO = Mango()
CHANNEL = Channel(
    kind="mango",
    title="Mango Office",
    needs=call_needs(
        Need("vpbx_api_key", True, "the exchange's unique code", "уникальный код АТС"),
        Need("vpbx_api_salt", True, "the key that signs", "ключ для создания подписи"),
        *API,
    ),
    parser=_MANGO,
    webhook=_MANGO,
    check=check_calls,
    repeats=False,
)
