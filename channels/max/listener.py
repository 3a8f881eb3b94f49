"""The second way to hear a bot of MAX: long polling, where no webhook can reach us; and the watch over a webhook's
subscription, which MAX ends by itself after eight hours without a good answer.

The format: https://dev.max.ru/docs-api/methods/GET/updates, https://dev.max.ru/docs-api/methods/POST/subscriptions
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from channels.base import Listening, Stream, Undelivered
from channels.calling import Answer, lasting
from channels.max.channel import update_ids
from channels.max.ways import MaxApi
from channels.messages import Node, children, ident, text_of
from intake.account import Account
from intake.errors import ConfigFault, Unavailable
from intake.inquiry import NewRaw
from intake.ports import Cursor, Delivery, HealthReport, HealthState

PLACE = "updates"
TYPES = ("message_created", "message_edited", "message_removed", "bot_started", "bot_stopped")
_REFUSED_S = 60.0


@dataclass(frozen=True, slots=True)
class Pace:
    """In seconds: how long MAX may hold a question open, how much later than that it may answer, and how often the
    subscription is looked at."""

    hold: int = 30
    grace: float = 10.0
    watch: float = 300.0


def listener_of(account: Account) -> Stream | None:
    """The poller of a bot with `polling = true`; for one with a `webhook` address the watch over its subscription;
    else None."""
    if account.options.get("polling") is True:
        return MaxPoller(account)
    return MaxWatch(account) if account.option("webhook") else None


class MaxPoller:
    """`channels.base.Stream` for a bot. MAX forgets what stands before the marker it is asked with, so the marker is
    kept in the commit that keeps what came with it; what comes again is recognised by its message."""

    def __init__(self, account: Account, pace: Pace | None = None) -> None:
        if not account.option("token"):
            raise ConfigFault(f'{account.id}: the bot has no token: write token = "env:NAME"')
        self._account = account
        self._pace = pace or Pace()

    async def listen(self, listening: Listening) -> None:
        """Ask until cancelled. Raises Unavailable when MAX does not answer, or refuses: then with its mend."""
        api = MaxApi(self._account)
        kept = await asyncio.to_thread(listening.cursors.read, self._account.id, PLACE)
        marker = str(kept.get("marker", "")) if kept else ""
        try:
            while True:
                told = (await self._ask(api, marker)).tree
                if "updates" not in told:
                    raise Unavailable("MAX answers something else than updates")
                updates, further = children(told, "updates"), ident(told, "marker")
                if updates or (further and further != marker):
                    cursor = Cursor(self._account.id, PLACE, {"marker": further or marker})
                    await listening.door.accept(Delivery(_raws(updates, self._account), cursor))
                    marker = further or marker
                await listening.report(_well(listening, has_items=bool(updates)))
        finally:
            await api.caller.close()

    async def _ask(self, api: MaxApi, marker: str) -> Answer:
        query = {"timeout": str(self._pace.hold), "limit": "100", "types": ",".join(TYPES)}
        if marker:
            query["marker"] = marker
        try:
            return await api.ask("GET", "/updates", timeout_s=self._pace.hold + self._pace.grace, **query)
        except Undelivered as refused:
            mend = "a bot with a subscription cannot be polled: remove it (DELETE /subscriptions), or polling = true"
            raise lasting(refused, mend) from None


class MaxWatch:
    """`channels.base.Stream` for a bot with a webhook: nothing is read; its subscription is looked at, and made anew
    when MAX has ended it."""

    def __init__(self, account: Account, pace: Pace | None = None) -> None:
        self._url = account.option("webhook")
        if not self._url.startswith("https://") or not account.option("token") or not account.secret:
            raise ConfigFault(f"{account.id}: webhook must be our https address, with token and secret set")
        self._account = account
        self._pace = pace or Pace()

    async def listen(self, listening: Listening) -> None:
        """Look until cancelled. Raises Unavailable when MAX does not answer, or refuses: then with its mend."""
        api = MaxApi(self._account)
        try:
            while True:
                renewed = await self._look(api)
                now = listening.clock.now()
                said = "the subscription had ended and was made anew" if renewed else ""
                detail = {"code": "resubscribed"} if renewed else {}
                await listening.report(
                    HealthReport(self._account.id, HealthState.OK, said, last_success=now, detail=detail)
                )
                await asyncio.sleep(self._pace.watch)
        finally:
            await api.caller.close()

    async def _look(self, api: MaxApi) -> bool:
        """Whether it had to be made anew."""
        try:
            told = await api.ask("GET", "/subscriptions")
            if any(text_of(one, "url") == self._url for one in children(told.tree, "subscriptions")):
                return False
            wanted: dict[str, Any] = {
                "url": self._url,
                "secret": self._account.secret,
                "update_types": list(TYPES),
            }
            made = await api.ask("POST", "/subscriptions", json=wanted)
        except Undelivered as refused:
            raise lasting(refused) from None
        if made.tree.get("success") is False:
            said = text_of(made.tree, "message")[:200]
            raise Unavailable(
                f"MAX makes no subscription ({said}): is {self._url} reached from outside?", after=_REFUSED_S
            )
        return True


def _raws(updates: Sequence[Node], account: Account) -> list[NewRaw]:
    raws = []
    for update in updates:
        key, group = update_ids(update)
        body = orjson.dumps(update)
        raws.append(
            NewRaw(account.id, account.kind, body, {"source": "updates"}, external_id=key, group=group)
        )
    return raws


def _well(listening: Listening, *, has_items: bool) -> HealthReport:
    now = listening.clock.now()
    item = now if has_items else None
    return HealthReport(listening.account.id, HealthState.OK, last_success=now, last_item=item)
