"""What was put aside: grouped by cause, tried again or dropped - always exactly the ones that were shown."""

from __future__ import annotations

from aiohttp import web

from dashboard.api import IDENT, perform
from dashboard.pages.frame import Frame
from intake.errors import Conflict, LeadIntakeError, NotFound
from intake.inquiry import State
from intake.ports import Command, InquiryFilter, Who

_MOST = 500


class BuriedPages:
    """`/buried`: the form carries the ids that were on the page, so that nothing that arrived after it was drawn
    is touched."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def add_to(self, app: web.Application) -> None:
        """Serve them in `app`."""
        app.router.add_get("/buried", self._frame.page(self.listing, "duty"), allow_head=False)
        app.router.add_post("/buried/replay", self._frame.change(self.replay, "duty"))
        app.router.add_post("/buried/drop", self._frame.change(self.drop, "duty"))

    async def listing(self, request: web.Request, who: Who) -> web.Response:
        """The groups, the largest first, with their newest inquiries."""
        parts = self._frame.parts
        causes = await parts.run(parts.reader.causes)
        newest = await parts.run(parts.reader.inquiries, InquiryFilter(state=State.BURIED.value, limit=_MOST))
        shown = {item["id"]: item for item in newest.items}
        return self._frame.render(
            request,
            "buried.html",
            who,
            groups=[(cause, [shown[one] for one in cause.ids if one in shown]) for cause in causes],
            count=request.query.get("count", ""),
            failed=request.query.get("failed", ""),
        )

    async def replay(self, request: web.Request, who: Who) -> web.Response:
        """Try the shown ones again."""
        done, failed = await self._each("replay", await _idents(request), who)
        return self._frame.onwards("/buried", done="replay", count=str(done), failed=str(failed))

    async def drop(self, request: web.Request, who: Who) -> web.Response:
        """Ask once more, then drop the shown ones."""
        form = await request.post()
        idents = await _idents(request)
        if form.get("confirm") != "1":
            return self._frame.render(request, "drop.html", who, idents=idents)
        done, failed = await self._each("drop", idents, who)
        return self._frame.onwards("/buried", done="drop", count=str(done), failed=str(failed))

    async def _each(self, verb: str, idents: list[str], who: Who) -> tuple[int, int]:
        """One after the other; one that somebody else settled meanwhile stops none of the others."""
        done, last = 0, None
        for ident in idents:
            try:
                await perform(self._frame.parts, Command(verb, "inquiry", ident, {}), who)
                done += 1
            except (Conflict, NotFound) as error:
                last = error
        if done == 0 and isinstance(last, LeadIntakeError):
            raise last
        return done, len(idents) - done


async def _idents(request: web.Request) -> list[str]:
    form = await request.post()
    found = [one for one in form.getall("id", []) if isinstance(one, str) and IDENT.fullmatch(one)]
    if not found:
        raise NotFound("none was chosen")
    return list(dict.fromkeys(found))[:_MOST]
