"""Accounts: the configured ways in, and the company they serve, as every room sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from intake.clock import Millis


class Accept(StrEnum):
    """When an arriving inquiry becomes a client and a deal."""

    AUTO = "auto"
    ON_TAKE = "on_take"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Company:
    """The company whose requests these are. `region` is an ISO 3166 code for numbers without a country; `hours` and
    `holidays` are the calendar of all who have none of their own (intake.hours), `head` the id of the manager who is
    told where no department has a head."""

    name: str = ""
    region: str = "RU"
    timezone: str = "Europe/Moscow"
    language: str = "ru"
    public_url: str = ""
    own_domains: frozenset[str] = frozenset()
    own_phones: frozenset[str] = frozenset()
    hours: tuple[str, ...] = ()
    holidays: str = ""
    head: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """One configured way in. `options` holds what its kind's provider needs, in the provider's words;
    secrets in it are already resolved. `start` is None for "now" (the moment it is first seen)."""

    id: str
    kind: str
    secret: str = ""
    accept: Accept = Accept.AUTO
    department: str = ""
    pipeline: str = "default"
    service: str = ""
    start: Millis | None = None
    owner: str = ""
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def option(self, name: str, default: str = "") -> str:
        """The text option `name`, or `default`."""
        value = self.options.get(name, default)
        return value if isinstance(value, str) else default
