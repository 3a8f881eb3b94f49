"""The `clock` process: what is due by time rather than by an event."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from datetime import time
from types import FrameType

import structlog

from intake.decision import Snapshot, Wanted
from intake.ports import Bell
from intake.store.housekeeping import Housekeeper
from intake.store.mornings import Mornings
from intake.store.outbox import SqlOutbox
from intake.store.reading.care import CareReads
from intake.store.reading.ringing import RingingCalls
from intake.store.timers import SqlTimers
from workers.alarming.duty import Watch
from workers.bootstrap import Instance, bell_of, open_instance
from workers.clocking.calls import EndCalls
from workers.clocking.care import BareDeals, CareRules, ToCorrect
from workers.clocking.digest import TellDigest, digest_rules
from workers.clocking.morning import TellMorning
from workers.clocking.promises import HandOut, KeepPromises
from workers.clocking.rounds import Duty, Rounds
from workers.clocking.sweeping import Sweep
from workers.faces import reader_of
from workers.place import Place
from workers.rules import Rules

PAUSE_S = 0.02
_log = structlog.get_logger()


def run(place: Place) -> int:
    """The whole life of the process; its exit code."""
    stop = threading.Event()

    def leave(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    instance = open_instance(place)
    bell = bell_of(instance)
    rounds = Rounds(duties_of(instance, bell, lambda: _rest(stop)), instance.clock)
    _log.info("clock_ready")
    while not stop.wait(rounds.wait_s()):
        rounds.run()
    bell.close()
    instance.close()
    return 0


def duties_of(instance: Instance, bell: Bell, rest: Callable[[], None]) -> list[Duty]:
    """All that the clock looks after, in the order in which it is done when several are due."""
    settings = instance.settings
    reader = reader_of(instance)
    timers = SqlTimers(instance.store)

    def rules() -> Rules:
        return instance.rules

    correct_at = settings.deals.correct_at

    def people() -> Snapshot:
        return instance.ledger.look(Wanted())

    hour = time.fromisoformat(correct_at) if correct_at else None
    morning_at = settings.notify.morning_at
    morning = time.fromisoformat(morning_at) if morning_at else None
    care = CareRules(settings.deals.task_grace_h, hour, rules)
    return [
        KeepPromises(instance.ledger, timers, rules, bell, instance.clock),
        HandOut(instance.ledger, timers, rules, bell, instance.clock),
        Sweep(Housekeeper(instance.store, settings.retention.raw_days), rest),
        BareDeals(CareReads(instance.store), instance.ledger, bell, care),
        ToCorrect(CareReads(instance.store), SqlOutbox(instance.store), bell, care, instance.clock),
        TellDigest(reader, SqlOutbox(instance.store), bell, digest_rules(settings, people), instance.clock),
        TellMorning(
            Mornings(instance.store),
            instance.ledger,
            SqlOutbox(instance.store),
            bell,
            instance.rules,
            morning,
        ),
        EndCalls(RingingCalls(instance.store), instance.ledger, instance.rules, bell),
        Watch(instance, bell),
    ]


def _rest(stop: threading.Event) -> None:
    """Let the other writers in between two steps."""
    stop.wait(PAUSE_S)
