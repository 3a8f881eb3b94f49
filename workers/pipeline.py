"""The pipeline: what becomes of a batch. Pure: inquiries, snapshot, rules and clock in, changes out.

A batch is a fold: each inquiry sees what the ones before it changed, so that a batch of twenty ends as twenty
batches of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dedup.keys import lookup_keys
from dedup.known import LookupKeys, Subject
from dedup.points import subject_of
from dedup.screening import sender_keys
from intake.clock import Millis
from intake.decision import Changes, Snapshot, Wanted
from intake.inquiry import Outcome, Parsed
from workers.absence import follow_absence
from workers.births import thread_keys
from workers.calls import follow
from workers.fold import Asked, Fold
from workers.rules import Rules
from workers.writing import echo_keys


@dataclass(frozen=True, slots=True)
class Item:
    """One raw event on its way through: what it was understood as, or why it cannot be (`buried`). One that is `held`
    is decided when what it lacks has come, or has not come in time."""

    raw_id: str
    parsed: Parsed
    buried: str = ""
    held: bool = False


class Pipeline:
    """Decides a batch. `wanted` says what must be read for it; `step` is what the ledger calls with the snapshot."""

    def __init__(self, items: Sequence[Item], rules: Rules, now: Millis) -> None:
        self._rules = rules
        self._now = now
        self._asked = [ask(item, rules) for item in items]

    def wanted(self) -> Wanted:
        """All that the batch may touch."""
        closed_since = self._rules.policy.closed_since(self._now)
        return replace(wanted(self._asked, loads=self._rules.loads), closed_since=closed_since)

    def step(self, snapshot: Snapshot) -> Changes:
        """The changes that follow from the batch as the ledger stands."""
        fold = Fold(snapshot, self._rules, self._now)
        for one in self._asked:
            if one.raw_id in snapshot.settled:
                continue
            inquiry = one.parsed.inquiry
            before = snapshot.inquiries.get(inquiry.id)
            if one.held and before is None:
                fold.hold_back(one)
                continue
            fold.take(one)
            if inquiry.call:
                follow(fold, before, inquiry.id)
            if before is None:
                follow_absence(fold, inquiry.id)
            snapshot.settled.add(one.raw_id)
            fold.changes.settled[one.raw_id] = one.parsed.inquiry.id
        return fold.changes


def ask(item: Item, rules: Rules, forced: str = "") -> Asked:
    """The item with the keys it is looked up by; what nobody will be asked about needs none."""
    if item.buried or (item.parsed.outcome is Outcome.IGNORED and not item.parsed.fetched):
        return Asked(item.raw_id, item.parsed, Subject(), LookupKeys((), (), (), ()), item.buried)
    subject = subject_of(item.parsed.inquiry, rules.company)
    return Asked(item.raw_id, item.parsed, subject, lookup_keys(subject), forced=forced, held=item.held)


def wanted(asked: Sequence[Asked], *, loads: bool = False) -> Wanted:
    """All that these events may touch; the managers' `loads` where a rule asks for them."""
    return Wanted(
        loads=loads,
        keys=_each(key for one in asked for key in (*one.keys.points, *one.keys.blocking)),
        name_tokens=_each(word for one in asked for word in one.keys.name_tokens),
        memory=_each(key for one in asked for key in one.keys.memory),
        screens=_each(key for one in asked for key in sender_keys(one.parsed.inquiry)),
        threads=_each(
            key for one in asked for key in (*thread_keys(one.parsed.inquiry), *echo_keys(one.parsed))
        ),
        inquiries=_each(one.parsed.inquiry.id for one in asked),
        raws=_each(one.raw_id for one in asked if one.raw_id),
        calls=any(one.parsed.inquiry.call for one in asked),
    )


def _each(keys: Iterable[str]) -> list[str]:
    return sorted(dict.fromkeys(keys))
