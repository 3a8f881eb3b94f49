"""The load generator: a process of its own, prebuilt requests on keep-alive connections, nothing parsed twice."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import cast

import uvloop

from bench.machine import pin, python
from bench.posts import requests

CONNECTIONS = 64


@dataclass
class Load:
    """What to send: to `port` and `path`, for `seconds` or `count` requests (0: no bound), from visitor `first`."""

    port: int
    path: str
    first: int
    seconds: float = 0.0
    count: int = 0
    connections: int = CONNECTIONS
    core: int = -1


@dataclass
class Sent:
    """What came of it: answers of 2xx, others, seconds it took, milliseconds an answer took."""

    good: int = 0
    bad: int = 0
    took_s: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return self.good / self.took_s if self.took_s else 0.0


@dataclass
class _Run:
    requests: Iterator[bytes]
    left: int
    until: float
    good: int = 0
    bad: int = 0
    waits: list[float] = field(default_factory=list)

    def more(self) -> bytes | None:
        if self.left == 0 or time.perf_counter() >= self.until:
            return None
        self.left -= 1
        return next(self.requests)


class _Connection(asyncio.Protocol):
    def __init__(self, run: _Run) -> None:
        self._run = run
        self._usual = -1  # the length of an answer like the last one
        self._buffer = b""
        self._since = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class is none by inheritance
        self._next()

    def _next(self) -> None:
        request = self._run.more()
        if request is None:
            self._transport.close()
            return
        self._since = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if len(self._buffer) != self._usual:
            head, end, _ = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            length = next(
                int(line.partition(b":")[2])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            )
            if len(self._buffer) < len(head) + 4 + length:
                return
            self._usual = len(self._buffer)
        self._run.waits.append(time.perf_counter() - self._since)
        if self._buffer[9:10] == b"2":
            self._run.good += 1
        else:
            self._run.bad += 1
        self._buffer = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio calls it so
        if not self.done.done():
            self.done.set_result(None)


async def _send(load: Load) -> Sent:
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    until = started + load.seconds if load.seconds else float("inf")
    run = _Run(requests(load.path, load.first), load.count or -1, until)
    made = [
        await loop.create_connection(lambda: _Connection(run), "127.0.0.1", load.port)
        for _ in range(load.connections)
    ]
    await asyncio.gather(*(protocol.done for _, protocol in made))
    took = time.perf_counter() - started
    waits = sorted(run.waits) or [0.0]
    middle, late = waits[len(waits) // 2] * 1000, waits[int(len(waits) * 0.99)] * 1000
    return Sent(run.good, run.bad, took, middle, late)


async def send(load: Load) -> Sent:
    """Send it from a process of its own."""
    child = await asyncio.create_subprocess_exec(
        *python("bench.load", json.dumps(asdict(load))), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await child.communicate()
    return Sent(**json.loads(said))


if __name__ == "__main__":
    asked = Load(**json.loads(sys.argv[1]))
    pin(asked.core)
    print(json.dumps(asdict(uvloop.run(_send(asked)))))
