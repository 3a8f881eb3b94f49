"""What we write to clients: how it is put in the outbox, and how it is known again when a provider echoes it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from channels.email.identity import letter_id
from intake.account import Account
from intake.clock import Millis
from intake.deal import Interaction
from intake.decision import Changes, Snapshot
from intake.effect import Effect, EffectKind
from intake.inquiry import Inquiry, Outcome, Parsed

REPLY, UNDELIVERED = "reply", "undelivered"
"""Kinds of interactions: what we wrote; that it did not arrive, with the reason."""
MANAGER, ROBOT = "ours", "robot"
"""Who wrote what is echoed; "" is nobody of ours that we know of."""
_HEARD = ""
"""The echo came already: the next message with these words is another one."""
_NO_DEAL = "-"
_LETTERS = "email"


@dataclass(frozen=True, slots=True)
class Message:
    """Something to be written to the client of an inquiry. `ident` is the interaction's id, `key` the effect's;
    `actor` is the manager who wrote it; `asks` "contact" wants a button for it. `which` names the account's own text
    that a robot writes: it comes on the feed when it was sent, for the outbox may know it already."""

    ident: str
    key: str
    text: str
    actor: str = ""
    asks: str = ""
    which: str = ""


def queue(
    changes: Changes, inquiry: Inquiry, deal: tuple[str, str], message: Message, account: Account, now: Millis
) -> None:
    """Put it in the outbox and on the feed of the `deal` (its id and its client's, "" while there is none)."""
    deal_id, client_id = deal
    if not message.which:
        changes.interactions[message.ident] = Interaction(
            message.ident, deal_id, client_id, inquiry.id, REPLY, "out", now, message.text, message.actor
        )
        mark(changes, inquiry, deal_id, message, account)
    payload = {"account": inquiry.account, "inquiry_id": inquiry.id, "interaction": message.ident}
    payload |= {"actor": message.actor, "asks": message.asks, "which": message.which}
    changes.effects.append(Effect(message.key, EffectKind.REPLY, inquiry.account, payload, now))


def mark(changes: Changes, inquiry: Inquiry, deal_id: str, message: Message, account: Account) -> None:
    """Make the message known again when it is echoed. What a robot writes is marked just before it is sent: only then
    its words are certain, for they may hold a name that is still being asked for."""
    for key in _marks(inquiry, message, account):
        changes.threads[key] = deal_id or _NO_DEAL


def echo_keys(parsed: Parsed) -> list[str]:
    """Under which keys what we wrote ourselves may be known, for an event that tells of a message of ours."""
    if parsed.outcome is not Outcome.ANSWER:
        return []
    inquiry = parsed.inquiry
    if inquiry.channel == _LETTERS:
        return [f"{who}:email:{_bare(inquiry.external_id)}" for who in (MANAGER, ROBOT)]
    return [_said(who, inquiry, inquiry.text) for who in (MANAGER, ROBOT)] if inquiry.thread else []


def heard_again(snapshot: Snapshot, changes: Changes, parsed: Parsed) -> str:
    """Whose message of ours this event echoes: MANAGER, ROBOT or "". It is heard once: the same words written
    again, in the messenger itself, are another message."""
    for key in echo_keys(parsed):
        if snapshot.threads.get(key, _HEARD) != _HEARD:
            snapshot.threads[key] = changes.threads[key] = _HEARD
            return key.partition(":")[0]
    return ""


def _marks(inquiry: Inquiry, message: Message, account: Account) -> list[str]:
    who = MANAGER if message.actor else ROBOT
    if inquiry.channel != _LETTERS:
        return [_said(who, inquiry, message.text)]
    known = letter_id(account, message.ident)
    # by the second of them the client's answer finds the deal
    return [f"{who}:email:{known}", f"email:{known}"]


def _said(who: str, inquiry: Inquiry, text: str) -> str:
    """Providers tell which conversation and which words; not all of them take an id of ours along."""
    words = " ".join(text.split())
    digest = blake2b(words.encode("utf-8", "replace"), digest_size=12).hexdigest()
    return f"{who}:{inquiry.account}:{inquiry.thread}:{digest}"


def _bare(ident: str) -> str:
    return ident.strip().removeprefix("<").removesuffix(">")
