"""The `listen` process: one keeper for each account that is listened to."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Mapping, Sequence

import structlog

from channels.email.mover import LetterMover
from channels.probes import PROBES
from channels.streams import STREAMS
from intake.account import Account
from intake.clock import Clock, new_id
from intake.errors import ConfigFault
from intake.ports import Door, HealthReport, HealthState
from intake.store.health import SqlHealth
from intake.store.leases import SqlLeases
from intake.store.originals import SqlOriginals
from intake.store.outbox import SqlOutbox
from intake.store.past import SqlPast
from workers.bootstrap import Instance, bell_of, door_of, open_instance
from workers.listening.keeper import House, Keeper
from workers.listening.moves import LetterMoves, moves_letters
from workers.listening.rereading import Rereads
from workers.listening.watching import SourceWatch
from workers.place import Place

_MEBIBYTE = 1_048_576
BEAT_S = 30.0
_log = structlog.get_logger()


def run(place: Place) -> int:
    """The whole life of the process; its exit code."""
    # its INFO lines hold pieces of letters
    logging.getLogger("aioimaplib").setLevel(logging.WARNING)
    instance = open_instance(place)
    try:
        asyncio.run(_listen(instance))
    finally:
        instance.close()
    return 0


async def _listen(instance: Instance) -> None:
    """Keep all streams alive until SIGTERM or SIGINT; then commit what waits and give the leases back."""
    leave = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, leave.set)
    bell = bell_of(instance)
    door = door_of(instance, bell)
    health = SqlHealth(instance.store)
    house = House(
        door=door,
        cursors=instance.journal,
        leases=SqlLeases(instance.store),
        health=health,
        clock=instance.clock,
        holder=f"{socket.gethostname()}.{os.getpid()}.{new_id(instance.clock.now())[-8:]}",
        most_bytes=int(instance.settings.limits.body_mb * _MEBIBYTE),
    )
    keepers, faults = keepers_of(instance.accounts, house)
    for fault in faults:
        _log.error("listener_unset", account=fault.account, reason=fault.message)
        await asyncio.to_thread(health.report, fault, instance.clock.now())
    _log.info("listener_ready", accounts=len(keepers))
    tasks = [asyncio.create_task(keeper.run()) for keeper in keepers]
    tasks.append(asyncio.create_task(rereads_of(instance, door, house.holder).run()))
    tasks.append(asyncio.create_task(watch_of(instance, keepers, faults).run()))
    if moves_letters(instance.accounts):
        tasks.append(asyncio.create_task(moves_of(instance, house.holder).run()))
    tasks.append(asyncio.create_task(_beat(keepers, health, instance.clock)))
    await leave.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await door.close()
    bell.close()


async def _beat(keepers: Sequence[Keeper], health: SqlHealth, clock: Clock) -> None:
    """Say that this process is there: a silence of its accounts is then nobody's but the sources'."""
    while True:
        await asyncio.sleep(BEAT_S)
        held = [keeper.account_id for keeper in keepers if keeper.holds]
        try:
            await asyncio.to_thread(health.alive, held, clock.now())
        except Exception as error:  # noqa: BLE001  a sign of life that cannot be noted must not end the listening
            _log.warning("listener_store_away", reason=f"{type(error).__name__}: {error}"[:200])


def moves_of(instance: Instance, holder: str) -> LetterMoves:
    """What moves this instance's letters."""
    store = instance.store
    outbox, originals = SqlOutbox(store), SqlOriginals(store)
    return LetterMoves(outbox, originals, LetterMover(), instance.accounts, instance.clock, holder)


def rereads_of(instance: Instance, door: Door, holder: str) -> Rereads:
    """What reads this instance's sources again when that is ordered."""
    store = instance.store
    health = SqlHealth(store)
    return Rereads(SqlOutbox(store), SqlPast(store), door, instance.accounts, health, instance.clock, holder)


def watch_of(instance: Instance, keepers: Sequence[Keeper], faults: Sequence[HealthReport]) -> SourceWatch:
    """What asks those accounts how they do that are not listened to."""
    heard = {keeper.account_id for keeper in keepers} | {fault.account for fault in faults}
    called = [one for one in instance.accounts.values() if one.id not in heard]
    return SourceWatch(called, PROBES, instance.company, SqlHealth(instance.store), instance.clock)


def keepers_of(accounts: Mapping[str, Account], house: House) -> tuple[list[Keeper], list[HealthReport]]:
    """A keeper for each account that is listened to; accounts that cannot be are told, and the others live."""
    keepers: list[Keeper] = []
    faults: list[HealthReport] = []
    for account in accounts.values():
        make = STREAMS.get(account.kind)
        if make is None:
            continue
        try:
            stream = make(account)
            if stream is not None:
                keepers.append(Keeper(account, stream, house))
        except ConfigFault as error:
            detail = {"code": "ConfigFault"}
            faults.append(HealthReport(account.id, HealthState.FAULT, str(error), detail=detail))
    return keepers, faults
