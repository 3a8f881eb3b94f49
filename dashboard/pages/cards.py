"""«My cards»: what the manager's messenger shows, in the browser - with no messenger at all, too."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from dashboard.api import IDENT, look_up
from dashboard.pages.frame import Frame
from dashboard.roles import may, only_own
from intake.errors import NotFound
from intake.ports import Who

_PAGE = 60
_OPEN = ("offered", "new")
_JOINER = "\u2060"
"""Cards break links for messengers with it; a browser makes none by itself, and people copy addresses."""


class CardPages:
    """`/cards` and one card."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def add_to(self, app: web.Application) -> None:
        """Serve them in `app`."""
        app.router.add_get("/cards", self._frame.page(self.listing), allow_head=False)
        app.router.add_get("/cards/live", self._frame.page(self.live), allow_head=False)
        app.router.add_get("/cards/{id}", self._frame.page(self.one), allow_head=False)

    async def listing(self, request: web.Request, who: Who) -> web.Response:
        """The manager's cards: those that wait for them first."""
        return self._frame.render(request, "cards.html", who, **await self._shown(request, who))

    async def live(self, request: web.Request, who: Who) -> web.Response:
        """The changing part alone."""
        return self._frame.render(request, "cards_live.html", who, **await self._shown(request, who))

    async def one(self, request: web.Request, who: Who) -> web.Response:
        """One card: where a messenger's «Open» leads."""
        ident = request.match_info["id"]
        if not IDENT.fullmatch(ident):
            raise NotFound("there is no such card")
        found = await look_up(self._frame.parts, "card", ident, who)
        shown = _shaped(found)
        return self._frame.render(request, "card.html", who, card=shown, back=f"/cards/{ident}")

    async def _shown(self, request: web.Request, who: Who) -> dict[str, Any]:
        """Whose cards: one's own; duty, head and administrator may look at another's."""
        parts = self._frame.parts
        managers = await parts.run(parts.reader.listing, "managers", {}, 500, "")
        chosen = who.manager
        if may(who, "duty"):
            chosen = request.query.get("manager", "") or who.manager
        if not may(who, "manager") or not chosen:
            people = managers.items if may(who, "duty") else []
            return {
                "cards": None,
                "manager": "",
                "managers": people,
                "names": {},
                "back": "/cards",
                "rest": False,
            }
        page = await parts.run(parts.reader.listing, "cards", {"manager": chosen}, _PAGE, "")
        cards = sorted(map(_shaped, page.items), key=lambda card: card["state"] not in _OPEN)
        own = only_own(who) or chosen == who.manager
        return {
            "cards": cards,
            "manager": chosen,
            "managers": managers.items if may(who, "duty") else [],
            "names": {one["id"]: one["name"] for one in managers.items},
            "back": "/cards" if own else f"/cards?manager={chosen}",
            "rest": page.next is not None,
        }


def _shaped(card: dict[str, Any]) -> dict[str, Any]:
    """A card cut into its headline and the lines below it, each with whether the client said it."""
    lines = [line for line in card["text"].replace(_JOINER, "").split("\n") if line.strip()]
    told = [(line.startswith("> "), line.removeprefix("> ")) for line in lines[1:]]
    return {**card, "headline": lines[0] if lines else "", "lines": told}
