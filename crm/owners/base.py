"""What an assignment strategy is: a case in, a pick with its reason out - or None, and the next one is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from intake.account import Account
from intake.clock import Millis
from intake.deal import Client, Deal, Manager
from intake.decision import Turn
from intake.inquiry import Inquiry
from intake.shifts import Roster


@dataclass(frozen=True, slots=True)
class OwnerCase:
    """Who is to answer for this. `deals` are the client's open ones; `roster` holds everybody with their shifts."""

    inquiry: Inquiry
    account: Account
    client: Client | None
    deals: Sequence[Deal]
    roster: Roster
    turns: Mapping[tuple[str, str], Turn]
    now: Millis
    skipped: list[str] = field(default_factory=list)
    """who was passed over and why, for the record: `ivanov: paused`"""

    @property
    def managers(self) -> Mapping[str, Manager]:
        """Everybody by id, in order."""
        return self.roster.managers

    def on_duty(self, manager_id: str) -> bool:
        """Whether that manager can be given something now; notes why not."""
        if manager_id not in self.managers:
            return False
        why = self.roster.why_off(manager_id, self.now)
        if why:
            self.skipped.append(f"{manager_id}: {why}")
        return not why

    def stand_in(self, manager_id: str) -> str:
        """That manager, or who stands in during a leave, or ""; notes why the manager was passed over."""
        return manager_id if self.on_duty(manager_id) else self.roster.stand_in(manager_id, self.now)


@dataclass(frozen=True, slots=True)
class Pick:
    """The one chosen, what decided it, and the turn it used up (None: it used none)."""

    manager: str
    evidence: str
    turn: Turn | None = None


class OwnerRule(Protocol):
    """A row of OWNER_RULES."""

    def pick(self, case: OwnerCase) -> Pick | None:
        """The manager this rule chooses, or None when it has nothing to say."""
        ...
