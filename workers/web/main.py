"""The `web` process: the way in, the API and the pages, behind one door."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import structlog
import uvloop
from aiohttp import web

from dashboard.parts import Parts, Readiness
from dashboard.routes import add_routes
from intake.door import GroupDoor
from intake.ports import Bell
from intake.store.access import StoreAccess
from intake.store.health import SqlHealth
from intake.store.outbox import SqlOutbox
from intake.store.past import SqlPast
from intake.store.reader import StoreReader
from workers.bootstrap import Instance, bell_of, door_of, open_instance
from workers.desk import desk_of
from workers.faces import browser_face
from workers.memory import leave_modules_alone
from workers.place import Place
from workers.sources import Sources
from workers.web.alarmed import OpenAlarms
from workers.web.inbound import InboundLimits, InboundRoutes
from workers.web.introducing import Introductions
from workers.web.server import ServerLimits, listen, raise_file_limit
from workers.welcome import curl

FLUSH_S = 1.0
_READERS = 4
_log = structlog.get_logger()


def run(place: Place) -> int:
    """The whole life of the process; its exit code."""
    raise_file_limit()
    instance = open_instance(place)
    leave_modules_alone()
    try:
        return uvloop.run(_serve(instance))
    finally:
        instance.close()


async def _serve(instance: Instance) -> int:
    bell = bell_of(instance)
    door = door_of(instance, bell)
    executor = ThreadPoolExecutor(_READERS, thread_name_prefix="reader")
    app = web.Application(client_max_size=1024**2)
    limits = instance.settings.limits
    callers = Introductions(instance.ledger, instance.company, instance.rules.owners.rules, instance.clock)
    InboundRoutes(
        instance.accounts,
        instance.channels,
        door,
        InboundLimits(
            limits.body_mb,
            limits.form_per_address_min,
            frozenset(instance.settings.company.trusted_proxies),
        ),
        who_calls=callers.who,
    ).add_to(app)
    alarms = OpenAlarms(instance.store, instance.company.language, executor)
    add_routes(app, _parts(instance, door, bell, executor, alarms))
    runner = web.AppRunner(app, handle_signals=False)
    await runner.setup()
    server = await listen(runner, _socket(instance.place), ServerLimits())
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    _log.info("web_ready", host=instance.place.host, port=instance.place.port)
    beside = [asyncio.create_task(one) for one in (_tidy(door, stop), alarms.run())]
    await stop.wait()
    # no new connections; those that are being served end in peace; what waits at the door is committed
    server.close()
    for task in beside:
        task.cancel()
    await runner.cleanup()
    await door.close()
    bell.close()
    callers.close()
    executor.shutdown()
    return 1 if door.state.broken else 0


def _parts(
    instance: Instance, door: GroupDoor, bell: Bell, executor: ThreadPoolExecutor, alarms: OpenAlarms
) -> Parts:
    accounts = list(instance.accounts.values())
    face = browser_face(instance.company, instance.clock)

    reader = StoreReader(instance.store, instance.clock, instance.company, accounts, face)
    access = StoreAccess(instance.store, instance.clock)

    async def readiness() -> Readiness:
        found = await asyncio.get_running_loop().run_in_executor(executor, _readiness, door)
        return replace(found, alarms=alarms.told)

    return Parts(
        reader=reader,
        access=access,
        use_cases=desk_of(instance, bell, reader, access),
        sources=sources_of(instance, access),
        clock=instance.clock,
        company=instance.company,
        readiness=readiness,
        executor=executor,
        admin_token=os.environ.get("LEAD_INTAKE_ADMIN_TOKEN", ""),
        example=curl(instance.place, instance.settings),
    )


def sources_of(instance: Instance, access: StoreAccess) -> Sources:
    """What people do with this instance's sources."""
    store = instance.store
    return Sources(
        instance.accounts,
        instance.channels,
        instance.company,
        instance.clock,
        SqlPast(store),
        SqlOutbox(store),
        SqlHealth(store),
        access,
    )


def _readiness(door: GroupDoor) -> Readiness:
    """Whether the door can commit or spool; what else is wrong."""
    closed = door.why_closed()
    faults = [one for one in (closed, door.state.fault) if one]
    return Readiness(ready=not closed, faults=tuple(dict.fromkeys(faults)))


def _socket(place: Place) -> socket.socket:
    """The socket that `up` opened for us, or our own."""
    if place.listen_fd >= 0:
        return socket.socket(fileno=place.listen_fd)
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((place.host, place.port))
    opened.listen(1024)
    opened.setblocking(False)
    return opened


async def _tidy(door: GroupDoor, stop: asyncio.Event) -> None:
    """Write the counters of refusals that no commit took along; bring in what was spooled. A broken disk ends the
    process: a new one reads what is really there."""
    while True:
        await asyncio.sleep(FLUSH_S)
        if door.state.broken:
            _log.error("journal_broken", reason=door.state.broken)
            stop.set()
            return
        await door.flush()
