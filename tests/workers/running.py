"""A house that runs beside the tests, and what can be seen of it from outside."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from workers.embedded import socket_path

PATIENCE_S = 30.0
"""A bound for a busy machine, not an expectation."""


def until(true: Callable[[], object], what: str) -> None:
    """Wait until it is true; fail with `what` when it does not come to be."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if true():
            return
        time.sleep(0.02)
    raise AssertionError(f"never: {what}")


def alive(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return not re.search(r"^State:\s+[ZX]", status, re.MULTILINE)


class RunningHouse:
    """A tiny house in a process of its own."""

    def __init__(self, data: Path, *names: str) -> None:
        self.data = data
        self._log = data.parent / f"{data.name}.log"
        self._out = data.parent / f"{data.name}.out"
        argv = [sys.executable, "-m", "tests.workers.tiny_house", str(data), *names]
        environ = {**os.environ, "LANG": "en_US.UTF-8"}
        with self._out.open("wb") as out, self._log.open("ab") as log:
            self.process = subprocess.Popen(argv, stdout=out, stderr=log, env=environ)

    def log(self) -> str:
        """What it has written to stderr."""
        return self._log.read_text(encoding="utf-8")

    def said(self) -> str:
        """What it has written to stdout."""
        return self._out.read_text(encoding="utf-8")

    def pids(self, name: str) -> list[int]:
        """The processes that the child has been."""
        marks = self.data.glob(f"mark.{name}.*")
        return sorted({int(mark.name.removeprefix(f"mark.{name}.").split(".")[0]) for mark in marks})

    def pid(self, name: str) -> int:
        """The child's process, once it has one."""
        until(lambda: self.pids(name), f"{name} is started")
        return self.pids(name)[-1]

    def children(self) -> list[int]:
        """The processes whose parent it is, the queue server among them."""
        return children_of(self.process.pid)

    def ended(self, name: str) -> bool:
        """Whether the child ended in its own way."""
        return any(self.data.glob(f"mark.{name}.*.finished"))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Signal it and wait for its exit code."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE_S)


def children_of(pid: int) -> list[int]:
    """The processes whose parent is `pid`."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text(encoding="utf-8").split()]


@contextmanager
def running(data: Path, *names: str) -> Iterator[RunningHouse]:
    """A tiny house, gone in the end whatever happened."""
    house = RunningHouse(data, *names)
    try:
        yield house
    finally:
        if house.process.poll() is None:
            house.process.kill()
        house.process.wait()
        shutil.rmtree(socket_path(data).parent, ignore_errors=True)
