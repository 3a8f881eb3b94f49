"""The lock on a data directory: one `up` at a time, and a second one is told who holds it."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from intake.errors import Conflict

_NAME = "up.lock"


@dataclass(frozen=True, slots=True)
class DataLock:
    """A held lock; it ends with `release` or with the last process that has `fd` open."""

    fd: int

    def release(self) -> None:
        """Let the next one in."""
        os.close(self.fd)


def take_lock(data: Path) -> DataLock:
    """Make the data directory if need be, for our eyes only, and lock it.

    Raises Conflict, saying who holds it, when another `up` runs there.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    fd = os.open(data / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = _told(os.pread(fd, 1000, 0))
        os.close(fd)
        raise Conflict(
            f"{data} is in use: {holder} - stop that one, or name another directory with --data"
        ) from None
    told = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
    }
    os.ftruncate(fd, 0)
    os.pwrite(fd, json.dumps(told).encode(), 0)
    return DataLock(fd)


def _told(written: bytes) -> str:
    """The holder in words; the file is empty for the instant in which it is being locked."""
    try:
        told = json.loads(written)
        return f"`lead-intake up` runs there as process {told['pid']} on {told['host']} since {told['since']}"
    except (ValueError, KeyError, TypeError):
        return "another `lead-intake up` runs there"
