"""Everything the dashboard serves, added to the web face's application."""

from __future__ import annotations

from aiohttp import web

from dashboard.api import Api
from dashboard.gate import Gate
from dashboard.metrics import Machines
from dashboard.pages.alarms import AlarmPages
from dashboard.pages.buried import BuriedPages
from dashboard.pages.cards import CardPages
from dashboard.pages.channels import ChannelPages
from dashboard.pages.digest import DigestPage
from dashboard.pages.duplicates import DuplicatePages
from dashboard.pages.frame import Frame
from dashboard.pages.inquiries import InquiryPages
from dashboard.pages.overview import OverviewPage
from dashboard.pages.reports import ReportPage
from dashboard.pages.screens import ScreenPages
from dashboard.pages.signin import SignIn
from dashboard.parts import Parts


def add_routes(app: web.Application, parts: Parts) -> None:
    """Serve the API, the pages and what machines watch in `app`. Brings no middleware: `/in/...` stays untouched."""
    gate = Gate(parts)
    frame = Frame(parts, gate)
    Machines(parts, gate).add_to(app)
    Api(parts, gate).add_to(app)
    app.router.add_get("/static/{name}", frame.static)
    for pages in (
        SignIn(frame),
        OverviewPage(frame),
        InquiryPages(frame),
        BuriedPages(frame),
        CardPages(frame),
        DigestPage(frame),
        AlarmPages(frame),
        ChannelPages(frame),
        ScreenPages(frame),
        DuplicatePages(frame),
        ReportPage(frame),
    ):
        pages.add_to(app)
