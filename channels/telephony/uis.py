"""`uis`: UIS, CoMagic, CallGear and Novofon 2.0. Their users write the template of each notification themselves,
so fields are found by what they are usually called, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from channels.base import Channel, Event, HttpCall, Need
from channels.telephony.calls import (
    API,
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
    between,
    call_key,
    digest,
    event_id,
    first,
    is_short,
    number,
    read_fields,
    seconds,
    text,
    truth,
    web_address,
)
from intake.inquiry import Attribution

# UIS, "HTTP-уведомления": the variables, then what people call them in their templates
_SESSION = ("call_session_id", "session_id", "callsessionid", "communication_id", "call_id", "callid", "id")
_CLIENT = (
    "contact_phone_number", "contact_phone", "client_phone", "client_phone_number", "phone_number", "phone", "numa",
)  # fmt: skip
_LINE = ("virtual_phone_number", "virtual_phone", "virtual_number", "did", "numb", "line")
_NAME = ("contact_full_name", "contact_name", "client_name")
_EXTENSION = ("extension_phone_number", "extension_number", "extension", "employee_extension")
_EMPLOYEE = (
    *_EXTENSION,
    "employee_phone_number",
    "last_talked_employee_id",
    "employee_id",
    "employee_full_name",
)
_EVENT = ("notification_mnemonic", "event_name", "event", "notification_name", "notification")
_TALK = ("talk_time_duration", "talk_duration", "clean_talk_duration", "talk_time")
_WAIT = ("wait_time_duration", "wait_duration", "wait_time")
_TOTAL = ("total_time_duration", "total_duration", "total_time")
_BEGAN = ("start_time", "call_start_time", "start_timestamp")
_NOTED = ("notification_timestamp", "notification_time", "timestamp", "time")
_RECORD = (
    "file_link",
    "full_record_file_link",
    "record_link",
    "record_url",
    "recording_url",
    "record_file_link",
)
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
_DIRECTIONS = {"in": Direction.IN, "out": Direction.OUT, "incoming": Direction.IN, "outgoing": Direction.OUT}
_RECORDED = ("record", "запис")
_LOST = ("lost", "missed", "потер", "пропущ")
_WAITS = ("wait", "ожидан")
_TALKS = (
    "accept",
    "answer",
    "connect",
    "talk_start",
    "start_talk",
    "talk_begin",
    "начало разговора",
    "ответ",
)
_OVER = ("end", "finish", "complet", "hangup", "disconnect", "заверш", "оконч")


class Uis(PbxHook):
    """UIS and its kin. Its setting: `secret`."""

    def fields(self, call: HttpCall) -> Fields:
        """The variables wherever the template puts them: those on top first, then those of inner objects."""
        found: dict[str, Any] = {}
        for name, value in _leaves(read_fields(call), 0):
            if name not in found or not text(found[name]):
                found[name] = value
        return found

    def identify(self, fields: Fields) -> Event:
        """By the call and by all that the notification says: nothing in it numbers it."""
        session = call_key(first(fields, *_SESSION))
        told = repr(sorted((name, str(value)) for name, value in fields.items()))
        return (
            Event(event_id(session, digest(told.encode("utf-8", "replace"))), session) if session else Event()
        )

    def understand(self, fields: Fields, local: Local) -> CallEvent | None:
        """What the notification tells. Without a direction it is an incoming call's only where it says so."""
        session, client = first(fields, *_SESSION), _client(fields)
        if not session:
            return None
        word = _word(fields)
        direction = _direction(fields, word, client)
        talk_s = seconds(first(fields, *_TALK))
        noted = local.moment(first(fields, *_NOTED))
        status = _status(fields, word, direction, talk_s)
        over = status in (Status.MISSED, Status.FAILED) or word == "over"
        answered = status is Status.ANSWERED
        return CallEvent(
            id=session,
            direction=direction,
            status=status,
            client=client,
            name=first(fields, *_NAME),
            line=first(fields, *_LINE),
            extension=first(fields, *_EXTENSION),
            answered_by=_employee(fields) if answered else "",
            answered_at=noted if answered and not over else None,
            occurred_at=local.moment(first(fields, *_BEGAN)) or noted,
            ended_at=noted if over else None,
            talk_s=0 if status is Status.MISSED else talk_s,
            wait_s=_wait_s(fields, talk_s, over=over),
            recording_url=web_address(first(fields, *_RECORD)),
            attribution=Attribution(
                utm={name: found for name in _UTM if (found := first(fields, name))},
                page_url=first(fields, "page_url", "landing_page", "entrance_page"),
                referrer=first(fields, "referrer"),
            ),
        )


def _leaves(tree: Any, depth: int) -> Iterator[tuple[str, Any]]:
    inner = []
    for name, value in tree.items():
        if isinstance(value, Mapping):
            inner.append(value)
        else:
            yield str(name).lower(), value
    if depth < 4:
        for one in inner:
            yield from _leaves(one, depth + 1)


def _word(fields: Fields) -> str:
    """What sort of notification it is, by its machine name or else by the name its author gave it; a link to
    a record tells for itself."""
    named = first(fields, *_EVENT).lower()
    for word, marks in (
        ("record", _RECORDED),
        ("lost", _LOST),
        ("waits", _WAITS),
        ("over", _OVER),
        ("talks", _TALKS),
    ):
        if any(mark in named for mark in marks):
            return word
    if truth(fields.get("is_lost")):
        return "lost"
    if first(fields, *_RECORD):
        return "record"
    return "over" if first(fields, *_TOTAL, "finish_reason") else ""


def _direction(fields: Fields, word: str, client: str) -> Direction:
    """As it is told. The templates of an incoming and of a lost call leave it out, the others have it."""
    if truth(fields.get("is_internal")):
        return Direction.INTERNAL
    told = _DIRECTIONS.get(first(fields, "direction", "call_direction").lower())
    if told:
        return Direction.INTERNAL if is_short(number(client)) else told
    mnemonic = first(fields, "notification_mnemonic").lower()
    if mnemonic.startswith("out"):
        return Direction.OUT
    is_in = mnemonic.startswith("in") or word == "lost" or (not word and bool(client))
    return Direction.IN if is_in else Direction.UNKNOWN


def _status(fields: Fields, word: str, direction: Direction, talk_s: int | None) -> Status:
    if word == "lost" or truth(fields.get("is_lost")):
        return Status.MISSED
    if word == "record":
        return Status.ANSWERED if talk_s else Status.UNKNOWN
    if word == "talks" or talk_s:
        return Status.ANSWERED
    if word != "over":
        return Status.RINGING
    known_end = talk_s == 0 and direction is not Direction.UNKNOWN
    return Status.MISSED if known_end else Status.UNKNOWN


def _client(fields: Fields) -> str:
    """The client's number, in whichever direction; else the side that is not ours."""
    told = first(fields, *_CLIENT)
    if told:
        return told
    outbound = first(fields, "direction").lower().startswith("out")
    return first(fields, "called_phone_number" if outbound else "calling_phone_number")


def _employee(fields: Fields) -> str:
    found = first(fields, *_EMPLOYEE)
    several = fields.get("employee_ids")
    return found or (text(several[-1]) if isinstance(several, list) and several else "")


def _wait_s(fields: Fields, talk_s: int | None, *, over: bool) -> int | None:
    """The time until the answer, or until the caller gave up."""
    told = seconds(first(fields, *_WAIT))
    total = seconds(first(fields, *_TOTAL))
    if told is not None or not over or total is None or talk_s is None:
        return told
    return between(talk_s * 1000, total * 1000)


_UIS = Uis()
CHANNEL = Channel(
    kind="uis",
    title="UIS, CoMagic, CallGear, Novofon 2.0",
    needs=call_needs(
        SECRET,
        Need(
            "api_token",
            False,
            "the Data API's access token, to read calls again",
            "ключ Data API, чтобы перечитывать звонки",
        ),
        *API,
    ),
    parser=_UIS,
    webhook=_UIS,
    check=check_calls,
    repeats=False,
)
