"""Calls whose end was never told, as a duty of the clock: after a while they count as missed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from dedup.known import LookupKeys, Subject
from intake.account import Account
from intake.calls import Standing
from intake.clock import Millis
from intake.decision import Changes, Reason, Snapshot, Wanted
from intake.inquiry import Inquiry, Outcome, Parsed, State
from intake.ports import Bell, Ledger
from workers.calls import follow
from workers.fold import Asked, Fold
from workers.rules import Rules

NO_END_MIN = 60
_TALK_MIN = 240
"""A call that somebody took may last longer than one that rings."""
_LEAST_MIN = 5
_MINUTE_MS = 60_000
_log = structlog.get_logger()


class Ringing(Protocol):
    """Where calls that go on are found."""

    def since(self, before: Millis) -> list[str]:
        """The ids of inquiries that are calls begun before then. Raises Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class EndCalls:
    """Looks for them each minute. What the exchange still tells of such a call later is folded in as ever."""

    ringing: Ringing
    ledger: Ledger
    rules: Rules
    bell: Bell
    name: str = "calls"
    every_s: float = 60.0

    def run(self, now: Millis) -> None:
        """As Duty."""
        ids = self.ringing.since(now - _LEAST_MIN * _MINUTE_MS)
        if not ids:
            return
        ended = 0

        def step(snapshot: Snapshot) -> Changes:
            nonlocal ended
            fold = Fold(snapshot, self.rules, now)
            ended = sum(self._end(fold, ident) for ident in ids)
            return fold.changes

        changes = self.ledger.fold(Wanted(inquiries=ids, calls=True), step)
        if changes.effects:
            self.bell.ring_relay()
        if ended:
            _log.info("calls_without_end", calls=ended)

    def _end(self, fold: Fold, ident: str) -> bool:
        """Close one of them, if it is time; whether it was."""
        before = fold.snapshot.inquiries.get(ident)
        if before is None or not self._is_over(before[0], fold.now):
            return False
        inquiry, decision = before
        call = replace(inquiry.call, status=Standing.MISSED.value) if inquiry.call else None
        outcome = Outcome.ANSWER if decision.state is State.IGNORED else Outcome.ACCEPTED
        parsed = Parsed(outcome, replace(inquiry, call=call))
        fold.take(Asked("", parsed, Subject(), LookupKeys((), (), (), ())))
        follow(fold, before, ident)
        closed, decided = fold.snapshot.inquiries[ident]
        fold.record(closed, replace(decided, reasons=(*decided.reasons, Reason("no_end", ""))))
        return True

    def _is_over(self, inquiry: Inquiry, now: Millis) -> bool:
        if inquiry.call is None or inquiry.call.status != Standing.GOING.value:
            return False
        minutes = no_end_min(self.rules.account(inquiry.account, inquiry.channel))
        if minutes and inquiry.call.answered_by:
            minutes = max(minutes, _TALK_MIN)
        began = inquiry.occurred_at or inquiry.received_at
        return bool(minutes) and max(began, inquiry.received_at) + minutes * _MINUTE_MS <= now


def no_end_min(account: Account) -> int:
    """The account's `no_end_min`; 0 for never."""
    value = account.options.get("no_end_min", NO_END_MIN)
    if not isinstance(value, int) or isinstance(value, bool):
        return NO_END_MIN
    return max(value, _LEAST_MIN) if value > 0 else 0
