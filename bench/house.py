"""lead-intake as an operator runs it: `up` in a process of its own, with a store of our choice."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from bench.machine import python
from bench.posts import KEY
from intake.store.engine import Store, open_store, reading
from intake.store.schema import client, pending, tally

PATIENCE_S = 60.0


@dataclass(frozen=True)
class House:
    """A running instance: the supervisor's process id, the port of its web face, its databases."""

    pid: int
    port: int
    store: Store

    def finished(self) -> int:
        """How many inquiries have an outcome."""
        with reading(self.store.ledger) as connection:
            return int(connection.execute(select(func.coalesce(func.sum(tally.c.n), 0))).scalar_one())

    def waiting(self) -> int:
        """How many events wait for a worker."""
        with reading(self.store.journal) as connection:
            return int(connection.execute(select(func.count()).select_from(pending)).scalar_one())

    def clients(self) -> int:
        """How many clients there are."""
        with reading(self.store.ledger) as connection:
            return int(connection.execute(select(func.count()).select_from(client)).scalar_one())


def config(url: str, managers: int, api: str) -> str:
    """A configuration: one form, so many managers, the stand-in messenger when `api` is given."""
    lines = [
        "[company]",
        'name = "Bench"',
        "[[account]]",
        'id = "site"',
        'kind = "form"',
        f'secret = "{KEY}"',
    ]
    for number in range(managers):
        lines += ["[[manager]]", f'id = "m{number}"', f'name = "Manager {number}"']
        if api:
            lines.append(f"telegram = {1000 + number}")
    if url:
        lines += ["[store]", f'url = "{url}"']
    if api:
        lines += [
            "[notify]",
            "storm = 100000",
            "[notify.telegram]",
            'token = "1000:demo-secret"',
            f'api = "{api}"',
        ]
    lines += ["[retention]", "free_disk_mb = 0"]
    return "\n".join(lines) + "\n"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    place: Path, url: str, *, workers: int = 1, managers: int = 5, api: str = "", cores: Sequence[int] = ()
) -> Iterator[House]:
    """An instance that runs until the end of the block; `url` "" is its own SQLite."""
    data = place / "data"
    data.mkdir(parents=True, exist_ok=True)
    told = place / "config.toml"
    told.write_text(config(url, managers, api), encoding="utf-8")
    port = _free_port()
    argv = python("workers.cli", "up", "--config", str(told), "--data", str(data), "--port", str(port))
    argv += ["--workers", str(workers)]
    environ = {**os.environ, "PYTHONPATH": str(Path.cwd()), "LANG": "en_US.UTF-8"}
    with (place / "up.log").open("wb") as log:
        child = subprocess.Popen(argv, stdout=log, stderr=log, env=environ, cwd=Path.cwd())
    if cores:
        os.sched_setaffinity(child.pid, cores)
    store = open_store(url or f"sqlite:///{data / 'lead-intake.db'}")
    try:
        _until_ready(port, child, place / "up.log")
        yield House(child.pid, port, store)
    finally:
        store.close()
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _until_ready(port: int, child: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and child.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"lead-intake did not start:\n{log.read_text(errors='replace')[-2000:]}")
