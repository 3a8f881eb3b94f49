"""«My cards»: what the manager's messenger shows, in the browser - with no messenger at all, too."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from dashboard.api import IDENT, check_args, look_up, perform
from dashboard.pages.frame import Frame
from dashboard.roles import acting, may, only_own
from dashboard.table import ACTS
from intake.errors import NotFound
from intake.ports import Command, Who

_PAGE = 60
_OPEN = ("offered", "new")
_PRESS = next(act for act in ACTS if (act.what, act.verb) == ("card", "press"))
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
        app.router.add_post("/cards/{id}/press", self._frame.change(self.press))

    async def listing(self, request: web.Request, who: Who) -> web.Response:
        """The manager's cards: those that wait for them first."""
        return self._frame.render(request, "cards.html", who, **await self._shown(request, who))

    async def live(self, request: web.Request, who: Who) -> web.Response:
        """The changing part alone."""
        return self._frame.render(request, "cards_live.html", who, **await self._shown(request, who))

    async def one(self, request: web.Request, who: Who) -> web.Response:
        """One card: where a messenger's «Open» leads."""
        parts, ident = self._frame.parts, _ident(request)
        found = await look_up(parts, "card", ident, who)
        managers = await parts.run(parts.reader.listing, "managers", {}, 500, "")
        return self._frame.render(
            request,
            "card.html",
            who,
            card=_shaped(found),
            back=f"/cards/{ident}",
            names=_at_work(managers.items),
        )

    async def press(self, request: web.Request, who: Who) -> web.Response:
        """A button of a card: the same act as in a messenger, with the version that was on the screen."""
        form, ident = await request.post(), _ident(request)
        act, _, choice = str(form.get("press", "")).partition(" ")
        args = {"act": act, "choice": choice, "version": str(form.get("version", ""))}
        checked = check_args({name: value for name, value in args.items() if value}, _PRESS)
        # at whose card duty, head and administrator look, in that manager's name they act
        card = await look_up(self._frame.parts, "card", ident, who)
        as_manager = acting(who, card["manager"]) if may(who, "duty") else who
        await perform(self._frame.parts, Command("press", "card", ident, checked), as_manager)
        if act == "attach_open":
            return self._frame.onwards(f"/inquiries/{card['inquiry_ids'][-1]}", done=act)
        back = form.get("back")
        return self._frame.onwards(back if isinstance(back, str) and back else f"/cards/{ident}", done=act)

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
            "names": _at_work(managers.items),
            "back": "/cards" if own else f"/cards?manager={chosen}",
            "rest": page.next is not None,
        }


def _ident(request: web.Request) -> str:
    ident = request.match_info["id"]
    if not IDENT.fullmatch(ident):
        raise NotFound("there is no such card")
    return ident


def _at_work(managers: list[dict[str, Any]]) -> dict[str, str]:
    """Names of those to whom a card can be handed."""
    return {one["id"]: one["name"] or one["id"] for one in managers if one["state"] != "dismissed"}


def _shaped(card: dict[str, Any]) -> dict[str, Any]:
    """A card cut into its headline and the lines below it, each with whether the client said it."""
    lines = [line for line in card["text"].replace(_JOINER, "").split("\n") if line.strip()]
    told = [(line.startswith("> "), line.removeprefix("> ")) for line in lines[1:]]
    return {**card, "headline": lines[0] if lines else "", "lines": told}
