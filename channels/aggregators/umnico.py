"""`umnico`: Umnico, messengers of all sorts.

The format: https://api.umnico.com/docs/ (version 1.3)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from channels.aggregators.messengers import Correspondent, linked_file, messenger_of
from channels.base import Channel, Event, Heard, HttpCall, HttpReply, Need
from channels.messages import (
    Node,
    SentFile,
    at_seconds,
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
_INCOMING, _OUTGOING = "message.incoming", "message.outgoing"


class Umnico:
    """An Umnico account. Its settings: `secret`."""

    def verify(self, call: HttpCall, account: Account) -> None:
        """The address must end with our secret. Raises Refused 401, 403."""
        require_key(call, account)

    def hear(self, call: HttpCall, account: Account) -> Heard:  # noqa: ARG002 - the same for every account
        """One event a call. Raises Refused 405."""
        tree = heard_object(call)
        if tree is None:
            return unreadable(_OK)
        key = ident(_message(tree), "messageId", "id") or ident(tree, "messageId")
        return Heard(_OK, (Event(key, f"message:{key}" if key else ""),))

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        """The inquiry that a client's message is; what we wrote is an answer."""
        tree, inquiry = read_object(raw.body), begun(raw, account)
        message, event = _message(tree), ident(tree, "type", "event")
        told = message or (event == _INCOMING and ident(tree, "messageId"))  # one account sends ids alone
        if event not in (_INCOMING, _OUTGOING, "") or not told:
            return Parsed(Outcome.IGNORED, inquiry, "service")
        is_ours = event == _OUTGOING or message.get("incoming") is False
        inquiry = _told_by(tree, message, inquiry, company.region, is_ours=is_ours)
        return Parsed(Outcome.ANSWER if is_ours else Outcome.ACCEPTED, inquiry)


def _message(tree: Node) -> Node:
    """The message, whether the event is bare or in an envelope."""
    return child(tree, "message") or child(tree, "data", "message") or child(tree, "payload", "message")


def _client(message: Node, *, is_ours: bool) -> Correspondent:
    source = child(message, "source")
    # of our own message the sender is one of us; the source is the client's chat
    sender = {} if is_ours else child(message, "sender")
    messenger = messenger_of(ident(source, "type"))
    login = ident(sender, "login").lstrip("+")
    if messenger in ("whatsapp", "viber"):
        found = login or ident(source, "realId").partition("@")[0]
        return Correspondent(messenger, found, name_of(text_of(sender, "name")), ident(sender, "phone"))
    handle = login or (ident(source, "realId") if is_ours else ident(sender, "id", "customerId"))
    name = name_of(text_of(sender, "name"))
    return Correspondent(messenger or "umnico", handle, name, ident(sender, "phone"))


def _told_by(tree: Node, message: Node, inquiry: Inquiry, region: str, *, is_ours: bool) -> Inquiry:
    """The inquiry with all that a message tells."""
    words, source = child(message, "message"), child(message, "source")
    attachments, files = attached(_files(words or message))
    return replace(
        inquiry,
        thread=ident(source, "realId", "id") or ident(tree, "leadId"),
        occurred_at=at_seconds(message, "datetime"),
        sender=_client(message, is_ours=is_ours).sender(region),
        text=text_of(words, "text") or text_of(message, "text"),
        attachments=attachments,
        fields={
            **filled(
                lead_id=ident(tree, "leadId"),
                customer_id=ident(child(message, "sender"), "customerId"),
                source_id=ident(source, "id"),
                source_type=ident(source, "type"),
                channel_id=ident(source, "saId"),
            ),
            **files,
        },
    )


def _files(words: Node) -> Iterator[SentFile]:
    for one in children(words, "attachments"):
        url = text_of(one, "url") or text_of(child(one, "media"), "url")
        file = linked_file(url, ident(one, "type"))
        name = safe_name(text_of(one, "filename") or text_of(one, "name"))
        yield SentFile(name, type_of(name, file.type), 0, url) if name else file


_UMNICO = Umnico()
CHANNEL = Channel(
    kind="umnico",
    title="Umnico",
    needs=(Need("secret", True, "what ends the webhook's address", "чем кончается адрес вебхука"),),
    lacks=lacking(),
    parser=_UMNICO,
    webhook=_UMNICO,
)
