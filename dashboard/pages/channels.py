"""The page of a way in: how it does, «check now», «read again from a date» with its preview."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from dashboard.api import IDENT, perform
from dashboard.pages.alarms import shown_alarms
from dashboard.pages.frame import Frame
from dashboard.roles import only_own
from intake.clock import from_datetime, iso, to_datetime
from intake.errors import Conflict, NotFound
from intake.ports import Command, Who
from intake.report import read_day

BEFORE = ("skip", "history", "news")


class ChannelPages:
    """`/channels/<account>`; what its forms find out is shown on the page itself."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def add_to(self, app: web.Application) -> None:
        """Serve them in `app`."""
        app.router.add_get("/channels/{id}", self._frame.page(self.one), allow_head=False)
        app.router.add_post("/channels/{id}/probe", self._frame.change(self.probe, "duty"))
        app.router.add_post("/channels/{id}/backfill", self._frame.change(self.again, "duty"))

    async def one(self, request: web.Request, who: Who) -> web.Response:
        """How the channel does."""
        if only_own(who):
            return self._frame.onwards("/cards")
        return await self._shown(request, who)

    async def probe(self, request: web.Request, who: Who) -> web.Response:
        """Ask its source now."""
        command = Command("probe", "channel", _account(request))
        return await self._shown(request, who, probe=await perform(self._frame.parts, command, who))

    async def again(self, request: web.Request, who: Who) -> web.Response:
        """Count first; then, confirmed, order it."""
        form = await request.post()
        day = read_day(str(form.get("since", "")))
        if day is None:
            raise Conflict("a day like 2026-11-22 is wanted")
        before = str(form.get("before", ""))
        confirmed = form.get("confirm") == "1"
        args = {
            "since": self._midnight(day),
            "before": before if before in BEFORE else BEFORE[0],
            "preview": "" if confirmed else "1",
        }
        account = _account(request)
        found = await perform(self._frame.parts, Command("backfill", "channel", account, args), who)
        if confirmed:
            return self._frame.onwards(f"/channels/{account}", done="backfill")
        return await self._shown(request, who, preview={**found, "day": day.isoformat()})

    def _midnight(self, day: date) -> str:
        zone = ZoneInfo(self._frame.parts.company.timezone)
        return iso(from_datetime(datetime.combine(day, time.min, zone))) or ""

    async def _shown(
        self,
        request: web.Request,
        who: Who,
        probe: dict[str, Any] | None = None,
        preview: dict[str, Any] | None = None,
    ) -> web.Response:
        parts, name = self._frame.parts, _account(request)
        channels = (await parts.run(parts.reader.listing, "channels", {}, 500, "")).items
        channel = next((one for one in channels if one["account"] == name), None)
        if channel is None:
            raise NotFound("there is no such channel")
        internals = await parts.run(parts.reader.internals)
        today = to_datetime(parts.clock.now()).astimezone(ZoneInfo(parts.company.timezone)).date()
        return self._frame.render(
            request,
            "channel.html",
            who,
            channel=channel,
            alarms=[one for one in await shown_alarms(self._frame, request) if one["subject"] == name],
            reading=next((one for one in internals if one["name"] == f"again:{name}"), None),
            probe=probe,
            preview=preview,
            before=BEFORE,
            today=today.isoformat(),
        )


def _account(request: web.Request) -> str:
    name = request.match_info["id"]
    if not IDENT.fullmatch(name):
        raise NotFound("there is no such channel")
    return name
