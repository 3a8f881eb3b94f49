"""What a VK message or comment says. VK tells no name and no phone of who wrote it, only an id."""

from __future__ import annotations

from dataclasses import replace

from channels.messages import Node, at_seconds, attached, child, children, filled, ident, place_of, text_of
from channels.vk.event import About, VkEvent
from channels.vk.files import files_of, things_of
from intake.clock import iso
from intake.inquiry import Attribution, Inquiry, Sender


def told_by(event: VkEvent, inquiry: Inquiry) -> Inquiry:
    """The inquiry with all that a message or a comment tells."""
    told = event.told
    attachments, files = attached(files_of(told))
    ref = ident(told, "ref")
    return replace(
        inquiry,
        thread=_thread(event),
        occurred_at=at_seconds(told, "update_time" if event.is_edit else "date"),
        sender=sender_of(_client(event)),
        text=text_of(told, "text") or text_of(told, "body"),
        attachments=attachments,
        attribution=Attribution(utm={"utm_source": ref}) if ref else inquiry.attribution,
        fields={**_fields(event), **things_of(told), **files},
    )


def sender_of(user: str) -> Sender:
    """A user of VK; communities and nobody are no senders."""
    return Sender(handles={"vk": user}) if user.isdigit() and user != "0" else Sender()


def _client(event: VkEvent) -> str:
    """The client of a conversation: who wrote, or whom we wrote to."""
    if not event.is_ours:
        return event.author
    if event.about is About.COMMENT:
        return ident(event.told, "reply_to_user")
    return "" if event.is_chat else event.peer


def _thread(event: VkEvent) -> str:
    """The conversation. In chats and under posts each person's is their own: a deal is one client's."""
    if event.about is About.COMMENT:
        return f"{event.subject}:{_client(event)}".rstrip(":")
    return f"{event.peer}:{_client(event)}".rstrip(":") if event.is_chat else event.peer


def _fields(event: VkEvent) -> dict[str, str]:
    told, geo = event.told, child(event.told, "geo")
    where, edited = child(geo, "coordinates"), at_seconds(event.told, "update_time")
    answered = child(told, "reply_message")
    return filled(
        message_id=ident(told, "conversation_message_id", "id"),
        edited=(iso(edited) or "") if edited and event.is_edit else "",
        payload=text_of(told, "payload"),
        ref=ident(told, "ref"),
        ref_source=ident(told, "ref_source"),
        reply_to=ident(answered, "conversation_message_id", "id") or ident(told, "reply_to_comment"),
        forwarded=_forwarded(told),
        location=place_of(where.get("latitude"), where.get("longitude")) or text_of(geo, "coordinates"),
        venue=text_of(child(geo, "place"), "title"),
        admin_author_id=ident(told, "admin_author_id"),
        comment_on=event.subject if event.about is About.COMMENT else "",
    )


def _forwarded(told: Node) -> str:
    """The words of forwarded messages, each on a line of its own."""
    return "\n".join(filter(None, (text_of(one, "text") for one in children(told, "fwd_messages"))))[:10_000]
