"""What every use case stands on: the ledger, the rules, who acts, and a look at what is to be changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from zoneinfo import ZoneInfo

from intake.alarm import Alarm
from intake.clock import Clock, Millis, from_iso, to_datetime
from intake.deal import Deal, Manager, Task
from intake.decision import ERASED, Act, Changes, Decision, Snapshot, Wanted
from intake.errors import Conflict, Forbidden, NotFound
from intake.inquiry import Inquiry, Outcome, Parsed
from intake.ports import Bell, Command, Ledger, Who
from intake.view import CardView, WrittenNote
from workers.births import derived
from workers.calls import follow_moved
from workers.fold import Asked, Fold
from workers.pipeline import Item, ask, wanted
from workers.rules import Rules


class Look(Protocol):
    """A ledger that can be looked at before it is changed."""

    def look(self, wanted: Wanted) -> Snapshot:
        """What stands now; it may be other in a moment."""
        ...


class Replays(Protocol):
    """The journal's part in a replay."""

    def again(self, inquiry_ids: Sequence[str]) -> list[str]:
        """Put the events of these inquiries back to work; their raw ids."""
        ...


class Mutes(Protocol):
    """Where alarms are muted. Methods block."""

    def mute(self, ident: str, until: Millis | None, who: str) -> Alarm:
        """Tell nobody of it until then; None: tell again. Raises NotFound."""
        ...


class Notes(Protocol):
    """Where notes are read, and the cards they were written under."""

    def read(self, card_ids: Sequence[str]) -> dict[str, CardView]:
        """The cards of these ids."""
        ...

    def note(self, ident: str) -> WrittenNote | None:
        """The note of that id, None when there is none."""
        ...


class LookingLedger(Ledger, Look, Protocol):
    """What use cases ask of the ledger."""


@dataclass(frozen=True, slots=True)
class House:
    """What the use cases work with."""

    ledger: LookingLedger
    replays: Replays
    bell: Bell
    clock: Clock
    rules: Callable[[], Rules]
    alarms: Mutes | None = None
    notes: Notes | None = None

    def fold(self, wanted: Wanted, step: Callable[[Fold], None], command: Command, who: Who) -> Changes:
        """One transaction: `step` acts on a fold; the act is put on record with it; the relay is rung."""
        rules, now = self.rules(), self.clock.now()

        def recorded(snapshot: Snapshot) -> Changes:
            fold, before = Fold(snapshot, rules, now), dict(snapshot.inquiries)
            step(fold)
            if wanted.calls:
                follow_moved(fold, before)
            said = command.args.get("reason", "")
            fold.changes.acts.append(Act(now, who.name, command.verb, command.what, command.ident, said))
            return fold.changes

        changes = self.ledger.fold(wanted, recorded)
        if changes.effects:
            self.bell.ring_relay()
        return changes

    def asked(self, inquiry_id: str, forced: str = "") -> tuple[Asked, Wanted, Decision]:
        """The inquiry as the pipeline asks about it, and all that deciding it again may touch. Raises NotFound."""
        found = self.ledger.look(Wanted(inquiries=[inquiry_id])).inquiries.get(inquiry_id)
        if found is None:
            raise NotFound(f"no inquiry {inquiry_id}")
        inquiry, decision = found
        if decision.state_reason == ERASED:
            raise NotFound(f"inquiry {inquiry_id} was erased")
        asked = ask(Item("", Parsed(Outcome.ACCEPTED, inquiry)), self.rules(), forced)
        rules = self.rules()
        everything = replace(
            wanted([asked], loads=rules.loads),
            deals=[decision.deal_id] if decision.deal_id else [],
            closed_since=rules.policy.closed_since(self.clock.now()),
        )
        return asked, everything, decision

    def time(self, at: int) -> str:
        """An instant as people of the company read it: the time of day."""
        zone = ZoneInfo(self.rules().company.timezone)
        return f"{to_datetime(at).astimezone(zone):%H:%M}"


def current(fold: Fold, inquiry_id: str) -> tuple[Inquiry, Decision]:
    """The inquiry as it stands in this transaction. Raises NotFound."""
    found = fold.snapshot.inquiries.get(inquiry_id)
    if found is None:
        raise NotFound(f"no inquiry {inquiry_id}")
    return found


def the_deal(fold: Fold, deal_id: str) -> Deal:
    """The deal as it stands in this transaction. Raises NotFound."""
    deal = fold.snapshot.deals.get(deal_id)
    if deal is None:
        raise NotFound(f"no deal {deal_id}")
    return deal


def the_manager(fold: Fold, manager_id: str) -> Manager:
    """A manager who still works here. Raises NotFound, Forbidden."""
    manager = fold.snapshot.managers.get(manager_id)
    if manager is None:
        raise NotFound(f"no manager {manager_id}" if manager_id else "say as which manager: manager = <id>")
    if manager.state == "dismissed":
        raise Forbidden(f"{manager.name} does not work here any more")
    return manager


def plan_task(fold: Fold, deal: Deal, owner: str, kind: str, text: str, due_at: Millis) -> Task:
    """A further task on the deal."""
    ident = derived("task", f"{deal.id}{fold.now}{len(fold.snapshot.tasks)}")
    task = Task(ident, deal.id, owner, kind, text, due_at, created_at=fold.now)
    fold.snapshot.tasks[ident] = fold.changes.tasks[ident] = task
    return task


def instant(text: str) -> Millis:
    """The instant that an argument names. Raises Conflict for what is none."""
    try:
        return from_iso(text)
    except ValueError:
        raise Conflict(f"a time like 2026-11-22T10:00:00Z is wanted, not {text[:40]!r}") from None
