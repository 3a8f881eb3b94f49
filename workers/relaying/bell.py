"""Waiting for the bell that rings after a commit; where there is no queue server, waiting for the poll."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from intake.store.queue import RELAY_KEY, TIMEOUT_S


class RelayBell:
    """`intake.ports.Bell` for what this process itself commits, and the waiting for all rings. Lost rings cost a
    poll's time, never an effect. Make it within the event loop that waits."""

    def __init__(self, url: str) -> None:
        self._redis = None
        if url:
            # the time-out outlasts the longest wait asked for
            self._redis = Redis.from_url(
                url, socket_timeout=30, socket_connect_timeout=TIMEOUT_S, retry=Retry(NoBackoff(), 0)
            )
        self._loop = asyncio.get_running_loop()
        self._rung = asyncio.Event()
        self._down = False
        self._log = structlog.get_logger()

    def ring(self, raw_ids: Sequence[str]) -> None:
        """Nothing is put into the journal here: the workers' own look finds what a replay gives them."""

    def ring_relay(self) -> None:
        """As the port says; from any thread."""
        self._loop.call_soon_threadsafe(self._rung.set)

    async def wait(self, seconds: float) -> None:
        """Return when it rings, or after `seconds`."""
        outside = asyncio.create_task(self._outside(seconds))
        inside = asyncio.create_task(self._rung.wait())
        try:
            await asyncio.wait({outside, inside}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._rung.clear()
            for task in (outside, inside):
                task.cancel()
            await asyncio.gather(outside, inside, return_exceptions=True)

    async def _outside(self, seconds: float) -> None:
        """Wait for a ring of another process."""
        if self._redis is None:
            await asyncio.sleep(seconds)
            return
        try:
            # the key holds one ring at most: whoever rings trims it
            await asyncio.wait_for(self._redis.blpop([RELAY_KEY], timeout=seconds), seconds + TIMEOUT_S)
        except (RedisError, OSError, TimeoutError) as error:
            if not self._down:
                self._log.warning("bell_silent", reason=str(error)[:120])
            self._down = True
            await asyncio.sleep(seconds)
        else:
            self._down = False

    async def close(self) -> None:
        """Close the connection."""
        if self._redis is not None:
            await self._redis.aclose()
