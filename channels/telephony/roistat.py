"""`roistat`: Roistat, call tracking: a JSON post when the call begins and another when it is over."""

from __future__ import annotations

from channels.base import Channel, Event
from channels.telephony.calls import SECRET, CallEvent, Direction, PbxHook, Status, call_needs, check_calls
from channels.telephony.wire import (
    Fields,
    Local,
    call_key,
    event_id,
    first,
    seconds,
    text,
    web_address,
)
from intake.inquiry import Attribution

# help-ru.roistat.com, "Webhook-уведомление о звонке"; the names of the second post's fields are its API's
_STATUSES = {
    "ANSWER": Status.ANSWERED,
    "ANSWERED": Status.ANSWERED,
    "NOANSWER": Status.MISSED,
    "NO ANSWER": Status.MISSED,
    "BUSY": Status.MISSED,
    "CANCEL": Status.MISSED,
    "CONGESTION": Status.FAILED,
    "CHANUNAVAIL": Status.FAILED,
    "DONTCALL": Status.FAILED,
    "TORTURE": Status.FAILED,
}
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
_RECORD = ("link", "file_url", "record_url", "recording_url", "call_record", "record")


class Roistat(PbxHook):
    """Roistat. Its setting: `secret`."""

    def identify(self, fields: Fields) -> Event:
        """By the call and which of its two posts it is."""
        group = call_key(fields.get("id"))
        if not group:
            return Event()
        return Event(
            event_id(group, first(fields, "status"), first(fields, "duration"), first(fields, *_RECORD)),
            group,
        )

    def understand(self, fields: Fields, local: Local) -> CallEvent | None:
        """What the post tells; a post without a caller and an id is none of a call's."""
        call_id, client = text(fields.get("id")), first(fields, "caller", "phone")
        if not call_id and not client:
            return None
        talk_s = seconds(first(fields, "duration", "talk_duration"))
        told = first(fields, "status", "call_status").upper()
        status = _STATUSES.get(told, Status.ANSWERED if talk_s else Status.RINGING)
        answered = status is Status.ANSWERED
        return CallEvent(
            id=call_id,
            direction=Direction.IN,
            status=status,
            client=client,
            line=first(fields, "callee"),
            occurred_at=local.moment(fields.get("date")),
            talk_s=talk_s if answered or status is Status.RINGING else 0,
            wait_s=seconds(first(fields, "answer_duration", "waiting_time")),
            recording_url=web_address(first(fields, *_RECORD)),
            attribution=Attribution(
                utm={name: found for name in _UTM if (found := first(fields, name))},
                page_url=first(fields, "landing_page"),
                referrer=first(fields, "referrer"),
                click_id=first(fields, "visit_id"),
            ),
            fields={"marker": first(fields, "marker"), "city": first(fields, "city")},
        )


_ROISTAT = Roistat()
CHANNEL = Channel(
    kind="roistat",
    title="Roistat call tracking",
    needs=call_needs(SECRET),
    parser=_ROISTAT,
    webhook=_ROISTAT,
    check=check_calls,
    repeats=False,
)
