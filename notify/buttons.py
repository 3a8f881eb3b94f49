"""Buttons' data: opaque to others, bound to the card, its version, its manager and the act, in 64 bytes."""

from __future__ import annotations

import hmac
import string
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

LONGEST = 64
"""Bytes of callback data that Telegram takes."""
_DIGITS = string.digits + string.ascii_lowercase
_MAC_BYTES = 12


class Act(StrEnum):
    """What a button does; the values are the verbs of the use cases."""

    TAKE = "take"
    CREATE = "create"
    ATTACH = "attach"
    REJECT = "reject"
    SAME = "same"
    DIFFERENT = "different"


# one sign each, for 64 bytes are few; never reused for another act, since old messages keep their buttons
_CODES = {
    Act.TAKE: "t",
    Act.CREATE: "n",
    Act.ATTACH: "a",
    Act.REJECT: "r",
    Act.SAME: "s",
    Act.DIFFERENT: "d",
}
_ACTS = {code: act for act, code in _CODES.items()}


@dataclass(frozen=True, slots=True)
class Tap:
    """A button that was pressed: which act, on which version of which card."""

    act: Act
    card_id: str
    version: int


class Seal:
    """Signs buttons and knows its own again. `secret` is anything that only our processes know: the bot's own
    token will do, and with a new token the old buttons end."""

    def __init__(self, secret: str) -> None:
        self._key = sha256(b"lead-intake buttons\0" + secret.encode()).digest()

    def sign(self, tap: Tap, manager: str) -> str:
        """The button's data. ValueError for a card id that does not fit."""
        head = f"{_CODES[tap.act]}.{tap.card_id}.{_base36(tap.version)}"
        data = f"{head}.{self._mac(head, manager)}"
        if len(data.encode()) > LONGEST:
            raise ValueError(f"a card's id of {len(tap.card_id)} signs does not fit into a button")
        return data

    def read(self, data: str, manager: str) -> Tap | None:
        """What was pressed, or None for data that is not ours or not this manager's."""
        head, dot, mac = data.rpartition(".")
        parts = head.split(".")
        if not dot or len(parts) != 3 or parts[0] not in _ACTS:
            return None
        if not hmac.compare_digest(mac.encode(), self._mac(head, manager).encode()):
            return None
        return Tap(_ACTS[parts[0]], parts[1], int(parts[2], 36))

    def _mac(self, head: str, manager: str) -> str:
        digest = hmac.digest(self._key, f"{head}\0{manager}".encode(), "sha256")
        return urlsafe_b64encode(digest[:_MAC_BYTES]).decode()


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
