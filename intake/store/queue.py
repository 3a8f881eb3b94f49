"""The bell: RQ jobs that carry ids, and the relay's wake-up. The only module that enqueues."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

QUEUE = "lead-intake"
RELAY_KEY = "lead-intake:relay"
JOB = "workers.jobs.process"
TIMEOUT_S = 0.5
ENOUGH_JOBS = 8
"""With so many jobs waiting, the workers are at it already: each of them takes whatever the journal holds."""
IDS_A_JOB = 512
LULL_S = 0.05
"""How long nobody asks again whether the workers have enough to do, once they had."""


def connect(url: str, *, timeout_s: float | None = TIMEOUT_S) -> Redis:
    """A client of the queue server. Never waits longer than `timeout_s` for an answer (None: for ever)."""
    return Redis.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
    )


class RqBell:
    """`intake.ports.Bell`: rings from a thread of its own, so that no answer depends on the queue server.

    Ids that come while a job is being put wait for the next one: one id a job when it is quiet, hundreds under
    load. What cannot be rung is found by the workers' own look into the journal within a second.
    """

    def __init__(self, url: str) -> None:
        self._redis = connect(url)
        self._queue = Queue(QUEUE, connection=self._redis, serializer=JSONSerializer)
        self._ids: queue.SimpleQueue[Sequence[str] | None] = queue.SimpleQueue()
        self._log = structlog.get_logger()
        self._down = False
        self._thread = threading.Thread(target=self._run, name="bell", daemon=True)
        self._thread.start()

    def ring(self, raw_ids: Sequence[str]) -> None:
        """As the port says."""
        if raw_ids:
            self._ids.put(raw_ids)

    def ring_relay(self) -> None:
        """As the port says."""
        self._ids.put(())

    def close(self) -> None:
        """Ring what was asked for, then stop."""
        self._ids.put(None)
        self._thread.join(timeout=2 * TIMEOUT_S)
        self._redis.close()

    def _run(self) -> None:
        open_ = True
        while open_:
            raw_ids: list[str] = []
            relay = False
            asked: Sequence[str] | None = self._ids.get()
            while True:
                if asked is None:
                    open_ = False
                elif asked:
                    raw_ids += asked
                else:
                    relay = True
                if self._ids.empty() or len(raw_ids) >= IDS_A_JOB:
                    break
                asked = self._ids.get()
            if self._ring(raw_ids, relay=relay):
                time.sleep(LULL_S)

    def _ring(self, raw_ids: list[str], *, relay: bool) -> bool:
        """Ring; whether the workers have had enough to do without it."""
        enough = False
        try:
            if relay:
                with self._redis.pipeline(transaction=False) as pipe:
                    pipe.lpush(RELAY_KEY, "1")
                    pipe.ltrim(RELAY_KEY, 0, 0)
                    pipe.execute()
            if raw_ids and not (enough := self._queue.count >= ENOUGH_JOBS):
                self._queue.enqueue(JOB, raw_ids, result_ttl=0, failure_ttl=60, job_timeout=-1)
        except RedisError as error:
            if not self._down:
                self._log.warning("bell_silent", reason=str(error)[:120])
            self._down = True
            return False
        self._down = False
        return enough
