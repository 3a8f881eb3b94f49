"""`rostelecom`: Rostelecom's virtual exchange: JSON events with a signature of the body."""

from __future__ import annotations

import hashlib

from channels.base import Caller, Channel, Event, Heard, HttpCall, HttpReply, Need
from channels.signing import require_key, same
from channels.telephony.calls import INTRODUCE, CallEvent, Direction, PbxHook, Status, call_needs, check_calls
from channels.telephony.wire import Fields, Local, call_key, event_id, first, json_reply, number, text, truth
from intake.account import Account
from intake.errors import Refused

# known from memory of the provider's manual: tried against nothing but what is written in it
_DIRECTIONS = {
    "incoming": Direction.IN,
    "inbound": Direction.IN,
    "outbound": Direction.OUT,
    "outgoing": Direction.OUT,
    "internal": Direction.INTERNAL,
}
_STATES = {
    "new": Status.RINGING,
    "calling": Status.RINGING,
    "connected": Status.ANSWERED,
    "disconnected": Status.RINGING,
    # of a call that somebody answered the event "connected" says so, whenever it comes
    "end": Status.MISSED,
}


class Rostelecom(PbxHook):
    """Rostelecom. Its settings: `secret` - the key that signs - and `client_id`."""

    def verify(self, call: HttpCall, account: Account) -> None:
        """Check X-Client-Sign: sha256 of client id, body and key; without that header the secret itself, in
        our own ways. Raises Refused 401, 403."""
        given = [value for name, value in call.headers if name == "x-client-sign"]
        if not given:
            require_key(call, account)
            return
        client = call.header("x-client-id")
        expected = hashlib.sha256(client.encode("utf-8", "surrogatepass") + call.body)
        expected.update(account.secret.encode())
        known = account.option("client_id") in ("", client)
        if (
            not account.secret
            or len(set(given)) > 1
            or not same(given[0].lower(), expected.hexdigest())
            or not known
        ):
            raise Refused(403, "wrong signature")

    answer = json_reply({})

    def identify(self, fields: Fields) -> Event | Heard:
        """By the call, its state and whose telephone it is about. get_number_info asks who rings, without the
        state of a call: an empty object says that nobody is known."""
        group, state = call_key(fields.get("session_id")), text(fields.get("state")).lower()
        if not state and first(fields, "from_number"):
            return Heard(self.answer, reason="question", question=number(fields.get("from_number")))
        if not group or state not in _STATES:
            return Event()
        return Event(event_id(group, state, first(fields, "request_pin"), first(fields, "timestamp")), group)

    def understand(self, fields: Fields, local: Local) -> CallEvent | None:
        """What the event tells."""
        session, state = text(fields.get("session_id")), text(fields.get("state")).lower()
        if not session or state not in _STATES:
            return None
        direction = _DIRECTIONS.get(text(fields.get("type")).lower(), Direction.UNKNOWN)
        outbound = direction is Direction.OUT
        ours, theirs = ("from", "request") if outbound else ("request", "from")
        employee = first(fields, f"{ours}_pin")
        answered, at = _STATES[state] is Status.ANSWERED, local.moment(fields.get("timestamp"))
        return CallEvent(
            id=session,
            direction=direction,
            status=_STATES[state],
            client=first(fields, f"{theirs}_number"),
            line=number(first(fields, f"{ours}_number")),
            extension=employee,
            answered_by=employee if answered else "",
            answered_at=at if answered else None,
            occurred_at=at,
            ended_at=at if state == "end" else None,
            fields={"recorded": "yes" if truth(fields.get("is_record")) else ""},
        )


def introduce(caller: Caller, account: Account) -> HttpReply:  # noqa: ARG001 - as Channel.introduce
    """The answer to get_number_info: the name shown, and the extension to ring."""
    told = {"displayName": caller.name, "PIN": caller.extension}
    return json_reply({name: value for name, value in told.items() if value})


_ROSTELECOM = Rostelecom()
CHANNEL = Channel(
    kind="rostelecom",
    title="Rostelecom virtual exchange",
    needs=call_needs(
        Need("secret", True, "the key that signs", "ключ для подписи"),
        Need("client_id", False, "the exchange's unique identifier", "уникальный код идентификации"),
        INTRODUCE,
    ),
    parser=_ROSTELECOM,
    webhook=_ROSTELECOM,
    check=check_calls,
    repeats=False,
    introduce=introduce,
)
