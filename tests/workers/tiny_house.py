"""A tiny house under the true supervisor: `python -m tests.workers.tiny_house DATA ROLE...`. For tests."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from config.settings import Settings
from workers.children import Role
from workers.cli import told
from workers.place import Place
from workers.supervisor import Backoff
from workers.up import House, up


def mark(place: Place, name: str, what: str = "") -> None:
    """Leave a trace: a file named for the child, its process and what it has done."""
    (place.data / f"mark.{name}.{os.getpid()}{what}").touch()


def steady(place: Place, name: str) -> int:
    """Lives until SIGTERM, finishes what it has in hand, and ends well."""
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopping.append(number))
    mark(place, name)
    while not stopping:
        signal.pause()
    time.sleep(0.2)
    mark(place, name, ".finished")
    return 0


def crashing(place: Place, name: str) -> int:
    """Fails at once, always."""
    mark(place, name)
    raise RuntimeError("the password is wrong")


def stubborn(place: Place, name: str) -> int:
    """Does not listen to SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    mark(place, name)
    while True:
        signal.pause()


def web(place: Place, name: str) -> int:
    """Answers every connection with its process id; ends after each answer."""
    mark(place, name)
    with socket.socket(fileno=place.listen_fd) as door:
        connection, _ = door.accept()
        with connection:
            connection.sendall(str(os.getpid()).encode())
    return 1


def broken_migration(place: Place) -> str:
    """A migration that cannot be done."""
    return "the database is newer than this program"


def no_migration(place: Place) -> str:
    """Nothing to do; leaves a trace."""
    mark(place, "migration")
    return ""


LIVES = {"steady": steady, "crashing": crashing, "stubborn": stubborn, "web": web}


def roles(names: Sequence[str], place: Place, _settings: Settings) -> list[Role]:
    """The named children; `steady-2` is another steady one."""
    (place.data / "port").write_text(str(place.port), encoding="utf-8")
    return [Role(name, partial(LIVES[name.partition("-")[0]], place, name)) for name in names]


def main(data: str, *names: str) -> int:
    """Run the house over a data directory."""
    migrate = broken_migration if "broken" in names else no_migration
    names = tuple(name for name in names if name != "broken")
    house = House(
        partial(roles, names), migrate, grace_s=2.0, backoff=Backoff(first=0.05, most=0.4, settled=60.0)
    )
    return told(partial(up, Place(None, Path(data).absolute(), port=0), "en", house))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
