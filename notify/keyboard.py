"""A card's keyboard: what can be done with it in its present state, and the menus behind its buttons. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from intake.deal import CardState
from intake.view import CardView, OpenDeal, PlainButton
from notify.buttons import Act
from notify.contacts import Sight, phone_text
from notify.plaintext import one_line
from notify.style import Face, Style

TIMES = ("15m", "1h", "10")
"""By when a task may be set with one tap: in a quarter of an hour, in an hour, tomorrow at ten."""
WITH = "+"
"""Between the parts of a choice that holds two: a deal and a time."""
ROOMS: Mapping[str, int] = MappingProxyType({"vk": 10})
"""Buttons that a message may have, where it is fewer than `Face` supposes."""
PAGE = 8
"""Choices that a menu shows at once; further ones are on further pages."""
_PAGES = "#"
_TITLE = 32
_A_ROW = 2


@dataclass(frozen=True, slots=True)
class CardButton:
    """A button of a card: an act of ours with what it chooses, an address to open, or a menu of further ones."""

    label: str
    act: Act | None = None
    choice: str = ""
    url: str = ""
    menu: tuple[CardButton, ...] = ()

    @property
    def path(self) -> str:
        """What names its menu."""
        return f"{self.act}{WITH}{self.choice}" if self.choice else str(self.act)


Rows = tuple[tuple[CardButton, ...], ...]


def keyboard(view: CardView, style: Style, face: Face) -> Rows:
    """The card's buttons in rows, or those of the menu that is open."""
    rows = _fitted(_Keys(view, style, face).rows(), face.room, "⋯ " + style.words.gettext("More"))
    path, _, page = face.menu.partition(_PAGES)
    opened = next((one for one in every(rows) if one.menu and one.path == path), None)
    if opened is None:
        return rows
    at = int(page) * PAGE if page.isdigit() else 0
    shown = _in_rows(opened.menu[at : at + PAGE], 1 if opened.act is Act.ATTACH else _A_ROW)
    last = [CardButton("← " + style.words.gettext("Back"), Act.MENU)]
    if at + PAGE < len(opened.menu):
        last.append(CardButton("→", Act.MENU, f"{path}{_PAGES}{at // PAGE + 1}"))
    return (*shown, tuple(last))


def _fitted(rows: Rows, room: int, label: str) -> Rows:
    """The rows as they fit into a message: those behind go into «More», before what is there already."""
    kept, moved = list(rows), list[CardButton]()
    more = next((one for one in every(rows) if one.act is Act.MORE), None)
    while sum(map(len, kept)) + (more is None and bool(moved)) > room:
        place = next(n for n in range(len(kept) - 1, 0, -1) if kept[n] != (more,) and kept[n] is not None)
        moved = [*(one for one in kept.pop(place) if one is not more and not one.url), *moved]
        if more is not None and more not in [one for row in kept for one in row]:
            kept.append((more,))
    if not moved:
        return rows
    full = CardButton(label, Act.MORE, menu=(*moved, *(more.menu if more else ())))
    rest = [tuple(one for one in row if one is not more) for row in kept]
    return (*(row for row in rest if row), (full,))


def every(rows: Rows) -> Iterator[CardButton]:
    """Each button, those of the menus too."""
    waiting = [one for row in rows for one in row]
    while waiting:
        one = waiting.pop(0)
        yield one
        waiting += one.menu


def choices(rows: Rows, act: Act) -> list[str]:
    """All that can be chosen with an act now; of the menus, their paths."""
    if act is Act.MENU:
        return [path for one in every(rows) if one.menu for path in _pages(one)]
    return [one.choice for one in every(rows) if one.act is act and one.choice]


def _pages(one: CardButton) -> Iterator[str]:
    yield one.path
    yield from (f"{one.path}{_PAGES}{page}" for page in range(1, -(-len(one.menu) // PAGE)))


def plain(rows: Rows) -> tuple[PlainButton, ...]:
    """The same where nothing is signed: menus as lists to choose from, seldom wanted ones behind the others."""
    found: list[PlainButton] = []
    for one in (button for row in rows for button in row):
        if one.act is Act.MORE:
            found += plain((one.menu,))
        elif one.act is None:
            found += [PlainButton("open", one.label, url=one.url)] if one.url.startswith("tel:") else []
        elif one.act is Act.MENU:
            found.append(PlainButton(one.choice, one.label))
        else:
            found.append(PlainButton(one.act.value, one.label, one.choice, tuple(_told(one.menu))))
    return tuple(found)


def _told(menu: tuple[CardButton, ...]) -> Iterator[tuple[str, str]]:
    for one in menu:
        if one.menu:
            yield from ((choice, f"{one.label}, {label}") for choice, label in _told(one.menu))
        else:
            yield one.choice, one.label


class _Keys:
    """Lays out one card's buttons, the likeliest first."""

    def __init__(self, view: CardView, style: Style, face: Face) -> None:
        self.view = view
        self.style = style
        self.face = face
        self._ = style.words.gettext

    def rows(self) -> Rows:
        state, found = self.view.card.state, list[list[CardButton]]()
        if self.face.public:
            if state in (CardState.NEW, CardState.OFFERED):
                found = [[self.take()]]
        elif state is CardState.NEW:
            found = [[self.take(), *self.call()], self.suspects(), self.links()]
            found += [[*self.hand_over(), self.decline(self._("Not now"))], [self.reject(), *self.more()]]
        elif state is CardState.OFFERED:
            found = [[self.take(), self.create()], self.suspects(), self.links()]
            found += [[*self.hand_over(), self.decline(self._("Not now"))], [self.reject(), *self.more()]]
        elif state is CardState.TAKEN:
            found = self.taken()
        elif self.view.rejected:
            found = [[CardButton("↩ " + self._("A sale after all"), Act.ACCEPT)]]
        found.append(self.open())
        return tuple(tuple(row) for row in found if row)

    def taken(self) -> list[list[CardButton]]:
        if self.view.card.taken_by != self.view.manager.id:
            return []
        won = CardButton("🏆 " + self._("Won"), Act.WON)
        lost = self._menu("🏳 " + self._("Lost"), Act.LOST, self.lost_reasons())
        task = self._menu("🗓 " + self._("Task"), Act.TASK, self._times())
        give_back = self.decline(self._("Give back"))
        write = CardButton("✉ " + self._("Write"), Act.WRITE)
        rows = [self.called(), [write, task, *self.stages()], [won, lost], self.suspects()]
        return [*rows, [*self.hand_over(), give_back], self.more()]

    def take(self) -> CardButton:
        return CardButton("✅ " + self._("Take"), Act.TAKE)

    def create(self) -> CardButton:
        return CardButton("➕ " + self._("New deal"), Act.CREATE)

    def decline(self, label: str) -> CardButton:
        return CardButton("⏭ " + label, Act.DECLINE)

    def call(self) -> list[CardButton]:
        return [CardButton("📞 " + self._("Call back"), Act.CALL)] if self.view.phones else []

    def called(self) -> list[CardButton]:
        """What came of calling back: said by the manager, where no telephone exchange tells."""
        last = self.view.touches[-1] if self.view.touches else None
        phones = self.view.phones[:1]
        dial = [CardButton(f"📞 {phone_text(one, Sight.FULL)}", url=f"tel:{one}") for one in phones]
        missed = last is not None and last.call is not None and last.call.status in ("missed", "failed")
        if not missed or not self.view.calls.missed:
            return dial
        done = CardButton("☎ " + self._("Called back"), Act.CALLED)
        return [*dial, done, CardButton(self._("No answer: in 15 min"), Act.NO_ANSWER)]

    def suspects(self) -> list[CardButton]:
        """«It is them» is said of the first one, the likeliest."""
        found = self.view.suspects
        if not found:
            return []
        row = [CardButton(self._("It is them"), Act.SAME, found[0].client_id)]
        if len(found) > 1:
            named = (
                (one.client_id, f"{one_line(one.name, _TITLE) or '?'} {one.score:.2f}") for one in found[1:]
            )
            row.append(self._menu(self._("Another one"), Act.SAME, named))
        return [*row, CardButton(self._("Somebody new"), Act.DIFFERENT)]

    def links(self) -> list[CardButton]:
        deals = self.view.deals
        if not deals:
            return []
        if len(deals) == 1:
            told = self._("Link to No. {number}").format(number=deals[0].number)
            return [CardButton("🔗 " + told, Act.ATTACH, deals[0].id)]
        return [self._menu("🔗 " + self._("Link to…"), Act.ATTACH, self._deals())]

    def more(self) -> list[CardButton]:
        """What is seldom wanted."""
        found: list[CardButton] = []
        card, deals = self.view.card, self.view.deals
        if card.state is CardState.TAKEN:
            found += self.links()
        if deals:
            label = self._("Link and open")
            several = self._menu(label, Act.ATTACH_OPEN, self._deals())
            found.append(CardButton(label, Act.ATTACH_OPEN, deals[0].id) if len(deals) == 1 else several)
            found.append(self.link_with_task(deals))
        if card.deal_id and self.view.joined:
            found.append(self.create())
        if card.deal_id and (self.view.known or self.view.joined):
            found.append(CardButton(self._("Not this client"), Act.DETACH))
        if card.state is CardState.OFFERED:
            found += self.call()
        if card.state is CardState.TAKEN:
            found.append(self.reject())
        return [CardButton("⋯ " + self._("More"), Act.MORE, menu=tuple(found))] if found else []

    def link_with_task(self, deals: tuple[OpenDeal, ...]) -> CardButton:
        """Of several deals one is chosen first, then the time."""
        label = self._("Link and set a task")
        if len(deals) == 1:
            return CardButton(label, Act.ATTACH_TASK, menu=self._timed(deals[0]))
        menu = [
            CardButton(name, Act.ATTACH_TASK, deal.id, menu=self._timed(deal))
            for deal, (_, name) in zip(deals, self._deals(), strict=True)
        ]
        return CardButton(label, Act.ATTACH_TASK, menu=tuple(menu))

    def hand_over(self) -> list[CardButton]:
        """Where it is not told who works here, the menu is asked for."""
        label = "↪ " + self._("Hand over")
        if not self.face.colleagues:
            return [CardButton(label, Act.MENU, str(Act.ASSIGN))]
        others = ((one, name) for one, name in self.face.colleagues if one != self.view.manager.id)
        named = tuple(CardButton(one_line(name, _TITLE), Act.ASSIGN, one) for one, name in others)
        return [CardButton(label, Act.ASSIGN, menu=named)] if named else []

    def reject(self) -> CardButton:
        return self._menu("🚫 " + self._("Not a sale"), Act.REJECT, self.reject_reasons())

    def stages(self) -> list[CardButton]:
        known = self.style.stages.get(self.view.deal_pipeline, ())
        found = [(one, one_line(name, _TITLE)) for one, name in known if one != self.view.deal_stage]
        return [self._menu("📶 " + self._("Stage"), Act.STAGE, found)] if found else []

    def open(self) -> list[CardButton]:
        base = self.style.public_url
        if not base.startswith("https://"):
            return []
        return [CardButton(self._("Open"), url=f"{base.rstrip('/')}/cards/{self.view.card.id}")]

    def reject_reasons(self) -> list[tuple[str, str]]:
        _ = self._
        return [
            ("spam", _("Spam")),
            ("supplier", _("A supplier")),
            ("service", _("Service")),
            ("accounting", _("Accounting")),
            ("staff", _("Staff")),
            ("other", _("Something else")),
        ]

    def lost_reasons(self) -> list[tuple[str, str]]:
        _ = self._
        return [
            ("price", _("Too dear")),
            ("competitor", _("Went to another")),
            ("no_need", _("Not needed any more")),
            ("no_answer", _("Cannot be reached")),
            ("cannot", _("We cannot do it")),
            ("other", _("Something else")),
        ]

    def _times(self) -> list[tuple[str, str]]:
        _ = self._
        return list(zip(TIMES, (_("in 15 min"), _("in 1 h"), _("tomorrow 10:00")), strict=True))

    def _timed(self, deal: OpenDeal) -> tuple[CardButton, ...]:
        times = self._times()
        return tuple(CardButton(label, Act.ATTACH_TASK, f"{deal.id}{WITH}{one}") for one, label in times)

    def _deals(self) -> list[tuple[str, str]]:
        return [(one.id, f"№ {one.number} {one_line(one.title, _TITLE)}".rstrip()) for one in self.view.deals]

    def _menu(self, label: str, act: Act, found: Iterable[tuple[str, str]]) -> CardButton:
        return CardButton(label, act, menu=tuple(CardButton(name, act, one) for one, name in found))


def _in_rows(buttons: tuple[CardButton, ...], width: int) -> Rows:
    return tuple(buttons[at : at + width] for at in range(0, len(buttons), width))
