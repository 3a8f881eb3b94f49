"""The senders who are remembered as no sale: who said so, why, and a way to take it back."""

from __future__ import annotations

from aiohttp import web

from dashboard.api import IDENT, perform
from dashboard.pages.frame import Frame
from intake.errors import NotFound
from intake.ports import Command, Who


class ScreenPages:
    """`/screens`."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def add_to(self, app: web.Application) -> None:
        """Serve them in `app`."""
        app.router.add_get("/screens", self._frame.page(self.listing, "duty"), allow_head=False)
        app.router.add_post("/screens/{id}/remove", self._frame.change(self.remove, "duty"))

    async def listing(self, request: web.Request, who: Who) -> web.Response:
        """The newest first."""
        parts = self._frame.parts
        after = request.query.get("after", "")[:10]
        page = await parts.run(parts.reader.listing, "screens", {}, 100, after)
        return self._frame.render(request, "screens.html", who, items=page.items, next=page.next)

    async def remove(self, request: web.Request, who: Who) -> web.Response:
        """What this sender writes is an inquiry again."""
        ident = request.match_info["id"]
        if not IDENT.fullmatch(ident):
            raise NotFound("nobody is remembered under that")
        await perform(self._frame.parts, Command("remove", "screen", ident, {}), who)
        return self._frame.onwards("/screens", done="remove")
