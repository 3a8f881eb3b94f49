"""`chat2desk`: Chat2Desk, messengers of all sorts.

The format: https://c2dbr-pt.gitbook.io/chat2desk-api/webhooks-post
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from channels.aggregators.messengers import Correspondent, linked_file, messenger_of
from channels.base import Channel, Event, Heard, HttpCall, HttpReply, Need
from channels.messages import (
    Node,
    SentFile,
    at_iso,
    attached,
    begun,
    child,
    children,
    filled,
    heard_object,
    ident,
    lacking,
    name_of,
    read_object,
    safe_name,
    text_of,
    type_of,
    unreadable,
)
from channels.signing import require_key
from intake.account import Account, Company
from intake.inquiry import Inquiry, Outcome, Parsed, Raw

_OK = HttpReply(200, "ok")
_MESSAGES = frozenset(("inbox", "outbox", ""))
_CLIENT, _OURS, _ROBOT = "from_client", "to_client", "autoreply"
_PSEUDO = re.compile(r"\[(\w+)\]\s*(\S+)")
"""What stands for a phone where a messenger has none: `[tg] 123`."""
_SINGLE = ("photo", "audio", "video", "pdf")


class Chat2Desk:
    """A Chat2Desk account. Its settings: `secret`."""

    def verify(self, call: HttpCall, account: Account) -> None:
        """The address must end with our secret. Raises Refused 401, 403."""
        require_key(call, account)

    def hear(self, call: HttpCall, account: Account) -> Heard:  # noqa: ARG002 - the same for every account
        """One event a call. Raises Refused 405."""
        tree = heard_object(call)
        if tree is None:
            return unreadable(_OK)
        key, hook = ident(tree, "message_id"), ident(tree, "hook_type")
        if hook not in _MESSAGES:
            # the same message may be told a second time as the reason of another event
            about = key or ident(tree, "request_id", "dialog_id", "client_id")
            at = ident(tree, "event_time")
            return Heard(_OK, (Event(f"{hook}:{about}:{at}" if about and at else ""),))
        return Heard(_OK, (Event(key, f"message:{key}" if key else ""),))

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        """The inquiry that a client's message is; our own are answers."""
        tree, inquiry = read_object(raw.body), begun(raw, account)
        kind = ident(tree, "type")
        if ident(tree, "hook_type") not in _MESSAGES or kind not in (_CLIENT, _OURS, _ROBOT):
            return Parsed(Outcome.IGNORED, inquiry, "service")
        inquiry = _told_by(tree, inquiry, company.region)
        if kind == _ROBOT:
            return Parsed(Outcome.IGNORED, inquiry, "auto_reply")
        return Parsed(Outcome.ANSWER if kind == _OURS else Outcome.ACCEPTED, inquiry)


def _client(tree: Node) -> Correspondent:
    """Who it is: `phone` is one only where the messenger goes by phones."""
    told = child(tree, "client")
    pseudo = _PSEUDO.fullmatch(ident(told, "phone"))
    name = name_of(text_of(told, "assigned_name") or text_of(told, "name"))
    phone = ident(told, "client_phone") or ("" if pseudo else ident(told, "phone"))
    transport = messenger_of(ident(tree, "transport") or (pseudo[1] if pseudo else ""))
    if pseudo:
        return Correspondent(transport or "chat2desk", pseudo[2], name, phone)
    if transport in ("whatsapp", "viber"):
        return Correspondent(transport, ident(told, "phone").lstrip("+"), name, phone)
    return Correspondent("chat2desk", ident(tree, "client_id") or ident(told, "id"), name, phone)


def _told_by(tree: Node, inquiry: Inquiry, region: str) -> Inquiry:
    """The inquiry with all that a message tells."""
    attachments, files = attached(_files(tree))
    return replace(
        inquiry,
        thread=ident(tree, "dialog_id") or ident(tree, "client_id"),
        occurred_at=at_iso(tree, "event_time"),
        sender=_client(tree).sender(region),
        text=text_of(tree, "text"),
        attachments=attachments,
        fields={
            **filled(
                transport=ident(tree, "transport"),
                client_id=ident(tree, "client_id"),
                channel_id=ident(tree, "channel_id"),
                request_id=ident(tree, "request_id"),
                operator_id=ident(tree, "operator_id"),
                location=ident(tree, "coordinates"),
            ),
            **files,
        },
    )


def _files(tree: Node) -> Iterator[SentFile]:
    """The files; one may be told twice, in a field of its own and in the list."""
    seen: set[str] = set()
    for one in children(tree, "attachments"):
        url = text_of(one, "link") or text_of(one, "url")
        if url not in seen:
            seen.add(url)
            file = linked_file(url, ident(one, "type"))
            name = safe_name(text_of(one, "original_file_name")) or safe_name(text_of(one, "name"))
            yield SentFile(name, type_of(name, file.type), 0, url) if name else file
    for kind in _SINGLE:
        url = text_of(tree, kind)
        if url and url not in seen:
            seen.add(url)
            yield linked_file(url, kind)


_CHAT2DESK = Chat2Desk()
CHANNEL = Channel(
    kind="chat2desk",
    title="Chat2Desk",
    needs=(Need("secret", True, "what ends the webhook's address", "чем кончается адрес вебхука"),),
    lacks=lacking(),
    parser=_CHAT2DESK,
    webhook=_CHAT2DESK,
)
