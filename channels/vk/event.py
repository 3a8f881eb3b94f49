"""Events of the Callback API told apart: what each is about, which of them belong together.

The format: https://dev.vk.com/ru/api/callback/getting-started
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from channels.messages import Node, child, ident, number

FIRST_CHAT = 2_000_000_000
"""Peers above this are chats of several people."""


class About(StrEnum):
    """What an event is to us."""

    MESSAGE = "message"
    COMMENT = "comment"
    LEAD_FORM = "lead_form"
    ORDER = "order"
    SERVICE = "service"
    PASSING = "passing"
    """Somebody types: nothing to keep."""


_ABOUT: Mapping[str, About] = MappingProxyType(
    {
        "message_new": About.MESSAGE,
        "message_edit": About.MESSAGE,
        "message_reply": About.MESSAGE,
        "lead_forms_new": About.LEAD_FORM,
        "market_order_new": About.ORDER,
        "wall_reply_new": About.COMMENT,
        "wall_reply_edit": About.COMMENT,
        "photo_comment_new": About.COMMENT,
        "photo_comment_edit": About.COMMENT,
        "video_comment_new": About.COMMENT,
        "video_comment_edit": About.COMMENT,
        "market_comment_new": About.COMMENT,
        "market_comment_edit": About.COMMENT,
        "board_post_new": About.COMMENT,
        "board_post_edit": About.COMMENT,
        "message_typing_state": About.PASSING,
        "message_read": About.PASSING,
    }
)
_COMMENTED = MappingProxyType(
    {
        "wall": ("post_owner_id", "post_id"),
        "photo": ("photo_owner_id", "photo_id"),
        "video": ("video_owner_id", "video_id"),
        "market": ("market_owner_id", "item_id"),
        "board": ("topic_owner_id", "topic_id"),
    }
)
"""By the event's first word: the fields that name what was commented on."""


class VkEvent(NamedTuple):
    """An event: its `type`, what it is `about`, the `told` object and the `community` it happened in."""

    type: str
    about: About
    told: Node
    community: str

    @property
    def is_edit(self) -> bool:
        """Whether it changes what was told before."""
        return self.type.endswith("_edit")

    @property
    def peer(self) -> str:
        """The conversation of a message."""
        return ident(self.told, "peer_id", "user_id", "from_id")

    @property
    def author(self) -> str:
        """Whoever wrote a message or a comment; with a minus it is a community."""
        return ident(self.told, "from_id", "user_id")

    @property
    def is_chat(self) -> bool:
        """Whether a message stands in a chat of several people."""
        return number(self.told, "peer_id") > FIRST_CHAT

    @property
    def is_ours(self) -> bool:
        """Whether the community itself wrote it, by whatever hand."""
        if self.about is About.COMMENT:
            return self.author == f"-{self.community}"
        return self.type == "message_reply" or self.told.get("out") == 1

    @property
    def subject(self) -> str:
        """What was commented on: `wall-123_45`."""
        word = self.type.partition("_")[0]
        owner, thing = (ident(self.told, name) for name in _COMMENTED.get(word, ("", "")))
        return f"{word}{owner}_{thing}"


def event_of(tree: Node) -> VkEvent:
    """The event that a body holds. Since version 5.103 a new message stands one level deeper."""
    kind, told = ident(tree, "type"), child(tree, "object")
    if kind == "message_new":
        told = child(told, "message") or told
    return VkEvent(kind, _ABOUT.get(kind, About.SERVICE), told, ident(tree, "group_id"))


def external_id(tree: Node, event: VkEvent) -> str:
    """What recognises the event when VK repeats it; by hand for those that had no `event_id` yet."""
    known = ident(tree, "event_id")
    own = ident(event.told, "lead_id", "conversation_message_id", "id")
    return known or (f"{event.type}:{event.peer}:{own}" if own and not event.is_edit else "")


def group_of(event: VkEvent) -> str:
    """What an edit changes: its message or comment. In chats `id` is 0 and the other number counts."""
    if event.about is About.COMMENT:
        return f"comment:{event.subject}:{ident(event.told, 'id')}"
    if event.about is not About.MESSAGE:
        return ""
    place, within = ident(event.told, "conversation_message_id"), ident(event.told, "id")
    return f"message:{event.peer}:{place or f'id{within}'}" if event.peer and (place or within) else ""
