"""`wazzup`: Wazzup24, messengers of all sorts. One body may mix clients' messages, our own and reports.

The format: https://wazzup24.ru/help/api-ru/webhooks/
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import NamedTuple

from channels.aggregators.messengers import Correspondent, linked_file, messenger_of
from channels.base import Channel, Event, Heard, HttpCall, HttpReply, Need
from channels.messages import (
    IGNORE,
    NOTHING,
    TAKE,
    Node,
    answered_with,
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
    policy_faults,
    read_object,
    taken_back,
    text_of,
    unreadable,
)
from channels.signing import require_key, same
from intake.account import Account, Company
from intake.errors import Refused, Unreadable
from intake.inquiry import Inquiry, Outcome, Parsed, Raw

_OK = HttpReply(200, "ok")
_INBOUND = "inbound"


class Item(NamedTuple):
    """One thing a body tells: `what` is message, status or service."""

    what: str
    told: Node

    @property
    def is_ours(self) -> bool:
        """Whether we wrote it: neither mark alone is enough, and some messages tell no status."""
        return self.told.get("isEcho") is True or ident(self.told, "status") not in (_INBOUND, "")


class Wazzup:
    """A Wazzup24 account. Its settings: `crm_key`, `secret`, `groups`; `token`, `api`, `proxy` to answer."""

    def verify(self, call: HttpCall, account: Account) -> None:
        """The bearer must be the crm_key - or, where none is set there, the address must end with our secret.

        The trial on connecting may come without either: it stores nothing. Raises Refused 401, 403.
        """
        given, key = call.header("authorization"), account.option("crm_key")
        if given:
            scheme, _, word = given.partition(" ")
            if scheme.lower() != "bearer" or not same(word.strip(), key):
                raise Refused(403, "wrong crmKey")
        elif account.secret and not _is_trial(call):
            require_key(call, account)
        elif not _is_trial(call):
            raise Refused(401, "no Authorization: set crmKey in Wazzup, or a secret in the address")

    def hear(self, call: HttpCall, account: Account) -> Heard:  # noqa: ARG002 - the same for every account
        """An event a message; trials and bodies of nothing but delivery reports are answered and forgotten."""
        tree = heard_object(call)
        if tree is None:
            return unreadable(_OK)
        if tree.get("test") is True:
            return Heard(_OK, reason="handshake")
        items = _items(tree)
        if items and all(item.what == "status" for item in items):
            return Heard(_OK, reason="status")
        events = (_event(item, part) for part, item in enumerate(items) if item.what != "status")
        return Heard(_OK, tuple(events) or (Event(),))

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        """The inquiry that one message of the body is; our own are answers."""
        items, inquiry = _items(read_object(raw.body)), begun(raw, account)
        item = items[raw.part] if raw.part < len(items) else Item("service", NOTHING)
        if item.what != "message":
            return Parsed(Outcome.IGNORED, inquiry, item.what)
        inquiry = _told_by(item.told, inquiry, company.region)
        if item.told.get("isDeleted") is True:
            return taken_back(inquiry, None)
        if item.is_ours:
            failed = ident(item.told, "status") == "error"
            return Parsed(Outcome.IGNORED, inquiry, "status") if failed else Parsed(Outcome.ANSWER, inquiry)
        if _is_group(item.told) and account.option("groups", IGNORE) != TAKE:
            return Parsed(Outcome.IGNORED, inquiry, "group")
        return Parsed(Outcome.ACCEPTED, inquiry)


def _is_trial(call: HttpCall) -> bool:
    try:
        return dict(read_object(call.body)) == {"test": True}
    except Unreadable:
        return False


def _items(tree: Node) -> list[Item]:
    """All that a body tells, in its order."""
    messages = [Item("message", told) for told in children(tree, "messages")]
    return messages + [Item("status", told) for told in children(tree, "statuses")]


def _event(item: Item, part: int) -> Event:
    told = item.told
    key, group = ident(told, "messageId"), ident(told, "messageId")
    if told.get("isDeleted") is True:
        key = f"{key}:deleted"
    elif told.get("isEdited") is True:
        said = blake2b(text_of(told, "text").encode("utf-8", "replace"), digest_size=6).hexdigest()
        key = f"{key}:edited:{ident(told, 'dateTime')}:{said}"
    return Event(key, f"message:{group}" if group else "", part)


def _is_group(told: Node) -> bool:
    return ident(told, "chatType").lower().endswith("group")


def _told_by(told: Node, inquiry: Inquiry, region: str) -> Inquiry:
    """The inquiry with all that a message tells."""
    contact, uri = child(told, "contact"), text_of(told, "contentUri")
    kind, chat = ident(told, "type"), ident(told, "chatId")
    is_group = _is_group(told)
    files, files_fields = attached([linked_file(uri, kind)] if uri else [])
    author = "" if told.get("isEcho") is True else text_of(told, "authorName")
    client = Correspondent(
        messenger_of(ident(told, "chatType")),
        ident(told, "authorId") if is_group else chat,
        name_of(("" if is_group else text_of(contact, "name")) or author),
        "" if is_group else ident(contact, "phone"),
    )
    is_edit = told.get("isEdited") is True
    return replace(
        inquiry,
        thread=f"{chat}:{client.id}".rstrip(":") if is_group else chat,
        # an edit repeats the first moment; when it came in is when it was edited
        occurred_at=None if is_edit else at_iso(told, "dateTime"),
        sender=client.sender(region),
        text=text_of(told, "text"),
        attachments=files,
        fields={
            **filled(
                message_id=ident(told, "messageId"),
                chat_type=ident(told, "chatType"),
                channel_id=ident(told, "channelId"),
                type="" if kind == "text" else kind,
                username=ident(contact, "username"),
                reply_to=ident(child(told, "quotedMessage"), "messageId", "id"),
                edited="yes" if is_edit else "",
            ),
            **files_fields,
        },
    )


def check(account: Account) -> Sequence[tuple[str, str, str]]:
    """The faults of an account's settings as (setting, fault, mend)."""
    faults = policy_faults(account, "groups")
    if not account.option("crm_key") and not account.secret:
        mend = 'write crm_key = "env:NAME", the crmKey given to Wazzup, or a secret that ends the address'
        faults.append(("crm_key", "is missing: anybody could send messages", mend))
    return faults


_WAZZUP = Wazzup()
CHANNEL = Channel(
    kind="wazzup",
    title="Wazzup24",
    needs=(
        Need(
            "crm_key",
            False,
            "the crmKey given to Wazzup, unless a secret",
            "crmKey, переданный Wazzup, если нет secret",
        ),
        Need(
            "secret",
            False,
            "what ends the address where no crmKey is set",
            "чем кончается адрес, если crmKey не задан",
        ),
        Need("token", False, "the API key, for answers", "ключ API, для ответов"),
        Need("groups", False, "messages of groups: ignore or take", "сообщения групп: ignore или take"),
        Need("api", False, "another address of the API", "другой адрес API"),
        Need("proxy", False, "the way to Wazzup, socks5://...", "путь к Wazzup, socks5://..."),
    ),
    unanswerable=answered_with("token"),
    lacks=lacking(),
    parser=_WAZZUP,
    webhook=_WAZZUP,
    check=check,
)
