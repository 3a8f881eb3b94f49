"""Updates of the Bot API told apart: which hold a message, whose it is, what it belongs to.

The format: https://core.telegram.org/bots/api#update
"""

from __future__ import annotations

from typing import NamedTuple

from channels.base import Event
from channels.messages import NOTHING, Node, child, ident

_MESSAGES = (
    "message",
    "edited_message",
    "business_message",
    "edited_business_message",
    "channel_post",
    "edited_channel_post",
    "guest_message",
)
DELETION = "deleted_business_messages"
_MOST_DELETED = 100
_POSTS = frozenset(("channel_post", "edited_channel_post"))
_CHANNEL_POSTER = "777000"
"""The account under which a channel's posts are copied into its discussion group."""
_CONTENT = frozenset(
    (
        "text", "caption", "animation", "audio", "document", "live_photo", "photo", "sticker", "story", "video",
        "video_note", "voice", "contact", "dice", "poll", "venue", "location", "checklist", "web_app_data",
    )
)  # fmt: skip
"""What a person sends; a message of anything else tells of members, pins, topics and the like."""


class Update(NamedTuple):
    """An update: its `key` ("message", "callback_query", ... or "") and the message in it, or an empty object."""

    key: str
    message: Node

    @property
    def sender(self) -> Node:
        """Whoever wrote it; empty in channels."""
        return child(self.message, "from")

    @property
    def chat_id(self) -> str:
        """The chat's id, "" when there is no message."""
        return ident(child(self.message, "chat"), "id")

    @property
    def is_private(self) -> bool:
        """Whether one person writes to us: in a dialog, or in a channel's direct messages."""
        chat = child(self.message, "chat")
        return chat.get("type") == "private" or chat.get("is_direct_messages") is True

    @property
    def is_ours(self) -> bool:
        """Whether the owner of a connected business account, or a bot in their name, wrote it to a client."""
        if not self.key.endswith("business_message"):
            return False
        told = "sender_business_bot" in self.message
        return told or (self.is_private and ident(self.sender, "id") != self.chat_id)


def update_of(tree: Node) -> Update:
    """The update that a body holds: exactly one key stands beside `update_id`."""
    for key in _MESSAGES:
        if message := child(tree, key):
            return Update(key, message)
    return Update(next((key for key, value in tree.items() if isinstance(value, dict)), ""), NOTHING)


def group_of(update: Update) -> str:
    """What the update's message belongs to: an album is one inquiry, an edit changes its message's."""
    chat, message = update.chat_id, update.message
    place = ident(message, "media_group_id") or ident(message, "message_id")
    if not chat or not place:
        return ""
    what = "album" if message.get("media_group_id") else "message"
    through = ident(message, "business_connection_id")
    return ":".join(part for part in (what, through, chat, place) if part)


def events_of(tree: Node) -> tuple[Event, ...]:
    """The events of an update: one, but of a deletion one a message that was taken back."""
    key, gone = ident(tree, "update_id"), child(tree, DELETION)
    numbers = gone.get("message_ids") if gone else None
    chat, through = ident(child(gone, "chat"), "id"), ident(gone, "business_connection_id")
    if not isinstance(numbers, list) or not chat:
        return (Event(key, group_of(update_of(tree))),)
    told = [ident({"id": one}, "id") for one in numbers[:_MOST_DELETED]]
    groups = [":".join(part for part in ("message", through, chat, one) if part) for one in told if one]
    events = (Event(f"{key}:{part}" if part else key, group, part) for part, group in enumerate(groups))
    return tuple(events) or (Event(key),)


def why_ignored(update: Update, groups: str) -> str:
    """Why the message is no request, or ""; `groups` is the account's policy."""
    message, sender = update.message, update.sender
    if not message:
        return "service"
    if update.key in _POSTS or message.get("is_automatic_forward") or ident(sender, "id") == _CHANNEL_POSTER:
        return "channel"
    if sender.get("is_bot") is True:
        return "bot"  # an anonymous admin too: it is nobody whom we could answer
    if not _CONTENT & message.keys():
        return "service"
    return "" if update.is_private or groups == "take" else "group"
