"""The hands of the bot: who pressed or wrote, whether they may, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from intake.clock import Clock
from intake.deal import CardState, Manager
from intake.decision import Snapshot, Wanted
from intake.errors import Conflict, Forbidden, NotFound
from intake.ports import Command, Reader, UseCases, Who
from notify.base import Notice
from notify.buttons import Seal
from notify.cards import Face
from notify.hearing import Pressed, Said
from notify.markup import ours
from notify.notices import Writer
from notify.toasts import Toasts
from workers.relaying.desk import CardViews
from workers.taps.acts import Acts, Pressing

_LISTED = 50
_LIVE = (CardState.NEW, CardState.OFFERED, CardState.TAKEN)
_MINE = ("/my", "/мои")
_START = ("/start",)


class Managers(Protocol):
    """Where it is read who works here."""

    def look(self, wanted: Wanted) -> Snapshot:
        """What stands now."""
        ...


@dataclass(frozen=True, slots=True)
class Office:
    """What the hands work with: for one messenger, whose buttons `seal` signs."""

    messenger: str
    seal: Seal
    managers: Managers
    views: CardViews
    reader: Reader
    cases: UseCases
    writer: Writer
    clock: Clock


class Hands:
    """Answers taps and lines. Methods block: call from a thread. They raise Unavailable."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._toasts = Toasts(office.writer.style)
        self._acts = Acts(office.cases, self._toasts, office.clock)
        self._log = structlog.get_logger().bind(messenger=office.messenger)

    @property
    def toasts(self) -> Toasts:
        """What people are told."""
        return self._toasts

    def press(self, pressed: Pressed) -> str:
        """Do what the button says, if it is this person's to press; what they are told. A button is signed for the
        manager to whose chat the card went: in a group any manager of ours may press it, elsewhere nobody else."""
        managers = self._managers()
        person = self._known(managers, pressed.sender)
        addressees = (one for one in managers.values() if self._address(one) == pressed.chat)
        taps = (self._office.seal.read(pressed.data, one.id) for one in addressees)
        tap = next((one for one in taps if one), None)
        if person is None or tap is None:
            self._log.warning("tap_refused", known=person is not None)
            return self._toasts.no_access()
        view = self._office.views.read([tap.card_id]).get(tap.card_id)
        if view is None:
            return self._toasts.gone()
        try:
            told = self._acts.do(Pressing(person, tap, view, managers))
        except (Conflict, NotFound) as error:
            return str(error)
        except Forbidden:
            return self._toasts.no_access()
        self._log.info("tapped", act=tap.act.value, card=tap.card_id, manager=person.id)
        return told

    def listen(self, said: Said) -> Notice | None:
        """The answer to a line; None where none is due: strangers are told once how to come in, and nothing else."""
        word, _, rest = said.text.strip().partition(" ")
        if word in _START and rest:
            return _line(self._join(said.sender, rest.strip()))
        person = self._known(self._managers(), said.sender)
        if person is None:
            return _line(self._toasts.stranger()) if word in _START else None
        if word in _MINE:
            return self._mine(person)
        return _line(self._toasts.help())

    def _join(self, sender: str, secret: str) -> str:
        messenger = self._office.messenger
        args = {"messenger": messenger, "address": sender, "secret": secret}
        who = Who(f"{messenger}:{sender}", "manager")
        try:
            joined = self._office.cases.do(Command("join", "manager", "", args), who)
        except (Conflict, Forbidden, NotFound):
            return self._toasts.no_invite()
        self._log.info("joined", manager=joined["manager"])
        return self._toasts.joined(joined["name"])

    def _mine(self, person: Manager) -> Notice:
        """The person's open cards as a list, the oldest first, with a button each to take what is not taken."""
        office = self._office
        newest = office.reader.listing("cards", {"manager": person.id}, _LISTED, "").items
        views = office.views.read([str(one["id"]) for one in newest])
        live = [view for view in views.values() if view.card.state in _LIVE]
        if not live:
            return _line(self._toasts.no_cards())
        live.sort(key=lambda view: (view.card.created_at, view.card.id))
        title = self._toasts.my_cards(len(live))
        return office.writer.many(live, office.messenger, Face(office.clock.now()), title)

    def _managers(self) -> Mapping[str, Manager]:
        return self._office.managers.look(Wanted()).managers

    def _known(self, managers: Mapping[str, Manager], sender: str) -> Manager | None:
        here: Iterable[Manager] = (one for one in managers.values() if one.state != "dismissed")
        return next((one for one in here if self._address(one) == sender), None)

    def _address(self, manager: Manager) -> str:
        return manager.contacts.get(self._office.messenger, "")


def _line(text: str) -> Notice:
    told = ours(text)
    return Notice(told.html, told.plain, text)
