"""The words for a contact, and how one is shown where not everybody may read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


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


def mask_phone(number: str) -> str:
    """A number for logs and groups: the country and the last four digits remain."""
    return f"{number[:2]}***{number[-4:]}" if len(number) > 7 else "***"


def mask_email(address: str) -> str:
    """An address for logs and groups: the first letter and the domain remain."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}***{at}{domain}"
