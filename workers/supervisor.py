"""The supervisor: keeps children alive, each with its own back-off, and takes them down in order."""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import structlog

from workers.children import Role, fork

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long a dead child rests, in seconds: doubled from `first` to `most` with every death in a row;
    one that lived `settled` seconds starts anew."""

    first: float = 0.2
    most: float = 30.0
    settled: float = 30.0

    def rest(self, deaths: int) -> float:
        """The rest after that many deaths in a row (from 1)."""
        return min(self.most, self.first * float(2 ** min(deaths - 1, 20)))


@dataclass(slots=True)
class _Child:
    role: Role
    pid: int = 0
    started: float = 0.0
    deaths: int = 0
    due: float | None = 0.0
    """when to start it, by the monotonic clock; None while it lives or for ever"""


class Supervisor:
    """Runs children until it is told to stop. Never ends because a child did; its own process must have
    one thread."""

    def __init__(
        self,
        roles: Iterable[Role],
        *,
        close: Sequence[int] = (),
        grace_s: float = 10.0,
        backoff: Backoff | None = None,
    ) -> None:
        self._children = [_Child(role) for role in roles]
        self._close = tuple(close)
        self._grace_s = grace_s
        self._backoff = backoff or Backoff()
        self._stops = 0
        self._log = structlog.get_logger()

    def run(self) -> None:
        """Keep the children alive until SIGINT, SIGTERM or SIGHUP; then stop them. A second signal kills."""
        with self._signals() as wake:
            while not self._stops:
                self._start_due(wake)
                self._wait(wake, self._next_due())
                self._reap()
            self._log.info("stopping")
            first = [child for child in self._children if not child.role.last]
            self._stop(first, wake)
            self._stop(self._children, wake)
            self._log.info("stopped")

    @contextmanager
    def _signals(self) -> Iterator[socket.socket]:
        """Signals wake the loop through a socket and are counted; nothing is done within a handler."""
        reading, writing = socket.socketpair()
        reading.setblocking(False)
        writing.setblocking(False)
        before = {number: signal.signal(number, self._on_signal) for number in (*_STOPPING, signal.SIGCHLD)}
        old = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        try:
            yield reading
        finally:
            signal.set_wakeup_fd(old)
            for number, handler in before.items():
                signal.signal(number, handler)
            reading.close()
            writing.close()

    def _on_signal(self, number: int, _frame: object) -> None:
        if number != signal.SIGCHLD:
            self._stops += 1

    def _wait(self, wake: socket.socket, seconds: float | None) -> None:
        """Sleep until a signal comes or the time is up."""
        ready, _, _ = select.select([wake], [], [], seconds)
        if ready:
            with suppress(BlockingIOError):
                while wake.recv(256):
                    pass

    def _next_due(self) -> float | None:
        """Seconds until a child is to be started; None when all live."""
        due = [child.due for child in self._children if child.due is not None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _start_due(self, wake: socket.socket) -> None:
        now = time.monotonic()
        for child in self._children:
            if child.due is not None and child.due <= now and not self._stops:
                child.pid = fork(child.role.run, (*self._close, wake.fileno()))
                child.started, child.due = time.monotonic(), None
                self._log.info("started", child=child.role.name, pid=child.pid)

    def _reap(self) -> None:
        """Note the dead, and when each is to come back."""
        for child in self._children:
            if not child.pid:
                continue
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                child.pid = 0
                self._mourn(child, os.waitstatus_to_exitcode(status))

    def _mourn(self, child: _Child, code: int) -> None:
        if self._stops or (child.role.once and code == 0):
            return
        if child.role.once:
            self._log.error("ended", child=child.role.name, code=code)
            return
        lived = time.monotonic() - child.started
        child.deaths = 1 if lived >= self._backoff.settled else child.deaths + 1
        rest = self._backoff.rest(child.deaths)
        child.due = time.monotonic() + rest
        self._log.error(
            "died",
            child=child.role.name,
            code=code,
            lived_s=round(lived, 1),
            deaths=child.deaths,
            again_in_s=rest,
        )

    def _stop(self, children: Sequence[_Child], wake: socket.socket) -> None:
        """Ask them to end; kill those that have not after the grace, or at a second signal."""
        self._send(children, signal.SIGTERM)
        until = time.monotonic() + self._grace_s
        asked = self._stops
        while any(child.pid for child in children):
            left = until - time.monotonic()
            if left <= 0 or self._stops > asked:
                late = [child.role.name for child in children if child.pid]
                self._log.warning("killed", children=late)
                self._send(children, signal.SIGKILL)
                left, until, asked = 1.0, time.monotonic() + self._grace_s, self._stops
            self._wait(wake, left)
            self._reap()

    def _send(self, children: Iterable[_Child], number: int) -> None:
        for child in children:
            if child.pid:
                with suppress(ProcessLookupError):
                    os.kill(child.pid, number)
