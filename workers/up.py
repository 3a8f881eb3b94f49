"""`lead-intake up`: everything on this machine under one supervisor."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import structlog

from config.logging import configure
from config.reading import load
from config.settings import Settings
from config.starter import Language, write_starter
from intake.errors import LeadIntakeError
from workers import embedded
from workers.children import Role, ask, freeze, program
from workers.lock import take_lock
from workers.place import Place
from workers.supervisor import Backoff, Supervisor


def _nothing() -> None:
    """Nothing is to be loaded."""


@dataclass(frozen=True, slots=True)
class House:
    """What `up` runs. `roles` gives the children of an instance. `prepare` brings its database up to date, in
    a child, and gives what stands in the way; `load` imports what the children share."""

    roles: Callable[[Place, Settings], Sequence[Role]]
    prepare: Callable[[Place], str]
    load: Callable[[], None] = _nothing
    grace_s: float = 10.0
    backoff: Backoff = field(default_factory=Backoff)


def up(place: Place, language: Language, house: House) -> int:
    """Run the instance until it is told to stop; the exit code.

    Raises Conflict when the data directory or the port is taken, BadConfig, LeadIntakeError when the
    database cannot be brought up to date.
    """
    lock = take_lock(place.data)
    try:
        settings = _settings(place, language)
        configure("up", secrets=settings.secrets())
        with closing(_listening(place)) as door:
            place = replace(place, port=door.getsockname()[1], listen_fd=door.fileno())
            server = None if settings.queue.url else _queue_server(place.data)
            if server:
                place = replace(place, queue_url=server.url)
            _prepare(house, place, lock.fd)
            house.load()
            place = replace(place, prepared=True)
            roles = list(house.roles(place, settings))
            if server:
                roles.insert(0, Role("queue", program(server.argv()), last=True))
            freeze()
            Supervisor(roles, close=(lock.fd,), grace_s=house.grace_s, backoff=house.backoff).run()
            if server:
                embedded.tidy(server)
    finally:
        lock.release()
    return 0


def _settings(place: Place, language: Language) -> Settings:
    """The instance's settings; without a file a starter is written first, and it is said where."""
    path = place.config_path
    if place.config is None and not path.exists():
        write_starter(path, language)
        said = {"en": "A starter configuration is written:", "ru": "Записаны начальные настройки:"}
        print(said[language], path, flush=True)  # noqa: T201 # what the command is to say
    return load(path, place.data)


def _listening(place: Place) -> socket.socket:
    """The web face's socket. It is ours, so that requests wait in it while the web process is restarted.

    Raises LeadIntakeError when the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((place.host, place.port))
        door.listen(1024)
    except OSError as error:
        door.close()
        raise LeadIntakeError(
            f"cannot listen on {place.host}:{place.port}: {os.strerror(error.errno or 0)} - "
            "stop what listens there, or name another with --host and --port"
        ) from None
    return door


def _queue_server(data: Path) -> embedded.QueueServer | None:
    binary = embedded.find_binary()
    if binary is None:
        structlog.get_logger().warning(
            "no_queue_server",
            mend="install valkey or redis, or set queue.url; until then work is found by polling",
        )
        return None
    return embedded.prepare(data, binary)


def _prepare(house: House, place: Place, lock_fd: int) -> None:
    """Make ready, in a child: the supervisor stays small and keeps no file open."""
    code, told = ask(partial(house.prepare, place), (lock_fd,))
    if code or told:
        raise LeadIntakeError(told or "the instance cannot be made ready; the log says why")
