"""Hiding phones and addresses in what is shown to those who need not know them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from intake.contact import mask_email, mask_phone

_EMAIL = re.compile(r"[^\s@<>,;:\"'()]{1,64}@[^\s@<>,;:\"'()]{1,190}")
_PHONE = re.compile(r"\+?\d(?:[\s().–—-]{0,3}\d){6,14}")
_PLAIN = frozenset(
    {
        "id",
        "account",
        "channel",
        "kind",
        "state",
        "owner",
        "manager",
        "received_at",
        "occurred_at",
        "client_id",
    }
    | {
        "person_id",
        "deal_id",
        "inquiry_ids",
        "inquiries",
        "opened_at",
        "closed_at",
        "due_at",
        "next_task_due",
    }
    | {"sent_at", "taken_at", "created_at", "rules_version", "score", "weight", "size", "number", "amount"}
)
"""Keys whose values are ours, not a person's."""
_NAMED = frozenset({"external_id", "thread", "references", "recording_url", "inn", "stored"})
"""Keys whose values may be a contact in disguise: hidden whole."""
_HIDDEN = "***"


def masked_text(text: str) -> str:
    """The text with every phone and e-mail address in it masked."""
    return _PHONE.sub(_phone, _EMAIL.sub(lambda found: mask_email(found[0]), text))


def masked(value: Any) -> Any:
    """A JSON value with every phone, address and messenger id in it masked; ours ids and times stay."""
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, Mapping):
        return {key: _masked_under(str(key), one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(one) for one in value]
    return value


def short_name(name: str) -> str:
    """A name for lists: the first name and initials of the rest."""
    words = name.split()
    initials = [f"{word[0]}." for word in words[1:3] if word[0].isalpha()]
    return " ".join([masked_text(words[0]), *initials]) if words else ""


def masked_contact(sender: Mapping[str, Any]) -> str:
    """The first way to reach a sender, masked; "" when there is none."""
    if sender["phones"]:
        return mask_phone(sender["phones"][0])
    if sender["emails"]:
        return mask_email(sender["emails"][0])
    return next(iter(sender["handles"]), "")


def _masked_under(key: str, value: Any) -> Any:
    if key in _PLAIN:
        return value
    if key in _NAMED or key == "handles":
        return _emptied(value)
    return masked(value)


def _emptied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict.fromkeys(value, _HIDDEN)
    if isinstance(value, (list, tuple)):
        return [_HIDDEN for _ in value]
    return _HIDDEN if value else value


def _phone(found: re.Match[str]) -> str:
    digits = "".join(sign for sign in found[0] if sign.isdigit())
    return mask_phone(f"+{digits}")
