"""What is done with a card: one of its buttons is pressed, where nothing is signed - in a page, by the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from intake.clock import Clock
from intake.deal import Manager
from intake.decision import Snapshot, Wanted
from intake.errors import Conflict, NotFound
from intake.ports import Command, Who
from intake.view import CardView
from notify.buttons import Act
from notify.keyboard import choices, keyboard
from notify.style import Face, Style
from workers.use_cases.pressing import Presses, Pressing


class Views(Protocol):
    """Where a card is read as it stands."""

    def read(self, card_ids: Sequence[str]) -> dict[str, CardView]:
        """The cards of these ids."""
        ...


class Managers(Protocol):
    """Where it is read who works here."""

    def look(self, wanted: Wanted) -> Snapshot:
        """What stands now."""
        ...


class CardCases:
    """The verb `press` of a card, for pages and the API: `act`, `choice` and the `version` that was on the screen."""

    def __init__(
        self, presses: Presses, views: Views, managers: Managers, style: Style, clock: Clock
    ) -> None:
        self._presses = presses
        self._views = views
        self._managers = managers
        self._style = style
        self._clock = clock

    def press(self, command: Command, who: Who) -> dict[str, Any]:
        """As a tap in a messenger. Raises NotFound, Conflict with what the manager is to know, Forbidden."""
        view = self._views.read([command.ident]).get(command.ident)
        managers = self._managers.look(Wanted()).managers
        person = managers.get(who.manager)
        if view is None or person is None:
            raise NotFound(
                "there is no such card" if view is None else "say as which manager: manager = <id>"
            )
        try:
            act, version = Act(command.args["act"]), int(command.args.get("version", "") or view.card.version)
        except ValueError:
            raise Conflict(f"a card has no button {command.args['act'][:40]!r}") from None
        choice = command.args.get("choice", "")
        face = Face(self._clock.now(), colleagues=colleagues(managers))
        known = choices(keyboard(view, self._style, face), act)
        pressing = Pressing(
            person, act, version, choice if not choice or choice in known else None, view, managers
        )
        told = self._presses.press(pressing)
        if not told.done:
            raise Conflict(told.text)
        return {"card": command.ident, "told": told.text}


def colleagues(managers: Mapping[str, Manager]) -> tuple[tuple[str, str], ...]:
    """Those to whom something can be handed: everybody who works here."""
    return tuple((one.id, one.name) for one in managers.values() if one.state != "dismissed")
