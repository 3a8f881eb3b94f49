"""A private PostgreSQL server; each test gets an empty database of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tests.servers.child import Child, as_root, free_port, missing, program, short_dir


def _postgres_program(name: str) -> str:
    """A program of the newest installed PostgreSQL: Debian keeps them out of PATH."""
    versions = sorted(
        (path for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}")),
        key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0,
    )
    found = str(versions[-1]) if versions else shutil.which(name)
    return found or missing(f"PostgreSQL's {name} is not installed (sh tests/install-servers.sh)")


class PostgresServer:
    """A private cluster with durable commits, as in earnest; it may be stopped and started again."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.data = place / "data"
        self.port = free_port()
        self._child: Child | None = None
        self._names = count(1)

    def create(self) -> None:
        """Make the cluster. PostgreSQL refuses root: then it is the user postgres."""
        argv = [_postgres_program("initdb"), "-D", str(self.data), "-U", "postgres", "-A", "trust"]
        argv += ["-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        if as_root():
            shutil.chown(self.place, "postgres", "postgres")
            argv = [program("setpriv"), "--reuid=postgres", "--regid=postgres", "--clear-groups", *argv]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=self.place)
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.place),
            "max_connections": "200",
            "shared_buffers": "64MB",
        }
        argv = [_postgres_program("postgres"), "-D", str(self.data), "-p", str(self.port)]
        argv += [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        # SIGQUIT is PostgreSQL's immediate shutdown: its own children end with it
        self._child = Child(argv, self.place, death="QUIT", user="postgres")
        self._child.wait_until(self.answers, "PostgreSQL")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT is its fast shutdown, SIGQUIT the immediate one, SIGKILL a crash."""
        if self._child:
            self._child.end(how)

    def answers(self) -> bool:
        """Whether it lets us in."""
        try:
            psycopg.connect(self._dsn("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def database(self) -> str:
        """A new empty database: its name."""
        name = f"t{next(self._names)}"
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def url(self, name: str) -> str:
        """A database's address as SQLAlchemy takes it."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    def _dsn(self, name: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=postgres dbname={name}"


@pytest.fixture(scope="session")
def postgres_session() -> Iterator[PostgresServer]:
    place = short_dir(f"pg-{os.getpid()}")
    server = PostgresServer(place)
    server.create()
    server.start()
    yield server
    server.stop(signal.SIGQUIT)
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def postgres_server(postgres_session: PostgresServer) -> Iterator[PostgresServer]:
    """The server itself, running; a test may stop and start it."""
    if not postgres_session.answers():
        postgres_session.start()
    yield postgres_session
    if not postgres_session.answers():
        postgres_session.start()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of a new empty database, as SQLAlchemy takes it."""
    name = postgres_server.database()
    yield postgres_server.url(name)
    if not postgres_server.answers():
        postgres_server.start()
    postgres_server.drop(name)
