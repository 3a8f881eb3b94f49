"""Trying the connections: each is asked, with a time-out, all at the same time; the answers in plain words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from redis.exceptions import RedisError
from sqlalchemy import make_url

from channels.base import Probe as Asking
from channels.probes import PROBES
from config.faults import Said
from config.settings import Settings
from intake.account import Account, Company
from intake.errors import LeadIntakeError, SchemaTooOld, Unavailable
from intake.store.engine import open_store
from intake.store.migrate import require_newest
from intake.store.queue import connect
from notify.messengers import MESSENGERS, make_messengers
from workers.embedded import find_binary, socket_path, socket_url
from workers.sources import reach
from workers.words import account_of, company_of, notify_options_of

PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Tried:
    """A connection that was tried: its name, whether it works, what it said or what went wrong."""

    name: str
    works: bool
    said: str


Probe = Callable[[], Awaitable[str]]
"""Gives what the connection said; raises LeadIntakeError in plain words."""


async def try_all(probes: Mapping[str, Probe], patience_s: float = PATIENCE_S) -> list[Tried]:
    """Try them together; none holds the others up for longer than `patience_s`."""
    return list(await asyncio.gather(*(_try(name, probe, patience_s) for name, probe in probes.items())))


async def _try(name: str, probe: Probe, patience_s: float) -> Tried:
    try:
        async with asyncio.timeout(patience_s):
            return Tried(name, True, await probe())
    except TimeoutError:
        return Tried(name, False, Said("no answer within {seconds} s", seconds=round(patience_s)))
    except LeadIntakeError as error:
        return Tried(name, False, str(error))
    except Exception as error:  # noqa: BLE001 # a probe reports; what a library trips over is a report too
        return Tried(name, False, f"{type(error).__name__}: {error}"[:300])


def probes_of(settings: Settings, data: Path) -> dict[str, Probe]:
    """A probe for each connection the settings name."""
    probes: dict[str, Probe] = {
        "database": lambda: asyncio.to_thread(_database, settings.store.url),
        "queue": lambda: asyncio.to_thread(_queue, settings.queue.url, data),
    }
    company = company_of(settings)
    for one in settings.accounts:
        if one.kind in PROBES:
            probes[f'account "{one.id}"'] = _bound(PROBES[one.kind], account_of(one, settings), company)
    for name in MESSENGERS:
        if getattr(settings.notify, name) is not None:
            probes[f"notify.{name}"] = _messenger(settings, name)
    if settings.company.public_url:
        probes["company.public_url"] = lambda: _public_url(settings.company.public_url)
    return probes


def _database(url: str) -> str:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        return "is not there yet; the first start makes it"
    store = open_store(url)
    try:
        require_newest(store)
    except SchemaTooOld as error:
        return Said("answers; {why}", why=Said(str(error)))
    finally:
        store.close()
    return Said("{name}, schema up to date", name=store.dialect)


def _queue(url: str, data: Path) -> str:
    if url:
        return _ping(url)
    binary = find_binary()
    if binary is None:
        raise Unavailable(
            "no Valkey or Redis server is installed and queue.url names none: install one; "
            "until then work is found by polling"
        )
    if not socket_path(data).exists():
        return Said("embedded, started by `lead-intake up` ({program})", program=binary.name)
    return Said("embedded, {answer}", answer=Said(_ping(socket_url(socket_path(data)))))


def _ping(url: str) -> str:
    with closing(connect(url, timeout_s=5)) as client:
        try:
            client.ping()
        except RedisError as error:
            raise Unavailable(f"the queue server does not answer ({type(error).__name__})") from None
    return "answers"


def _bound(ask: Asking, account: Account, company: Company) -> Probe:
    async def probe() -> str:
        condition = await ask(account, company)
        if condition.trouble:
            raise Unavailable(condition.trouble)
        return condition.said

    return probe


def _messenger(settings: Settings, name: str) -> Probe:
    async def probe() -> str:
        messenger = make_messengers(notify_options_of(settings))[name]
        try:
            failure = await messenger.check()
        finally:
            await messenger.close()
        if failure:
            raise Unavailable(failure.reason)
        return "signed in"

    return probe


async def _public_url(url: str) -> str:
    """Whether the world's address leads to a lead-intake: the instance must be running for that."""
    await reach(url)
    return "leads to a running instance"
