"""Contacts as people write them: phone numbers and e-mail addresses read out of text, in one canonical form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

import phonenumbers
from phonenumbers import Leniency, NumberParseException, PhoneNumberFormat

_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@(?:[A-Za-z0-9\-]{1,63}\.){1,8}[A-Za-z0-9\-]{2,24}")
_LONGEST_TEXT = 20_000
"""Contacts are looked for in this many first characters: the rest of a pasted log is not a contact."""


@dataclass(frozen=True, slots=True, order=True)
class ContactPoint:
    """A comparable contact: evidence, not identity. `kind` is phone, email, inn or `handle:<messenger>`."""

    kind: str
    value: str

    @property
    def key(self) -> str:
        """The one text that names it: `phone:+79161234567`."""
        return f"{self.kind}:{self.value}"


class Phone(NamedTuple):
    """A number in E.164 and the extension written behind it ("" when there is none)."""

    number: str
    extension: str


def read_phone(text: str, region: str) -> Phone | None:
    """The one phone number that `text` is, or None. `region` is used when it has no country code."""
    cleaned = text.strip()
    if not 5 <= len(cleaned) <= 64:
        return None
    try:
        number = phonenumbers.parse(cleaned, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return Phone(phonenumbers.format_number(number, PhoneNumberFormat.E164), number.extension or "")


def find_phones(text: str, region: str) -> tuple[Phone, ...]:
    """The phone numbers that stand in free text, in their order, each once."""
    found: dict[str, Phone] = {}
    for match in phonenumbers.PhoneNumberMatcher(text[:_LONGEST_TEXT], region, Leniency.VALID):
        number = phonenumbers.format_number(match.number, PhoneNumberFormat.E164)
        found.setdefault(number, Phone(number, match.number.extension or ""))
    return tuple(found.values())


def read_email(text: str) -> str | None:
    """The one e-mail address that `text` is, lower-cased, or None."""
    cleaned = text.strip().strip("<>").lower().removeprefix("mailto:")
    return cleaned if _EMAIL.fullmatch(cleaned) else None


def find_emails(text: str) -> tuple[str, ...]:
    """The e-mail addresses that stand in free text, lower-cased, in their order, each once."""
    return tuple(dict.fromkeys(found.lower() for found in _EMAIL.findall(text[:_LONGEST_TEXT])))


def mask_phone(number: str) -> str:
    """A number for logs and groups: the country and the last four digits remain."""
    return f"{number[:2]}***{number[-4:]}" if len(number) > 7 else "***"


def mask_email(address: str) -> str:
    """An address for logs and groups: the first letter and the domain remain."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}***{at}{domain}"
