"""Alarms as people see them: what needs a hand, the first step, and quiet for a while."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from dashboard.alarms import alarm_json
from dashboard.api import IDENT, perform
from dashboard.pages.frame import Frame
from dashboard.roles import only_own
from intake.errors import NotFound
from intake.language import house_language
from intake.ports import Command, Who

_BACK_MS = 7 * 86_400_000
MINUTES = ("60", "240", "1440", "10080", "0")
"""How long an alarm may be muted by the page's choice; 0: be told again."""


class AlarmPages:
    """`/alarms`: the open ones, then those that ended within a week."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def add_to(self, app: web.Application) -> None:
        """Serve them in `app`."""
        app.router.add_get("/alarms", self._frame.page(self.listing), allow_head=False)
        app.router.add_post("/alarms/{id}/mute", self._frame.change(self.mute, "duty"))

    async def listing(self, request: web.Request, who: Who) -> web.Response:
        """Both lists."""
        if only_own(who):
            return self._frame.onwards("/cards")
        now = self._frame.parts.clock.now()
        alarms = await shown_alarms(self._frame, request, now - _BACK_MS)
        return self._frame.render(
            request,
            "alarms.html",
            who,
            open_ones=[one for one in alarms if one["ended_at"] is None],
            ended=[one for one in alarms if one["ended_at"] is not None],
            minutes=MINUTES,
        )

    async def mute(self, request: web.Request, who: Who) -> web.Response:
        """Be quiet about one."""
        ident = request.match_info["id"]
        if not IDENT.fullmatch(ident):
            raise NotFound("there is no such alarm")
        minutes = str((await request.post()).get("minutes", ""))
        args = {"minutes": minutes if minutes in MINUTES else "60"}
        await perform(self._frame.parts, Command("mute", "alarm", ident, args), who)
        return self._frame.onwards("/alarms", done="mute")


async def shown_alarms(
    frame: Frame, request: web.Request, ended_since: int | None = None
) -> list[dict[str, Any]]:
    """The alarms in the reader's language, the gravest first."""
    found = await frame.parts.run(frame.parts.reader.alarms, ended_since)
    say = house_language(frame.tongue(request).language).gettext
    told = [alarm_json(one, say) for one in found]
    return sorted(told, key=lambda one: one["level"] != "bad")
