"""`megafon`: MegaFon's virtual exchange and the white labels of the same platform (crm_token protocol)."""

from __future__ import annotations

from channels.base import Caller, Channel, Event, Heard, HttpCall, HttpReply, Need
from channels.signing import same
from channels.telephony.calls import INTRODUCE, CallEvent, Direction, PbxHook, Status, call_needs, check_calls
from channels.telephony.wire import (
    Fields,
    Local,
    call_key,
    digest,
    event_id,
    first,
    is_short,
    json_reply,
    number,
    only,
    read_fields,
    read_pairs,
    seconds,
    text,
    web_address,
)
from intake.account import Account
from intake.errors import Refused, Unreadable

# the cloud exchange's "REST API for CRM": what an event's `type` says of the call
_TYPES = {
    "INCOMING": Status.RINGING,
    "OUTGOING": Status.RINGING,
    "ACCEPTED": Status.ANSWERED,
    "COMPLETED": Status.ANSWERED,
    # somebody else of the group may have answered: only `history` knows
    "CANCELLED": Status.RINGING,
    "TRANSFERRED": Status.RINGING,
}
_HISTORY = {
    "success": Status.ANSWERED,
    "missed": Status.MISSED,
    "cancel": Status.MISSED,
    "busy": Status.MISSED,
    "notavailable": Status.MISSED,
    "notallowed": Status.FAILED,
    "notfound": Status.FAILED,
}
_DIRECTIONS = {"in": Direction.IN, "out": Direction.OUT, "internal": Direction.INTERNAL}


class MegaFon(PbxHook):
    """MegaFon and white labels. Its setting: `crm_token`."""

    def verify(self, call: HttpCall, account: Account) -> None:
        """Compare the field crm_token. Raises Refused 401 in the protocol's own words."""
        try:
            is_json = call.body.lstrip()[:1] == b"{"
            given = (
                text(read_fields(call).get("crm_token")) if is_json else only(read_pairs(call), "crm_token")
            )
        except Unreadable:
            given = ""
        if not same(given, account.option("crm_token")):
            raise Refused(401, "Invalid token")

    answer = json_reply({})

    def identify(self, fields: Fields) -> Event | Heard:
        """By the call, the event and whose telephone it is about. `contact` asks who rings and whom to ring:
        an empty object says that nobody is known, and the call itself follows."""
        command, call_id = text(fields.get("cmd")).lower(), call_key(fields.get("callid"))
        if command == "contact":
            return Heard(self.answer, reason="question", question=number(fields.get("phone")))
        if command not in ("event", "history") or not call_id:
            return Event()
        kind, user = first(fields, "type"), first(fields, "user", "ext", "telnum")
        if command == "history":
            # corrected later: the link comes when the record is ready
            told = repr(sorted((name, str(value)) for name, value in fields.items() if name != "crm_token"))
            kind = digest(told.encode("utf-8", "replace"))
        # a call that was passed on goes on under another id
        second = call_key(fields.get("second_callid"))
        joins = (second,) if second and second != call_id else ()
        return Event(event_id(call_id, command, kind, user, second), call_id, joins=joins)

    def understand(self, fields: Fields, local: Local) -> CallEvent | None:
        """What an event or the history tells; ratings and unknown commands are nothing of ours."""
        command = text(fields.get("cmd")).lower()
        if not text(fields.get("callid")) or command not in ("event", "history"):
            return None
        kind, ended = text(fields.get("type")), command == "history"
        if ended:
            talk_s = seconds(fields.get("duration"))
            status = _HISTORY.get(
                text(fields.get("status")).lower().replace("_", "").replace(" ", ""),
                Status.ANSWERED if talk_s else Status.MISSED,
            )
            talk_s = talk_s if status is Status.ANSWERED else 0
        else:
            status, talk_s = _TYPES.get(kind.upper(), Status.UNKNOWN), None
        who = first(fields, "ext", "user", "telnum")
        began, wait_s = local.moment(fields.get("start")), seconds(fields.get("wait"))
        picked_up = began + (wait_s or 0) * 1000 if began is not None and ended else None
        return CallEvent(
            id=text(fields.get("callid")),
            direction=_direction(kind, fields),
            status=status,
            client=first(fields, "phone"),
            line=first(fields, "diversion"),
            extension=first(fields, "ext", "user"),
            answered_by=who if status is Status.ANSWERED else "",
            answered_at=picked_up if status is Status.ANSWERED else None,
            occurred_at=began,
            talk_s=talk_s,
            wait_s=wait_s,
            recording_url=web_address(fields.get("link")),
        )


def _direction(kind: str, fields: Fields) -> Direction:
    """As it is told: by `direction`, by the history's type, by the event's; colleagues have short numbers."""
    told = text(fields.get("direction")).lower() or kind.lower()
    if told == "internal" or is_short(number(fields.get("phone"))):
        return Direction.INTERNAL
    if told in _DIRECTIONS:
        return _DIRECTIONS[told]
    return {"INCOMING": Direction.IN, "OUTGOING": Direction.OUT}.get(kind.upper(), Direction.UNKNOWN)


def introduce(caller: Caller, account: Account) -> HttpReply:  # noqa: ARG001 - as Channel.introduce
    """The answer to `contact`: the name shown, and the extension that is rung first."""
    told = {"contact_name": caller.name, "responsible": caller.extension}
    return json_reply({name: value for name, value in told.items() if value})


_MEGAFON = MegaFon()
CHANNEL = Channel(
    kind="megafon",
    title="MegaFon and white labels of the same exchange",
    needs=call_needs(
        Need("crm_token", True, "the key for authorisation in the CRM", "ключ для авторизации в вашей CRM"),
        Need(
            "api_token",
            False,
            "the key for authorisation in the exchange, to read calls again",
            "ключ для авторизации в облачной АТС, чтобы перечитывать звонки",
        ),
        Need("api", False, "the exchange's own address", "адрес самой АТС"),
        Need("proxy", False, "the way to it, socks5://...", "путь к ней, socks5://..."),
        INTRODUCE,
    ),
    parser=_MEGAFON,
    webhook=_MEGAFON,
    check=check_calls,
    repeats=False,
    introduce=introduce,
    proof_in_body="crm_token",
)
