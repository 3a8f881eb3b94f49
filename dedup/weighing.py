"""Evidence: what speaks for and against one card, each piece with its weight and words a person can read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from dedup.companies import company_key, is_company, is_sole_trader, same_company
from dedup.compare import AGREEING, OPPOSING, Agreement, Comparison, compare_names
from dedup.known import Known, KnownCard, Subject
from dedup.mailboxes import is_role, repaired_mailboxes
from dedup.names import read_name, surname_stems
from intake.contact import ContactPoint
from intake.decision import Reason


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How much evidence is enough, in the units of the weights below.

    `same` merges, `possible` asks; `crowd` is how many people may hold a contact before it says little of each.
    A full name is rare when at most `namesakes` clients carry it, and its surname is borne by at most
    `rare_surname` of the base (or by `few` cards, in a small base).
    """

    same: float = 8.0
    possible: float = 1.0
    crowd: int = 6
    namesakes: int = 2
    rare_surname: float = 1e-4
    few: int = 10


ALONE, HOUSEHOLD, STRANGERS, CROWD, ROLE, REPAIRED, JUNK = 10.0, 7.0, 4.0, 3.0, 5.0, 4.0, -3.0
"""A contact by who holds it: one person; a few; a few of whom no two are related; many of one company; a desk; one
that is a slip away from a mailbox; many with nothing in common, as behind a placeholder, a form's robot or a call
tracker's number."""
SECOND = 2.0
"""Each further contact of the same card."""
RARE_NAME = 2.0
"""A rare full name without any contact in common: enough to ask, never to merge."""
COMPANY, COLLEAGUE = 6.0, 1.0
"""The company's own card under the company's name; a person of that company."""

NAME_WEIGHT = {
    Agreement.FULL: 6.0,
    Agreement.INITIALS: 5.0,
    Agreement.GIVEN: 3.5,
    Agreement.SURNAME: 3.0,
    Agreement.SILENT: 0.0,
    Agreement.RENAMED: -1.0,
    Agreement.SURNAMES: -3.0,
    Agreement.RELATIVE: -5.0,
    Agreement.FATHER: -6.0,
    Agreement.OTHER: -6.0,
}
"""What the names add to a contact in common."""


_CROWDS = frozenset({"contact_of_many", "contact_of_anybody"})
_SAME_GIVEN = AGREEING | {Agreement.SURNAMES}
"""In a crowd, the same given name with another surname is another person."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A contact point in common: by whom else it is held, and what it weighs."""

    point: ContactPoint
    holders: int
    weight: float
    rule: str


@dataclass(slots=True)
class Weighed:
    """One card with what was found for and against it."""

    card: KnownCard
    names: Comparison
    shared: list[Shared] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    weight: float = 0.0
    person_sure: bool = True
    """False when the client is known but not which of its people."""

    def add(self, rule: str, evidence: str, weight: float) -> None:
        """Put one piece of evidence into the scales."""
        self.reasons.append(Reason(rule, evidence, weight))
        self.weight += weight


def sharers(key: str, known: Known, thresholds: Thresholds) -> int:
    """How many different people hold `key`: cards whose names agree are one person's."""
    cards = known.by_key.get(key, ())
    holders = max(known.holders.get(key, 0), len({card.client_id for card in cards}))
    if len(cards) <= 1 or len(cards) >= 2 * thresholds.crowd:
        return max(holders, len(cards), 1)
    people: list[KnownCard] = []
    for card in sorted(
        cards, key=lambda one: (-len(one.name.split()), one.name, one.client_id, one.person_id)
    ):
        if not any(same_person(card, one) for one in people):
            people.append(card)
    return len(people) + max(0, holders - len(cards))


def one_company(cards: Sequence[KnownCard]) -> bool:
    """Whether at least half of the cards belong to one company: then the contact is its switchboard or desk."""
    if len({card.client_id for card in cards}) == 1:
        return True
    companies = Counter(company_key(card.company) for card in cards if card.company)
    return bool(companies) and 2 * companies.most_common(1)[0][1] >= len(cards)


def unrelated(cards: Sequence[KnownCard]) -> bool:
    """Whether all have surnames, no two of them one, and no company: a household it is not."""
    stems = [surname_stems(read_name(card.name).first) for card in cards]
    return all(stems) and len(set(stems)) == len(stems) and not any(card.company for card in cards)


def same_person(one: KnownCard, other: KnownCard) -> bool:
    """Whether two cards under one contact point may be the same person's."""
    if one.organisation != other.organisation:
        return False
    return compare_names(read_name(one.name), read_name(other.name)).agreement not in OPPOSING


def contact_of(point: ContactPoint, known: Known, thresholds: Thresholds) -> Shared:
    """What it weighs to have `point` in common with one of its holders."""
    holders = sharers(point.key, known, thresholds)
    if holders >= thresholds.crowd:
        if one_company(known.by_key.get(point.key, ())):
            return Shared(point, holders, CROWD, "contact_of_many")
        return Shared(point, holders, JUNK, "contact_of_anybody")
    if point.kind == "email" and is_role(point.value):
        return Shared(point, holders, ROLE, "contact_of_a_desk")
    if holders >= 3 and unrelated(known.by_key.get(point.key, ())):
        return Shared(point, holders, STRANGERS, "contact_of_strangers")
    if holders > 1:
        return Shared(point, holders, HOUSEHOLD, "contact_of_a_few")
    return Shared(point, holders, ALONE, "contact")


def weigh(subject: Subject, card: KnownCard, shared: Sequence[Shared]) -> Weighed:
    """The evidence for `card`: the contacts in common, the names, the company."""
    person = "" if is_company(subject.name) else subject.name
    company = subject.company or (subject.name if is_company(subject.name) else "")
    if card.organisation or is_company(card.name):
        names = Comparison(Agreement.SILENT)
    else:
        names = compare_names(read_name(person), read_name(card.name))
    found = Weighed(card, names, list(shared))
    _add_contacts(found)
    if found.shared:
        _add_names(found, person)
        _add_company(found, person, company)
    return found


def held_by(point: ContactPoint, holders: int) -> str:
    """A contact as a reason shows it: `+79161234067`, or `+74951230045 × 36` when 36 people hold it."""
    return point.value if holders <= 1 else f"{point.value} × {holders}"


def _add_contacts(found: Weighed) -> None:
    ranked = sorted(found.shared, key=lambda shared: (-shared.weight, shared.point.key))
    for index, shared in enumerate(ranked):
        weight = shared.weight if index == 0 else min(SECOND, shared.weight)
        found.add(shared.rule, held_by(shared.point, shared.holders), weight)


def _add_names(found: Weighed, person: str) -> None:
    crowded = all(shared.rule in _CROWDS for shared in found.shared)
    stranger = found.card.organisation and bool(read_name(person).readings)
    apart = found.names.surnames is False and found.names.agreement in _SAME_GIVEN
    if crowded and (stranger or apart):
        found.add("name_stranger", f"{person} / {found.card.name}", NAME_WEIGHT[Agreement.OTHER])
        return
    agreement = found.names.agreement
    how = f" ({', '.join(found.names.how)})" if found.names.how else ""
    found.add(
        f"name_{agreement.value}", f"{person or '-'} / {found.card.name or '-'}{how}", NAME_WEIGHT[agreement]
    )


def _add_company(found: Weighed, person: str, company: str) -> None:
    card = found.card
    its = card.company or (card.name if card.organisation else "")
    if not company or not its or is_sole_trader(its):
        return
    same = same_company(company, its)
    if same:
        own = card.organisation and not (person and read_name(person).readings)
        found.add("company", f"{company} / {its}", COMPANY if own else COLLEAGUE)


def repaired_points(subject: Subject) -> tuple[ContactPoint, ...]:
    """The mailboxes that were meant where the domain is a slip of the finger."""
    return tuple(
        ContactPoint("email", mailbox)
        for point in subject.points
        if point.kind == "email"
        for mailbox in repaired_mailboxes(point.value)
    )
