"""Deals without a task as a duty of the clock: the owner is warned, then the head is told that it may be handed over;
and each day, if so set, every manager gets the list of deals to correct."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

from crm.pipelines import FIELDS
from intake.clock import Clock, Millis, from_datetime, to_datetime
from intake.deal import DealState, TaskState
from intake.decision import Act, Changes, Snapshot, Wanted
from intake.effect import Effect, EffectKind
from intake.ports import Bell, Ledger
from intake.shifts import Roster
from intake.store.reading.care import RIPE, WARNED, BareDeal, Incomplete
from workers.rules import Rules

HOUR_MS = 3_600_000
_MOST_LINES = 30
_AT_ONCE = 200
"""So many deals are dealt with in one turn at the ledger; the others follow in the next round."""
_CLOCK = "clock"
_LACKING = {**FIELDS, "contacts": "a contact", "comment": "a comment"}
_log = structlog.get_logger()


class Deals(Protocol):
    """Where deals that want care are read."""

    def bare(self) -> list[BareDeal]:
        """Open deals without a planned task. Raises Unavailable."""
        ...

    def incomplete(self) -> list[Incomplete]:
        """Open deals of which something is not known. Raises Unavailable."""
        ...


class Effects(Protocol):
    """Where notices are put."""

    def add(self, effects: Sequence[Effect]) -> None:
        """Put further effects in; those whose key is there already stay as they are."""
        ...


@dataclass(frozen=True, slots=True)
class CareRules:
    """How long after the warning a deal may stay without a task (`grace_h`, 0 for ever: nobody is warned), and when
    the day's list of deals to correct is told, None for never."""

    grace_h: float
    correct_at: time | None
    rules: Callable[[], Rules]


class BareDeals:
    """Looks every few minutes, in the working time of each deal's owner. What was told stands on record with the deal,
    in the transaction that tells it: nobody is told twice, whatever is restarted. A new task begins it anew."""

    name = "bare_deals"
    every_s = 120.0

    def __init__(self, deals: Deals, ledger: Ledger, bell: Bell, care: CareRules) -> None:
        self._deals = deals
        self._ledger = ledger
        self._bell = bell
        self._care = care

    def run(self, now: Millis) -> None:
        """As Duty."""
        if not self._care.grace_h:
            return
        grace_ms = int(self._care.grace_h * HOUR_MS)
        bare = self._deals.bare()
        fresh = [one for one in bare if one.warned_at is None]
        ripe = [
            one
            for one in bare
            if one.warned_at is not None and one.ripe_at is None and one.warned_at + grace_ms <= now
        ]
        due = {one.id: one for one in (*fresh, *ripe)[:_AT_ONCE]}
        if not due:
            return
        changes = self._ledger.fold(Wanted(deals=list(due)), lambda found: self._tell(found, due, now))
        if changes.effects:
            self._bell.ring_relay()

    def _tell(self, snapshot: Snapshot, due: Mapping[str, BareDeal], now: Millis) -> Changes:
        """What follows for those that are still as they were read: a notice for each who is told, however many deals
        it is about."""
        changes, rules = Changes(), self._care.rules()
        roster = Roster(snapshot.managers, snapshot.departments, rules.company)
        planned = {one.deal_id for one in snapshot.tasks.values() if one.state is TaskState.PLANNED}
        said: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for deal in snapshot.deals.values():
            bare = due.get(deal.id)
            still = (
                deal.state is DealState.OPEN and deal.id not in planned and bare and deal.owner == bare.owner
            )
            if bare is None or not still or roster.why_off(deal.owner, now):
                continue  # cared for meanwhile, or their time begins when they are back at work
            owner = roster.managers[deal.owner]
            if bare.warned_at is None:
                verb, to = WARNED, owner.id
                line = rules.say("№ {number} has no task: plan one by {time}, or it may be handed over")
            else:
                verb, to = RIPE, roster.head(owner.department)
                line = rules.say("№ {number} of {name} still has no task: it may be handed over")
            if to:
                told = line.format(number=deal.number, name=owner.name, time=self._until(rules, now))
                said[verb, to].append(told)
                changes.acts.append(Act(now, _CLOCK, verb, "deal", deal.id, to))
        changes.effects += [_notice(verb, to, lines, rules, now) for (verb, to), lines in said.items()]
        return changes

    def _until(self, rules: Rules, now: Millis) -> str:
        end = to_datetime(now + int(self._care.grace_h * HOUR_MS)).astimezone(
            ZoneInfo(rules.company.timezone)
        )
        return f"{end:%d.%m %H:%M}"


class ToCorrect:
    """Once a day, to each manager, the open deals of which something is not known."""

    name = "to_correct"
    every_s = 60.0

    def __init__(self, deals: Deals, effects: Effects, bell: Bell, care: CareRules, clock: Clock) -> None:
        self._deals = deals
        self._effects = effects
        self._bell = bell
        self._care = care
        self._began = clock.now()
        self._told = ""

    def run(self, now: Millis) -> None:
        """As Duty."""
        at, rules = self._care.correct_at, self._care.rules()
        local = to_datetime(now).astimezone(ZoneInfo(rules.company.timezone))
        day = f"{local:%Y-%m-%d}"
        if at is None or day == self._told or local.time() < at:
            return
        due = from_datetime(datetime.combine(local.date(), at, local.tzinfo))
        self._told = day
        if due + HOUR_MS < self._began:
            return  # started in the evening: the hour for it is long past
        lists: defaultdict[str, list[Incomplete]] = defaultdict(list)
        for one in self._deals.incomplete():
            lists[one.owner].append(one)
        self._effects.add([_listed(owner, found, day, now, rules) for owner, found in sorted(lists.items())])
        if lists:
            self._bell.ring_relay()


def _notice(verb: str, to: str, lines: Sequence[str], rules: Rules, now: Millis) -> Effect:
    """One deal is told in the title, several as a list."""
    _log.info(verb, manager=to, deals=len(lines))
    subject, text = lines[0], ""
    if len(lines) > 1:
        subject = rules.say("Deals without a task: {count}").format(count=len(lines))
        text = "\n".join([*lines[:_MOST_LINES], *(["…"] if len(lines) > _MOST_LINES else [])])
    payload = {"subject": subject, "text": text, "pages": "/reports"}
    return Effect(f"{verb}:{to}:{now}", EffectKind.NOTICE, to, payload, now)


def _listed(owner: str, found: list[Incomplete], day: str, now: Millis, rules: Rules) -> Effect:
    """The list of one manager: a deal a line, with what is missing."""
    say = rules.say
    lines = [
        f"№ {one.number} {one.title[:40]}: {', '.join(say(_LACKING[name]) for name in one.lacks)}"
        for one in found[:_MOST_LINES]
    ]
    if len(found) > _MOST_LINES:
        lines.append(f"… {len(found) - _MOST_LINES}")
    subject = say("To correct before the day is over: {count}").format(count=len(found))
    payload = {"subject": subject, "text": "\n".join(lines), "pages": ""}
    return Effect(f"to_correct:{day}:{owner}", EffectKind.NOTICE, owner, payload, now)
