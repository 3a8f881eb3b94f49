"""Other thresholds tried on past inquiries: which of them would have been decided otherwise. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from dedup.keys import lookup_keys
from dedup.known import Known, KnownCard, LookupKeys
from dedup.points import subject_of
from dedup.resolver import Thresholds, resolve
from intake.account import Company
from intake.clock import Millis
from intake.decision import Decision, Identity, Resolution, Wanted
from intake.inquiry import Inquiry
from intake.store.base.listing import SqlListing
from workers.births import derived
from workers.known import known


@dataclass(frozen=True, slots=True)
class Changed:
    """An inquiry that the other thresholds decide otherwise, on the base as it stands now. `decided` is what was
    decided when it came, `rules_version` by which rules."""

    inquiry_id: str
    received_at: Millis
    decided: Identity
    rules_version: str
    before: Resolution
    after: Resolution


@dataclass(slots=True)
class Rehearsed:
    """How many past inquiries were asked about, and those that change, the newest first."""

    asked: int = 0
    changed: list[Changed] = field(default_factory=list)


def rehearse(
    listing: SqlListing,
    company: Company,
    before: Thresholds,
    after: Thresholds,
    limit: int,
    progress: Callable[[int], None] = lambda _: None,
) -> Rehearsed:
    """Decide the newest `limit` inquiries by both thresholds. Raises Unavailable.

    Each is asked about as if it had just come: what was born of it - its client, its person - is not there.
    """
    told = Rehearsed()
    for page in listing.inquiries():
        past = [(one, decision) for one, decision in page if decision.identity][: limit - told.asked]
        asked = [(one, decision, subject_of(one, company)) for one, decision in past]
        keys = [lookup_keys(who) for _, _, who in asked]
        snapshot = listing.snapshot(wanted_keys(keys))
        for (one, decision, who), wanted in zip(asked, keys, strict=True):
            base = without_the_born(known(snapshot, wanted), one.id)
            change = _changed(one, decision, resolve(who, base, before), resolve(who, base, after))
            if change:
                told.changed.append(change)
        told.asked += len(asked)
        progress(told.asked)
        if told.asked >= limit:
            break
    return told


def wanted_keys(keys: Sequence[LookupKeys]) -> Wanted:
    """What must be read to decide all of these."""
    return Wanted(
        keys=sorted({key for one in keys for key in (*one.points, *one.blocking)}),
        name_tokens=sorted({word for one in keys for word in one.name_tokens}),
        memory=sorted({key for one in keys for key in one.memory}),
    )


def without_the_born(base: Known, inquiry_id: str) -> Known:
    """The base as it was before the inquiry: without its own client, or its person where that client was merged."""
    client, person = derived("client", inquiry_id), derived("person", inquiry_id)
    return without(base, lambda card: client == card.client_id or person == card.person_id)


def without(base: Known, gone: Callable[[KnownCard], bool]) -> Known:
    """The base as it would be without some cards, and without what people said of their clients."""
    by_key: dict[str, Sequence[KnownCard]] = {}
    holders: dict[str, int] = {}
    lost: set[str] = set()
    for key, cards in base.by_key.items():
        left = [card for card in cards if not gone(card)]
        clients = {card.client_id for card in cards} - {card.client_id for card in left}
        lost |= clients
        if left:
            by_key[key] = left
            holders[key] = max(1, base.holders.get(key, 1) - len(clients))
    verdicts = {
        key: [said for said in told if said.client_id not in lost] for key, told in base.verdicts.items()
    }
    return replace(base, by_key=by_key, holders=holders, verdicts=verdicts)


def _changed(inquiry: Inquiry, decision: Decision, before: Resolution, after: Resolution) -> Changed | None:
    if decision.identity is None or _said(before) == _said(after):
        return None
    return Changed(inquiry.id, inquiry.received_at, decision.identity, decision.rules_version, before, after)


def _said(resolution: Resolution) -> tuple[Identity, str]:
    return resolution.identity, resolution.client_id
