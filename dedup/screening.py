"""Not a sale: who is remembered as one who never buys, and to whom what they send is passed on. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dedup.mailboxes import is_provider
from intake.decision import Screen
from intake.inquiry import Inquiry

SENDER = "sender"
DOMAIN = "domain"


@dataclass(frozen=True, slots=True)
class Rejection:
    """What else happens when an inquiry is called no sale, by its reason: to whom it is passed on (a manager's id or
    an e-mail address), what is remembered (`sender` or `domain`) when nobody says otherwise."""

    forward: Mapping[str, str] = field(default_factory=dict)
    remember: Mapping[str, str] = field(default_factory=dict)


def sender_keys(inquiry: Inquiry) -> list[str]:
    """Under which keys a sender may be remembered, the nearest first: addresses, phones, handles, then domains."""
    sender = inquiry.sender
    domains = dict.fromkeys(one.rpartition("@")[2].lower() for one in sender.emails)
    return [
        *(f"email:{one.lower()}" for one in sender.emails),
        *(f"phone:{one}" for one in sender.phones),
        *(f"handle:{name}:{one}" for name, one in sender.handles.items()),
        *(f"domain:{one}" for one in domains if one),
    ]


def remembered(inquiry: Inquiry, what: str) -> list[str]:
    """The keys to remember of this sender: all contacts, or the domain - which must not be a mail provider's."""
    wanted = [one for one in sender_keys(inquiry) if one.startswith("domain:") == (what == DOMAIN)]
    return [one for one in wanted if not (what == DOMAIN and is_provider(one.removeprefix("domain:")))]


def screen_of(inquiry: Inquiry, screens: Mapping[str, Screen]) -> Screen | None:
    """What is remembered of this sender, the nearest."""
    return next((screens[key] for key in sender_keys(inquiry) if key in screens), None)
