"""The HTTP server under the web face: patience and header limits, one-line answers to nonsense, a quiet log."""

from __future__ import annotations

import asyncio
import re
import resource
import socket
from collections import OrderedDict
from dataclasses import dataclass

import structlog
from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

_SPARE_FILES = 200
"""Open files that are not connections: databases, logs, the queue."""
_BELOW_ACCOUNT = re.compile(r"^(/in/[^/]+/).+")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """`idle_s`: how long a connection may take to send a request's head, and live without one. `linger_s`:
    how long the rest of a refused body is read away, so that its sender sees the answer.
    `connections`: at most so many at once; 0 means as many as the process may open files for."""

    idle_s: float = 30.0
    linger_s: float = 5.0
    line_bytes: int = 8190
    header_bytes: int = 16_380
    headers: int = 128
    connections: int = 0

    def most(self) -> int:
        """The number of connections held at once."""
        allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return self.connections or max(64, min(allowed - _SPARE_FILES, 20_000))


def raise_file_limit() -> None:
    """Let this process open as many files as the system lets it: each connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def listen(runner: web.AppRunner, sock: socket.socket, limits: ServerLimits) -> asyncio.Server:
    """Serve a set-up `runner` on a bound socket. Close the server, then `runner.cleanup()`."""
    manager = runner.server
    if manager is None:
        raise RuntimeError("set the runner up first")
    lounge, loop = _Lounge(limits.most()), asyncio.get_running_loop()

    def connection() -> _Connection:
        return _Connection(
            manager,
            lounge,
            loop=loop,
            keepalive_timeout=limits.idle_s,
            lingering_time=limits.linger_s,
            max_line_size=limits.line_bytes,
            max_field_size=limits.header_bytes,
            max_headers=limits.headers,
            # a packed body is refused; unpacking it first would be the bomb's explosion
            auto_decompress=False,
            access_log_class=AccessLog,
        )

    return await loop.create_server(connection, sock=sock, backlog=1024)


class _Lounge:
    """The open connections, those that were silent for longest first: they leave when it is full."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: OrderedDict[_Connection, None] = OrderedDict()

    def enter(self, connection: _Connection) -> None:
        self._open[connection] = None
        if len(self._open) > self._most:
            oldest = next(iter(self._open))
            self.leave(oldest)
            oldest.force_close()

    def speak(self, connection: _Connection) -> None:
        if connection in self._open:
            self._open.move_to_end(connection)

    def leave(self, connection: _Connection) -> None:
        self._open.pop(connection, None)


class _Connection(web.RequestHandler):
    """aiohttp's connection, with the lounge's rules and without tracebacks for what strangers send."""

    __slots__ = ("_lounge",)

    def __init__(self, manager: web.Server, lounge: _Lounge, **options: object) -> None:
        super().__init__(manager, **options)  # type: ignore[arg-type]  # the options are aiohttp's own keywords
        self._lounge = lounge

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._lounge.enter(self)

    def data_received(self, data: bytes) -> None:
        self._lounge.speak(self)
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._lounge.leave(self)
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """A fault of ours is logged whole and told in a word; nonsense from outside takes one line of each."""
        if status >= 500:
            log.error("request_failed", path=masked_path(request.path), exc_info=exc)
            reason = "an error of ours; it is in the log"
        else:
            reason = _one_line(message or "not HTTP as it should be")
            log.info("not_http", reason=reason)
        answer = web.Response(status=status, text=f"{reason}\n")
        answer.force_close()
        return answer


class AccessLog(AbstractAccessLogger):
    """A line for each answer that says no; good ones are in the journal and the metrics. Secrets are hidden."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """One answered request; `time` is in seconds. The query is never told: it holds people and keys."""
        if response.status < 400:
            return
        path, took = masked_path(request.path), round(time * 1000, 1)
        log.info("http", method=request.method, path=path, status=response.status, ms=took)


def masked_path(path: str) -> str:
    """A path for the log: what follows an account may be its secret."""
    return _BELOW_ACCOUNT.sub(r"\1***", path)


def _one_line(message: str) -> str:
    """aiohttp shows where in the bytes a head went wrong; the first line is enough, without the bytes."""
    return message.strip().partition("\n")[0].partition(": b'")[0].rstrip(":")[:200]
