"""What a tap does: the card as it stands now decides, not the one that was on the screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from intake.clock import Clock
from intake.deal import CardState, Manager
from intake.ports import Command, UseCases, Who
from intake.view import CardView
from notify.buttons import Act, Tap
from notify.toasts import Toasts

_OPEN = (CardState.NEW, CardState.OFFERED)


@dataclass(frozen=True, slots=True)
class Pressing:
    """A proven tap: who pressed what, on which card as the ledger has it now. `managers` are all who work here."""

    person: Manager
    tap: Tap
    view: CardView
    managers: Mapping[str, Manager]

    @property
    def current(self) -> bool:
        """Whether what was on the screen is what stands."""
        return self.tap.version == self.view.card.version


class Acts:
    """Carries taps out by the use cases; each answers what the manager is told. Methods block; they raise Conflict,
    Forbidden, NotFound and Unavailable as the use cases do."""

    def __init__(self, cases: UseCases, toasts: Toasts, clock: Clock) -> None:
        self._cases = cases
        self._toasts = toasts
        self._clock = clock
        self._by_act: Mapping[Act, Callable[[Pressing], str]] = {
            Act.TAKE: self._take,
            Act.CREATE: self._create,
            Act.ATTACH: self._attach,
            Act.REJECT: self._reject,
            Act.SAME: lambda one: self._answer(one, "same", self._toasts.same()),
            Act.DIFFERENT: lambda one: self._answer(one, "different", self._toasts.different()),
        }

    def do(self, pressing: Pressing) -> str:
        """Carry it out; the toast."""
        if pressing.view.card.state is CardState.CLOSED:
            heir = pressing.view.heir
            if heir is None or heir.manager == pressing.person.id:
                return self._toasts.closed()
            return self._toasts.with_another(heir.name)
        return self._by_act[pressing.tap.act](pressing)

    def _take(self, one: Pressing) -> str:
        """Whatever came meanwhile, taking means: this client is mine."""
        if one.view.card.state is CardState.TAKEN:
            return self._whose(one)
        # what was offered may have turned out to belong to a colleague's deal
        return self._owned(one, self._command("take", one, one.view.card.inquiry_ids[-1]))

    def _create(self, one: Pressing) -> str:
        if one.view.card.state is not CardState.OFFERED:
            return self._whose(one)
        return self._owned(one, self._command("create", one, one.view.card.inquiry_ids[-1]))

    def _attach(self, one: Pressing) -> str:
        if one.view.card.state is not CardState.OFFERED:
            return self._whose(one)
        return self._owned(one, self._command("attach", one, one.view.card.inquiry_ids[-1]))

    def _reject(self, one: Pressing) -> str:
        """Of a card that has changed since, another inquiry than the one that was seen would be put away."""
        if one.view.card.state not in _OPEN:
            return self._whose(one)
        if not one.current:
            return self._toasts.changed()
        self._command("reject", one, one.view.card.inquiry_ids[-1])
        return self._toasts.rejected()

    def _answer(self, one: Pressing, verb: str, done: str) -> str:
        """Same or different: of the suspect that stands first on the card; its first inquiry raised the question."""
        if not one.view.suspects:
            return self._toasts.answered()
        if not one.current:
            return self._toasts.changed()
        suspect = one.view.suspects[0].client_id
        self._command(verb, one, one.view.card.inquiry_ids[0], client_id=suspect)
        return done

    def _owned(self, one: Pressing, inquiry: Mapping[str, Any]) -> str:
        """Whose it is after the act."""
        owner = inquiry["decision"]["owner"]
        if owner == one.person.id:
            return self._toasts.taken()
        return self._toasts.with_another(one.managers[owner].name if owner in one.managers else owner)

    def _whose(self, one: Pressing) -> str:
        """The card is not to be decided any more: by whom it was."""
        card, now = one.view.card, self._clock.now()
        if card.state is not CardState.TAKEN:
            return self._toasts.there_already(one.view.deal_number)
        if card.taken_by == one.person.id:
            return self._toasts.mine(card.taken_at, now)
        return self._toasts.has_it(one.view.taken_by_name or card.taken_by, card.taken_at, now)

    def _command(self, verb: str, one: Pressing, inquiry_id: str, **args: str) -> dict[str, Any]:
        who = Who(one.person.id, "manager", one.person.id)
        return self._cases.do(Command(verb, "inquiry", inquiry_id, args), who)
