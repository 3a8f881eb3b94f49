"""The rules a decision is made by: accounts, company, owners, promise, thresholds - one frozen value, versioned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from crm.acceptance import Policy
from crm.owners.base import Assignment
from crm.owners.table import DEFAULT_RULES
from crm.pipelines import SalesPipeline
from crm.promise import Promise
from dedup.resolver import RULES_VERSION, Thresholds
from dedup.screening import Rejection
from intake.account import Account, Company
from intake.deal import Deal


@dataclass(frozen=True, slots=True)
class Rules:
    """All that decisions depend on beside the inquiry, the snapshot and the clock. `say` translates what people
    read."""

    company: Company
    accounts: Mapping[str, Account]
    owners: Assignment = field(default_factory=lambda: Assignment(DEFAULT_RULES))
    promise: Promise = field(default_factory=Promise)
    policy: Policy = field(default_factory=Policy)
    pipelines: Mapping[str, SalesPipeline] = field(default_factory=dict)
    rejection: Rejection = field(default_factory=Rejection)
    loss_approved: bool = False
    """whether a manager's "lost" waits for the head"""
    thresholds: Thresholds = field(default_factory=Thresholds)
    say: Callable[[str], str] = str

    @property
    def version(self) -> str:
        """Changes whenever a rule does; kept with every decision."""
        accounts = sorted(self.accounts.items(), key=str)
        said = repr((accounts, self.owners, self.promise, self.thresholds, self.policy, self.pipelines))
        return f"{RULES_VERSION}.{blake2b(said.encode(), digest_size=4).hexdigest()}"

    @property
    def loads(self) -> bool:
        """Whether decisions ask how many open deals each manager has."""
        return "least_loaded" in self.owners.rules

    def entering(self, deal: Deal) -> Deal:
        """A new deal in the first stage of its pipeline."""
        pipeline = self.pipelines.get(deal.pipeline)
        if pipeline is None or not pipeline.stages:
            return deal
        first = pipeline.stages[0]
        return replace(deal, stage=first.id, takes_inquiries=first.takes_inquiries)

    def account(self, ident: str, kind: str) -> Account:
        """The account of that id; one that left the configuration keeps working with plain rules."""
        return self.accounts.get(ident) or Account(ident, kind)
