"""What a button of a card does, in whichever messenger or page: the card as it stands now decides, not the one that
was on the screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from intake.clock import Clock, Millis, from_datetime, iso
from intake.deal import CardState, DealState, Manager
from intake.ports import Command, Who
from intake.view import CardView
from notify.buttons import Act
from notify.keyboard import TIMES, WITH, every, keyboard
from notify.style import Face, Style, local
from notify.toasts import Toasts

_OPEN = (CardState.NEW, CardState.OFFERED)
_MINUTE_MS = 60_000
_SOON_MS = 15 * _MINUTE_MS
_MORNING = 10

Do = Callable[[Command, Who], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Pressing:
    """A proven press: who pressed which act, on which version of the card, with which choice (None: one that there is
    no more), and the card as the ledger has it now. `managers` are all who work here."""

    person: Manager
    act: Act
    version: int
    choice: str | None
    view: CardView
    managers: Mapping[str, Manager]

    @property
    def current(self) -> bool:
        """Whether what was on the screen is what stands."""
        return self.version == self.view.card.version


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a press: the line to show, whether it was done. `menu` is the menu that opens, "" for none; the
    card is to be shown as it stands when nothing else will show it anew (`stale`)."""

    text: str
    done: bool = True
    menu: str = ""
    stale: bool = False


class Presses:
    """Carries presses out by the use cases. Methods block; they raise Conflict, Forbidden, NotFound and Unavailable as
    the use cases do."""

    def __init__(self, do: Do, style: Style, clock: Clock) -> None:
        self._do = do
        self._style = style
        self._toasts = Toasts(style)
        self._clock = clock
        self._by_act: Mapping[Act, Callable[[Pressing], Told]] = {
            Act.TAKE: self._take,
            Act.CREATE: self._create,
            Act.ATTACH: self._attach,
            Act.ATTACH_OPEN: self._attach,
            Act.ATTACH_TASK: self._attach_with_task,
            Act.REJECT: self._reject,
            Act.SAME: lambda one: self._answer(one, "same", self._toasts.same()),
            Act.DIFFERENT: lambda one: self._answer(one, "different", self._toasts.different()),
            Act.MENU: self._menu,
            Act.CALL: self._call,
            Act.CALLED: self._called,
            Act.NO_ANSWER: self._no_answer,
            Act.ASSIGN: self._assign,
            Act.DECLINE: self._decline,
            Act.DETACH: self._detach,
            Act.ACCEPT: self._accept,
            Act.TASK: self._task,
            Act.STAGE: self._stage,
            Act.WON: self._won,
            Act.LOST: self._lost,
            Act.WRITE: lambda one: Told(self._toasts.write()) if self._mine(one) else self._whose(one),
        }

    def press(self, one: Pressing) -> Told:
        """Carry it out; what the manager is told."""
        if one.view.card.state is CardState.CLOSED and not (one.act is Act.ACCEPT and one.view.rejected):
            heir = one.view.heir
            if heir is None or heir.manager == one.person.id:
                return self._not(self._toasts.closed())
            return self._not(self._toasts.with_another(heir.name))
        if one.act not in self._by_act:
            return self._not(self._toasts.changed())
        return self._by_act[one.act](one)

    def _take(self, one: Pressing) -> Told:
        """Whatever came meanwhile, taking means: this client is mine."""
        if one.view.card.state is CardState.TAKEN:
            return self._whose(one)
        # what was offered may have turned out to belong to a colleague's deal
        return self._owned(one, self._inquiry("take", one))

    def _create(self, one: Pressing) -> Told:
        return self._refused(one) or self._owned(one, self._inquiry("create", one))

    def _attach(self, one: Pressing) -> Told:
        chosen = {"deal_id": one.choice} if one.choice else {}
        return self._refused(one) or self._owned(one, self._inquiry("attach", one, **chosen))

    def _attach_with_task(self, one: Pressing) -> Told:
        deal, _, when = (one.choice or "").partition(WITH)
        if refused := self._refused(one):
            return refused
        if when not in TIMES:
            return self._changed()
        due, text = iso(self._due(when)) or "", self._toasts.get_back()
        done = self._inquiry("attach", one, deal_id=deal, task_due_at=due, task_text=text)
        return self._owned(one, done)

    def _reject(self, one: Pressing) -> Told:
        """Of a card that has changed since, another inquiry than the one that was seen would be put away."""
        if one.view.card.state not in _OPEN and not self._mine(one):
            return self._whose(one)
        if not one.current or one.choice is None:
            return self._changed()
        self._inquiry("reject", one, reason=one.choice or "other")
        return Told(self._toasts.rejected())

    def _answer(self, one: Pressing, verb: str, done: str) -> Told:
        """Same or different: the card's first inquiry raised the question; of what is offered, its last."""
        if not one.view.suspects:
            return self._not(self._toasts.answered())
        if not one.current or one.choice is None:
            return self._changed()
        suspect = one.choice or (one.view.suspects[0].client_id if verb == "same" else "all")
        ids = one.view.card.inquiry_ids
        asked = ids[-1] if one.view.card.state is CardState.OFFERED else ids[0]
        self._inquiry(verb, one, asked, client_id=suspect)
        return Told(done)

    def _menu(self, one: Pressing) -> Told:
        if one.choice is None:
            return self._changed()
        return Told("", menu=one.choice, stale=True)

    def _call(self, one: Pressing) -> Told:
        """Who calls has taken it; the number stands on the card then."""
        if one.view.card.state is CardState.TAKEN and not self._mine(one):
            return self._whose(one)
        if one.view.card.state is not CardState.TAKEN:
            told = self._owned(one, self._inquiry("take", one))
            if not told.done:
                return told
        return Told(self._toasts.call(), stale=one.view.card.state is CardState.TAKEN)

    def _called(self, one: Pressing) -> Told:
        if not self._mine(one):
            return self._whose(one)
        self._inquiry("called_back", one)
        return Told(self._toasts.called_back())

    def _no_answer(self, one: Pressing) -> Told:
        if not self._mine(one):
            return self._whose(one)
        return self._plan(one, self._clock.now() + _SOON_MS, "call", self._toasts.call_again())

    def _assign(self, one: Pressing) -> Told:
        """Whoever answers for it may give it away, taken or not."""
        if one.view.card.state is CardState.TAKEN and not self._mine(one):
            return self._whose(one)
        to = one.managers.get(one.choice or "")
        if to is None or to.state == "dismissed":
            return self._changed()
        self._inquiry("assign", one, owner=to.id)
        return Told(self._toasts.handed_over(to.name))

    def _decline(self, one: Pressing) -> Told:
        if one.view.card.state is CardState.TAKEN and not self._mine(one):
            return self._whose(one)
        owner = self._inquiry("decline", one)["decision"]["owner"]
        return Told(self._toasts.handed_over(one.managers[owner].name if owner in one.managers else owner))

    def _detach(self, one: Pressing) -> Told:
        if not one.view.card.deal_id:
            return self._whose(one)
        if not one.current:
            return self._changed()
        self._inquiry("detach", one, wrong_client="1")
        return Told(self._toasts.detached())

    def _accept(self, one: Pressing) -> Told:
        self._inquiry("accept", one)
        return Told(self._toasts.accepted())

    def _task(self, one: Pressing) -> Told:
        if not self._mine(one):
            return self._whose(one)
        if one.choice not in TIMES:
            return self._changed()
        return self._plan(one, self._due(one.choice), "task", self._toasts.get_back())

    def _plan(self, one: Pressing, due_at: Millis, kind: str, text: str) -> Told:
        self._deal("tasks", one, kind=kind, text=text, due_at=iso(due_at) or "")
        return Told(self._toasts.planned(due_at, self._clock.now()), stale=True)

    def _stage(self, one: Pressing) -> Told:
        if not self._mine(one):
            return self._whose(one)
        if not one.choice:
            return self._changed()
        self._deal("stage", one, stage=one.choice)
        names = dict(self._style.stages.get(one.view.deal_pipeline, ()))
        return Told(self._toasts.moved(names.get(one.choice, one.choice)), stale=True)

    def _won(self, one: Pressing) -> Told:
        if not self._mine(one) or not one.current:
            return self._whose(one) if not self._mine(one) else self._changed()
        self._deal("won", one)
        return Told(self._toasts.won())

    def _lost(self, one: Pressing) -> Told:
        if not self._mine(one):
            return self._whose(one)
        if not one.current or not one.choice:
            return self._changed()
        rows = keyboard(one.view, self._style, Face(self._clock.now()))
        label = next(b.label for b in every(rows) if b.act is Act.LOST and b.choice == one.choice)
        deal = self._deal("lost", one, lost_reason=label)
        lost = deal.get("state") == DealState.LOST.value
        return Told(self._toasts.lost() if lost else self._toasts.loss_asked())

    def _owned(self, one: Pressing, inquiry: Mapping[str, Any]) -> Told:
        """Whose it is after the act."""
        owner = inquiry["decision"]["owner"]
        if owner == one.person.id:
            return Told(self._toasts.taken())
        name = one.managers[owner].name if owner in one.managers else owner
        return Told(self._toasts.with_another(name), done=False)

    def _whose(self, one: Pressing) -> Told:
        """The card is not to be decided any more: by whom it was."""
        card, now = one.view.card, self._clock.now()
        if card.state is not CardState.TAKEN:
            return self._not(self._toasts.there_already(one.view.deal_number))
        if card.taken_by == one.person.id:
            return self._not(self._toasts.mine(card.taken_at, now))
        return self._not(self._toasts.has_it(one.view.taken_by_name or card.taken_by, card.taken_at, now))

    def _refused(self, one: Pressing) -> Told | None:
        """Why nothing can be chosen about it now: it was decided before, or the button is of an earlier version."""
        if one.view.card.state is CardState.OFFERED:
            return self._changed() if one.choice is None else None
        if not one.current:
            return self._whose(one)
        if one.view.card.state is CardState.TAKEN and not self._mine(one):
            return self._whose(one)
        return self._changed() if one.choice is None else None

    def _mine(self, one: Pressing) -> bool:
        card = one.view.card
        return card.state is CardState.TAKEN and card.taken_by == one.person.id

    def _changed(self) -> Told:
        return self._not(self._toasts.changed())

    def _not(self, text: str) -> Told:
        return Told(text, done=False, stale=True)

    def _due(self, when: str) -> Millis:
        now = self._clock.now()
        if when == "10":
            there = local(now, self._style) + timedelta(days=1)
            return from_datetime(there.replace(hour=_MORNING, minute=0, second=0, microsecond=0))
        return now + (_SOON_MS if when == "15m" else 60 * _MINUTE_MS)

    def _inquiry(self, verb: str, one: Pressing, inquiry_id: str = "", **args: str) -> dict[str, Any]:
        return self._do(Command(verb, "inquiry", inquiry_id or _last(one), args), _as(one.person))

    def _deal(self, verb: str, one: Pressing, **args: str) -> dict[str, Any]:
        return self._do(Command(verb, "deal", one.view.card.deal_id, args), _as(one.person))


def _last(one: Pressing) -> str:
    return one.view.card.inquiry_ids[-1]


def _as(person: Manager) -> Who:
    return Who(person.id, "manager", person.id)
