"""`avito`: Avito Messenger. Our own messages come too; the answer must come within two seconds.

The format: https://developers.avito.ru/api-catalog/messenger/documentation
"""

from __future__ import annotations

from dataclasses import replace

from channels.aggregators.messengers import linked_file
from channels.base import Channel, Event, Heard, HttpCall, HttpReply, Need
from channels.messages import (
    Node,
    SentFile,
    answered_with,
    at_seconds,
    attached,
    begun,
    child,
    filled,
    heard_object,
    ident,
    lacking,
    place_of,
    read_object,
    taken_back,
    text_of,
    unreadable,
)
from channels.signing import require_key
from intake.account import Account, Company
from intake.inquiry import Inquiry, Outcome, Parsed, Raw, Sender

_OK = HttpReply(200, "ok")
_DELETED = "deleted"


class Avito:
    """An Avito account. Its settings: `secret`, which ends the address, for nothing else can be checked; `client_id`,
    `client_secret`, `api`, `proxy` to ask for names and to answer."""

    def verify(self, call: HttpCall, account: Account) -> None:
        """The address must end with our secret. Raises Refused 401, 403."""
        require_key(call, account)

    def hear(self, call: HttpCall, account: Account) -> Heard:  # noqa: ARG002 - the same for every account
        """One message a call. Raises Refused 405."""
        tree = heard_object(call)
        if tree is None:
            return unreadable(_OK)
        key = ident(_value(tree), "id") or ident(tree, "id")
        gone = ident(_value(tree), "type") == _DELETED
        group = f"message:{key}" if ident(_value(tree), "id") else ""
        return Heard(_OK, (Event(f"{key}:deleted" if key and gone else key, group),))

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:  # noqa: ARG002 - no phones here
        """The inquiry that a message is; our own are answers."""
        tree, inquiry = read_object(raw.body), begun(raw, account)
        value = _value(tree)
        author, ours = ident(value, "author_id"), ident(value, "user_id")
        if (
            ident(child(tree, "payload"), "type") != "message"
            or ident(value, "type") == "system"
            or not author
        ):
            return Parsed(Outcome.IGNORED, inquiry, "service")
        if ident(value, "type") == _DELETED:
            return taken_back(inquiry, at_seconds(tree, "timestamp"))
        inquiry = _told_by(value, inquiry)
        if author == ours:
            return Parsed(Outcome.ANSWER, replace(inquiry, sender=Sender()))
        return Parsed(Outcome.ACCEPTED, inquiry)


def _value(tree: Node) -> Node:
    return child(tree, "payload", "value")


def _told_by(value: Node, inquiry: Inquiry) -> Inquiry:
    """The inquiry with all that a message tells: an id of the writer, never a name or a phone."""
    content, author = child(value, "content"), ident(value, "author_id")
    link, item, place = child(content, "link"), child(content, "item"), child(content, "location")
    attachments, files = attached(_files(content))
    return replace(
        inquiry,
        thread=ident(value, "chat_id"),
        occurred_at=at_seconds(value, "created") or at_seconds(value, "published_at"),
        sender=Sender(handles={"avito": author}),
        text=text_of(content, "text") or text_of(link, "text"),
        attachments=attachments,
        fields={
            **filled(
                our_id=ident(value, "user_id"),
                item_id=ident(value, "item_id"),
                chat_type=ident(value, "chat_type"),
                link=text_of(link, "url") or text_of(item, "item_url"),
                item=text_of(item, "title"),
                location=place_of(place.get("lat"), place.get("lon")),
                address=text_of(place, "text"),
                call=ident(child(content, "call"), "status"),
            ),
            **files,
        },
    )


def _files(content: Node) -> list[SentFile]:
    sizes = child(content, "image", "sizes")
    found = []
    if sizes:
        largest = max(sizes, key=_area)
        found.append(linked_file(text_of(sizes, largest), "image"))
    if voice := ident(child(content, "voice"), "voice_id"):
        found.append(SentFile("voice.mp4", "audio/mp4", 0, voice))
    for kind in ("video", "file"):
        if told := child(content, kind):
            found.append(linked_file(text_of(told, "url") or ident(told, f"{kind}_id"), kind))
    return found


def _area(size: str) -> int:
    """The area of a size written "1280x960"."""
    width, _, height = size.partition("x")
    return int(width) * int(height) if width.isdecimal() and height.isdecimal() and len(size) < 20 else 0


_AVITO = Avito()
CHANNEL = Channel(
    kind="avito",
    title="Avito",
    needs=(
        Need("secret", True, "what ends the webhook's address", "чем кончается адрес вебхука"),
        Need("client_id", False, "of Avito's API: names and answers", "из API Авито: имена и ответы"),
        Need("client_secret", False, "its secret", "секрет к нему"),
        Need("api", False, "another address of the API", "другой адрес API"),
        Need("proxy", False, "the way to Avito, socks5://...", "путь к Авито, socks5://..."),
    ),
    unanswerable=answered_with("client_id", "client_secret"),
    lacks=lacking("client_id", "client_secret", name=True),
    parser=_AVITO,
    webhook=_AVITO,
)
