"""The hands of the bot: who pressed or wrote, whether they may, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import structlog

from intake.deal import Manager
from intake.decision import Wanted
from intake.errors import Conflict, Forbidden, NotFound
from intake.ports import Command, Who
from intake.view import CardView
from notify.base import Notice
from notify.buttons import Act, Tap
from notify.hearing import Pressed, Said
from notify.keyboard import ROOMS, choices, keyboard
from notify.markup import ours
from notify.style import Face
from notify.toasts import Toasts
from workers.relaying.showing import REPEAT
from workers.taps.lines import OWN, Lines, Word
from workers.taps.office import Office
from workers.use_cases.cards import colleagues
from workers.use_cases.pressing import Presses, Pressing, Told

_START = ("/start",)


@dataclass(frozen=True, slots=True)
class Answer:
    """What who pressed is told, "" for nothing; `notice` is what their message says from now on, `say` a further
    message to them."""

    text: str
    notice: Notice | None = None
    say: Notice | None = None


class Hands:
    """Answers taps and lines. Methods block: call from a thread. They raise Unavailable."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._toasts = Toasts(office.writer.style)
        self._lines = Lines(office)
        self._presses = Presses(office.cases.do, office.writer.style, office.clock)
        self._log = structlog.get_logger().bind(messenger=office.messenger)

    @property
    def toasts(self) -> Toasts:
        """What people are told."""
        return self._toasts

    def press(self, pressed: Pressed) -> Answer:
        """Do what the button says, if it is this person's to press; what they are told. A button is signed for the
        manager to whose chat the card went: in a group any manager of ours may press it, elsewhere nobody else."""
        managers = self._managers()
        person = self._known(managers, pressed.sender)
        found = self._proven(pressed, managers)
        if person is None or found is None:
            self._log.warning("tap_refused", known=person is not None)
            return Answer(self._toasts.no_access())
        addressee, tap = found
        if tap.act is Act.SELF or tap.act is Act.SEND:
            if addressee.id != person.id:
                return Answer(self._toasts.no_access())
            return self._own(person, tap) if tap.act is Act.SELF else self._send(person, tap, pressed)
        return self._on_card(pressed, person, addressee, tap, managers)

    def _on_card(
        self,
        pressed: Pressed,
        person: Manager,
        addressee: Manager,
        tap: Tap,
        managers: Mapping[str, Manager],
    ) -> Answer:
        """Do it to the card as the ledger has it now."""
        view = self._office.views.read([tap.card_id]).get(tap.card_id)
        if view is None:
            return Answer(self._toasts.gone())
        face = self._face(pressed, managers)
        known = choices(keyboard(view, self._office.writer.style, face), tap.act)
        choice = self._office.seal.chosen(tap, addressee.id, known)
        try:
            told = self._presses.press(Pressing(person, tap.act, tap.version, choice, view, managers))
        except (Conflict, NotFound) as error:
            return self._shown(Told(str(error), done=False, stale=True), pressed, view, face)
        except Forbidden:
            return Answer(self._toasts.no_access())
        self._log.info("tapped", act=tap.act.value, card=tap.card_id, manager=person.id)
        return self._shown(told, pressed, view, face)

    def _proven(self, pressed: Pressed, managers: Mapping[str, Manager]) -> tuple[Manager, Tap] | None:
        """Whose button it is, and what it says."""
        for one in managers.values():
            if self._address(one) == pressed.chat and (tap := self._office.seal.read(pressed.data, one.id)):
                return one, tap
        return None

    def _face(self, pressed: Pressed, managers: Mapping[str, Manager]) -> Face:
        public = pressed.chat != pressed.sender
        face = Face(self._office.clock.now(), public=public, colleagues=colleagues(managers))
        return replace(face, room=ROOMS.get(self._office.messenger, face.room))

    def _shown(self, told: Told, pressed: Pressed, view: CardView, face: Face) -> Answer:
        """With the card as it stands, where what is on the screen is not what stands or a menu is to open."""
        if not told.stale or not pressed.message:
            return Answer(told.text)
        known = view.card.messages.get(self._office.messenger, "").removeprefix(REPEAT)
        if not told.menu and known != pressed.message:
            return Answer(told.text)  # a list: it shows others besides
        now = view if told.menu else self._office.views.read([view.card.id]).get(view.card.id, view)
        shown = self._office.writer.card(now, self._office.messenger, replace(face, menu=told.menu))
        return Answer(told.text, shown)

    def listen(self, said: Said) -> Notice | None:
        """The answer to a line; None where none is due: strangers are told once how to come in, and nothing else."""
        word, _, rest = said.text.strip().partition(" ")
        if word in _START and rest:
            return _line(self._join(said.sender, rest.strip()))
        person = self._known(self._managers(), said.sender)
        if person is None:
            return _line(self._toasts.stranger()) if word in _START else None
        return self._lines.answer(person, said)

    def _own(self, person: Manager, tap: Tap) -> Answer:
        """A button about the manager themself: its answer is a message of its own."""
        choice = self._office.seal.chosen(tap, person.id, OWN)
        if not choice:
            return Answer(self._toasts.changed())
        return Answer("", say=self._lines.do(person, Word(choice, "")))

    def _send(self, person: Manager, tap: Tap, pressed: Pressed) -> Answer:
        """The note goes to the client; the question is answered, its button goes."""
        try:
            text = self._lines.send(person, tap.card_id)
        except (Conflict, NotFound) as error:
            text = str(error)
        return Answer(text, _line(text) if pressed.message else None)

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
