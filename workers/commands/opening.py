"""An instance opened for a command of an operator: the same ports and use cases as everybody's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from intake.ports import UseCases, Who
from intake.store.access import StoreAccess
from intake.store.reader import StoreReader
from workers.bootstrap import Instance, bell_of, open_instance
from workers.commands.options import place_of
from workers.desk import desk_of
from workers.embedded import socket_path, socket_url
from workers.faces import browser_face
from workers.place import Place

OPERATOR = Who("command line", "admin")
"""Whoever may read the data directory may do everything; the record says where it came from."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a command works with."""

    instance: Instance
    reader: StoreReader
    access: StoreAccess
    desk: UseCases


@contextmanager
def opened(config: Path | None, data: Path) -> Iterator[Opened]:
    """The instance, running or not. Raises BadConfig, SchemaTooOld, Unavailable."""
    instance = open_instance(_with_queue(place_of(config, data)))
    bell = bell_of(instance)
    try:
        company = instance.company
        face = browser_face(company, instance.clock)
        reader = StoreReader(instance.store, instance.clock, company, list(instance.accounts.values()), face)
        access = StoreAccess(instance.store, instance.clock)
        yield Opened(instance, reader, access, desk_of(instance, bell, reader, access))
    finally:
        bell.close()
        instance.close()


def _with_queue(place: Place) -> Place:
    """The place with the embedded queue server's address, when one runs: so that workers are woken."""
    socket = socket_path(place.data)
    return replace(place, queue_url=socket_url(socket)) if socket.exists() else place
