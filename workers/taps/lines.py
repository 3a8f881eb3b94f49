"""What a manager says of themself, by a command or by a button that stands for one: my cards, the queue, the shift, a
pause, a search - and an answer under a card, which is a note until its button sends it to the client."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from intake.clock import from_iso
from intake.deal import CardState, Manager
from intake.errors import Conflict, NotFound
from intake.ports import Command, InquiryFilter, Who
from intake.view import CardView
from notify.base import Button, Notice
from notify.buttons import Act, Tap
from notify.hearing import Said
from notify.markup import ours
from notify.style import Face
from notify.toasts import Toasts
from workers.taps.office import Office

_LISTED = 50
_SEARCHED = 500
_FOUND = 10
_LIVE = (CardState.NEW, CardState.OFFERED, CardState.TAKEN)
_PAUSE_MIN = "30"
SELF = "me"
"""In the place of a card's id: the button is about the manager themself."""
_WORDS: Mapping[str, tuple[str, ...]] = {
    "my": ("/my", "/мои"),
    "queue": ("/queue", "/очередь"),
    "find": ("/find", "/найти"),
    "shift": ("/shift", "/смена"),
    "pause": ("/pause", "/пауза"),
    "resume": ("/resume", "/продолжить"),
    "help": ("/help", "/помощь", "/start"),
}
"""Each command in both languages."""
OWN = ("my", "queue", "shift", "pause", "resume", "help")
"""What a button without further words can say."""


@dataclass(frozen=True, slots=True)
class Word:
    """A command as it was written: which one, and what stands behind it."""

    name: str
    rest: str


def read_word(text: str) -> Word | None:
    """The command of a line, None for a line that is none."""
    word, _, rest = text.strip().partition(" ")
    plain = word.lower().partition("@")[0]
    found = next((name for name, words in _WORDS.items() if plain in words), "")
    return Word(found, rest.strip()) if found else None


class Lines:
    """Answers what managers write. Methods block; they raise Unavailable."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._toasts = Toasts(office.writer.style)
        self._by_word: Mapping[str, Callable[[Manager, str], Notice]] = {
            "my": lambda person, _: self._mine(person),
            "queue": lambda person, _: self._queue(person),
            "find": self._find,
            "shift": self._shift,
            "pause": self._pause,
            "resume": lambda person, _: self._presence(person, "resume"),
            "help": lambda person, _: self.line(self._toasts.help(), person, self._own()),
        }

    def answer(self, person: Manager, said: Said) -> Notice:
        """The answer to a line of a manager of ours."""
        word = read_word(said.text)
        if word is None and said.reply_to and said.text.strip():
            return self._note(person, said)
        return self.do(person, word or Word("help", ""))

    def do(self, person: Manager, word: Word) -> Notice:
        """Carry a command out; what the manager is told."""
        try:
            return self._by_word[word.name](person, word.rest)
        except (Conflict, NotFound) as error:
            return self.line(str(error), person)

    def send(self, person: Manager, note_id: str) -> str:
        """The note goes to the client after all; what the manager is told. Raises Conflict, NotFound."""
        self._office.cases.do(Command("send", "note", note_id, {}), _as(person))
        return self._toasts.sent()

    def line(self, text: str, person: Manager, rows: tuple[tuple[tuple[str, str], ...], ...] = ()) -> Notice:
        """A line with buttons of (label, what it says)."""
        told = ours(text)
        office = self._office
        shown = tuple(
            tuple(
                Button(label, data=office.seal.sign(Tap(Act.SELF, SELF, 0, choice), person.id))
                for label, choice in row
            )
            for row in rows
        )
        return Notice(told.html, told.plain, text.split("\n", 1)[0], shown)

    def _own(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        told = self._toasts
        return (
            ((told.say_mine(), "my"), (told.say_queue(), "queue")),
            ((told.say_shift(), "shift"), (told.say_pause(), "pause"), (told.say_resume(), "resume")),
        )

    def _mine(self, person: Manager) -> Notice:
        """The person's open cards as a list, the oldest first, with a button each to take what is not taken."""
        views = [view for view in self._cards(person, _LISTED).values() if view.card.state in _LIVE]
        if not views:
            return self.line(self._toasts.no_cards(), person)
        return self._list(views, self._toasts.my_cards(len(views)))

    def _find(self, person: Manager, words: str) -> Notice:
        """The person's own inquiries that fit the words: their cards, as a list."""
        if not words:
            return self.line(self._toasts.find_what(), person)
        wanted = InquiryFilter(q=words[:200], limit=_SEARCHED, owner=person.id)
        idents = {one["id"] for one in self._office.reader.inquiries(wanted).items}
        cards = self._cards(person, _SEARCHED) if idents else {}
        found = [view for view in cards.values() if idents.intersection(view.card.inquiry_ids)]
        if not found:
            return self.line(self._toasts.found_nothing(words), person)
        newest = sorted(found, key=lambda view: view.card.created_at)[-_FOUND:]
        return self._list(newest, self._toasts.found(len(found)))

    def _queue(self, person: Manager) -> Notice:
        """Whose turn is before the person's."""
        told = self._manager("line", person)
        if told["place"] is None:
            return self.line(self._off(told), person, (((self._toasts.say_resume(), "resume"),),))
        return self.line(self._toasts.place(told["place"], told["ahead"]), person)

    def _shift(self, person: Manager, words: str) -> Notice:
        on = {"on": "1", "1": "1", "да": "1", "off": "0", "0": "0", "нет": "0"}.get(words.lower(), "")
        return self._presence(person, "shift", **({"on": on} if on else {}))

    def _pause(self, person: Manager, words: str) -> Notice:
        return self._presence(person, "pause", minutes=words or _PAUSE_MIN)

    def _presence(self, person: Manager, verb: str, **args: str) -> Notice:
        """Change it, and tell how it stands, with the buttons to change it back."""
        told = self._manager(verb, person, **args)
        if told["on_shift"]:
            row = ((self._toasts.say_pause(), "pause"), (self._toasts.say_shift(), "shift"))
            return self.line(self._toasts.on_shift(), person, (row,))
        return self.line(self._off(told), person, (((self._toasts.say_resume(), "resume"),),))

    def _off(self, told: Mapping[str, Any]) -> str:
        back = from_iso(told["back_at"]) if told["back_at"] else None
        return self._toasts.off_shift(str(told["off_reason"] or ""), back, self._office.clock.now())

    def _note(self, person: Manager, said: Said) -> Notice:
        """An answer under a card: it stays a note, unless its button sends it to the client."""
        office = self._office
        card = office.views.card_of_message(person.id, office.messenger, said.reply_to)
        if not card:
            return self.line(self._toasts.note_of_nothing(), person)
        key = f"{office.messenger}:{said.sender}:{said.reply_to}:{said.text}"
        try:
            told = office.cases.do(
                Command("note", "card", card, {"text": said.text, "key": key}), _as(person)
            )
        except (Conflict, NotFound) as error:
            return self.line(str(error), person)
        text = self._toasts.noted(told["number"])
        data = office.seal.sign(Tap(Act.SEND, told["note"], 0), person.id)
        line = ours(text)
        return Notice(line.html, line.plain, text, ((Button("✉ " + self._toasts.say_send(), data=data),),))

    def _cards(self, person: Manager, count: int) -> dict[str, CardView]:
        newest = self._office.reader.listing("cards", {"manager": person.id}, count, "").items
        return self._office.views.read([str(one["id"]) for one in newest])

    def _list(self, views: list[CardView], title: str) -> Notice:
        views.sort(key=lambda view: (view.card.created_at, view.card.id))
        office = self._office
        return office.writer.many(views, office.messenger, Face(office.clock.now()), title)

    def _manager(self, verb: str, person: Manager, **args: str) -> dict[str, Any]:
        return self._office.cases.do(Command(verb, "manager", person.id, args), _as(person))


def _as(person: Manager) -> Who:
    return Who(person.id, "manager", person.id)
