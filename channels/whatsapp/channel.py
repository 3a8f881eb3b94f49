"""`whatsapp`: the WhatsApp Cloud API. One body may bring several messages, and our own from the phone app.

The format: https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from channels.base import Channel, Event, Heard, HttpCall, HttpReply, Need
from channels.messages import (
    IGNORE,
    NOTHING,
    TAKE,
    Node,
    SentFile,
    answered_with,
    at_seconds,
    attached,
    begun,
    child,
    children,
    file_of,
    filled,
    heard_object,
    ident,
    lacking,
    name_of,
    phones_of,
    place_of,
    policy_faults,
    read_object,
    taken_back,
    text_of,
    unreadable,
)
from channels.meta import handshake, verify_signed
from intake.account import Account, Company
from intake.inquiry import Attribution, Inquiry, Outcome, Parsed, Raw, Recipient, Sender

_OK = HttpReply(200, "ok")
_FILES = {
    "image": ("image.jpg", "image/jpeg"),
    "video": ("video.mp4", "video/mp4"),
    "audio": ("audio.ogg", "audio/ogg"),
    "document": ("document", "application/octet-stream"),
    "sticker": ("sticker.webp", "image/webp"),
}
"""By the message's type: the name and the media type when they are not told."""
_REVOKE = "revoke"
_SERVICE = frozenset(("system", "reaction", _REVOKE, "request_welcome", ""))
"""Types that are no words to us; an unsupported one is: somebody wrote what we cannot see."""


class Item(NamedTuple):
    """One thing a body tells: `what` is message, echo, status or other; `value` is the change it stands in."""

    what: str
    told: Node
    value: Node

    @property
    def message(self) -> Node:
        """The message as it reads now: an edited one stands within the edit."""
        return child(self.told, "edit", "message") or self.told

    @property
    def original(self) -> str:
        """The id of the message it is, or changes."""
        edit = child(self.told, "edit") or child(self.told, _REVOKE)
        return ident(edit, "original_message_id", "message_id", "id") or ident(self.told, "id")

    @property
    def client(self) -> str:
        """The client's number; somebody known by a user name alone has only an id."""
        if self.what == "echo":
            return ident(self.told, "to", "to_user_id")
        return ident(self.told, "from", "from_user_id")


class WhatsApp:
    """A business number. Its settings: `token`, `app_secret`, `verify_token`, `groups`, `api`, `proxy`."""

    def verify(self, call: HttpCall, account: Account) -> None:
        """The signature over the raw body, or the handshake's word. Raises Refused 401, 403."""
        verify_signed(call, account)

    def hear(self, call: HttpCall, account: Account) -> Heard:  # noqa: ARG002 - the same for every account
        """An event a message; a body of nothing but delivery reports is answered and forgotten."""
        if greeting := handshake(call):
            return greeting
        tree = heard_object(call)
        if tree is None:
            return unreadable(_OK)
        items = _items(tree)
        if items and all(item.what == "status" for item in items):
            return Heard(_OK, reason="status")
        events = (_event(item, part) for part, item in enumerate(items) if item.what != "status")
        return Heard(_OK, tuple(events) or (Event(),))

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        """The inquiry that one message of the body is; our own from the phone app are answers."""
        items, inquiry = _items(read_object(raw.body)), begun(raw, account)
        item = items[raw.part] if raw.part < len(items) else Item("other", NOTHING, NOTHING)
        if item.what in ("other", "status"):
            return Parsed(Outcome.IGNORED, inquiry, "status" if item.what == "status" else "service")
        inquiry = _told_by(item, inquiry, company.region)
        if item.what == "message" and ident(item.told, "type") == _REVOKE:
            return taken_back(inquiry, at_seconds(item.told, "timestamp"))
        if item.what == "echo":
            return Parsed(Outcome.ANSWER, inquiry)
        if ident(item.told, "type") in _SERVICE:
            return Parsed(Outcome.IGNORED, inquiry, "service")
        if ident(item.told, "group_id") and account.option("groups", IGNORE) != TAKE:
            return Parsed(Outcome.IGNORED, inquiry, "group")
        return Parsed(Outcome.ACCEPTED, inquiry)


def _items(tree: Node) -> list[Item]:
    """All that a body tells, in its order."""
    return [
        item
        for entry in children(tree, "entry")
        for change in children(entry, "changes")
        for item in _of(change)
    ]


def _of(change: Node) -> Iterator[Item]:
    value = child(change, "value")
    lists = (("message", "messages"), ("echo", "message_echoes"), ("status", "statuses"))
    found = [Item(what, told, value) for what, name in lists for told in children(value, name)]
    yield from found or [Item("other", NOTHING, value)]


def _event(item: Item, part: int) -> Event:
    ident_, group = ident(item.told, "id"), f"message:{item.original}" if item.original else ""
    kind = ident(item.told, "type")
    return Event(ident_, "" if kind in _SERVICE and kind != _REVOKE else group, part)


def _told_by(item: Item, inquiry: Inquiry, region: str) -> Inquiry:
    """The inquiry with all that a message tells."""
    message, kind = item.message, ident(item.message, "type")
    media = child(message, kind)
    files = [_file(kind, media)] if kind in _FILES else []
    attachments, files_fields = attached(files)
    referral = child(item.told, "referral")
    line = phones_of(ident(child(item.value, "metadata"), "display_phone_number"), region)
    group = ident(item.told, "group_id")
    return replace(
        inquiry,
        thread=f"{group}:{item.client}" if group else item.client,
        occurred_at=at_seconds(item.told, "timestamp"),
        sender=_sender(item, region),
        recipient=Recipient(line=line[0]) if line else Recipient(),
        text=_words(message, kind),
        attachments=attachments,
        attribution=Attribution(
            referrer=text_of(referral, "source_url"), click_id=ident(referral, "ctwa_clid")
        ),
        fields={**_fields(item, message, kind), **files_fields},
    )


def _sender(item: Item, region: str) -> Sender:
    contact, client = _contact(item), item.client
    phones = phones_of(client, region) if client.isdigit() else ()
    return Sender(
        name=name_of(text_of(child(contact, "profile"), "name")) if item.what == "message" else "",
        phones=phones,
        handles={"whatsapp": client} if client else {},
    )


def _contact(item: Item) -> Node:
    """The sender's entry among those who wrote in this body."""
    contacts = children(item.value, "contacts")
    for contact in contacts:
        if item.client in (ident(contact, "wa_id"), ident(contact, "user_id")):
            return contact
    return contacts[0] if len(contacts) == len(children(item.value, "messages")) == 1 else NOTHING


def _file(kind: str, media: Node) -> SentFile:
    name, usual = _FILES[kind]
    told = {**media, "file_name": media.get("filename")}
    return file_of(told, ident(media, "id"), name, usual)


def _words(message: Node, kind: str) -> str:
    told = child(message, kind)
    chosen = child(told, ident(told, "type"))  # interactive: button_reply, list_reply, nfm_reply
    return (
        text_of(told, "body")
        or text_of(told, "caption")
        or text_of(told, "text")
        or text_of(chosen, "title")
        or text_of(chosen, "body")
    )


def _fields(item: Item, message: Node, kind: str) -> dict[str, str]:
    told, context, referral = child(message, kind), child(item.told, "context"), child(item.told, "referral")
    chosen, place = child(told, ident(told, "type")), child(message, "location")
    cards = children(message, "contacts")
    return filled(
        message_id=item.original,
        phone_number_id=ident(child(item.value, "metadata"), "phone_number_id"),
        username=ident(child(_contact(item), "profile"), "username"),
        reply_to=ident(context, "id"),
        forwarded="yes" if context.get("forwarded") or context.get("frequently_forwarded") else "",
        edited="yes" if "edit" in item.told else "",
        payload=ident(told, "payload") or ident(chosen, "id"),
        response=text_of(chosen, "response_json"),
        location=place_of(place.get("latitude"), place.get("longitude")),
        venue=text_of(place, "name"),
        address=text_of(place, "address"),
        contact_name="\n".join(
            filter(None, (text_of(child(card, "name"), "formatted_name") for card in cards))
        ),
        contact_phone=", ".join(
            ident(phone, "phone", "wa_id") for card in cards for phone in children(card, "phones")
        ),
        items="\n".join(
            f"{ident(one, 'product_retailer_id')} × {ident(one, 'quantity')}"
            for one in children(message, "order", "product_items")
        ),
        advert=text_of(referral, "headline"),
        advert_id=ident(referral, "source_id"),
        unsupported=kind if kind == "unsupported" else "",
    )


def check(account: Account) -> Sequence[tuple[str, str, str]]:
    """The faults of a number's settings as (setting, fault, mend)."""
    return policy_faults(account, "groups")


_WHATSAPP = WhatsApp()
CHANNEL = Channel(
    kind="whatsapp",
    title="WhatsApp Cloud API",
    needs=(
        Need("token", True, "the access token", "маркер доступа"),
        Need(
            "app_secret",
            True,
            "the app's secret: requests are signed with it",
            "секрет приложения: подпись запросов",
        ),
        Need("verify_token", True, "the word of the webhook's verification", "слово для проверки вебхука"),
        Need("groups", False, "messages of groups: ignore or take", "сообщения групп: ignore или take"),
        Need("api", False, "another address of the Graph API", "другой адрес Graph API"),
        Need("proxy", False, "the way to Meta, socks5://...", "путь к Meta, socks5://..."),
    ),
    unanswerable=answered_with("token"),
    lacks=lacking("token"),
    parser=_WHATSAPP,
    webhook=_WHATSAPP,
    check=check,
)
