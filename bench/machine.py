"""The machine under the benchmarks: its cores, its disk's patience, private servers, what processes weigh."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.servers.postgres import PostgresServer
from tests.servers.redis import RedisServer


def python(module: str, *arguments: str) -> list[str]:
    """The command line of a module of ours, run by this Python."""
    return [sys.executable, "-m", module, *arguments]


def cores() -> list[int]:
    """The cores we may use."""
    return sorted(os.sched_getaffinity(0))


def pin(core: int) -> None:
    """Keep this process on one core; -1 lets it be."""
    if core >= 0:
        os.sched_setaffinity(0, {core})


def fsync_ms(place: Path, times: int = 200) -> tuple[float, float]:
    """How long the disk under `place` takes to make 4 kB durable: p50 and p99 in milliseconds."""
    taken = []
    with (place / "fsync.tmp").open("wb", buffering=0) as file:
        for _ in range(times):
            file.write(b"x" * 4096)
            since = time.perf_counter()
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - since) * 1000)
    (place / "fsync.tmp").unlink()
    taken.sort()
    return taken[times // 2], taken[int(times * 0.99)]


def pss_mb(root: int) -> dict[str, float]:
    """The proportional set size of a process and all below it, in MB, by `name pid`."""
    found = {}
    for one in [psutil.Process(root), *psutil.Process(root).children(recursive=True)]:
        try:
            lines = Path(f"/proc/{one.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
            name = one.name()
        except (OSError, psutil.Error):
            continue
        kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        found[f"{name} {one.pid}"] = kilobytes / 1024
    return found


@contextmanager
def folder() -> Iterator[Path]:
    """A directory for one benchmark, gone afterwards."""
    place = Path(tempfile.mkdtemp(prefix="li-bench-"))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def has_postgres() -> bool:
    """Whether a PostgreSQL is installed here."""
    return any(Path("/usr/lib/postgresql").glob("*/bin/postgres")) or shutil.which("postgres") is not None


@contextmanager
def postgres() -> Iterator[PostgresServer]:
    """A private PostgreSQL server with durable commits."""
    with folder() as place:
        server = PostgresServer(place)
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop(signal.SIGQUIT)


@contextmanager
def redis_server() -> Iterator[str]:
    """A private queue server's address."""
    with folder() as place:
        server = RedisServer(place)
        server.start()
        try:
            yield server.url
        finally:
            server.stop()
