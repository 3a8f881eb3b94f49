"""A private Redis or Valkey server."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.servers.child import Child, answers, free_port, program, short_dir


class RedisServer:
    """A private server on a port of its own; it may be stopped, killed and started again (empty)."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._child: Child | None = None

    def start(self) -> None:
        """Start it, with nothing in it."""
        name = "valkey-server" if shutil.which("valkey-server") else "redis-server"
        settings = {"port": str(self.port), "bind": "127.0.0.1", "save": "", "appendonly": "no"}
        argv = [part for key, value in settings.items() for part in (f"--{key}", value)]
        self._child = Child([program(name), *argv, "--dir", str(self.place)], self.place)
        self._child.wait_until(lambda: answers(self.port), name)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it; SIGKILL for a crash."""
        if self._child:
            self._child.end(how)

    def flush(self) -> None:
        """Forget everything."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()


@pytest.fixture(scope="session")
def redis_session() -> Iterator[RedisServer]:
    place = short_dir(f"redis-{os.getpid()}")
    server = RedisServer(place)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def redis_server(redis_session: RedisServer) -> Iterator[RedisServer]:
    """The server itself, running and empty; a test may stop and start it."""
    if not answers(redis_session.port):
        redis_session.start()
    redis_session.flush()
    yield redis_session
    if not answers(redis_session.port):
        redis_session.start()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The address of an empty Redis or Valkey server."""
    return redis_server.url
