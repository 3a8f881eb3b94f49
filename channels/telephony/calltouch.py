"""`calltouch`: Calltouch, call tracking: calls and site requests with their source, in fields the user chooses."""

from __future__ import annotations

from dataclasses import replace

from channels.base import Channel, Event, HttpCall
from channels.telephony.calls import SECRET, CallEvent, Direction, PbxHook, Status, call_needs, check_calls
from channels.telephony.wire import (
    Fields,
    Local,
    call_key,
    digest,
    event_id,
    first,
    seconds,
    text,
    truth,
    web_address,
)
from intake.account import Account, Company
from intake.inquiry import Attribution, Kind, Parsed, Raw

# calltouch.ru/support, "Webhooks": the user names the parameters; these are the ones offered, and their like
_ID = ("id", "callid", "call_id", "ctcallid", "ct_call_id", "requestid", "request_id", "leadid", "lead_id")
_CLIENT = ("callerphone", "caller_phone", "callernumber", "client_phone", "clientphone", "phone", "caller")
_LINE = ("phonenumber", "phone_number", "callee", "line")
_NAME = ("fio", "name", "client_name", "clientname")
_TEXT = ("comment", "message", "requestcomment")
_TIME = ("timestamp", "date", "datetime", "calldate")
_RECORD = ("reclink", "rec_link", "record_link", "recordlink", "record")
_PHASES = {
    "callconnected": Status.RINGING,
    "callstarted": Status.RINGING,
    "calllost": Status.MISSED,
    "calldisconnected": Status.UNKNOWN,
    "callcompleted": Status.UNKNOWN,
}
_CALLS_OWN = ("callphase", "call_phase", "callerphone", "phonenumber", "duration", "waiting_time", *_RECORD)
"""Fields that only a call has."""
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")


class Calltouch(PbxHook):
    """Calltouch. Its setting: `secret`."""

    def identify(self, fields: Fields) -> Event:
        """By the call and its phase."""
        group, fields = call_key(first(_lower(fields), *_ID)), _lower(fields)
        if not group:
            return Event()
        told = repr(sorted((name, str(value)) for name, value in fields.items()))
        return Event(
            event_id(group, first(fields, "callphase"), digest(told.encode("utf-8", "replace"))), group
        )

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        """A call, or a request that a visitor left on the site. Raises Unreadable."""
        parsed = super().parse(raw, account, company)
        if parsed.inquiry.call is None or not _is_request(self.fields(HttpCall.of_raw(raw))):
            return parsed
        return replace(parsed, inquiry=replace(parsed.inquiry, kind=Kind.FORM, call=None))

    def understand(self, fields: Fields, local: Local) -> CallEvent | None:
        """What the hook tells; without a phone and a call's id it is none of ours."""
        fields = _lower(fields)
        call_id, client = first(fields, *_ID), first(fields, *_CLIENT)
        if not call_id and not client:
            return None
        talk_s, wait_s = (
            seconds(fields.get("duration")),
            seconds(first(fields, "waiting_time", "waitingtime")),
        )
        phase = first(fields, "callphase", "call_phase").lower()
        status = _status(phase, talk_s, first(fields, "status", "successful"))
        email = first(fields, "email", "mail")
        return CallEvent(
            id=call_id,
            direction=Direction.IN,
            status=status,
            client=client,
            name=first(fields, *_NAME),
            line=first(fields, *_LINE),
            occurred_at=local.moment(first(fields, *_TIME)),
            talk_s=0 if status is Status.MISSED else talk_s,
            wait_s=wait_s,
            recording_url=web_address(first(fields, *_RECORD)),
            subject=first(fields, "subject"),
            text=first(fields, *_TEXT),
            emails=(email,) if "@" in email else (),
            attribution=_source(fields),
        )


def _is_request(fields: Fields) -> bool:
    """Whether a hook tells of a form and not of a call: it says so, or has a visitor's words and no call's fields."""
    fields = _lower(fields)
    if any(first(fields, name) for name in _CALLS_OWN):
        return False
    told = first(fields, "leadtype", "lead_type", "type").lower()
    return told == "request" or bool(first(fields, "requestid", "request_id", "email", "mail", *_TEXT))


def _lower(fields: Fields) -> dict[str, object]:
    return {str(name).lower(): value for name, value in fields.items()}


def _status(phase: str, talk_s: int | None, told: str) -> Status:
    """The phase says how far the call is, its duration how it ended."""
    if phase == "calllost":
        return Status.MISSED
    if talk_s:
        return Status.ANSWERED
    if phase in ("calldisconnected", "callcompleted"):
        successful = truth(told) or told.lower() in ("successful", "success")
        return Status.ANSWERED if successful else Status.MISSED if talk_s == 0 else Status.UNKNOWN
    return _PHASES.get(phase, Status.RINGING)


def _source(fields: Fields) -> Attribution:
    """The visit the call came from; source and medium are utm tags where no others are told."""
    utm = {name: told for name in _UTM if (told := first(fields, name, name.replace("_", "")))}
    for name in ("source", "medium"):
        if told := text(fields.get(name)):
            utm.setdefault(f"utm_{name}", told)
    return Attribution(
        utm=utm,
        page_url=first(fields, "url", "page_url", "hosturl"),
        referrer=first(fields, "ref", "referrer"),
        click_id=first(fields, "yclid", "gclid", "yaclientid", "gcid", "sessionid"),
    )


_CALLTOUCH = Calltouch()
CHANNEL = Channel(
    kind="calltouch",
    title="Calltouch",
    needs=call_needs(SECRET),
    parser=_CALLTOUCH,
    webhook=_CALLTOUCH,
    check=check_calls,
    repeats=False,
)
