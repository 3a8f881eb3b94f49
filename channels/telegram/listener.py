"""The second way to hear a bot: asking Telegram for its updates by long polling, where no webhook can reach us.

The format: https://core.telegram.org/bots/api#getupdates
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from aiohttp_socks import ProxyConnector, ProxyError

from channels.base import Listening
from channels.messages import Node, child, children, number, text_of
from channels.telegram.update import events_of
from intake.account import Account
from intake.errors import ConfigFault, LockedOut, Unavailable
from intake.inquiry import NewRaw
from intake.ports import Delivery, HealthReport, HealthState

API = "https://api.telegram.org"
_TOKEN_REFUSED_S = 60.0
_OTHER_POLLER_S = 30.0


@dataclass(frozen=True, slots=True)
class Pace:
    """In seconds: how long Telegram may hold a question open, and how much later than that it may answer."""

    hold: int = 50
    grace: float = 10.0


def poller_of(account: Account) -> UpdatesPoller | None:
    """The listener of a bot that is to be polled; None for one that is told by its webhook."""
    return UpdatesPoller(account) if account.options.get("polling") is True else None


class UpdatesPoller:
    """`channels.base.Stream` for a bot. What was read is confirmed by the next question, so only after the door
    has it; what comes again after a crash is recognised by its `update_id`."""

    def __init__(self, account: Account, pace: Pace | None = None) -> None:
        token = account.option("token")
        if not token:
            raise ConfigFault('the bot has no token: write token = "env:NAME"')
        self._url = f"{account.option('api', API).rstrip('/')}/bot{token}/getUpdates"
        self._proxy = account.option("proxy")
        self._pace = pace or Pace()

    async def listen(self, listening: Listening) -> None:
        """Ask until cancelled. Raises Unavailable when Telegram does not answer, or refuses: then with its mend."""
        connector = ProxyConnector.from_url(self._proxy) if self._proxy else None
        timeout = aiohttp.ClientTimeout(total=self._pace.hold + self._pace.grace)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            confirmed = 0
            while True:
                updates = await self._ask(session, confirmed)
                if updates:
                    await listening.door.accept(Delivery(_raws(updates, listening.account)))
                # after a week of silence ids begin anew, anywhere: an old offset would then hide the new ones
                confirmed = number(updates[-1], "update_id") + 1 if updates else 0
                await listening.report(_well(listening, bool(updates)))

    async def _ask(self, session: aiohttp.ClientSession, confirmed: int) -> Sequence[Node]:
        asked: dict[str, Any] = {"timeout": self._pace.hold}
        if confirmed:
            asked["offset"] = confirmed
        try:
            async with session.post(self._url, json=asked, allow_redirects=False) as answer:
                body = await answer.read()
        except (aiohttp.ClientError, ProxyError, OSError, TimeoutError) as error:
            # the error's own words hold the address, and the address holds the token
            raise Unavailable(f"Telegram does not answer: {type(error).__name__}") from None
        try:
            told = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise Unavailable(f"Telegram answers {answer.status} with something else than JSON") from None
        if answer.status != 200 or not isinstance(told, dict) or told.get("ok") is not True:
            raise _refusal(answer.status, told if isinstance(told, dict) else {})
        return children(told, "result")


def _refusal(status: int, told: Node) -> Unavailable:
    """Why Telegram refuses, how it is mended, and when to ask again."""
    said = text_of(told, "description")[:200]
    wait = number(child(told, "parameters"), "retry_after")
    if status in (401, 404):
        mend = "copy the bot's token from @BotFather again"
        return LockedOut(f"Telegram refuses the token ({said}): {mend}", after=_TOKEN_REFUSED_S)
    if status == 409 and "webhook" in said.lower():
        mend = "call deleteWebhook, or remove polling = true"
        return Unavailable(f"the bot's webhook is set, so it cannot be polled: {mend}", after=_OTHER_POLLER_S)
    if status == 409:
        mend = "stop the other program that reads this bot, or revoke its token"
        return Unavailable(f"somebody else polls this bot: {mend}", after=_OTHER_POLLER_S)
    if status == 429:
        return Unavailable(f"Telegram asks to wait {wait} s", after=float(wait))
    return Unavailable(f"Telegram answers {status} ({said})")


def _raws(updates: Sequence[Node], account: Account) -> list[NewRaw]:
    return [
        NewRaw(
            account=account.id,
            channel=account.kind,
            body=orjson.dumps(update),
            head={"source": "getUpdates"},
            external_id=event.external_id,
            group=event.group,
            part=event.part,
        )
        for update in updates
        for event in events_of(update)
    ]


def _well(listening: Listening, has_items: bool) -> HealthReport:
    now = listening.clock.now()
    item = now if has_items else None
    return HealthReport(listening.account.id, HealthState.OK, last_success=now, last_item=item)
