"""The first page: the verdict, the balance, the stages, the channels, the last inquiries."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from dashboard.pages.alarms import shown_alarms
from dashboard.pages.frame import Frame
from dashboard.pages.verdict import Verdict, verdict
from dashboard.roles import only_own
from intake.ports import InquiryFilter, Who

_LAST = 8
OUTCOMES = ("created", "attached", "offered", "waiting", "rejected", "ignored", "buried")


class OverviewPage:
    """`/` and the part of it that is fetched again every few seconds."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def add_to(self, app: web.Application) -> None:
        """Serve them in `app`."""
        app.router.add_get("/", self._frame.page(self.whole), allow_head=False)
        app.router.add_get("/overview", self._frame.page(self.live), allow_head=False)

    async def whole(self, request: web.Request, who: Who) -> web.Response:
        """The page; a manager's first page is their cards."""
        if only_own(who):
            return self._frame.onwards("/cards")
        return self._frame.render(request, "overview.html", who, **await self._shown(request))

    async def live(self, request: web.Request, who: Who) -> web.Response:
        """Its changing part alone."""
        if only_own(who):
            return self._frame.onwards("/cards")
        return self._frame.render(request, "overview_live.html", who, **await self._shown(request))

    async def _shown(self, request: web.Request) -> dict[str, Any]:
        parts = self._frame.parts
        whole = await parts.run(parts.reader.overview)
        last = await parts.run(parts.reader.inquiries, InquiryFilter(limit=_LAST))
        moments = self._frame.tongue(request).moments
        alarms = await shown_alarms(self._frame, request)
        return {
            "whole": whole,
            "verdict": _with_alarms(verdict(whole, await parts.readiness(), moments), alarms),
            "last": last.items,
            "alarms": alarms,
            "internals": await parts.run(parts.reader.internals),
            "outcomes": OUTCOMES,
            "example": parts.example,
        }


def _with_alarms(told: Verdict, alarms: list[dict[str, Any]]) -> Verdict:
    """All is not well while an alarm is open: the gravest one speaks then."""
    if told.level != "good" or not alarms:
        return told
    worst = alarms[0]
    return Verdict(worst["level"], worst["cause"], worst["effect"], worst["step"])
