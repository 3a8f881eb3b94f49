"""The resolver: who is this - same, possible or new - by a weight of evidence that a person can read."""

from __future__ import annotations

from dataclasses import dataclass

from dedup.known import Known, KnownCard, Subject
from dedup.names import Agreement, compare_names, read_name
from intake.decision import Candidate, Identity, Reason, Resolution

RULES_VERSION = "identity-1"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How much evidence is enough. `same` and `possible` are weights; `crowd` is how many clients may hold a
    contact before it says little about each of them."""

    same: float = 8.0
    possible: float = 1.0
    crowd: int = 6


_NAME_WEIGHT = {
    Agreement.FULL: 6.0,
    Agreement.GIVEN: 4.0,
    Agreement.SURNAME: 3.0,
    Agreement.SILENT: 0.0,
    Agreement.OTHER: -5.0,
}
_DEFAULT = Thresholds()


def resolve(subject: Subject, known: Known, thresholds: Thresholds = _DEFAULT) -> Resolution:
    """Who `subject` is. The same input gives the same answer and the same reasons, always."""
    ranked = sorted(
        (_weighed(subject, card, known, thresholds) for card in _cards(subject, known)),
        key=lambda found: (-found[0], found[1].client_id, found[1].person_id),
    )
    if not ranked or ranked[0][0] < thresholds.possible:
        return Resolution(Identity.NEW, reasons=(Reason("nobody_known", "no card fits"),))
    weight, best, reasons = ranked[0]
    identity = Identity.SAME if weight >= thresholds.same else Identity.POSSIBLE
    candidates = tuple(Candidate(card.client_id, _score(value)) for value, card, _ in ranked[:5])
    return Resolution(identity, best.client_id, best.person_id, _score(weight), candidates, reasons)


def _cards(subject: Subject, known: Known) -> list[KnownCard]:
    found: dict[tuple[str, str], KnownCard] = {}
    for point in subject.points:
        for card in known.by_key.get(point.key, ()):
            found[card.client_id, card.person_id] = card
    return list(found.values())


def _weighed(
    subject: Subject, card: KnownCard, known: Known, thresholds: Thresholds
) -> tuple[float, KnownCard, tuple[Reason, ...]]:
    shared = [point for point in subject.points if point.key in card.keys]
    reasons = []
    for point in shared:
        holders = known.holders.get(point.key, 1)
        weight = 10.0 if holders == 1 else 7.0 if holders < thresholds.crowd else 3.0
        reasons.append(Reason("contact", f"{point.kind} held by {holders}", weight))
    agreement = compare_names(read_name(subject.name), read_name(card.name))
    reasons.append(
        Reason(f"name_{agreement.value}", f"{subject.name} / {card.name}", _NAME_WEIGHT[agreement])
    )
    contact = max((reason.weight for reason in reasons[:-1]), default=0.0)
    return contact + reasons[-1].weight, card, tuple(reasons)


def _score(weight: float) -> float:
    return round(1 / (1 + 2 ** -(weight - 4)), 3)
