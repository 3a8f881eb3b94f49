"""`zadarma`: Zadarma's exchange, and classic Novofon's, which speaks the same; every event signs other fields."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import replace

from channels.base import Caller, Channel, Event, Heard, HttpCall, HttpReply, Need
from channels.signing import hmac_hex, same
from channels.telephony.calls import (
    API,
    CallEvent,
    Direction,
    PbxHook,
    Status,
    call_needs,
    check_calls,
    conclude,
    service,
)
from channels.telephony.sms import sms
from channels.telephony.wire import (
    Fields,
    Local,
    call_key,
    digest,
    event_id,
    first,
    is_short,
    json_reply,
    local_of,
    number,
    only,
    read_fields,
    read_pairs,
    seconds,
    text,
)
from intake.account import Account, Company
from intake.errors import Refused, Unreadable
from intake.inquiry import Parsed, Raw

# zadarma.com/ru/support/api, "Вебхуки"; the fields whose values, put together, are signed
_BY_DID = ("caller_id", "called_did", "call_start")
_BY_EMPLOYEE = ("internal", "destination", "call_start")
_SIGNED = {
    "NOTIFY_START": _BY_DID,
    "NOTIFY_INTERNAL": _BY_DID,
    "NOTIFY_END": _BY_DID,
    "NOTIFY_IVR": _BY_DID,
    "NOTIFY_INTERNAL_END": _BY_DID,
    "NOTIFY_ANSWER": ("caller_id", "destination", "call_start"),
    "NOTIFY_OUT_START": _BY_EMPLOYEE,
    "NOTIFY_OUT_END": _BY_EMPLOYEE,
    "NOTIFY_RECORD": ("pbx_call_id", "call_id_with_rec"),
}
_STATUSES = {
    "answered": Status.ANSWERED,
    "busy": Status.MISSED,
    "cancel": Status.MISSED,
    "no answer": Status.MISSED,
    "failed": Status.FAILED,
    "no money": Status.FAILED,
    "unallocated number": Status.FAILED,
    "no limit": Status.FAILED,
    "no day limit": Status.FAILED,
    "line limit": Status.FAILED,
    "no money, no limit": Status.FAILED,
}
_RING_OWNER_S = 15
_ENDS = frozenset(("NOTIFY_END", "NOTIFY_OUT_END"))


class Zadarma(PbxHook):
    """Zadarma and classic Novofon. Its setting: `secret`, the API's."""

    def verify(self, call: HttpCall, account: Account) -> None:
        """Check the Signature header: base64 of the hex HMAC-SHA1 of the event's own fields. The trial of the
        address carries none. Raises Refused 401, 403."""
        if _echo(call) is not None:
            return
        given = {value for name, value in call.headers if name == "signature"}
        if given <= {""}:
            raise Refused(401, "no signature")
        if not account.secret or len(given) > 1 or not same(given.pop(), signature(call, account.secret)):
            raise Refused(403, "wrong signature")

    def hear(self, call: HttpCall, account: Account) -> Heard:
        """Echo the trial; name the event. The answer is empty, for a JSON one re-routes the call: it is given
        only where the account asks for it, to the call's beginning."""
        echo = _echo(call)
        if echo is not None:
            return Heard(HttpReply(200, echo), reason="handshake")
        heard = super().hear(call, account)
        if account.options.get("introduce") is not True:
            return heard
        return replace(heard, question=_asks_about(call))

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        """The call - or the short message - that this event tells of. Raises Unreadable."""
        fields = read_fields(HttpCall.of_raw(raw))
        if text(fields.get("event")) == "SMS":
            told = _result(fields)
            return sms(
                raw,
                account,
                company,
                first(told, "caller_id", "from"),
                first(told, "caller_did", "to"),
                first(told, "text"),
            )
        event = self.understand(fields, local_of(account, company))
        return conclude(raw, account, company, event) if event else service(raw, account)

    def identify(self, fields: Fields) -> Event:
        """By the call, the event's name and the extension it rings."""
        name, call_id = text(fields.get("event")), call_key(fields.get("pbx_call_id"))
        if name not in _SIGNED or not call_id:
            return Event()
        leg = first(fields, "internal", "destination")
        if name in _ENDS:
            leg = ""
        elif name == "NOTIFY_RECORD":
            leg = first(fields, "call_id_with_rec")
        elif name == "NOTIFY_IVR":
            leg = digest(repr(sorted((key, str(value)) for key, value in fields.items())).encode())
        return Event(event_id(call_id, name, leg), call_id)

    def understand(self, fields: Fields, local: Local) -> CallEvent | None:
        """What the event tells of the call."""
        name, call_id = text(fields.get("event")), text(fields.get("pbx_call_id"))
        if name not in _SIGNED or not call_id:
            return None
        direction = _direction(name, call_id, fields)
        internal, destination = first(fields, "internal"), number(fields.get("destination"))
        outbound = direction is not Direction.IN
        status, talk_s = _outcome(name, fields)
        who = internal or ("" if outbound else destination)
        answered, began = status is Status.ANSWERED, local.moment(fields.get("call_start"))
        return CallEvent(
            id=call_id,
            direction=direction,
            status=status,
            client=destination if outbound else first(fields, "caller_id"),
            line=_line(fields, outbound=outbound),
            extension=internal or (destination if is_short(destination) and not outbound else ""),
            answered_by=who if answered else "",
            # the end names who talked last; when that began is not told
            answered_at=began if answered and name in _ENDS else None,
            occurred_at=began,
            talk_s=talk_s,
            fields={"recording_id": first(fields, "call_id_with_rec")},
        )


def _asks_about(call: HttpCall) -> str:
    """The client's number of a call that has just begun; "" of anything else."""
    try:
        fields = read_fields(call)
    except Unreadable:
        return ""
    caller = number(fields.get("caller_id"))
    return "" if text(fields.get("event")) != "NOTIFY_START" or is_short(caller) else caller


def introduce(caller: Caller, account: Account) -> HttpReply:
    """The answer to the call's beginning: the name shown, and whom to ring before it goes its usual way."""
    told: dict[str, str | int] = {"caller_name": caller.name} if caller.name else {}
    wait_s = ring_owner_s(account)
    if caller.extension and wait_s:
        told |= {"redirect": caller.extension, "return_timeout": wait_s}
    return json_reply(told) if told else HttpReply(200, "")


def ring_owner_s(account: Account) -> int:
    """For how many seconds the owner is rung alone; 0 for not at all."""
    value = account.options.get("ring_owner_s", _RING_OWNER_S)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else _RING_OWNER_S


def _check(account: Account) -> Sequence[tuple[str, str, str]]:
    given = account.options.get("ring_owner_s", _RING_OWNER_S)
    fault = ("ring_owner_s", "is not a number of seconds", "write ring_owner_s = 15")
    return [*check_calls(account), *([] if given == ring_owner_s(account) else [fault])]


def _echo(call: HttpCall) -> str | None:
    return next((value for name, value in call.query_pairs() if name == "zd_echo"), None)


def signature(call: HttpCall, secret: str) -> str:
    """The signature that this request must carry. Raises Refused for one that cannot be signed."""
    try:
        pairs = read_pairs(call)
    except Unreadable:
        raise Refused(403, "wrong signature") from None
    # an event nobody documented is signed over `result`, as those of speech and numbers are
    names = _SIGNED.get(only(pairs, "event"), ("result",))
    told = "".join(only(pairs, name) for name in names)
    return base64.b64encode(hmac_hex(secret, told.encode("utf-8", "replace"), "sha1").encode()).decode()


def _direction(name: str, call_id: str, fields: Fields) -> Direction:
    if name.startswith("NOTIFY_OUT") or call_id.startswith("out_"):
        destination = number(fields.get("destination"))
        return Direction.INTERNAL if is_short(destination) else Direction.OUT
    if name == "NOTIFY_RECORD" and not call_id.startswith("in_"):
        return Direction.UNKNOWN
    return Direction.INTERNAL if is_short(number(fields.get("caller_id"))) else Direction.IN


def _line(fields: Fields, *, outbound: bool) -> str:
    """Our number: the one that was called; of an outgoing call the one that is shown, never an extension."""
    shown = first(fields, "caller_id")
    if outbound:
        return "" if is_short(shown) else shown
    return first(fields, "called_did")


def _outcome(name: str, fields: Fields) -> tuple[Status, int | None]:
    """How far the call has come, and how long they talked once it is over."""
    if name == "NOTIFY_ANSWER":
        return Status.ANSWERED, None
    if name == "NOTIFY_RECORD":
        return Status.UNKNOWN, None
    if name not in _ENDS:
        return Status.RINGING, None
    talk_s = seconds(fields.get("duration"))
    disposition = text(fields.get("disposition")).lower()
    status = _STATUSES.get(disposition, Status.ANSWERED if talk_s else Status.MISSED)
    return status, talk_s if status is Status.ANSWERED else 0


def _result(fields: Fields) -> Fields:
    """The `result` of the events that have one: JSON in a field."""
    try:
        tree = json.loads(text(fields.get("result")) or "{}")
    except (ValueError, RecursionError):
        raise Unreadable("the field result holds no JSON") from None
    return tree if isinstance(tree, dict) else {}


_ZADARMA = Zadarma()
CHANNEL = Channel(
    kind="zadarma",
    title="Zadarma, classic Novofon",
    needs=call_needs(
        Need("secret", True, "the API's secret key", "секретный ключ API"),
        Need(
            "api_key", False, "the API's user key, to read calls again", "ключ API, чтобы перечитывать звонки"
        ),
        *API,
        Need(
            "introduce",
            False,
            "true: at a call's beginning the exchange is told the client's name and rings the owner first",
            "true: в начале звонка АТС узнаёт имя клиента и сначала звонит ответственному",
        ),
        Need(
            "ring_owner_s",
            False,
            "for how many seconds the owner is rung alone, 15 by default; 0: the name only",
            "сколько секунд звонить только ответственному, обычно 15; 0: только имя",
        ),
    ),
    parser=_ZADARMA,
    webhook=_ZADARMA,
    check=_check,
    repeats=False,
    introduce=introduce,
)
