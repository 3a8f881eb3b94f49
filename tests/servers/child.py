"""A server as a child process that dies with the tests, and what all of them need: ports, places, patience."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

PATIENCE_S = 60.0
"""A bound for a server's start on a busy machine, not an expectation."""
_SBIN = "/usr/sbin:/sbin:/usr/local/sbin"


def program(name: str) -> str:
    """The path of a server's program. Without it the test is skipped at home and fails when CI=true."""
    search = os.pathsep.join((os.environ.get("PATH", ""), _SBIN))
    found = shutil.which(name, path=search)
    return found or missing(f"{name} is not installed (sh tests/install-servers.sh)")


def missing(reason: str) -> str:
    """Skip with the reason; fail when CI=true, for there nothing may be missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def as_root() -> bool:
    """Whether the tests may change users."""
    return os.geteuid() == 0


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on now, below those that outgoing connections take: while a
    test has its server down, nobody must get its port by chance."""
    chance = random.SystemRandom()
    while True:
        port = chance.randrange(12_000, 32_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                continue
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def short_dir(name: str) -> Path:
    """A new directory with a path short enough for sockets, readable for the servers' own users."""
    made = Path(tempfile.mkdtemp(prefix=f"li-{name}-", dir="/tmp"))
    made.chmod(0o755)
    return made


def wait_for(ready: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Ask until it is so; AssertionError naming `what` when it never is."""
    until = time.monotonic() + patience_s
    while not ready():
        assert time.monotonic() < until, f"{what}: not within {patience_s} s"
        time.sleep(0.02)


def answers(port: int) -> bool:
    """Whether somebody accepts connections on this port of the loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Child:
    """A process started by the tests; the kernel ends it when they end, however they end."""

    def __init__(self, argv: Sequence[str], place: Path, death: str = "KILL", user: str = "") -> None:
        switch = ["--reuid", user, "--regid", user, "--clear-groups"] if user and as_root() else []
        self.log = place / "child.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [program("setpriv"), *switch, "--pdeathsig", death, *argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=place,
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def wait_until(self, ready: Callable[[], bool], what: str) -> None:
        """Ask until it is ready; fail at once with its log when it has died."""

        def ready_or_dead() -> bool:
            return not self.alive or ready()

        wait_for(ready_or_dead, what)
        assert self.alive, f"{what} died:\n{self.log.read_text(errors='replace')[-3000:]}"

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Send the signal and wait for the end; a process that does not go is killed."""
        if self.alive and how is signal.SIGKILL:
            os.killpg(self.process.pid, how)  # a crash takes the whole family
        elif self.alive:
            self.process.send_signal(how)
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
