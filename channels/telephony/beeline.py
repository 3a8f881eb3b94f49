"""`beeline`: Beeline's cloud exchange, which pushes BroadSoft XSI events as XML."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

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
    event_id,
    first,
    text,
)
from intake.errors import Unreadable

# BroadSoft XSI-Events, as cloudpbx.beeline.ru subscribes to them
_PERSONALITIES = {"terminator": Direction.IN, "originator": Direction.OUT, "click-to-dial": Direction.OUT}
_EVENTS = {
    "CallReceivedEvent": Status.RINGING,
    "CallOriginatedEvent": Status.RINGING,
    "CallUpdatedEvent": Status.RINGING,
    "CallTransferredEvent": Status.RINGING,
    "CallAnsweredEvent": Status.ANSWERED,
    "CallHeldEvent": Status.ANSWERED,
    "CallRetrievedEvent": Status.ANSWERED,
    "CallReleasedEvent": Status.MISSED,
}
_RELEASED = "CallReleasedEvent"
_MOST_ELEMENTS = 500
_WANTED = frozenset(
    (
        "eventID", "sequenceNumber", "userId", "targetId", "callId", "extTrackingId", "personality", "state", "name",
        "address", "callType", "startTime", "answerTime", "releaseTime", "internalReleaseCause",
    )
)  # fmt: skip


class Beeline(PbxHook):
    """Beeline. Its setting: `secret`."""

    def fields(self, call: HttpCall) -> Fields:
        """The elements by local name, `remote.` or `redirection.` before those inside. Raises Unreadable."""
        return dict(_flat(call.body)) if call.body.strip() else {}

    def identify(self, fields: Fields) -> Event:
        """By the event's own id, else by the leg and what happened to it."""
        if text(fields.get("type")) not in _EVENTS:
            return Event()
        group = call_key(first(fields, "extTrackingId", "callId"))
        own = first(fields, "eventID") or first(fields, "sequenceNumber")
        return (
            Event(event_id(group, fields["type"], first(fields, "callId"), own), group) if group else Event()
        )

    def understand(self, fields: Fields, local: Local) -> CallEvent | None:
        """What the event tells of one employee's leg; a leg released without an answer is missed until
        another leg of the same call turns out answered."""
        name, call_id = text(fields.get("type")), first(fields, "extTrackingId", "callId")
        if name not in _EVENTS or not call_id:
            return None
        began, picked_up = local.moment(fields.get("startTime")), local.moment(fields.get("answerTime"))
        ended = local.moment(fields.get("releaseTime")) if name == _RELEASED else None
        status = Status.ANSWERED if picked_up else _EVENTS[name]
        if name == _RELEASED and not picked_up and _cause(fields) == "forbidden":
            status = Status.FAILED
        answered, employee = status is Status.ANSWERED, _employee(fields)
        return CallEvent(
            id=call_id,
            direction=_direction(name, fields),
            status=status,
            client=first(fields, "remote.address"),
            name=first(fields, "remote.name"),
            line=first(fields, "redirection.address"),
            extension=employee,
            answered_by=employee if answered else "",
            answered_at=picked_up,
            occurred_at=began,
            ended_at=ended,
            talk_s=_talk_s(picked_up, ended),
            wait_s=between(began, picked_up or ended),
        )


def _talk_s(picked_up: int | None, ended: int | None) -> int | None:
    if ended is None:
        return None
    return between(picked_up, ended) if picked_up else 0


def _cause(fields: Fields) -> str:
    return first(fields, "internalReleaseCause").lower()


def _direction(name: str, fields: Fields) -> Direction:
    if first(fields, "remote.callType").lower() == "group":
        return Direction.INTERNAL
    told = _PERSONALITIES.get(first(fields, "personality").lower())
    by_name = {"CallReceivedEvent": Direction.IN, "CallOriginatedEvent": Direction.OUT}
    return told or by_name.get(name, Direction.UNKNOWN)


def _employee(fields: Fields) -> str:
    """Whose leg it is: the first userId of the document, without its host."""
    return first(fields, "userId", "targetId").partition("@")[0]


def _flat(body: bytes) -> Iterator[tuple[str, str]]:
    """The first of each element we want. No entities, no network: the document is somebody's from outside."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"broken XML: {str(error)[:100]}") from None
    if root.getroottree().docinfo.doctype:
        raise Unreadable("XML with a document type is not taken")
    found: dict[str, str] = {}
    for count, element in enumerate(root.iter(etree.Element)):
        if count > _MOST_ELEMENTS:
            raise Unreadable("more elements than an event has")
        name = etree.QName(element).localname
        if name in ("eventData", "Event") and "type" not in found:
            kind = _type_of(element)
            if kind not in ("", "SubscriptionEvent"):
                found["type"] = kind
        if name not in _WANTED:
            continue
        inside = _inside(element)
        # the last redirection's address is the number that was dialled
        if inside == "redirection." or inside + name not in found:
            found[inside + name] = (element.text or "").strip()
    yield from ((name, value) for name, value in found.items() if value)


def _type_of(element: etree._Element) -> str:
    for name, value in element.attrib.items():
        if etree.QName(name).localname == "type":
            return str(value).rpartition(":")[2]
    return ""


def _inside(element: etree._Element) -> str:
    for above in element.iterancestors():
        match etree.QName(above).localname:
            case "remoteParty":
                return "remote."
            case "redirection" | "redirections":
                return "redirection."
    return ""


_BEELINE = Beeline()
CHANNEL = Channel(
    kind="beeline",
    title="Beeline cloud exchange",
    needs=call_needs(
        SECRET,
        Need(
            "token",
            False,
            "the API's token: the subscription is kept alive",
            "ключ API: подписка продлевается",
        ),
        Need(
            "webhook",
            False,
            "our whole address, with the secret at its end, for the subscription",
            "наш полный адрес с секретом на конце, для подписки",
        ),
        *API,
    ),
    parser=_BEELINE,
    webhook=_BEELINE,
    check=check_calls,
    repeats=False,
)
