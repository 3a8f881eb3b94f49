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
class Segment:
    """A kind of inquiry, and who works on it: each list that is not empty must have a fitting word - the service, the
    account, the sender's phone (its beginning, or a country as `KZ`), the line that was called, the source
    (utm_source or the referrer's host), the language of the text (`ru`, `en`); `utm` names further tags. Then it is
    the `department`'s, "" for no other one than before, and takes the `skills`."""

    services: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    utm: tuple[tuple[str, str], ...] = ()
    department: str = ""
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """How owners are found: the names of the rules in their order, the segments, the department that qualifies
    first ("" for none), whether a returning client waits for the owner who is away (`forced`)."""

    rules: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()
    qualifier: str = ""
    forced: bool = False


@dataclass(frozen=True, slots=True)
class OwnerCase:
    """Who is to answer for this. `deals` are the client's open ones; `roster` holds everybody with their shifts.

    `group` is the department whose turn it is, `among` those of it who come into question, () for all; `handed`: it
    was qualified already; `but` are managers who are not asked (again).
    """

    inquiry: Inquiry
    account: Account
    client: Client | None
    deals: Sequence[Deal]
    roster: Roster
    turns: Mapping[tuple[str, str], Turn]
    now: Millis
    how: Assignment = field(default_factory=Assignment)
    loads: Mapping[str, int] = field(default_factory=dict)
    group: str = ""
    among: tuple[str, ...] = ()
    handed: bool = False
    but: tuple[str, ...] = ()
    skipped: list[str] = field(default_factory=list)
    """who was passed over and why, for the record: `ivanov: paused`"""

    @property
    def managers(self) -> Mapping[str, Manager]:
        """Everybody by id, in order."""
        return self.roster.managers

    def on_duty(self, manager_id: str) -> bool:
        """Whether that manager can be given something now; notes why not."""
        if manager_id not in self.managers or manager_id in self.but:
            return False
        why = self.roster.why_off(manager_id, self.now)
        if why:
            self.skipped.append(f"{manager_id}: {why}")
        return not why

    def stand_in(self, manager_id: str) -> str:
        """That manager, or who stands in during a leave, or ""; notes why the manager was passed over."""
        if self.on_duty(manager_id):
            return manager_id
        here = self.roster.stand_in(manager_id, self.now)
        return "" if here in self.but else here

    def members(self) -> list[str]:
        """Those who share the work of the group, in order: the department's managers, or everybody where it has
        none; who qualifies first has no turns among the others, and whose weight is 0 has none at all."""
        if self.among:
            return list(self.among)
        people = [one for one in self.managers.values() if one.weight > 0]
        own = [one.id for one in people if self.group and one.department == self.group]
        apart = self.how.qualifier
        return own or [one.id for one in people if not apart or one.department != apart]


@dataclass(frozen=True, slots=True)
class Pick:
    """The one chosen, what decided it, and the turn it used up (None: it used none)."""

    manager: str
    evidence: str
    turn: Turn | None = None


@dataclass(frozen=True, slots=True)
class Narrow:
    """Nobody is chosen yet, but who comes into question for the rules that follow: the department `group`, and of
    it only `among` unless that is empty; `evidence` says why."""

    group: str
    evidence: str
    among: tuple[str, ...] = ()


class OwnerRule(Protocol):
    """A row of OWNER_RULES."""

    def pick(self, case: OwnerCase) -> Pick | Narrow | None:
        """The manager this rule chooses, who comes into question for the next ones, or None when it has nothing to
        say."""
        ...
