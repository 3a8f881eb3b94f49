"""Promises as duties of the clock: cards that nobody takes, and inquiries that nobody answers for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from crm.owners.turns import full
from intake.clock import Clock, Millis
from intake.deal import Card
from intake.decision import Changes, Snapshot, Wanted
from intake.ports import Bell, Ledger
from intake.shifts import Roster
from workers.escalation import hand_out, look_after
from workers.fold import Fold
from workers.rules import Rules

BATCH = 100
_SHOWN = 20
"""Of a card with very many inquiries the last ones are read."""
_AGAIN_MS = 60_000
_log = structlog.get_logger()


class Timers(Protocol):
    """Where the cards are found that something is due for."""

    def alarms(self, now: Millis, limit: int) -> list[Card]:
        """Open cards whose alarm has come, the longest due first. Raises Unavailable."""
        ...

    def unowned(self, limit: int) -> list[Card]:
        """Open cards without a manager, the oldest first. Raises Unavailable."""
        ...


class LookingLedger(Ledger, Protocol):
    """The ledger, which can be looked at before it is changed."""

    def look(self, wanted: Wanted) -> Snapshot:
        """What stands now."""
        ...


class _Folding:
    """Acts on cards in the ledger's own transaction, batch by batch."""

    def __init__(
        self, ledger: LookingLedger, timers: Timers, rules: Callable[[], Rules], bell: Bell, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._timers = timers
        self._rules = rules
        self._bell = bell
        self._clock = clock

    def _fold(self, cards: Sequence[Card], act: Callable[[Fold, Sequence[Card]], object]) -> Changes:
        """`act` on these cards as they stand inside the transaction."""
        rules, ids = self._rules(), {one.id for one in cards}
        wanted = Wanted(
            inquiries=sorted(
                {one for card in cards for one in (card.inquiry_ids[0], *card.inquiry_ids[-_SHOWN:])}
            ),
            deals=sorted({one.deal_id for one in cards if one.deal_id}),
            clients=sorted({one.client_id for one in cards if one.client_id}),
            cards=sorted(ids),
            loads=rules.loads,
        )

        def step(snapshot: Snapshot) -> Changes:
            fold = Fold(snapshot, rules, self._clock.now())
            act(fold, [one for one in snapshot.cards.values() if one.id in ids])
            return fold.changes

        changes = self._ledger.fold(wanted, step)
        if changes.effects:
            self._bell.ring_relay()
        return changes


class KeepPromises(_Folding):
    """Looks after the cards whose alarm has come: each is acted on once, in the transaction that sets its next alarm,
    so that two clocks, a kill or a restart make nothing twice. Of what was missed while no clock ran only the last
    step is done."""

    name = "promises"
    every_s = 1.0

    def run(self, now: Millis) -> None:
        """As Duty."""
        done: set[str] = set()
        while cards := [one for one in self._timers.alarms(now, BATCH) if one.id not in done]:
            self._fold(cards, look_after)
            done |= {one.id for one in cards}
            _log.info("promises_looked_after", cards=len(cards))


class HandOut(_Folding):
    """Hands out what nobody answers for as soon as somebody is there: the oldest first, by turn. Tried again when
    somebody came on shift or something further came, and once a minute besides."""

    name = "hand_out"
    every_s = 2.0

    def __init__(
        self, ledger: LookingLedger, timers: Timers, rules: Callable[[], Rules], bell: Bell, clock: Clock
    ) -> None:
        super().__init__(ledger, timers, rules, bell, clock)
        self._seen: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
        self._tried: Millis = 0

    def run(self, now: Millis) -> None:
        """As Duty."""
        while waiting := self._timers.unowned(BATCH):
            here = self._here(now)
            seen = (here, frozenset(one.id for one in waiting))
            if not here or (seen == self._seen and now < self._tried + _AGAIN_MS):
                return
            self._seen, self._tried = seen, now
            given = len(self._fold(waiting, hand_out).cards)
            _log.info("handed_out", cards=given, waiting=len(waiting) - given)
            if not given:
                return

    def _here(self, now: Millis) -> frozenset[str]:
        """The managers who could be given something."""
        snapshot = self._ledger.look(Wanted())
        roster = Roster(snapshot.managers, snapshot.departments, self._rules().company)
        return frozenset(
            one
            for one in roster.managers
            if not roster.why_off(one, now) and not full(roster, snapshot.turns, one, now)
        )
