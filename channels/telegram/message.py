"""What a Telegram message says: who wrote it, the words, a shared contact, a place, where the visitor came from."""

from __future__ import annotations

import re
from dataclasses import replace

from channels.messages import (
    Node,
    at_seconds,
    attached,
    child,
    filled,
    ident,
    name_of,
    phones_of,
    place_of,
    text_of,
)
from channels.telegram.files import files_of
from channels.telegram.update import Update
from intake.clock import iso
from intake.inquiry import Attribution, Inquiry, Sender

_START = re.compile(r"/start(?:@\w{1,64})?(?:\s+([A-Za-z0-9_-]{1,64}))?\s*")


def person(told: Node, phones: tuple[str, ...] = ()) -> Sender:
    """A user or a private chat as a sender."""
    user = ident(told, "id")
    return Sender(
        name=name_of(text_of(told, "first_name"), text_of(told, "last_name")),
        phones=phones,
        handles={"telegram": user} if user else {},
    )


def sender_of(update: Update, region: str) -> Sender:
    """Who wrote the message - of one of ours, the client it went to. A phone only from the sender's own card."""
    if update.is_ours:
        return person(child(update.message, "chat"))
    card, author = child(update.message, "contact"), update.sender
    is_own = bool(card) and ident(card, "user_id") == ident(author, "id") != ""
    return person(author, phones_of(ident(card, "phone_number"), region) if is_own else ())


def told_by(update: Update, inquiry: Inquiry, region: str) -> Inquiry:
    """The inquiry with all that the message tells."""
    message = update.message
    words = _words(message)
    attachments, files = attached(files_of(message))
    start = _START.fullmatch(words)
    payload = (start[1] or "") if start else ""
    return replace(
        inquiry,
        thread=_thread(update),
        occurred_at=at_seconds(message, "edit_date") or at_seconds(message, "date"),
        sender=sender_of(update, region),
        text=words,
        attachments=attachments,
        attribution=Attribution(utm={"utm_source": payload}) if payload else inquiry.attribution,
        fields={**_fields(update), **filled(start=payload), **files},
    )


def _words(message: Node) -> str:
    """What was written: the text or the caption, a poll's question, what a mini-app sent."""
    return (
        text_of(message, "text")
        or text_of(message, "caption")
        or text_of(child(message, "poll"), "question")
        or text_of(child(message, "checklist"), "title")
        or text_of(child(message, "web_app_data"), "data")
    )


def _thread(update: Update) -> str:
    """The conversation. In a group each person's is their own: a deal is one client's."""
    chat, message = update.chat_id, update.message
    if child(message, "chat").get("is_direct_messages") is True:
        topic = ident(child(message, "direct_messages_topic"), "topic_id")
        return f"{chat}:{topic}" if topic else chat
    return chat if update.is_private else f"{chat}:{ident(update.sender, 'id')}".rstrip(":")


def _fields(update: Update) -> dict[str, str]:
    """What there is beyond a message's usual parts."""
    message = update.message
    author, chat, card = update.sender, child(message, "chat"), child(message, "contact")
    place, venue = child(message, "location"), child(message, "venue")
    client = chat if update.is_ours else author
    edited = at_seconds(message, "edit_date")
    return filled(
        username=ident(client, "username"),
        language=ident(client, "language_code"),
        chat="" if update.is_private else text_of(chat, "title"),
        message_id=ident(message, "message_id"),
        business_connection_id=ident(message, "business_connection_id"),
        media_group_id=ident(message, "media_group_id"),
        edited=(iso(edited) or "") if edited else "",
        forwarded_from=_forwarded_from(message),
        reply_to=ident(child(message, "reply_to_message"), "message_id"),
        contact_name=name_of(text_of(card, "first_name"), text_of(card, "last_name")),
        contact_phone=ident(card, "phone_number"),
        location=place_of(place.get("latitude"), place.get("longitude")),
        venue=text_of(venue, "title"),
        address=text_of(venue, "address"),
        sticker=text_of(child(message, "sticker"), "emoji"),
        dice=ident(child(message, "dice"), "value"),
    )


def _forwarded_from(message: Node) -> str:
    """Whose words these are: the forwarder stays the sender. Before Bot API 7.0 it was told in other fields."""
    origin = child(message, "forward_origin")
    user = child(origin, "sender_user") or child(message, "forward_from")
    chat = child(origin, "sender_chat") or child(origin, "chat") or child(message, "forward_from_chat")
    return (
        name_of(text_of(user, "first_name"), text_of(user, "last_name"))
        or text_of(origin, "sender_user_name")
        or text_of(message, "forward_sender_name")
        or text_of(chat, "title")
    )
