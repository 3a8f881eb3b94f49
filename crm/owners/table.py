"""The table of strategies, and the asking of them in the configured order."""

from __future__ import annotations

from dataclasses import replace

from crm.owners.answered_by import AnsweredBy
from crm.owners.base import Narrow, OwnerCase, OwnerRule, Pick
from crm.owners.client_owner import ClientOwner
from crm.owners.deal_owner import DealOwner
from crm.owners.least_loaded import LeastLoaded
from crm.owners.personal_mailbox import PersonalMailbox
from crm.owners.qualifier import Qualifier
from crm.owners.round_robin import RoundRobin
from crm.owners.segment import BySegment
from crm.owners.skills import BySkills
from crm.owners.weighted import Weighted
from intake.decision import Reason

OWNER_RULES: dict[str, OwnerRule] = {
    # whose it is already
    "answered_by": AnsweredBy(),
    "personal_mailbox": PersonalMailbox(),
    "client_owner": ClientOwner(),
    "deal_owner": DealOwner(),
    # who comes into question
    "segment": BySegment(),
    "skills": BySkills(),
    "qualifier": Qualifier(),
    # who of them
    "round_robin": RoundRobin(),
    "weighted": Weighted(),
    "least_loaded": LeastLoaded(),
}
TURNS = ("round_robin", "weighted", "least_loaded")
"""The rules that share what belongs to nobody yet."""
DEFAULT_RULES = ("answered_by", "personal_mailbox", "client_owner", "deal_owner", "round_robin")


def choose_owner(case: OwnerCase) -> tuple[Pick | None, Reason]:
    """The first rule's pick, and why; None when nobody can be given anything (the reason says who was skipped).

    The reason's evidence is, in English: the manager, what decided it, what narrowed the choice, who was skipped.
    """
    case = replace(case, group=case.group or case.account.department)
    narrowed: list[str] = []
    for name in case.how.rules or DEFAULT_RULES:
        answer = OWNER_RULES[name].pick(case)
        if isinstance(answer, Narrow):
            case = replace(case, group=answer.group, among=answer.among)
            narrowed.append(f"{name}: {answer.evidence}")
        elif answer:
            told = [f"{answer.manager} ({answer.evidence})", *narrowed, *_told(case)]
            return answer, Reason(f"owner_{name}", "; ".join(told))
    told = [*narrowed, *_told(case)]
    return None, Reason("owner_nobody", "; ".join(told) or "no managers")


def group_of(case: OwnerCase) -> tuple[str, list[str]]:
    """The department whose turn it would be, and who shares its work: what the narrowing rules leave."""
    case = replace(case, group=case.group or case.account.department)
    for name in case.how.rules or DEFAULT_RULES:
        answer = OWNER_RULES[name].pick(case) if name in ("segment", "skills") else None
        if isinstance(answer, Narrow):
            case = replace(case, group=answer.group, among=answer.among)
    return case.group, case.members()


def line_of(case: OwnerCase) -> list[str]:
    """Whom the group's next inquiries would go to, in order: each of those who are ready, once."""
    turns = next((name for name in case.how.rules or DEFAULT_RULES if name in TURNS), "round_robin")
    line: list[str] = []
    while True:
        pick = OWNER_RULES[turns].pick(replace(case, but=(*case.but, *line), skipped=[]))
        if not isinstance(pick, Pick) or pick.manager in line:
            return line
        line.append(pick.manager)


def _told(case: OwnerCase) -> list[str]:
    return [f"skipped {one}" for one in dict.fromkeys(case.skipped)]
