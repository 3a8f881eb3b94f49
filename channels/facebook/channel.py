"""`facebook`: what people write to a Facebook page or an Instagram account, and comments there.

The format: https://developers.facebook.com/docs/messenger-platform/webhooks
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from posixpath import basename
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

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
    filled,
    heard_object,
    ident,
    lacking,
    name_of,
    place_of,
    policy_faults,
    read_object,
    safe_name,
    taken_back,
    text_of,
    type_of,
    unreadable,
)
from channels.meta import handshake, verify_signed
from intake.account import Account, Company
from intake.inquiry import Attribution, Inquiry, Outcome, Parsed, Raw, Sender

_OK = HttpReply(200, "EVENT_RECEIVED")
_FILES = {
    "image": ("image.jpg", "image/jpeg"),
    "video": ("video.mp4", "video/mp4"),
    "audio": ("audio.mp4", "audio/mp4"),
}
"""By the attachment's type: the name and the media type, for Meta tells neither."""
_LINKS = frozenset(("fallback", "share", "story_mention", "reel", "ig_reel", "template"))
_PASSING = ("delivery", "read")


class Item(NamedTuple):
    """One thing a body tells: `what` is message, comment, deleted, status or service; `messenger` names the network,
    `page` is our own id there."""

    what: str
    told: Node
    messenger: str
    page: str

    @property
    def is_echo(self) -> bool:
        """Whether we wrote it: from the page's inbox, an app, or a comment of the page itself."""
        return child(self.told, "message").get("is_echo") is True or self.author == self.page != ""

    @property
    def author(self) -> str:
        """Whoever wrote."""
        return ident(child(self.told, "sender") or child(self.told, "from"), "id")

    @property
    def client(self) -> str:
        """The client of the conversation."""
        return ident(child(self.told, "recipient"), "id") if self.is_echo else self.author

    @property
    def key(self) -> str:
        """The id of the message or the comment; "" when there is none."""
        return ident(self.message, "mid") or ident(self.told, "comment_id", "id")

    @property
    def message(self) -> Node:
        """The message, an edit of one, or a button that was pressed."""
        told = self.told
        return child(told, "message") or child(told, "message_edit") or child(told, "postback")


class Facebook:
    """A page or an Instagram account. Its settings: `token`, `app_secret`, `verify_token`, `comments`."""

    def verify(self, call: HttpCall, account: Account) -> None:
        """The signature over the raw body, or the handshake's word. Raises Refused 401, 403."""
        verify_signed(call, account)

    def hear(self, call: HttpCall, account: Account) -> Heard:  # noqa: ARG002 - the same for every account
        """An event a message; a body of nothing but receipts is answered and forgotten."""
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

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:  # noqa: ARG002 - no phones here
        """The inquiry that one message or comment of the body is; our own are answers."""
        items, inquiry = _items(read_object(raw.body)), begun(raw, account)
        item = items[raw.part] if raw.part < len(items) else Item("service", NOTHING, "", "")
        if item.what in ("service", "status"):
            return Parsed(Outcome.IGNORED, inquiry, item.what)
        if item.what == "deleted":
            return taken_back(inquiry, at_seconds(item.told, "timestamp"))
        inquiry = _told_by(item, inquiry)
        if item.is_echo:
            return Parsed(Outcome.ANSWER, inquiry)
        if item.what == "comment" and account.option("comments", TAKE) == IGNORE:
            return Parsed(Outcome.IGNORED, inquiry, "comments")
        return Parsed(Outcome.ACCEPTED, inquiry)


def _items(tree: Node) -> list[Item]:
    """All that a body tells, in its order."""
    messenger = "instagram" if tree.get("object") == "instagram" else "facebook"
    return [item for entry in children(tree, "entry") for item in _of(entry, messenger)]


def _of(entry: Node, messenger: str) -> Iterator[Item]:
    page = ident(entry, "id")
    # what comes on standby was told to another app of ours first: it is a client's word all the same
    for told in (*children(entry, "messaging"), *children(entry, "standby")):
        yield Item(_what(told), told, messenger, page)
    for change in children(entry, "changes"):
        value = child(change, "value")
        is_comment = ident(change, "field") in ("comments", "live_comments") or (
            value.get("item") == "comment" and value.get("verb") in ("add", "edited")
        )
        yield Item("comment" if is_comment else "service", value, messenger, page)


def _what(told: Node) -> str:
    if any(name in told for name in _PASSING):
        return "status"
    if child(told, "message").get("is_deleted") is True:
        return "deleted"
    is_word = any(name in told for name in ("message", "message_edit", "postback", "referral"))
    return "message" if is_word else "service"


def _event(item: Item, part: int) -> Event:
    key = item.key
    if not key and item.author and ident(item.told, "timestamp"):
        key = f"{item.author}:{ident(item.told, 'timestamp')}"
    if item.what == "service":
        return Event("", "", part)
    if item.what == "deleted":
        return Event(f"{key}:deleted", f"message:{key}" if key else "", part)
    edits = ident(child(item.told, "message_edit"), "num_edit")
    edit = (
        f":edit{edits}"
        if "message_edit" in item.told
        else ":edited"
        if item.told.get("verb") == "edited"
        else ""
    )
    return Event(f"{key}{edit}", f"{item.what}:{key}" if key else "", part)


def _told_by(item: Item, inquiry: Inquiry) -> Inquiry:
    """The inquiry with all that a message or a comment tells."""
    told, message = item.told, item.message
    files, files_fields = attached(_files_of(message))
    referral = child(told, "referral") or child(message, "referral")
    ref = ident(referral, "ref")
    author = child(told, "from")
    post = ident(told, "post_id") or ident(child(told, "media"), "id")
    return replace(
        inquiry,
        thread=f"{post}:{item.client}".rstrip(":") if item.what == "comment" else item.client,
        occurred_at=at_seconds(told, "timestamp") or at_seconds(told, "created_time"),
        sender=Sender(
            name=name_of(text_of(author, "name")),
            handles={item.messenger: item.client} if item.client else {},
        ),
        text=text_of(message, "text")
        or text_of(message, "title")
        or text_of(told, "message")
        or text_of(told, "text"),
        attachments=files,
        attribution=Attribution(utm={"utm_source": ref}) if ref else inquiry.attribution,
        fields={**_fields(told, message, referral, post), **files_fields},
    )


def _fields(told: Node, message: Node, referral: Node, post: str) -> dict[str, str]:
    links = [
        text_of(child(one, "payload"), "url") or text_of(one, "url")
        for one in children(message, "attachments")
        if ident(one, "type") in _LINKS
    ]
    place = next((child(one, "payload", "coordinates") for one in children(message, "attachments")), NOTHING)
    return filled(
        message_id=ident(message, "mid") or ident(told, "comment_id", "id"),
        username=ident(child(told, "from"), "username"),
        edited="yes" if "message_edit" in told or told.get("verb") == "edited" else "",
        reply_to=ident(child(message, "reply_to"), "mid") or ident(told, "parent_id"),
        payload=ident(message, "payload") or ident(child(message, "quick_reply"), "payload"),
        comment_on=post,
        link="\n".join(filter(None, links)),
        location=place_of(place.get("lat"), place.get("long")),
        advert=text_of(child(referral, "ads_context_data"), "ad_title"),
        advert_id=ident(referral, "ad_id"),
    )


def _files_of(message: Node) -> Iterator[SentFile]:
    for one in children(message, "attachments"):
        kind, where = ident(one, "type"), text_of(child(one, "payload"), "url")
        if kind == "file":
            name = _named_in(where) or "file"
            yield SentFile(name, type_of(name), 0, where)
        elif kind in _FILES:
            yield SentFile(*_FILES[kind], 0, where)


def _named_in(url: str) -> str:
    """The file's name as its address tells it."""
    try:
        return safe_name(unquote(basename(urlsplit(url).path)))
    except ValueError:
        return ""


def check(account: Account) -> Sequence[tuple[str, str, str]]:
    """The faults of a page's settings as (setting, fault, mend)."""
    faults = policy_faults(account, "comments")
    for name in ("app_secret", "verify_token"):
        if not account.option(name) and not account.secret:
            faults.append((name, "is missing: anybody could send messages", f'write {name} = "env:NAME"'))
    return faults


def _lacks(inquiry: Inquiry, account: Account) -> Sequence[str]:
    """Files lie open at their addresses; a name is told only to who has a token."""
    return lacking(name=bool(account.option("token")))(inquiry, account)


_FACEBOOK = Facebook()
CHANNEL = Channel(
    kind="facebook",
    title="Facebook Messenger, Instagram",
    needs=(
        Need("token", False, "the page's access token", "маркер доступа страницы"),
        Need(
            "app_secret",
            False,
            "the app's secret: requests are signed with it",
            "секрет приложения: подпись запросов",
        ),
        Need("verify_token", False, "the word of the webhook's verification", "слово для проверки вебхука"),
        Need("secret", False, "stands for both of them", "заменяет оба"),
        Need("comments", False, "comments: take or ignore", "комментарии: take или ignore"),
        Need("api", False, "another address of the Graph API", "другой адрес Graph API"),
        Need("proxy", False, "the way to Meta, socks5://...", "путь к Meta, socks5://..."),
    ),
    unanswerable=answered_with("token"),
    lacks=_lacks,
    parser=_FACEBOOK,
    webhook=_FACEBOOK,
    check=check,
)
