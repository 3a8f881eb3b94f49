"""What the resolver works on: frozen views of the client base, read for a batch, and the one who asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from intake.contact import ContactPoint
from intake.deal import ClientKind


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asks, made comparable. `points` are evidence; `ignored` are contacts that are none, each with the
    reason (placeholder, hidden, robot, ours, pseudo); `unproven` are keys of points that may be forged (the
    sender of a letter whose DMARC check failed): they propose, they never decide."""

    name: str = ""
    points: tuple[ContactPoint, ...] = ()
    company: str = ""
    inn: str = ""
    ignored: tuple[tuple[ContactPoint, str], ...] = ()
    unproven: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class KnownCard:
    """One card of the base: a person of a client, or the client itself (`person_id` is "").

    `kind` is the client's; `company` the firm a person belongs to: the client's name where the client is a
    company. A company has a card of its own beside those of its people. `keys` are the contact points it
    holds (`ContactPoint.key`), an extension as `phone:+7...;ext=101`.
    """

    client_id: str
    person_id: str = ""
    name: str = ""
    kind: ClientKind = ClientKind.PERSON
    company: str = ""
    inn: str = ""
    owner: str = ""
    keys: frozenset[str] = frozenset()

    @property
    def organisation(self) -> bool:
        """Whether this is a company's own card and not one of a human."""
        return self.kind is ClientKind.COMPANY and (not self.person_id or self.name == self.company)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a human once answered about such a sender: this client it is, or is not."""

    client_id: str
    same: bool
    person_id: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the base knows under the keys that were looked up.

    `by_key` may be capped per key (`CARDS_PER_KEY`); `holders` counts the clients behind a key and is not
    capped; `name_counts` says how many cards carry a name token; `total` is the number of cards;
    `verdicts` maps a memory key to what humans answered, the newest last.
    """

    by_key: Mapping[str, Sequence[KnownCard]] = field(default_factory=lambda: MappingProxyType({}))
    holders: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    name_counts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    total: int = 0
    verdicts: Mapping[str, Sequence[Verdict]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class LookupKeys:
    """What must be read for one inquiry. `points` and `blocking` go into `Known.by_key` and `Known.holders`,
    `name_tokens` into `Known.name_counts`, `memory` into `Known.verdicts`."""

    points: tuple[str, ...]
    blocking: tuple[str, ...]
    name_tokens: tuple[str, ...]
    memory: tuple[str, ...]


CARDS_PER_KEY = 64
"""How many cards are read under one key at most: a key that holds more says little about each of them."""
NAMESAKES_PER_KEY = 16
"""The same under a key that holds half of a surname: there are very many such in a large base, and they only ask."""
