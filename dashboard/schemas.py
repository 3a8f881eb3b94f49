"""The API's answers described in JSON Schema, for openapi.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.table import DEAL_STATES, STATES, TASK_STATES

Schema = dict[str, Any]


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _text(*choices: str, null: bool = False) -> Schema:
    shown: Schema = {"type": ["string", "null"] if null else "string"}
    return {**shown, "enum": list(choices)} if choices else shown


def _instant(*, null: bool = True) -> Schema:
    return {"type": ["string", "null"] if null else "string", "format": "date-time"}


def _whole(*, null: bool = False) -> Schema:
    return {"type": ["integer", "null"] if null else "integer"}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _object(fields: Mapping[str, Schema], *, optional: tuple[str, ...] = ()) -> Schema:
    needed = [name for name in fields if name not in optional]
    return {"type": "object", "properties": dict(fields), "required": needed}


_TEXTS = _list(_text())
_MAP: Schema = {"type": "object", "additionalProperties": _text()}
_COUNTS = (
    "received",
    "waiting",
    "offered",
    "attached",
    "created",
    "rejected",
    "ignored",
    "buried",
    "difference",
)

_SENDER = _object(
    {
        "name": _text(),
        "phones": _TEXTS,
        "extensions": _TEXTS,
        "emails": _TEXTS,
        "handles": _MAP,
        "company": _text(),
        "inn": _text(),
    }
)
_CALL = _object(
    {
        "id": _text(),
        "direction": _text("in", "out"),
        "status": _text("ringing", "answered", "missed", "failed"),
        "answered_by": _text(),
        "talk_s": _whole(null=True),
        "wait_s": _whole(null=True),
        "ended_at": _instant(),
        "recording_url": _text(null=True),
    }
)
_DECISION = _object(
    {
        "client_id": _text(),
        "person_id": _text(),
        "deal_id": _text(),
        "owner": _text(),
        "identity": {"enum": ["same", "possible", "new", None]},
        "candidates": _list(_object({"client_id": _text(), "score": {"type": "number"}})),
        "reasons": _list(_object({"rule": _text(), "evidence": _text(), "weight": {"type": "number"}})),
        "rules_version": _text(),
    }
)
_ATTACHMENT = _object(
    {"name": _text(), "type": _text(), "size": _whole(), "stored": _text(), "note": _text()},
    optional=("stored", "note"),
)
_INQUIRY = _object(
    {
        "id": _text(),
        "account": _text(),
        "channel": _text(),
        "kind": _text("form", "message", "call", "email", ""),
        "external_id": _text(),
        "thread": _text(),
        "references": _TEXTS,
        "received_at": _instant(null=False),
        "occurred_at": _instant(),
        "sender": _SENDER,
        "recipient": _object({"line": _text(), "extension": _text(), "mailbox": _text()}),
        "subject": _text(),
        "text": _text(),
        "attachments": _list(_ATTACHMENT),
        "call": {"anyOf": [_CALL, {"type": "null"}]},
        "attribution": _MAP,
        "fields": _MAP,
        "state": _text(*STATES),
        "state_reason": _text(),
        "decision": {"anyOf": [_DECISION, {"type": "null"}]},
    },
    optional=("references",),
)
_TASK = _object(
    {
        "id": _text(),
        "deal_id": _text(),
        "owner": _text(),
        "kind": _text(),
        "text": _text(),
        "due_at": _instant(null=False),
        "state": _text(*TASK_STATES),
        "colour": _text("green", "yellow", "red"),
        "result": _text(),
    }
)
_DEAL = _object(
    {
        "id": _text(),
        "number": _whole(),
        "client_id": _text(),
        "person_id": _text(),
        "title": _text(),
        "pipeline": _text(),
        "stage": _text(),
        "state": _text(*DEAL_STATES),
        "owner": _text(),
        "amount": {"type": ["number", "null"]},
        "service": _text(),
        "opened_at": _instant(),
        "closed_at": _instant(),
        "lost_reason": _text(),
        "inquiries": _TEXTS,
        "tasks": _list(_ref("Task")),
        "next_task_due": _instant(),
    }
)
_PERSON = _object({"id": _text(), "name": _text(), "phones": _TEXTS, "emails": _TEXTS, "handles": _MAP})
_CLIENT = _object(
    {
        "id": _text(),
        "kind": _text("person", "household", "company"),
        "name": _text(),
        "inn": _text(),
        "owner": _text(),
        "persons": _list(_PERSON),
        "outside_ids": {"type": "object"},
        "merged_into": _text(),
    },
    optional=("merged_into",),
)
_CHOICE = _object({"choice": _text(), "label": _text()})
_BUTTON = _object(
    {"action": _text(), "label": _text(), "choice": _text(), "choices": _list(_CHOICE), "url": _text()},
    optional=("choice", "choices", "url"),
)
_CARD = _object(
    {
        "id": _text(),
        "manager": _text(),
        "inquiry_ids": _TEXTS,
        "deal_id": _text(),
        "text": _text(),
        "buttons": _list(_BUTTON),
        "state": _text("new", "offered", "taken", "closed"),
        "version": _whole(),
        "due_at": _instant(),
        "created_at": _instant(),
        "sent_via": _text(),
        "sent_at": _instant(),
        "taken_by": _text(),
        "taken_at": _instant(),
    }
)
_MANAGER = _object(
    {
        "id": _text(),
        "name": _text(),
        "department": _text(),
        "extension": _text(),
        "contacts": _MAP,
        "notify": _TEXTS,
        "state": _text("active", "paused", "dismissed"),
        "paused_until": _instant(),
        "on_shift": {"type": "boolean"},
        "off_reason": _text("", "dismissed", "paused", "on leave", "off shift"),
        "back_at": _instant(),
        "hours": _TEXTS,
        "timezone": _text(),
        "holidays": _text(),
        "leave": {
            **_object({"since": _instant(), "until": _instant(), "deputy": _text()}),
            "type": ["object", "null"],
        },
        "weight": {"type": "number"},
        "capacity": _whole(),
        "given_today": _whole(),
        "skills": _TEXTS,
        "quiet_hours": {**_TEXTS, "type": ["array", "null"]},
    }
)
_CHANNEL = _object(
    {
        "account": _text(),
        "kind": _text(),
        "state": _text(),
        "message": _text(),
        "at": _instant(),
        "last_item": _instant(),
        "last_success": _instant(),
        "backlog": _whole(null=True),
        "seen_at_source": _whole(null=True),
        "waiting": _whole(),
        "today": _object({name: _whole() for name in ("received", "repeated", "continued", "refused")}),
        "since": _instant(),
        "next_attempt": _instant(),
        "expires": _MAP,
        "alarms": _TEXTS,
    }
)
_INTERNAL = _object(
    {"name": _text(), "state": _text(), "message": _text(), "at": _instant(), "since": _instant()}
)
_ALARM = _object(
    {
        **{name: _text() for name in ("id", "rule", "subject")},
        "level": _text("warn", "bad"),
        **{name: _text() for name in ("cause", "effect", "step")},
        "requests": _whole(),
        "raised_at": _instant(null=False),
        "ended_at": _instant(),
        "muted_until": _instant(),
        "muted_by": _text(),
    }
)
_PROBE = _object(
    {
        "account": _text(),
        "works": {"type": "boolean"},
        "said": _text(),
        "backlog": _whole(null=True),
        "expires": _MAP,
        "at": _instant(null=False),
    }
)
_COUNTED = ("listed", "here", "left", "taken", "history")
_BACK_FILL = _object(
    {
        "account": _text(),
        "since": _instant(null=False),
        "until": _instant(null=False),
        "before": _text("skip", "history", "news"),
        "preview": {"type": "boolean"},
        "ordered": {"type": "boolean"},
        "complete": {"type": "boolean"},
        **{name: _whole() for name in _COUNTED},
    },
    optional=("complete", *_COUNTED),
)
_SOURCE = _object(
    {
        "account": _text(),
        "seen_at_source": _whole(null=True),
        "received": _whole(),
        "difference": _whole(null=True),
    }
)
_BALANCE = _object({**{name: _whole() for name in _COUNTS}, "sources": _list(_SOURCE)})

_SUSPECT = _object(
    {
        "client": _ref("Client"),
        "suspect": _ref("Client"),
        "score": {"type": "number"},
        "reasons": _list(_object({"rule": _text(), "weight": {"type": "number"}})),
        "answer": _text("", "later"),
        "answered_by": _text(),
    }
)

_LISTED = {
    "Inquiry": _INQUIRY,
    "Deal": _DEAL,
    "Task": _TASK,
    "Manager": _MANAGER,
    "Channel": _CHANNEL,
    "Screen": _object({"id": _text(), "key": _text(), "reason": _text(), "at": _instant(), "who": _text()}),
    "Card": _CARD,
    "Alarm": _ALARM,
    "Suspect": _SUSPECT,
}

SCHEMAS: Mapping[str, Schema] = {
    **_LISTED,
    "Probe": _PROBE,
    "BackFill": _BACK_FILL,
    "Muted": _object({"id": _text(), "muted_until": _instant(), "muted_by": _text()}),
    "Client": _CLIENT,
    "Balance": _BALANCE,
    "Error": _object({"error": _text()}),
    **{f"{name}Page": _object({"items": _list(_ref(name)), "next": _text(null=True)}) for name in _LISTED},
    "ChannelPage": _object(
        {"items": _list(_ref("Channel")), "next": _text(null=True), "internal": _list(_INTERNAL)}
    ),
}
