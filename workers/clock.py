"""The `clock` process: what is due by time rather than by an event. Housekeeping each minute."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import structlog

from intake.errors import Unavailable
from intake.store.housekeeping import Housekeeper
from workers.bootstrap import open_instance
from workers.place import Place

SWEEP_S = 60.0
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
    keeper = Housekeeper(instance.store, instance.settings.retention.raw_days)
    _log.info("clock_ready")
    while not stop.wait(SWEEP_S):
        try:
            gone = keeper.sweep(instance.clock.now(), lambda: _rest(stop))
        except Unavailable as error:
            _log.warning("sweep_waits", reason=str(error))
        else:
            if gone:
                _log.info("swept", rows=gone)
    instance.close()
    return 0


def _rest(stop: threading.Event) -> None:
    """Let the other writers in between two steps."""
    stop.wait(PAUSE_S)
