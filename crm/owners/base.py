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


@dataclass(frozen=True, slots=True)
class OwnerCase:
    """Who is to answer for this. `deals` are the client's open ones; `managers` everybody by id, in order."""

    inquiry: Inquiry
    account: Account
    client: Client | None
    deals: Sequence[Deal]
    managers: Mapping[str, Manager]
    turns: Mapping[tuple[str, str], Turn]
    now: Millis
    skipped: list[str] = field(default_factory=list)
    """who was passed over and why, for the record: `ivanov: paused`"""

    def on_duty(self, manager_id: str) -> bool:
        """Whether that manager can be given something now; notes why not."""
        one = self.managers.get(manager_id)
        if one is None:
            return False
        why = unavailable(one, self.now)
        if why:
            self.skipped.append(f"{manager_id}: {why}")
        return not why


def unavailable(one: Manager, now: Millis) -> str:
    """Why a manager is given nothing now, or ""."""
    if one.state == "dismissed":
        return "dismissed"
    if one.state == "paused" and (one.paused_until is None or one.paused_until > now):
        return "paused"
    return ""


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
