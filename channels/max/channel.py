"""`max`: messages to a bot of MAX. Its updates have no ids of their own, so messages are known by theirs.

The format: https://dev.max.ru/docs-api/objects/Update
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from channels.base import Channel, Event, Heard, HttpCall, HttpReply, Need
from channels.messages import (
    IGNORE,
    TAKE,
    Node,
    SentFile,
    answered_with,
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
    number,
    phones_of,
    place_of,
    policy_faults,
    polling_faults,
    read_object,
    safe_name,
    taken_back,
    text_of,
    type_of,
    unreadable,
)
from channels.signing import same
from intake.account import Account, Company
from intake.clock import iso
from intake.errors import Refused
from intake.inquiry import Attribution, Inquiry, Outcome, Parsed, Raw, Sender

_HEADER = "x-max-bot-api-secret"
_OK = HttpReply(200, "ok")
_MESSAGES = ("message_created", "message_edited")
_REMOVED = "message_removed"
_PHONE = re.compile(r"^(?:item\d+\.)?TEL\b[^:\r\n]*:(?:tel:)?([^\r\n]{5,40})", re.IGNORECASE | re.MULTILINE)
_NAME = re.compile(r"^(?:item\d+\.)?FN\b[^:\r\n]*:([^\r\n]{1,200})", re.IGNORECASE | re.MULTILINE)
_FILES = {
    "image": ("photo.jpg", "image/jpeg"),
    "video": ("video.mp4", "video/mp4"),
    "audio": ("voice.ogg", "audio/ogg"),
    "sticker": ("sticker.webp", "image/webp"),
}
"""By the attachment's type: the name and the media type, for MAX tells neither."""


class Max:
    """A bot that clients write to. Its settings: `token`, `secret`, `polling`, `webhook`, `groups`, `api`, `proxy`,
    `ca_file`."""

    def verify(self, call: HttpCall, account: Account) -> None:
        """The header must bring the subscription's secret. Raises Refused 401, 403."""
        given = call.header(_HEADER)
        if not given:
            raise Refused(401, "no X-Max-Bot-Api-Secret: subscribe with a secret")
        if not same(given, account.secret):
            raise Refused(403, "wrong secret")

    def hear(self, call: HttpCall, account: Account) -> Heard:  # noqa: ARG002 - the same for every account
        """One update a call. Raises Refused 405."""
        tree = heard_object(call)
        if tree is None:
            return unreadable(_OK)
        return Heard(_OK, (Event(*update_ids(tree)),))

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        """The inquiry that a message, or a dialog begun, is; what else happens is ignored."""
        tree, inquiry = read_object(raw.body), begun(raw, account)
        kind = ident(tree, "update_type")
        if kind == "bot_started":
            return Parsed(Outcome.ACCEPTED, _started(tree, inquiry))
        if kind == _REMOVED:
            return taken_back(inquiry, at_seconds(tree, "timestamp"))
        message = child(tree, "message")
        if kind not in _MESSAGES or not message:
            return Parsed(Outcome.IGNORED, inquiry, "service")
        reason = _why_ignored(message, account.option("groups", IGNORE))
        inquiry = _told_by(tree, message, inquiry, company.region)
        return Parsed(Outcome.IGNORED if reason else Outcome.ACCEPTED, inquiry, reason)


def update_ids(tree: Node) -> tuple[str, str]:
    """What recognises an update, and what it belongs to: a message and its edits are one."""
    kind, mid = ident(tree, "update_type"), ident(child(tree, "message", "body"), "mid")
    changed = mid if kind in _MESSAGES else ident(tree, "message_id") if kind == _REMOVED else ""
    return _external_id(tree, mid), f"message:{changed}" if changed else ""


def _external_id(tree: Node, mid: str) -> str:
    """What recognises an update when it comes again: it has no id of its own."""
    kind, at = ident(tree, "update_type"), ident(tree, "timestamp")
    if kind == "message_created" and mid:
        return mid
    callback = ident(child(tree, "callback"), "callback_id")
    about = [mid or callback or ident(tree, "message_id"), ident(tree, "chat_id")]
    about.append(ident(tree, "user_id") or ident(child(tree, "user"), "user_id"))
    told = [part for part in about if part]
    return ":".join((kind, *told, at)) if told and at else ""


def _why_ignored(message: Node, groups: str) -> str:
    author, kind = child(message, "sender"), ident(child(message, "recipient"), "chat_type")
    if not author or kind == "channel":
        return "channel"
    if author.get("is_bot") is True:
        return "bot"
    return "group" if kind == "chat" and groups != TAKE else ""


def _person(user: Node, phones: tuple[str, ...] = ()) -> Sender:
    whole = name_of(text_of(user, "first_name"), text_of(user, "last_name")) or name_of(text_of(user, "name"))
    handle = ident(user, "user_id")
    return Sender(name=whole, phones=phones, handles={"max": handle} if handle else {})


def _started(tree: Node, inquiry: Inquiry) -> Inquiry:
    """Somebody opened the dialog, perhaps by a link that says where it stood."""
    user, payload = child(tree, "user"), ident(tree, "payload")
    return replace(
        inquiry,
        thread=ident(tree, "chat_id") or ident(user, "user_id"),
        occurred_at=at_seconds(tree, "timestamp"),
        sender=_person(user),
        attribution=Attribution(utm={"utm_source": payload}) if payload else inquiry.attribution,
        fields=filled(username=ident(user, "username"), language=ident(tree, "user_locale"), start=payload),
    )


def _told_by(tree: Node, message: Node, inquiry: Inquiry, region: str) -> Inquiry:
    """The inquiry with all that a message tells; of a forwarded one the words are in what it links to."""
    author, body, link = child(message, "sender"), child(message, "body"), child(message, "link")
    forwarded = child(link, "message") if ident(link, "type") == "forward" else {}
    files, files_fields = attached((*_files_of(body), *_files_of(forwarded)))
    is_edit = ident(tree, "update_type") == "message_edited"
    at = at_seconds(tree if is_edit else message, "timestamp")
    card = _card(body)
    return replace(
        inquiry,
        thread=_thread(message),
        occurred_at=at,
        sender=_person(author, _own_phones(card, author, region)),
        text=text_of(body, "text") or text_of(forwarded, "text"),
        attachments=files,
        fields={
            **filled(
                username=ident(author, "username"),
                language=ident(tree, "user_locale"),
                message_id=ident(body, "mid"),
                edited=(iso(at) or "") if is_edit else "",
                forwarded_from=_person(child(link, "sender")).name if forwarded else "",
                reply_to="" if forwarded else ident(child(link, "message"), "mid"),
                **_card_fields(card),
                **_things_of(body),
            ),
            **files_fields,
        },
    )


def _thread(message: Node) -> str:
    """The conversation. In a group each person's is their own: a deal is one client's."""
    recipient, user = child(message, "recipient"), ident(child(message, "sender"), "user_id")
    chat = ident(recipient, "chat_id")
    return f"{chat}:{user}" if ident(recipient, "chat_type") == "chat" and user else chat or user


def _files_of(body: Node) -> Iterator[SentFile]:
    for one in children(body, "attachments"):
        kind, payload = ident(one, "type"), child(one, "payload")
        where = text_of(payload, "url") or ident(payload, "token", "photo_id", "fileId")
        if kind == "file":
            name = safe_name(text_of(one, "filename")) or "file"
            yield SentFile(name, type_of(name), number(one, "size"), where)
        elif kind in _FILES:
            yield SentFile(*_FILES[kind], 0, where)


def _card(body: Node) -> Node:
    cards = (
        child(one, "payload") for one in children(body, "attachments") if ident(one, "type") == "contact"
    )
    return next(cards, {})


def _owner(card: Node) -> Node:
    return child(card, "max_info") or child(card, "tam_info")


def _own_phones(card: Node, author: Node, region: str) -> tuple[str, ...]:
    """The phone of a card that is the sender's own; anybody else's card is no phone of theirs."""
    found = _PHONE.search(text_of(card, "vcf_info"))
    is_own = ident(_owner(card), "user_id") == ident(author, "user_id") != ""
    return phones_of(found[1], region) if found and is_own else ()


def _card_fields(card: Node) -> dict[str, str]:
    told = text_of(card, "vcf_info")
    phone, name = _PHONE.search(told), _NAME.search(told)
    return filled(
        contact_name=name_of(name[1]) if name else _person(_owner(card)).name,
        contact_phone=phone[1].strip() if phone else "",
        contact_hash=ident(card, "hash"),
    )


def _things_of(body: Node) -> dict[str, str]:
    """A place or a link that was sent."""
    found: dict[str, str] = {}
    for one in children(body, "attachments"):
        if ident(one, "type") == "location":
            found |= filled(location=place_of(one.get("latitude"), one.get("longitude")))
        elif ident(one, "type") == "share":
            found |= filled(link=text_of(child(one, "payload"), "url"))
    return found


def check(account: Account) -> Sequence[tuple[str, str, str]]:
    """The faults of a bot's settings as (setting, fault, mend)."""
    faults = polling_faults(account, "secret")
    webhook = account.option("webhook")
    if webhook and not webhook.startswith("https://"):
        mend = 'write the whole address that MAX calls: "https://in.example.ru/in/<id>"'
        faults.append(("webhook", "is no https address", mend))
    return faults + policy_faults(account, "groups")


_MAX = Max()
CHANNEL = Channel(
    kind="max",
    title="MAX",
    needs=(
        Need("token", True, "the bot's token", "токен бота"),
        Need(
            "secret",
            False,
            "the secret of the subscription, unless polling",
            "секрет подписки, если не polling",
        ),
        Need(
            "polling",
            False,
            "true: ask MAX, where no webhook can reach us",
            "true: опрашивать, если вебхук не дойдёт",
        ),
        Need(
            "webhook",
            False,
            "our address: its subscription is kept alive",
            "наш адрес: его подписка продлевается",
        ),
        Need("groups", False, "messages of groups: ignore or take", "сообщения групп: ignore или take"),
        Need("api", False, "another address of the API", "другой адрес API"),
        Need("proxy", False, "the way to MAX, socks5://...", "путь к MAX, socks5://..."),
        Need("ca_file", False, "the root certificate of its servers", "корневой сертификат серверов MAX"),
    ),
    unanswerable=answered_with("token"),
    lacks=lacking("token"),
    parser=_MAX,
    webhook=_MAX,
    check=check,
)
