"""The watch over a Beeline exchange's subscription: it expires, and with it all that the exchange tells us."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from channels.base import Listening, Stream
from channels.calling import Caller
from channels.messages import Node
from channels.telephony.wire import first, whole
from intake.account import Account
from intake.clock import Millis
from intake.errors import ConfigFault, LockedOut, Unavailable
from intake.ports import Cursor, Delivery, HealthReport, HealthState

# cloudpbx.beeline.ru, "API": PUT /subscription; its life in seconds is ours to choose
API = "https://cloudpbx.beeline.ru"
_PATH = "/apis/portal/subscription"
_PLACE = "subscription"
_REFUSED_S = 60.0


@dataclass(frozen=True, slots=True)
class Pace:
    """In seconds: how long a subscription lives, when it is made anew, how often the hour is looked at."""

    life: int = 86_400
    renew: int = 6 * 3_600
    look: float = 60.0


def watch_of(account: Account) -> Stream | None:
    """The watch of an account that has the exchange's `token`; None where somebody else renews."""
    return BeelineWatch(account) if account.option("token") else None


class BeelineWatch:
    """`channels.base.Stream` for a Beeline exchange: nothing is read. The subscription is made long before the last
    one ends - events that come by both are known by their call - and its end is kept over restarts."""

    def __init__(self, account: Account, pace: Pace | None = None) -> None:
        self._url = account.option("webhook")
        if not self._url.startswith("https://"):
            raise ConfigFault(f"{account.id}: webhook must be our https address, with the secret at its end")
        self._account = account
        self._pace = pace or Pace()

    async def listen(self, listening: Listening) -> None:
        """Look until cancelled. Raises Unavailable when Beeline does not answer, or refuses: then with its mend."""
        account, caller = self._account, Caller(self._account, "Beeline", API)
        kept = await asyncio.to_thread(listening.cursors.read, account.id, _PLACE)
        known = {"url": self._url, **(kept or {})}
        until = int(known.get("until", 0)) if known["url"] == self._url else 0
        try:
            while True:
                now = listening.clock.now()
                if until - now < (self._pace.life - self._pace.renew) * 1000:
                    until = await self._subscribe(caller, now)
                    cursor = Cursor(account.id, _PLACE, {"url": self._url, "until": until})
                    await listening.door.accept(Delivery((), cursor))
                await listening.report(HealthReport(account.id, HealthState.OK, last_success=now))
                await asyncio.sleep(self._pace.look)
        finally:
            await caller.close()

    async def _subscribe(self, caller: Caller, now: Millis) -> Millis:
        """Make the subscription; when it ends."""
        wanted: dict[str, Any] = {
            "expires": self._pace.life,
            "subscriptionType": "BASIC_CALL",
            "url": self._url,
        }
        headers = {"X-MPBX-API-AUTH-TOKEN": self._account.option("token")}
        answer = await caller.call("PUT", _PATH, json=wanted, headers=headers)
        if answer.status in (401, 403):
            raise LockedOut(
                f"Beeline refuses the token ({answer.status}): take a new one in the exchange's cabinet",
                after=_REFUSED_S,
            )
        if answer.status >= 300 or not _made(answer.tree):
            raise Unavailable(
                f"Beeline makes no subscription ({answer.status})", after=answer.after or _REFUSED_S
            )
        return now + (whole(answer.tree.get("expires")) or self._pace.life) * 1000


def _made(tree: Node) -> bool:
    return bool(first(tree, "subscriptionId"))
