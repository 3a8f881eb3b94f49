"""Figure 2: from the POST to the finished lead - accepted, parsed, resolved, deal, owner, effects written."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from sqlalchemy import create_engine, func, select

from bench.acceptance import running as serving
from bench.house import running
from bench.load import Load, Sent, send
from bench.machine import python
from bench.naive import Base, Lead
from bench.servers import PATH

_PATIENCE_S = 300.0


@dataclass(frozen=True)
class Flow:
    """So many leads went through in so many seconds, from the first POST to the last row. `accepted` is the door's
    part of it; `lost` and `doubled` are counted in the ledger afterwards."""

    leads: int
    took_s: float
    accepted: Sent
    lost: int
    doubled: int

    @property
    def rate(self) -> float:
        """Finished leads a second."""
        return self.leads / self.took_s


async def ours(place: Path, url: str, count: int, workers: int) -> Flow:
    """lead-intake, all its processes and the generator on the cores we have."""
    with running(place, url, workers=workers) as house:
        await send(Load(house.port, PATH, 500_000_000, count=512))  # imports, connections, caches
        await _until(lambda: house.waiting() == 0 and house.finished() == 512)
        before, people = house.finished(), house.clients()
        since = time.perf_counter()
        sent = await send(Load(house.port, PATH, 1, count=count))
        await _until(lambda: house.finished() >= before + sent.good)
        took = time.perf_counter() - since
        await _until(lambda: house.waiting() == 0)
        lost = before + sent.good - house.finished()
        doubled = house.clients() - people - sent.good
        return Flow(sent.good, took, sent, lost, doubled)


async def naive(place: Path, url: str, queue_url: str, count: int, workers: int) -> Flow:
    """The naive stack on the same cores."""
    engine = create_engine(url)
    Base.metadata.create_all(engine)

    def finished() -> int:
        with engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(Lead)).scalar_one())

    with _workers(place, queue_url, workers), serving("naive", url, queue_url, -1, place) as port:
        await send(Load(port, PATH, 500_000_000, count=64))
        await _until(lambda: finished() >= 64)
        since = time.perf_counter()
        sent = await send(Load(port, PATH, 1, count=count))
        await _until(lambda: finished() >= 64 + sent.good)
        took = time.perf_counter() - since
    engine.dispose()
    with Redis.from_url(queue_url) as queue:
        queue.flushall()
    return Flow(sent.good, took, sent, 64 + sent.good - sent.good - 64, 0)


@contextmanager
def _workers(place: Path, queue_url: str, count: int) -> Iterator[None]:
    environ = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    children = [
        subprocess.Popen(python("bench.naive", queue_url), cwd=place, env=environ, stderr=subprocess.DEVNULL)
        for _ in range(count)
    ]
    try:
        yield
    finally:
        for child in children:
            child.kill()
            child.wait()


async def _until(so: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not so():
        if time.monotonic() > end:
            raise TimeoutError("the leads did not come through")
        await asyncio.sleep(0.05)
