"""The table of strategies, and the asking of them in the configured order."""

from __future__ import annotations

from collections.abc import Sequence

from crm.owners.answered_by import AnsweredBy
from crm.owners.base import OwnerCase, OwnerRule, Pick
from crm.owners.client_owner import ClientOwner
from crm.owners.deal_owner import DealOwner
from crm.owners.personal_mailbox import PersonalMailbox
from crm.owners.round_robin import RoundRobin
from intake.decision import Reason

OWNER_RULES: dict[str, OwnerRule] = {
    "answered_by": AnsweredBy(),
    "personal_mailbox": PersonalMailbox(),
    "client_owner": ClientOwner(),
    "deal_owner": DealOwner(),
    "round_robin": RoundRobin(),
}
DEFAULT_RULES = ("answered_by", "personal_mailbox", "client_owner", "deal_owner", "round_robin")


def choose_owner(case: OwnerCase, rules: Sequence[str]) -> tuple[Pick | None, Reason]:
    """The first rule's pick, and why; None when nobody can be given anything (the reason says who was skipped)."""
    for name in rules:
        pick = OWNER_RULES[name].pick(case)
        if pick:
            return pick, Reason(
                f"owner_{name}", "; ".join([f"{pick.manager} ({pick.evidence})", *_told(case)])
            )
    return None, Reason("owner_nobody", "; ".join(_told(case)) or "no managers")


def _told(case: OwnerCase) -> list[str]:
    return [f"skipped {one}" for one in dict.fromkeys(case.skipped)]
