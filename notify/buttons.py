"""Buttons' data: opaque to others, bound to the card, its version, its manager and the act, in 64 bytes."""

from __future__ import annotations

import hmac
import string
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

LONGEST = 64
"""Bytes of callback data that Telegram takes."""
_DIGITS = string.digits + string.ascii_lowercase
_MAC_BYTES = 12


class Act(StrEnum):
    """What a button does; where there is such a use case the value is its verb."""

    TAKE = "take"
    CREATE = "create"
    ATTACH = "attach"
    REJECT = "reject"
    SAME = "same"
    DIFFERENT = "different"
    MENU = "menu"
    """Show the buttons behind another one; the choice is that button's path, "" for the card's own."""
    ATTACH_OPEN = "attach_open"
    ATTACH_TASK = "attach_task"
    CALL = "call"
    CALLED = "called_back"
    NO_ANSWER = "no_answer"
    ASSIGN = "assign"
    DECLINE = "decline"
    DETACH = "detach"
    ACCEPT = "accept"
    TASK = "task"
    STAGE = "stage"
    WON = "won"
    LOST = "lost"
    MORE = "more"
    WRITE = "write"
    SELF = "self"
    """Something about the manager themself; the choice says what."""
    SEND = "send"
    """Send a note to the client; in the place of the card's id stands the note's."""


# one sign each, for 64 bytes are few; never reused for another act, since old messages keep their buttons
_CODES = {
    Act.TAKE: "t",
    Act.CREATE: "n",
    Act.ATTACH: "a",
    Act.REJECT: "r",
    Act.SAME: "s",
    Act.DIFFERENT: "d",
    Act.MENU: "m",
    Act.ATTACH_OPEN: "o",
    Act.ATTACH_TASK: "k",
    Act.CALL: "c",
    Act.CALLED: "b",
    Act.NO_ANSWER: "z",
    Act.ASSIGN: "h",
    Act.DECLINE: "x",
    Act.DETACH: "y",
    Act.ACCEPT: "u",
    Act.TASK: "p",
    Act.STAGE: "g",
    Act.WON: "w",
    Act.LOST: "l",
    Act.MORE: "e",
    Act.WRITE: "i",
    Act.SELF: "f",
    Act.SEND: "v",
}
_ACTS = {code: act for act, code in _CODES.items()}
_CHOSEN = ":"
"""After the act's sign: the button holds a choice."""
_PROOF, _MARK = 10, 8
"""Signs of such a button's tail: the first prove who may press it, the others name the choice."""


@dataclass(frozen=True, slots=True)
class Tap:
    """A button that was pressed: which act, on which version of which card, and what was chosen. What was read from
    a button has the choice's `mark` instead, which `Seal.chosen` compares with what there is to choose from."""

    act: Act
    card_id: str
    version: int
    choice: str = ""
    mark: str = ""


class Seal:
    """Signs buttons and knows its own again. `secret` is anything that only our processes know: the bot's own
    token will do, and with a new token the old buttons end."""

    def __init__(self, secret: str) -> None:
        self._key = sha256(b"lead-intake buttons\0" + secret.encode()).digest()

    def sign(self, tap: Tap, manager: str) -> str:
        """The button's data. ValueError for a card id that does not fit."""
        code = _CODES[tap.act] + (_CHOSEN if tap.choice else "")
        head = f"{code}.{tap.card_id}.{_base36(tap.version)}"
        data = f"{head}.{self._tail(head, manager, tap.choice)}"
        if len(data.encode()) > LONGEST:
            raise ValueError(f"a card's id of {len(tap.card_id)} signs does not fit into a button")
        return data

    def read(self, data: str, manager: str) -> Tap | None:
        """What was pressed, or None for data that is not ours or not this manager's."""
        head, dot, tail = data.rpartition(".")
        parts = head.split(".")
        code = parts[0].removesuffix(_CHOSEN)
        if not dot or len(parts) != 3 or code not in _ACTS:
            return None
        proof = self._mac(head, manager)
        mark = tail[_PROOF:] if code != parts[0] else ""
        if not hmac.compare_digest(tail.encode(), (proof[:_PROOF] + mark if mark else proof).encode()):
            return None
        return Tap(_ACTS[code], parts[1], int(parts[2], 36), mark=mark)

    def chosen(self, tap: Tap, manager: str, choices: Iterable[str]) -> str | None:
        """What was chosen among `choices`; "" for a button without a choice, None when it is none of them now."""
        if not tap.mark:
            return ""
        head = f"{_CODES[tap.act]}{_CHOSEN}.{tap.card_id}.{_base36(tap.version)}"
        marks = ((one, self._marked(head, manager, one)) for one in choices if one)
        return next((one for one, mark in marks if hmac.compare_digest(mark, tap.mark)), None)

    def _tail(self, head: str, manager: str, choice: str) -> str:
        proof = self._mac(head, manager)
        return proof[:_PROOF] + self._marked(head, manager, choice) if choice else proof

    def _marked(self, head: str, manager: str, choice: str) -> str:
        return self._mac(head, f"{manager}\0{choice}")[:_MARK]

    def _mac(self, head: str, manager: str) -> str:
        digest = hmac.digest(self._key, f"{head}\0{manager}".encode(), "sha256")
        return urlsafe_b64encode(digest[:_MAC_BYTES]).decode()


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
