"""Notices: a card, a ring, a list of cards, each as a messenger shows it, with signed buttons. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from intake.deal import CardState
from intake.view import CardView
from notify.base import Button, Notice
from notify.buttons import Act, Seal, Tap
from notify.cards import CardText, headline, render, render_reminder, render_ring
from notify.keyboard import ROOMS, CardButton
from notify.markup import foreign, joined, ours, page
from notify.plaintext import lines as lines_of
from notify.plaintext import one_line, utf16_length
from notify.style import Face, Style, moment

ROWS = 25
"""Cards that a list names one by one; it counts the rest."""
ROOM = 3_600
"""UTF-16 units that its rows may take; the rest of a message's 4096 is for its title and its last lines."""
_BUTTONS_A_ROW = 5


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes notices in one style; `seal` signs the buttons of a messenger that has them, None for one that
    has not."""

    style: Style
    seals: tuple[tuple[str, Seal], ...] = ()

    def card(self, view: CardView, messenger: str, face: Face) -> Notice:
        """The whole card."""
        text = render(view, self.style, replace(face, room=ROOMS.get(messenger, face.room)))
        key = f"{view.card.id}:{view.card.version}"
        return Notice(text.html, text.plain, text.push, self._rows(text, view, messenger), key=key)

    def ring(self, view: CardView, face: Face, *, reminder: bool = False) -> Notice:
        """A line under the card: what came, or as a `reminder` that nobody has taken it yet; where nothing can be
        edited its plain form repeats the card."""
        line = render_reminder(view, self.style, face) if reminder else render_ring(view, self.style, face)
        text = render(view, self.style, replace(face, repeat=False))
        key = f"ring:{view.card.id}:{view.card.version}"
        return Notice(line.html, f"{line.plain}\n\n{text.plain}", text.push, key=key)

    def many(self, views: Sequence[CardView], messenger: str, face: Face, title: str) -> Notice:
        """Many cards as one list, the oldest first, with a button each to take it."""
        style, ngettext = self.style, self.style.words.ngettext
        lines = [ours(f"📋 {title}").bold()]
        room = ROOM
        for number, view in enumerate(views[:ROWS], 1):
            when = moment(view.card.created_at, style, face.now)
            line = joined(ours(f"{number}. {when} "), headline(view, style, face))
            room -= utf16_length(line.plain) + 1
            if room < 0:
                break
            lines.append(line)
        listed = views[: len(lines) - 1]
        if left := len(views) - len(listed):
            told = ngettext("and {count} more in “My cards”", "and {count} more in “My cards”", left)
            lines.append(ours(f"… {told.format(count=left)}"))
        if face.repeat:
            lines.append(
                ours(
                    "🔁 " + style.words.gettext("repeat: an earlier try to show this card was not confirmed")
                )
            )
        whole = page(lines)
        return Notice(whole.html, whole.plain, title, self._list_rows(listed, messenger))

    def notice(self, payload: Mapping[str, str], face: Face) -> Notice:
        """Something that is no card, as the effect's payload has it; where others read along, its title alone,
        unless it is for everybody."""
        gettext = self.style.words.gettext
        title = one_line(payload.get("subject", ""), 120)
        told = [foreign(title).bold()]
        room = ROOM
        for line in (
            lines_of(payload.get("text", "")) if payload.get("open") == "1" or not face.public else ()
        ):
            room -= utf16_length(line) + 1
            if room < 0:
                told.append(ours("…"))
                break
            told.append(foreign(line))
        if face.repeat:
            told.append(ours("🔁 " + gettext("(repeat)")))
        whole, rows = page(told), self._page_rows(payload.get("pages", ""))
        return Notice(whole.html, whole.plain, title, rows, silent=payload.get("ring") == "0")

    def new_title(self, count: int) -> str:
        """What a list of new cards is called."""
        told = self.style.words.ngettext("{count} new inquiry", "{count} new inquiries", count)
        return told.format(count=count)

    def missed_title(self, count: int, messenger: str, since: int, now: int) -> str:
        """What the list after an outage is called."""
        told = self.style.words.ngettext(
            "While {messenger} was silent ({since}–{now}), {count} card came another way",
            "While {messenger} was silent ({since}–{now}), {count} cards came another way",
            count,
        )
        return told.format(
            messenger=messenger.capitalize(),
            since=moment(since, self.style, now),
            now=moment(now, self.style, now),
            count=count,
        )

    def _page_rows(self, pages: str) -> tuple[tuple[Button, ...], ...]:
        """A button a page, where the world can reach ours."""
        base = self.style.public_url.rstrip("/")
        if not base.startswith("https://"):
            return ()
        split = [line.partition(" ") for line in pages.splitlines() if line.startswith("/")]
        return tuple(
            (Button(one_line(label, 40) or self.style.words.gettext("Open"), url=base + path),)
            for path, _, label in split
        )

    def _rows(self, text: CardText, view: CardView, messenger: str) -> tuple[tuple[Button, ...], ...]:
        shown = ([self._button(one, view, messenger) for one in row] for row in text.buttons)
        return tuple(row for found in shown if (row := tuple(one for one in found if one)))

    def _list_rows(self, views: Sequence[CardView], messenger: str) -> tuple[tuple[Button, ...], ...]:
        buttons = [
            button
            for number, view in enumerate(views, 1)
            if view.card.state in (CardState.NEW, CardState.OFFERED)
            and (button := self._button(CardButton(f"✅ {number}", Act.TAKE), view, messenger))
        ]
        fit = buttons[: ROOMS.get(messenger, len(buttons))]
        return tuple(tuple(fit[at : at + _BUTTONS_A_ROW]) for at in range(0, len(fit), _BUTTONS_A_ROW))

    def _button(self, one: CardButton, view: CardView, messenger: str) -> Button | None:
        if one.url:
            # messengers open pages; a telephone number opens from the card's own text
            return Button(one.label, url=one.url) if one.url.startswith("https://") else None
        seal = dict(self.seals).get(messenger)
        if seal is None or one.act is None:
            return None
        act, choice = (Act.MENU, one.path) if one.menu else (one.act, one.choice)
        tap = Tap(act, view.card.id, view.card.version, choice)
        return Button(one.label, data=seal.sign(tap, view.card.manager))
