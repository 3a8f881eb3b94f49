"""The head's page: how fast inquiries were dealt with, and how each manager's day, week or month went."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web

from dashboard.pages.frame import Frame
from dashboard.reports import period_name
from dashboard.roles import only_own
from intake.clock import to_datetime
from intake.pace import PERIODS, Report
from intake.ports import Who
from intake.report import read_day

TABLES = ("manager", "account", "source", "hour")


class ReportPage:
    """`/reports`: today so far, or `?period=day|week|month&day=`."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def add_to(self, app: web.Application) -> None:
        """Serve it in `app`."""
        app.router.add_get("/reports", self._frame.page(self.report, "duty"), allow_head=False)

    async def report(self, request: web.Request, who: Who) -> web.Response:
        """The period; what managers see of each other is not theirs to see."""
        if only_own(who):
            return self._frame.onwards("/cards")
        parts = self._frame.parts
        today = to_datetime(parts.clock.now()).astimezone(ZoneInfo(parts.company.timezone)).date()
        asked = request.query.get("period", "")
        period = asked if asked in PERIODS else "day"
        day = min(read_day(request.query.get("day", "")) or today, today)
        report = await parts.run(parts.reader.report, period, day)
        following = _after(report)
        return self._frame.render(
            request,
            "reports.html",
            who,
            report=report,
            name=period_name(report, self._frame.tongue(request).language),
            periods=PERIODS,
            tables=TABLES,
            names={one.manager: one.name for one in report.managers},
            before=(report.day - timedelta(days=1)).isoformat(),
            after=following.isoformat() if following <= today else "",
            asked=day.isoformat(),
        )


def _after(report: Report) -> date:
    """The first day of the next period."""
    if report.period == "month":
        return (report.day + timedelta(days=32)).replace(day=1)
    return report.day + timedelta(days=7 if report.period == "week" else 1)
