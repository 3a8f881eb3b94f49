"""The page of a day: what came, what became of it, and the lists in which what was put away can be taken back."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from aiohttp import web

from dashboard.digest import STATES_IN_ORDER, WITH_REASONS, day_name, list_path
from dashboard.pages.frame import Frame
from dashboard.roles import only_own
from intake.clock import to_datetime
from intake.ports import Who
from intake.report import read_day


class DigestPage:
    """`/digest`: today so far, or the day that `?day=` names."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def add_to(self, app: web.Application) -> None:
        """Serve it in `app`."""
        app.router.add_get("/digest", self._frame.page(self.day), allow_head=False)

    async def day(self, request: web.Request, who: Who) -> web.Response:
        """The day in numbers; a manager's own day stands among their cards."""
        if only_own(who):
            return self._frame.onwards("/cards")
        parts = self._frame.parts
        today = to_datetime(parts.clock.now()).astimezone(ZoneInfo(parts.company.timezone)).date()
        day = min(read_day(request.query.get("day", "")) or today, today)
        digest = await parts.run(parts.reader.digest, day)
        return self._frame.render(
            request,
            "digest.html",
            who,
            digest=digest,
            name=day_name(day, self._frame.tongue(request).language),
            before=(day - timedelta(days=1)).isoformat(),
            after=(day + timedelta(days=1)).isoformat() if day < today else "",
            states=STATES_IN_ORDER,
            with_reasons=(*WITH_REASONS, "buried"),
            list_path=list_path,
        )
