"""Raw events and the Inquiry they become: plain frozen values, the shape the API promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from intake.clock import Millis, iso


class Kind(StrEnum):
    """What sort of request an inquiry is."""

    FORM = "form"
    MESSAGE = "message"
    CALL = "call"
    EMAIL = "email"


class State(StrEnum):
    """Where an inquiry stands. `waiting` is in the journal only; the others are the ledger's outcomes."""

    WAITING = "waiting"
    OFFERED = "offered"
    ATTACHED = "attached"
    CREATED = "created"
    REJECTED = "rejected"
    IGNORED = "ignored"
    BURIED = "buried"


@dataclass(frozen=True, slots=True)
class NewRaw:
    """An event as a door or a listener hands it to the journal.

    `external_id` recognises a redelivery within the account; "" means the provider gives none and
    equal content within 120 s is one. `group` joins the events of one inquiry (a call's id, an
    edited message's id): later ones update the first one's inquiry; "" means it stands alone.
    `content_key` is a digest of what was said, where equal content can come in unequal bytes
    (multipart boundaries); "" means the bytes themselves. `joins` are further groups whose events are the same
    inquiry's from now on (a call that goes on under another id). `part` says which event of a body with
    several. `head` is JSON-able: for HTTP `method`, `path`, `query`, `headers`, `remote`; for a
    letter `folder`, `uid`, `internal_date`. `inquiry_id` names the inquiry that an event of our own adds to.
    """

    account: str
    channel: str
    body: bytes
    head: Mapping[str, Any]
    external_id: str = ""
    group: str = ""
    part: int = 0
    history: bool = False
    content_key: str = ""
    inquiry_id: str = ""
    joins: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Raw:
    """The exact bytes and headers that came, as the journal keeps them. `seq` is the order of arrival;
    `inquiry_id` is the inquiry it belongs to: its own id, or that of its group's first event."""

    id: str
    seq: int
    inquiry_id: str
    account: str
    channel: str
    received_at: Millis
    body: bytes
    head: Mapping[str, Any]
    external_id: str = ""
    group: str = ""
    part: int = 0
    history: bool = False
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Sender:
    """Who asks. `phones` are E.164, `handles` maps a messenger to an id there."""

    name: str = ""
    phones: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    handles: Mapping[str, str] = field(default_factory=dict)
    company: str = ""
    inn: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Which of our lines, extensions or mailboxes was addressed."""

    line: str = ""
    extension: str = ""
    mailbox: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came along. `content` is there between parsing and the attachment store only;
    `stored` is its key in that store; `note` says why it was not accepted."""

    name: str
    type: str
    size: int
    content: bytes | None = field(default=None, repr=False, compare=False)
    stored: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """What is known of a call. Seconds are whole; `status` is ringing, answered, missed or failed, "" in an
    event that does not say; `direction` is in, out or internal, or "". Not shown: `answered_at` tells which of
    several who took it was the last, `client_told` the direction of the event that told the client's number."""

    id: str
    direction: str = "in"
    status: str = "ringing"
    answered_by: str = ""
    talk_s: int | None = None
    wait_s: int | None = None
    ended_at: Millis | None = None
    recording_url: str | None = None
    answered_at: Millis | None = None
    client_told: str = ""


@dataclass(frozen=True, slots=True)
class Attribution:
    """Where the visitor came from. `utm` holds utm_* keys."""

    utm: Mapping[str, str] = field(default_factory=dict)
    page_url: str = ""
    referrer: str = ""
    click_id: str = ""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One request, normalised: who, how to answer, what about.

    `thread` is the conversation it belongs to in its channel; `references` are further ids of
    earlier messages of the same conversation (a letter's In-Reply-To and References).
    """

    id: str
    account: str
    channel: str
    kind: Kind
    received_at: Millis
    external_id: str = ""
    thread: str = ""
    references: tuple[str, ...] = ()
    occurred_at: Millis | None = None
    sender: Sender = Sender()
    recipient: Recipient = Recipient()
    subject: str = ""
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    call: Call | None = None
    attribution: Attribution = Attribution()
    fields: Mapping[str, str] = field(default_factory=dict)
    service: str = ""
    authenticated: bool | None = None
    """False when the sender's address is known to be unproven (DMARC failed); None when nothing is known."""
    history: bool = False
    """It was there before the account was connected: kept and attached, but nobody is rung."""


class Outcome(StrEnum):
    """What a raw event turned out to be."""

    ACCEPTED = "accepted"
    IGNORED = "ignored"
    ANSWER = "answer"
    """Our own message or call, echoed: an interaction on the deal that stops the clock."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """One raw event, understood. `reason` says why it is not an inquiry (auto_reply, bounce, list, ...). `lacks` is
    what is to be fetched of it afterwards; a `fetched` event is what came of that, and only adds. One that is `quiet`
    is answered by no robot."""

    outcome: Outcome
    inquiry: Inquiry
    reason: str = ""
    lacks: tuple[str, ...] = ()
    fetched: bool = False
    quiet: bool = True


def inquiry_json(inquiry: Inquiry) -> dict[str, Any]:
    """The inquiry as the API shows it, without the ledger's `state` and `decision`."""
    sender, recipient, source = inquiry.sender, inquiry.recipient, inquiry.attribution
    shown: dict[str, Any] = {
        "id": inquiry.id,
        "account": inquiry.account,
        "channel": inquiry.channel,
        "kind": inquiry.kind.value,
        "external_id": inquiry.external_id,
        "thread": inquiry.thread,
        "received_at": iso(inquiry.received_at),
        "occurred_at": iso(inquiry.occurred_at),
        "sender": {
            "name": sender.name,
            "phones": list(sender.phones),
            "extensions": list(sender.extensions),
            "emails": list(sender.emails),
            "handles": dict(sender.handles),
            "company": sender.company,
            "inn": sender.inn,
        },
        "recipient": {"line": recipient.line, "extension": recipient.extension, "mailbox": recipient.mailbox},
        "subject": inquiry.subject,
        "text": inquiry.text,
        "attachments": [_attachment_json(one) for one in inquiry.attachments],
        "call": _call_json(inquiry.call) if inquiry.call else None,
        "attribution": {
            **dict(source.utm),
            "page_url": source.page_url,
            "referrer": source.referrer,
            "click_id": source.click_id,
        },
        "fields": dict(inquiry.fields),
    }
    if inquiry.references:
        shown["references"] = list(inquiry.references)
    return shown


def _attachment_json(one: Attachment) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": one.name, "type": one.type, "size": one.size}
    if one.stored:
        shown["stored"] = one.stored
    if one.note:
        shown["note"] = one.note
    return shown


def _call_json(call: Call) -> dict[str, Any]:
    return {
        "id": call.id,
        "direction": call.direction,
        "status": call.status,
        "answered_by": call.answered_by,
        "talk_s": call.talk_s,
        "wait_s": call.wait_s,
        "ended_at": iso(call.ended_at),
        "recording_url": call.recording_url,
    }
