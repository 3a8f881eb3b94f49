"""The `relay` process: carries out what is to be done outside, rung after each commit."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence

import structlog

from config.settings import Settings
from intake.clock import Millis
from intake.deal import Manager
from intake.effect import EffectKind
from intake.hours import in_spans
from intake.ports import Health, HealthReport, HealthState
from intake.store.card_views import SqlCardViews
from intake.store.health import SqlHealth
from intake.store.outbox import SqlOutbox
from notify.base import Messenger
from notify.buttons import Seal
from notify.messengers import make_messengers
from notify.notices import Writer
from workers.bootstrap import Instance, open_instance
from workers.faces import card_style, stages_of
from workers.place import Place
from workers.relaying.bell import RelayBell
from workers.relaying.desk import Desk
from workers.relaying.gates import Gate
from workers.relaying.identity import RelayName
from workers.relaying.lane import Tools
from workers.relaying.opening import KINDS, errand_lanes
from workers.relaying.relay import Relay
from workers.relaying.ways import Station
from workers.taps.opening import listeners_of
from workers.words import notify_options_of

_SEATS = 32
_log = structlog.get_logger()


def run(place: Place) -> int:
    """The whole life of the process; its exit code."""
    instance = open_instance(place)
    try:
        asyncio.run(_live(instance))
    finally:
        instance.close()
    return 0


def seals_of(settings: Settings) -> tuple[tuple[str, Seal], ...]:
    """What signs the buttons, by messenger: the bot's own token, which all processes know and nobody else."""
    bots = {
        "telegram": settings.notify.telegram,
        "max": settings.notify.max,
        "vk": settings.notify.vk,
    }
    return tuple((name, Seal(bot.token.get_secret_value())) for name, bot in bots.items() if bot)


def tools_of(
    instance: Instance,
    messengers: Mapping[str, Messenger],
    relay: str,
    further: Sequence[EffectKind] = (),
) -> Tools:
    """What the lanes work with; `further` kinds of effects are taken from the outbox for others."""
    settings, health = instance.settings, SqlHealth(instance.store)
    outbox, views = SqlOutbox(instance.store), SqlCardViews(instance.store)
    return Tools(
        desk=Desk(outbox, views, relay, instance.clock, further),
        stations={
            name: Station(
                one, Gate(instance.clock, _Alarm(name, health, instance)), asyncio.Semaphore(_SEATS)
            )
            for name, one in messengers.items()
        },
        writer=Writer(card_style(instance.company, stages_of(instance.rules.pipelines)), seals_of(settings)),
        clock=instance.clock,
        storm=settings.notify.storm,
        spare_after_ms=int(settings.notify.spare_after_s * 1000),
        quiet=quiet_of(settings.notify.quiet_hours, instance.company.timezone),
    )


def quiet_of(spans: Sequence[str], timezone: str) -> Callable[[Manager, Millis], bool]:
    """Whether a manager is not to be disturbed: in the manager's own quiet hours, else in these, by the manager's
    clock."""

    def quiet(manager: Manager, now: Millis) -> bool:
        own = spans if manager.quiet_hours is None else manager.quiet_hours
        return bool(own) and in_spans(own, manager.zone or timezone, now)

    return quiet


class _Alarm:
    """Tells the log and the dashboard that a messenger went away or came back."""

    def __init__(self, name: str, health: Health, instance: Instance) -> None:
        self._name = name
        self._health = health
        self._instance = instance
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, answers: bool, reason: str) -> None:
        if answers:
            _log.info("messenger_back", messenger=self._name)
        else:
            _log.error("messenger_away", messenger=self._name, reason=reason)
        state = HealthState.OK if answers else HealthState.FAULT
        report = HealthReport(f"notify:{self._name}", state, reason)
        told = asyncio.to_thread(self._health.report, report, self._instance.clock.now())
        self._tasks.add(task := asyncio.create_task(told))
        task.add_done_callback(self._told)

    def _told(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.warning("health_not_told", reason=str(error)[:200])


async def _live(instance: Instance) -> None:
    name = RelayName(instance.place.data, instance.clock.now())
    if name.ours_before:
        held = SqlOutbox(instance.store).take_over(name.name, instance.clock.now())
        _log.info("relay_took_over", effects=held)
    messengers = make_messengers(notify_options_of(instance.settings))
    tools = tools_of(instance, messengers, name.name, KINDS)
    bell = RelayBell(instance.queue_url)
    errands = errand_lanes(instance, tools.desk, bell)
    relay = Relay(tools, bell.wait, errands.lanes)
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, relay.stop)
    beside = [asyncio.create_task(_keep_warm(one)) for one in tools.stations.values()]
    holder = f"{name.name}.{os.getpid()}"
    ears = listeners_of(instance, messengers, tools.writer, bell, holder)
    beside += [asyncio.create_task(one.run()) for one in ears]
    _log.info("relay_ready", messengers=sorted(messengers))
    try:
        await relay.run()
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        for one in messengers.values():
            await one.close()
        await errands.roads.close()
        await bell.close()
        tools.desk.close()
        name.close()


async def _keep_warm(station: Station) -> None:
    """Ask at the start, and then as often as its connection wants it, whether the messenger is there. The answer
    is for the log alone: whether cards get through is learnt by cards."""
    messenger = station.messenger
    while True:
        failure = await messenger.check()
        if failure is not None:
            _log.warning("messenger_check", messenger=messenger.name, reason=failure.reason)
        if not messenger.warm_s:
            return
        await asyncio.sleep(messenger.warm_s)
