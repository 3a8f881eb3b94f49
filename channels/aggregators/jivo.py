"""`jivo`: the Jivo chat on a site. A chat is one inquiry: begun when an agent answers, its words come at its end.

The format: https://www.jivo.ru/docs/webhooks/
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from channels.base import Channel, Event, Heard, HttpCall, HttpReply, Need
from channels.messages import (
    NOTHING,
    Node,
    begun,
    child,
    children,
    filled,
    heard_object,
    ident,
    name_of,
    read_object,
    text_of,
    typed_phones,
    unreadable,
)
from channels.signing import require_key
from intake.account import Account, Company
from intake.contact import read_email
from intake.inquiry import Attribution, Call, Inquiry, Kind, Outcome, Parsed, Raw, Sender

_OK = HttpReply(200, '{"result":"ok"}', (("Content-Type", "application/json; charset=utf-8"),))
"""Anything else counts as a failure there."""
_CHATS = frozenset(("chat_accepted", "chat_assigned", "chat_updated", "chat_finished"))
_OFFLINE, _CALL = "offline_message", "call_event"
_STATUSES = {
    "start": "ringing",
    "agent_connecting": "ringing",
    "client_connecting": "ringing",
    "agent_connected": "answered",
    "client_connected": "answered",
    "connected": "answered",
    "error": "failed",
}
"""A call's words. `end` tells nothing by itself: what came before decides, or that it was recorded."""
_LONGEST = 100_000


class Jivo:
    """A Jivo channel. Its settings: `secret`."""

    def verify(self, call: HttpCall, account: Account) -> None:
        """The address must end with our secret. Raises Refused 401, 403."""
        require_key(call, account)

    def hear(self, call: HttpCall, account: Account) -> Heard:  # noqa: ARG002 - the same for every account
        """One event a call. Raises Refused 405."""
        tree = heard_object(call)
        if tree is None:
            return unreadable(_OK)
        event, chat = ident(tree, "event_name"), ident(tree, "chat_id")
        if event == _OFFLINE:
            key = ident(tree, "offline_message_id")
            return Heard(_OK, (Event(key),))
        if event == _CALL:
            key = ident(child(tree, "call"), "call_id", "id") or ident(tree, "call_id") or chat
            status = ident(child(tree, "call"), "status")
            told = f"{_CALL}:{key}:{status}" if key else ""
            return Heard(_OK, (Event(told, f"call:{key}" if key else ""),))
        # visitors' details may be updated many times in one chat: equal bytes are one
        once = event in ("chat_accepted", "chat_finished") and chat
        group = f"chat:{chat}" if chat and event in _CHATS else ""
        return Heard(_OK, (Event(f"{event}:{chat}" if once else "", group),))

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        """The inquiry that a chat, a message left or a call asked for is."""
        tree, inquiry = read_object(raw.body), begun(raw, account)
        event = ident(tree, "event_name")
        if event not in _CHATS and event not in (_OFFLINE, _CALL):
            return Parsed(Outcome.IGNORED, inquiry, "service")
        inquiry = _told_by(tree, inquiry, company.region)
        if event == _CALL:
            return _called(tree, inquiry, company.region)
        if event in ("chat_assigned", "chat_updated") and not child(tree, "visitor"):
            return Parsed(Outcome.IGNORED, inquiry, "service")  # whose chat it is now: nothing of the visitor
        if event == "chat_finished" and not inquiry.text and children(tree, "chat", "messages"):
            return Parsed(Outcome.IGNORED, inquiry, "empty")  # an agent's offer that nobody answered
        return Parsed(Outcome.ACCEPTED, inquiry)


def _told_by(tree: Node, inquiry: Inquiry, region: str) -> Inquiry:
    """The inquiry with all that an event tells of its visitor."""
    visitor, session, page = child(tree, "visitor"), child(tree, "session"), child(tree, "page")
    number, mail = ident(visitor, "number"), read_email(ident(visitor, "email"))
    messages = children(tree, "chat", "messages")
    agent = child(tree, "agent") or next(iter(children(tree, "agents")), NOTHING)
    said = [text_of(one, "message") for one in messages if ident(one, "type") == "visitor"]
    return replace(
        inquiry,
        thread=ident(tree, "chat_id"),
        sender=Sender(
            name=name_of(text_of(visitor, "name")),
            phones=typed_phones(ident(visitor, "phone"), region),
            emails=(mail,) if mail else (),
            handles={"jivo": number} if number else {},
        ),
        text=text_of(tree, "message") or "\n".join(filter(None, said))[:_LONGEST],
        attribution=Attribution(
            utm=_utm(session), page_url=text_of(page, "url"), referrer=text_of(session, "referrer")
        ),
        fields=filled(
            widget_id=ident(tree, "widget_id"),
            page=text_of(page, "title"),
            description=text_of(visitor, "description"),
            agent=name_of(text_of(agent, "name")),
            city=text_of(child(session, "geoip"), "city"),
        ),
    )


def _utm(session: Node) -> dict[str, str]:
    """The tags: as an object, else as "k=v|k=v"."""
    told: dict[str, Any] = dict(child(session, "utm_json"))
    for pair in "" if told else text_of(session, "utm").split("|"):
        name, _, value = pair.partition("=")
        told[name.strip()] = value.strip()
    named = {
        name if name.startswith("utm_") else f"utm_{name}": ident(told, name) for name in list(told)[:50]
    }
    return {name[:100]: value for name, value in named.items() if value and name != "utm_"}


def _called(tree: Node, inquiry: Inquiry, region: str) -> Parsed:
    """A call asked for on the site; the phone is the visitor's."""
    told = child(tree, "call")
    phones = (*inquiry.sender.phones, *typed_phones(ident(told, "phone"), region))
    url, ended = text_of(told, "record_url"), ident(told, "status") == "end"
    call = Call(
        id=ident(told, "call_id", "id") or ident(tree, "call_id", "chat_id"),
        direction="out" if ident(told, "type") == "outgoing" else "in",
        status="answered" if ended and url else _STATUSES.get(ident(told, "status"), "ringing"),
        recording_url=url or None,
    )
    inquiry = replace(
        inquiry,
        kind=Kind.CALL,
        call=call,
        sender=replace(inquiry.sender, phones=tuple(dict.fromkeys(phones))),
    )
    return Parsed(Outcome.ANSWER if call.direction == "out" else Outcome.ACCEPTED, inquiry)


_JIVO = Jivo()
CHANNEL = Channel(
    kind="jivo",
    title="Jivo",
    needs=(Need("secret", True, "what ends the webhook's address", "чем кончается адрес вебхука"),),
    parser=_JIVO,
    webhook=_JIVO,
)
