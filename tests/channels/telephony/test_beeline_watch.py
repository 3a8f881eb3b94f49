"""Beeline's subscription is kept alive: made, made anew in time, known over restarts, refused with its mend."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from channels.base import Listening
from channels.streams import STREAMS
from channels.telephony.beeline_watch import BeelineWatch, Pace
from intake.account import Account
from intake.clock import ManualClock
from intake.errors import ConfigFault, LeadIntakeError, LockedOut, Unavailable
from tests.channels.test_pollers import Desk

HOOK = "https://in.example.ru/in/ats/demo-secret"


@dataclass
class Portal:
    """Beeline's portal: makes subscriptions for whoever brings the token."""

    made: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    url: str = ""

    async def put(self, request: web.Request) -> web.Response:
        if self.status != 200:
            return web.Response(status=self.status)
        if request.headers.get("X-MPBX-API-AUTH-TOKEN") != "demo-token":
            return web.Response(status=401)
        self.made.append(await request.json())
        told = {"subscriptionId": f"s{len(self.made)}", "expires": self.made[-1]["expires"]}
        return web.json_response(told)


@pytest.fixture
async def portal() -> AsyncIterator[Portal]:
    there, app = Portal(), web.Application()
    app.router.add_put("/apis/portal/subscription", there.put)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    there.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield there
    await runner.cleanup()


async def watched(
    portal: Portal, desk: Desk, clock: ManualClock, true: Callable[[], object], **options: str
) -> None:
    """Watch until it is so. Raises what the watch raises."""
    account = Account(
        "ats", "beeline", options={"token": "demo-token", "webhook": HOOK, "api": portal.url, **options}
    )
    watch = BeelineWatch(account, Pace(look=0.01))
    task = asyncio.ensure_future(watch.listen(Listening(account, desk, desk, clock, desk.report)))
    until = asyncio.ensure_future(desk.until(true))
    try:
        await asyncio.wait((task, until), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
        await until
    finally:
        for one in (task, until):
            one.cancel()
            with suppress(asyncio.CancelledError, LeadIntakeError):
                await one


async def test_a_subscription_is_made_and_made_anew_in_time(portal: Portal) -> None:
    """Six hours after it was made, eighteen before it would end; a restart in between makes none."""
    desk, clock = Desk(), ManualClock()
    await watched(portal, desk, clock, lambda: desk.reports)
    (made,) = portal.made
    assert made == {"expires": 86_400, "subscriptionType": "BASIC_CALL", "url": HOOK}
    clock.advance(5 * 3600)
    seen = len(desk.reports)
    await watched(portal, desk, clock, lambda: len(desk.reports) > seen)
    assert len(portal.made) == 1
    clock.advance(2 * 3600)
    await watched(portal, desk, clock, lambda: len(portal.made) == 2)
    await watched(portal, desk, clock, lambda: len(portal.made) == 3, webhook=HOOK + "2")


async def test_refusals_name_their_mend(portal: Portal) -> None:
    """A bad token waits for a person, an exchange that is away for itself."""
    with pytest.raises(LockedOut, match="take a new one"):
        await watched(portal, Desk(), ManualClock(), lambda: False, token="another")
    portal.status = 503
    with pytest.raises(Unavailable, match="503"):
        await watched(portal, Desk(), ManualClock(), lambda: False)


def test_without_a_token_somebody_else_renews() -> None:
    """The account is told by its webhook alone; a token without our address is a fault."""
    assert STREAMS["beeline"](Account("ats", "beeline", secret="demo-secret")) is None
    with pytest.raises(ConfigFault, match="webhook"):
        STREAMS["beeline"](Account("ats", "beeline", options={"token": "demo-token"}))
