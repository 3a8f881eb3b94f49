"""What can be done with a source beside waiting for it: «check now», «read again from a date» with its preview."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any, Protocol

import aiohttp

from channels.base import Channel
from channels.probes import PROBES
from intake.account import Account, Company
from intake.clock import Clock, Millis, from_iso, iso
from intake.effect import Effect, EffectKind
from intake.errors import Conflict, LeadIntakeError, NotFound, Unavailable
from intake.ports import Command, Health, HealthReport, HealthState, Outbox, Who
from workers.again import Again, Before, Count, Known, back_fill_of

PATIENCE_S = 20.0
"""How long a person waits for an answer of a source."""
PREVIEW_S = 25.0


class Notes(Protocol):
    """Where it is kept who did what."""

    def note(self, who: Who, verb: str, what: str, ident: str, now: Millis) -> None:
        """Keep it for the record."""
        ...


class Sources:
    """`dashboard.parts.Sources`: the verbs of a channel, `probe` and `backfill`."""

    def __init__(
        self,
        accounts: Mapping[str, Account],
        channels: Mapping[str, Channel],
        company: Company,
        clock: Clock,
        known: Known,
        outbox: Outbox,
        health: Health,
        notes: Notes,
    ) -> None:
        self._accounts = accounts
        self._channels = channels
        self._company = company
        self._clock = clock
        self._known = known
        self._outbox = outbox
        self._health = health
        self._notes = notes

    async def do(self, command: Command, who: Who) -> dict[str, Any]:
        """Carry it out; what was learnt. Raises NotFound, Conflict, Unavailable."""
        account = self._accounts.get(command.ident)
        if account is None:
            raise NotFound("there is no such channel")
        if command.verb == "probe":
            return await self._probe(account)
        if command.verb == "backfill":
            return await self._again(account, command.args, who)
        raise NotFound(f"nothing is known of {command.verb} for a channel")

    async def _probe(self, account: Account) -> dict[str, Any]:
        """Ask the source. What does not work is an answer, not an error."""
        told: dict[str, Any] = {"account": account.id, "works": True, "backlog": None, "expires": {}}
        try:
            async with asyncio.timeout(PATIENCE_S):
                told |= await self._asked(account)
        except TimeoutError:
            told |= {"works": False, "said": f"no answer within {PATIENCE_S:.0f} s"}
        except LeadIntakeError as error:
            told |= {"works": False, "said": str(error)}
        return {**told, "at": iso(self._clock.now())}

    async def _asked(self, account: Account) -> dict[str, Any]:
        ask = PROBES.get(account.kind)
        if ask is None:
            return {"said": await self._called(account)}
        condition = await ask(account, self._company)
        ends = {what: iso(at) for what, at in condition.expires.items()}
        said = condition.trouble or condition.said
        return {"works": not condition.trouble, "said": said, "backlog": condition.backlog, "expires": ends}

    async def _called(self, account: Account) -> str:
        """A kind that calls us: whether the world's address leads here, and when it called last."""
        channel = self._channels.get(account.kind)
        if channel is None or channel.webhook is None:
            raise Conflict(f"{account.kind} cannot be asked: it is only listened to")
        url = self._company.public_url
        if not url:
            raise Conflict("company.public_url is not set: nobody outside can call /in/" + account.id)
        await reach(url)
        return f"{url}/in/{account.id} leads here; who calls it cannot be asked"

    async def _again(self, account: Account, args: Mapping[str, str], who: Who) -> dict[str, Any]:
        now = self._clock.now()
        since, until = _instant(args["since"]), _instant(args["until"]) if args.get("until") else now
        if since >= until:
            raise Conflict("since must lie before until")
        before = _before(args.get("before", ""))
        source = back_fill_of(account)
        told = {"account": account.id, "since": iso(since), "until": iso(until), "before": before.value}
        if args.get("preview", "") != "1":
            await asyncio.to_thread(self._order, account, since, until, before, who)
            return {**told, "preview": False, "ordered": True}
        count, complete = Count(), True
        again = Again(account, source, self._known, None, before)

        def hear(seen: Count) -> None:
            nonlocal count
            count = seen

        try:
            async with asyncio.timeout(PREVIEW_S):
                count = await again.run(since, until, hear)
        except TimeoutError:
            complete = False
        return {**told, "preview": True, "ordered": False, "complete": complete, **asdict(count)}

    def _order(self, account: Account, since: Millis, until: Millis, before: Before, who: Who) -> None:
        """The process that listens carries it out: whoever ordered it need not wait."""
        now = self._clock.now()
        payload = {"account": account.id, "since": str(since), "until": str(until), "before": before.value}
        key = f"again:{account.id}:{since}:{until}:{before.value}:{now}"
        self._outbox.add([Effect(key, EffectKind.BACK_FILL, account.id, payload, now)])
        self._health.report(HealthReport(f"again:{account.id}", HealthState.WAITING, "ordered"), now)
        self._notes.note(who, "backfill", "channel", account.id, now)


async def reach(url: str) -> None:
    """Whether the world's address leads to a running instance. Raises Unavailable with its mend."""
    timeout = aiohttp.ClientTimeout(total=15)
    status = 0
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(f"{url}/healthz") as answer:
            status = answer.status
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unavailable(f"{url} cannot be reached ({type(error).__name__})") from None
    if status != 200:
        raise Unavailable(
            f"{url}/healthz answers {status}: is the instance running, does the proxy lead to it?"
        )


def _instant(text: str) -> Millis:
    with suppress(ValueError, OverflowError):
        return from_iso(text)
    raise Conflict(f"a time like 2026-11-22T10:00:00Z is wanted, not {text[:40]!r}")


def _before(text: str) -> Before:
    try:
        return Before(text or Before.SKIP.value)
    except ValueError:
        raise Conflict(f"before must be one of {', '.join(Before)}") from None
