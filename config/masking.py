"""Masking: what must not stand in a log - phones, e-mails, tokens, passwords, secret paths - made unreadable."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

HIDDEN = "***"

_SECRET_NAME = re.compile(
    r"authorization|cookie|password|passwd|secret|token|signature|(?:^|[_\-])(?:api[_\-]?)?key$|salt",
    re.IGNORECASE,
)
_COUNTS = ("token_count", "tokens")
"""Names that look like a secret's and are numbers."""

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # the bot token in the address of a Bot API call, and a bare one
    (re.compile(r"(?<!\d)\d{5,12}:[A-Za-z0-9_\-]{20,}"), HIDDEN),
    # credentials in a header that got into a text
    (re.compile(r"(\bAuthorization\b[\"']?\s*[:=]\s*[\"']?)[^\r\n\"']+", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"\b(Bearer|Basic|Token)\s+[A-Za-z0-9+/=_.~\-]{6,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    # whatever follows an account in a path may be its secret
    (re.compile(r"(/in/[A-Za-z0-9_.\-]+/)[^\s?#\"'<>]+"), rf"\1{HIDDEN}"),
    # a password within an address
    (re.compile(r"(\b[a-z][a-z0-9+.\-]*://)[^\s/@\"'<>]+@", re.IGNORECASE), rf"\1{HIDDEN}@"),
    # a secret as a query's or a form's value
    (
        re.compile(
            r"\b([a-z0-9_\-]*(?:token|secret|password|passwd|api_?key|signature|crm_key|google_key)|sign|key)=[^&\s\"'<>]+",
            re.IGNORECASE,
        ),
        rf"\1={HIDDEN}",
    ),
    # an e-mail address: the first letter and the domain stay
    (
        re.compile(r"\b([A-Za-z0-9])[A-Za-z0-9._%+\-]*@((?:[A-Za-z0-9\-]+\.)+[A-Za-z0-9\-]{2,})"),
        rf"\1{HIDDEN}@\2",
    ),
)
_PHONE = re.compile(r"(?<![\w.:/\-])(?!\d{4}-\d\d-\d\d)(\+?\d(?:[\s()\-]{0,3}\d){9,14})(?![\w:])")
_PHONE_PLUS = re.compile(r"\+\d(?:[\s()\-]{0,3}\d){9,14}(?!\d)")


def mask_text(text: str) -> str:
    """The text without what must not stand in a log."""
    for pattern, put in _PATTERNS:
        text = pattern.sub(put, text)
    return _PHONE.sub(_masked_phone, _PHONE_PLUS.sub(_masked_phone, text))


def _masked_phone(found: re.Match[str]) -> str:
    """A number of which the first and the last four characters stay: `+7***4567`."""
    digits = re.sub(r"[^\d+]", "", found[0])
    return f"{digits[: 2 if digits[0] == '+' else 1]}{HIDDEN}{digits[-4:]}"


class Mask:
    """Masks values of any shape; `secrets` are texts that are hidden wherever they stand."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        ordered = sorted({one for one in secrets if one}, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def text(self, text: str) -> str:
        """The text, masked."""
        return mask_text(self._secrets.sub(HIDDEN, text) if self._secrets else text)

    def value(self, value: Any, name: str = "") -> Any:
        """A value that stands under `name`, masked at any depth. Bytes are told by their number only."""
        if _is_secret(value, name):
            return HIDDEN
        if isinstance(value, (bytes, bytearray, memoryview)):
            return f"<{len(value)} bytes>"
        if isinstance(value, dict):
            return {self.value(key): self.value(inner, str(key)) for key, inner in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self.value(inner) for inner in value]
        if value is None or isinstance(value, (bool, int, float)):
            return value
        return self.text(str(value))


def _is_secret(value: Any, name: str) -> bool:
    """Whether the name says that the value is a secret. Numbers of tokens and yes or no are none."""
    return (
        bool(value)
        and not isinstance(value, bool)
        and name not in _COUNTS
        and bool(_SECRET_NAME.search(name))
    )
