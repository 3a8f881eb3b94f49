"""The `work` process: RQ jobs wake it, a look into the journal each second makes sure."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from types import FrameType
from typing import Any

import structlog
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from rq.timeouts import BaseDeathPenalty

from intake.clock import new_id
from intake.errors import Unavailable
from intake.store.queue import QUEUE, connect
from workers.bootstrap import Instance, bell_of, open_instance, processor_of
from workers.jobs import PROCESSOR
from workers.memory import leave_modules_alone
from workers.place import Place
from workers.processor import Processor

LOOK_S = 1.0
_log = structlog.get_logger()


class NoDeathPenalty(BaseDeathPenalty):
    """No time-out in mid-bytecode: the databases have their own."""

    def setup_death_penalty(self) -> None:
        """Nothing will strike."""

    def cancel_death_penalty(self) -> None:
        """Nothing was to strike."""


class Worker(SimpleWorker):
    """RQ's worker without a fork a job, patient with a queue server that comes and goes."""

    death_penalty_class = NoDeathPenalty
    exponential_backoff_factor = 1.5
    max_connection_wait_time = 2.0


class Watchman:
    """Looks into the journal each second, in a thread: the queue server may be flushed, killed or away."""

    def __init__(self, processor: Processor) -> None:
        self._processor = processor
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchman", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def tell(self) -> None:
        """Have it end soon."""
        self._stop.set()

    def stop(self) -> None:
        """Finish the batch at hand, then end."""
        self._stop.set()
        self._thread.join(timeout=30)

    @property
    def stopped(self) -> bool:
        """Whether it was told to end."""
        return self._stop.is_set()

    def wait(self, seconds: float) -> None:
        """Sleep, or until it is told to end."""
        self._stop.wait(seconds)

    def _run(self) -> None:
        while not self._stop.wait(LOOK_S):
            work_on(self._processor, ())


class Leaving:
    """SIGTERM and SIGINT between two lives of the RQ worker, which takes them itself while it lives."""

    def __init__(self, watchman: Watchman) -> None:
        self._watchman = watchman
        self.arm()

    def arm(self) -> None:
        """Take the signals."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)

    def all(self) -> None:
        """End the process."""
        self._watchman.tell()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.all()


def work_on(processor: Processor, raw_ids: Any) -> None:
    """Process; what goes wrong is told in the log, the next look tries again: the worker itself lives on."""
    try:
        processor.process(raw_ids)
    except Unavailable as error:
        _log.warning("worker_waits", reason=str(error))
    except Exception as error:  # noqa: BLE001  the last handler of a thread that must not end
        _log.exception("worker_failed", error=type(error).__name__)


def run(place: Place) -> int:
    """The whole life of the process; its exit code."""
    instance = open_instance(place)
    bell = bell_of(instance)
    processor = processor_of(instance, f"{socket.gethostname()}.{os.getpid()}", bell)
    PROCESSOR.set(lambda raw_ids: work_on(processor, raw_ids))
    watchman = Watchman(processor)
    leave = Leaving(watchman)
    leave_modules_alone()
    watchman.start()
    _log.info("worker_ready")
    while not watchman.stopped:
        if instance.queue_url:
            _take_jobs(instance, leave)
        watchman.wait(LOOK_S)
    watchman.stop()
    bell.close()
    instance.close()
    return 0


def _take_jobs(instance: Instance, leave: Leaving) -> None:
    """Work as RQ's worker until told to stop, or until the queue server is lost beyond RQ's own patience."""
    connection = connect(instance.queue_url, timeout_s=None)
    queue = Queue(QUEUE, connection=connection, serializer=JSONSerializer)
    try:
        # a name is never used twice: RQ refuses to be born under one that an earlier death left behind
        name = f"{socket.gethostname()}-{os.getpid()}-{new_id(time.time_ns() // 1_000_000)[-8:]}"
        worker = Worker(
            [queue], name=name, connection=connection, serializer=JSONSerializer, log_job_description=False
        )
        worker.work(logging_level="WARNING")
    except RedisError as error:
        _log.warning("queue_away", reason=str(error)[:120])
    else:
        leave.all()  # RQ ends its work in peace only when it was told to stop
    finally:
        leave.arm()
        connection.close()
