"""The resolver: who is this - same, possible or new - by a weight of evidence that a person can read."""

from __future__ import annotations

from rapidfuzz.distance import OSA

from dedup.compare import OPPOSING, Agreement, compare_names
from dedup.keys import is_full_name, lookup_keys, memory_keys
from dedup.known import Known, KnownCard, LookupKeys, Subject, Verdict
from dedup.names import read_name, surname_stems
from dedup.weighing import (
    ALONE,
    RARE_NAME,
    REPAIRED,
    Shared,
    Thresholds,
    Weighed,
    contact_of,
    held_by,
    repaired_points,
    same_person,
    weigh,
)
from intake.deal import ClientKind
from intake.decision import Candidate, Identity, Reason, Resolution

RULES_VERSION = "identity-2"
_DEFAULT = Thresholds()
_SHOWN = 5
_LONG, _FAR = 7, 3
"""In surnames of so many letters two may be wrong, in shorter ones one: so many are too many."""


def resolve(subject: Subject, known: Known, thresholds: Thresholds = _DEFAULT) -> Resolution:
    """Who `subject` is. The same input gives the same answer and the same reasons, always."""
    quick = _at_once(subject, known)
    if quick is not None:
        return quick
    told, denied = _told(subject, known)
    if told is not None:
        reason = Reason("told_same", f"{subject.name or '-'}: {told.client_id}", ALONE)
        return Resolution(
            Identity.SAME, told.client_id, told.person_id, 1.0, (Candidate(told.client_id, 1.0),), (reason,)
        )
    found = [one for one in _candidates(subject, known, thresholds) if one.card.client_id not in denied]
    found.sort(key=_rank)
    _of_one_company(found, thresholds)
    return _decided(subject, found, thresholds)


def _at_once(subject: Subject, known: Known) -> Resolution | None:
    """The usual case, cheaply: one proven contact, held by one card, under the very same name."""
    if known.verdicts or subject.unproven or subject.ignored or len(subject.points) != 1 or not subject.name:
        return None
    point = subject.points[0]
    cards = known.by_key.get(point.key, ())
    if len(cards) != 1 or known.holders.get(point.key, 1) != 1 or cards[0].name != subject.name:
        return None
    card = cards[0]
    reasons = (
        Reason("contact", held_by(point, 1), ALONE),
        Reason("name_equal", subject.name, 6.0),
    )
    return Resolution(
        Identity.SAME, card.client_id, card.person_id, 1.0, (Candidate(card.client_id, 1.0),), reasons
    )


def _told(subject: Subject, known: Known) -> tuple[Verdict | None, frozenset[str]]:
    """What humans answered about such a sender before: who it is, and who it is not."""
    if not known.verdicts:
        return None, frozenset()
    last: dict[str, Verdict] = {}
    for key in memory_keys(subject):
        for verdict in known.verdicts.get(key, ()):
            last[verdict.client_id] = verdict
    same = [verdict for verdict in last.values() if verdict.same]
    return (same[-1] if same else None), frozenset(one.client_id for one in last.values() if not one.same)


def _candidates(subject: Subject, known: Known, thresholds: Thresholds) -> list[Weighed]:
    contacts = {
        point.key: contact_of(point, known, thresholds)
        for point in subject.points
        if point.key in known.by_key
    }
    repaired = {
        point.key: Shared(point, contact_of(point, known, thresholds).holders, REPAIRED, "contact_repaired")
        for point in repaired_points(subject)
        if point.key in known.by_key
    }
    cards = _cards(known, (*contacts, *repaired))
    found = []
    for card in cards:
        shared = [contacts[key] for key in contacts if key in card.keys]
        shared += [repaired[key] for key in repaired if key in card.keys]
        found.append(weigh(subject, card, shared))
    seen = {(card.client_id, card.person_id) for card in cards}
    found += _by_name(subject, known, contacts, seen, thresholds)
    if subject.unproven:
        _cap_unproven(found, subject, thresholds)
    return found


def _cards(known: Known, keys: tuple[str, ...]) -> list[KnownCard]:
    found: dict[tuple[str, str], KnownCard] = {}
    for key in keys:
        for card in known.by_key.get(key, ()):
            found.setdefault((card.client_id, card.person_id), card)
    return list(found.values())


def _by_name(
    subject: Subject,
    known: Known,
    contacts: dict[str, Shared],
    seen: set[tuple[str, str]],
    thresholds: Thresholds,
) -> list[Weighed]:
    """Cards of the same full name. Without a contact in common a rare name asks, a common one says nothing."""
    wanted = lookup_keys(subject)
    name = read_name(subject.name)
    rare = _is_rare(wanted, known, thresholds)
    roots = surname_stems(name.first)
    found = []
    for card in _cards(known, wanted.blocking):
        if (card.client_id, card.person_id) in seen:
            continue
        shared = [contacts[key] for key in contacts if key in card.keys]
        near = "" if shared else _near_phone(subject, card)
        if not (shared or near or rare):
            continue  # the name alone would say nothing: it need not be compared
        if not shared and _far_surname(card, roots):
            continue
        comparison = compare_names(name, read_name(card.name))
        if comparison.agreement is not Agreement.FULL:
            continue
        if shared:
            found.append(weigh(subject, card, shared))
            continue
        weighed = Weighed(card, comparison)
        if near:
            weighed.add("contact_one_slip", near, 1.5)
        if rare:
            weighed.add("name_rare", f"{subject.name} / {card.name}", RARE_NAME)
        if weighed.weight:
            found.append(weighed)
    return found


def _far_surname(card: KnownCard, roots: tuple[str, ...]) -> bool:
    """Whether the card's surname, as its keys hold it, is so far from these that comparing the names cannot find them
    the same: that costs a thousandth of reading them. One letter more than a slip is let through, for the comparison
    knows other spellings too."""
    held = [key.rpartition("|")[2] for key in card.keys if is_full_name(key)]
    if not held or len(roots) != 1:
        return False
    return all(
        OSA.distance(root, its, score_cutoff=_FAR) > (_FAR if min(len(root), len(its)) >= _LONG else _FAR - 1)
        for its in held
        for root in roots
    )


def _is_rare(wanted: LookupKeys, known: Known, thresholds: Thresholds) -> bool:
    """Whether hardly anybody else can be called so: learnt from the base, not from a list."""
    namesakes = max((known.holders.get(key, 0) for key in wanted.blocking if is_full_name(key)), default=0)
    bearers = max((known.name_counts.get(token, 0) for token in wanted.name_tokens), default=0)
    return namesakes <= thresholds.namesakes and bearers <= max(
        thresholds.few, thresholds.rare_surname * known.total
    )


def _near_phone(subject: Subject, card: KnownCard) -> str:
    """The card's phone that is one slip (a digit, two digits swapped) away from one of the subject's; else ""."""
    for key in sorted(card.keys):
        if not key.startswith("phone:") or ";" in key:
            continue
        its = key.removeprefix("phone:")
        for point in subject.points:
            if point.kind == "phone" and len(point.value) == len(its) and _one_slip(point.value, its):
                return f"{point.value} / {its}"
    return ""


def _one_slip(one: str, other: str) -> bool:
    apart = [index for index, (mine, its) in enumerate(zip(one, other, strict=True)) if mine != its]
    if len(apart) == 1:
        return True
    if len(apart) != 2 or apart[1] != apart[0] + 1:
        return False
    return one[apart[0]] == other[apart[1]] and one[apart[1]] == other[apart[0]]


def _cap_unproven(found: list[Weighed], subject: Subject, thresholds: Thresholds) -> None:
    """A card known only by contacts that may be forged is proposed, never merged."""
    for one in found:
        if one.shared and all(shared.point.key in subject.unproven for shared in one.shared):
            over = one.weight - thresholds.same
            if over >= 0:
                one.add("sender_unproven", "the sender's address may be forged", -over - 0.5)


def _of_one_company(found: list[Weighed], thresholds: Thresholds) -> None:
    """All who hold the contact are people of one client, a company: then the client is sure, whoever asks; a
    stranger's name is asked about, for numbers change hands."""
    sharing = [one for one in found if one.shared]
    if len(sharing) < 2 or len({one.card.client_id for one in sharing}) > 1:
        return
    best = found[0]
    if best.card.kind is not ClientKind.COMPANY or best.weight >= thresholds.same or not best.shared:
        return
    silent = best.names.agreement not in OPPOSING
    best.person_sure = False
    wanted = thresholds.same if silent else thresholds.possible
    if best.weight < wanted:
        best.add(
            "client_sure",
            f"{best.card.company or best.card.client_id} × {len(sharing)}",
            wanted - best.weight,
        )


def _rank(one: Weighed) -> tuple[float, bool, bool, int, int, str, str]:
    """Heaviest first; among equals the company's own card, then the card that says most."""
    card = one.card
    poor = (not card.organisation, not card.name, -len(card.name.split()), -len(card.keys))
    return (-one.weight, *poor, card.client_id, card.person_id)


def _decided(subject: Subject, found: list[Weighed], thresholds: Thresholds) -> Resolution:
    ignored = tuple(Reason(f"ignored_{why}", point.value) for point, why in subject.ignored)
    if not found or found[0].weight < thresholds.possible:
        against = tuple(found[0].reasons) if found else (Reason("nobody_known", "no card fits"),)
        return Resolution(Identity.NEW, reasons=(*against, *ignored))
    best = found[0]
    identity = Identity.SAME if best.weight >= thresholds.same else Identity.POSSIBLE
    reasons = [*best.reasons]
    if identity is Identity.SAME:
        rival = _rival(best, found, thresholds)
        if rival is not None:
            identity = Identity.POSSIBLE
            reasons.append(
                Reason("rival", f"{rival.card.name or '-'} ({rival.card.client_id})", -rival.weight)
            )
    candidates = tuple(
        Candidate(one.card.client_id, _score(one.weight))
        for one in found[:_SHOWN]
        if one.weight >= thresholds.possible
    )
    return Resolution(
        identity,
        best.card.client_id,
        best.card.person_id if best.person_sure else "",
        _score(best.weight),
        candidates,
        (*reasons, *ignored),
    )


def _rival(best: Weighed, found: list[Weighed], thresholds: Thresholds) -> Weighed | None:
    """Another person for whom as much speaks: then nobody is merged."""
    for one in found[1:]:
        if one.weight < thresholds.same:
            return None
        if one.card.client_id == best.card.client_id:
            continue
        if best.names.agreement is Agreement.FULL and one.names.agreement is not Agreement.FULL:
            continue
        apart = not ({shared.point for shared in one.shared} & {shared.point for shared in best.shared})
        if not same_person(best.card, one.card) or (apart and best.names.agreement is not Agreement.FULL):
            return one
    return None


def _score(weight: float) -> float:
    """A weight as a share of certainty: one half at the middle between asking and merging."""
    return round(1 / (1 + 2 ** -(weight - 4.5)), 3)


__all__ = ["RULES_VERSION", "Thresholds", "resolve"]
