"""What a letter of ours is known by: its Message-ID, and the address it is from."""

from __future__ import annotations

from intake.account import Account


def letter_id(account: Account, key: str) -> str:
    """The Message-ID of a letter that answers, without angle brackets; the same however often it is sent."""
    return f"{key}@{address_of(account).rpartition('@')[2] or 'lead-intake.invalid'}"


def address_of(account: Account) -> str:
    """The mailbox's own address: its login where that is one, else the first of its own addresses; "" for none."""
    own = account.options.get("own_addresses", ())
    first = own if isinstance(own, str) else next(iter(own), "") if isinstance(own, list | tuple) else ""
    user = account.option("user")
    return user if "@" in user else str(first)
