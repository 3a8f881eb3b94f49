"""The rules a decision is made by: accounts, company, owners, promise, thresholds - one frozen value, versioned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from crm.owners.base import Assignment
from crm.owners.table import DEFAULT_RULES
from dedup.resolver import RULES_VERSION, Thresholds
from intake.account import Account, Company


@dataclass(frozen=True, slots=True)
class Rules:
    """All that decisions depend on beside the inquiry, the snapshot and the clock. `take_min` is the promise in
    minutes; `say` translates texts that people read."""

    company: Company
    accounts: Mapping[str, Account]
    owners: Assignment = field(default_factory=lambda: Assignment(DEFAULT_RULES))
    take_min: float = 5.0
    thresholds: Thresholds = field(default_factory=Thresholds)
    say: Callable[[str], str] = str

    @property
    def version(self) -> str:
        """Changes whenever a rule does; kept with every decision."""
        said = repr((sorted(self.accounts.items(), key=str), self.owners, self.take_min, self.thresholds))
        return f"{RULES_VERSION}.{blake2b(said.encode(), digest_size=4).hexdigest()}"

    @property
    def loads(self) -> bool:
        """Whether decisions ask how many open deals each manager has."""
        return "least_loaded" in self.owners.rules

    def account(self, ident: str, kind: str) -> Account:
        """The account of that id; one that left the configuration keeps working with plain rules."""
        return self.accounts.get(ident) or Account(ident, kind)
