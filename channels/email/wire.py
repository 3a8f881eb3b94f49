"""The wire: aioimaplib's protocol, mended where a bad line, a cut or a full box would hang or break it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable
from typing import Any, TypeVar

import aioimaplib
from aioimaplib import IMAP4ClientProtocol

from intake.errors import Unavailable

Answer = TypeVar("Answer")

_PIECE = 4096
"""The library works through a piece line by line by recursion: a piece of this size stays within its bounds."""


class ConnectionGone(Unavailable):
    """The mail server closed the connection, or it broke."""


class Silent(Unavailable):
    """The mail server does not answer in time: it is gone, or the connection is half-open."""


class Examine(aioimaplib.Command):  # type: ignore[misc]  # the library has no types
    """EXAMINE that selects, as SELECT does, but read-only: the library's own does not count as selecting."""

    def __init__(self, tag: str, folder: str) -> None:
        super().__init__("SELECT", tag, folder)

    def __repr__(self) -> str:
        return f"{self.tag} EXAMINE {self.args[0]}"


class Wire(IMAP4ClientProtocol):  # type: ignore[misc]  # the library has no types
    """One connection. `gone` is done with the reason once it is over; `arrivals` counts EXISTS lines."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.gone: asyncio.Future[str] = loop.create_future()
        self.transport: Any = None
        self.heard_at = loop.time()
        self.arrivals = 0
        self._farewell = ""

    def data_received(self, d: bytes) -> None:
        """Hand the bytes on in small pieces."""
        self.heard_at = self.loop.time()
        for at in range(0, len(d), _PIECE):
            if not self.gone.done():
                self._take(d[at : at + _PIECE])

    def _take(self, piece: bytes) -> None:
        try:
            super().data_received(piece)
        except Exception as error:  # noqa: BLE001  whatever the library trips over, the conversation is lost
            self._end(f"the server's answer cannot be understood: {error}")
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody who waits; the library itself would let them wait."""
        super().connection_lost(exc)
        self._end(self._farewell or (str(exc) if exc else "closed by the server"))

    def _end(self, reason: str) -> None:
        if not self.gone.done():
            self.gone.set_result(reason)

    async def welcome(self, command: bytes) -> None:
        """Take the greeting; a refusal ends the connection with the server's words."""
        try:
            await super().welcome(command)
        except aioimaplib.AioImapException:
            self._end(command.decode("utf-8", "replace").removeprefix("* "))

    def _untagged_response(self, line: bytes) -> Any:
        words = line.split(None, 3)
        if len(words) > 2 and words[2] == b"EXISTS":
            self.arrivals += 1
        elif len(words) > 1 and words[1].upper() == b"BYE":
            self._farewell = line.decode("utf-8", "replace").removeprefix("* ")
        return super()._untagged_response(line)

    def _continuation(self, line: bytes) -> None:
        pending = self.pending_sync_command
        if pending is not None and pending.name == "AUTHENTICATE":
            self.send("")  # XOAUTH2: the fault comes as a challenge and wants an empty answer before the NO
        else:
            super()._continuation(line)

    async def ask(self, doing: Awaitable[Answer], patience_s: float) -> Answer:
        """The answer to a command. Raises ConnectionGone, or Silent when the server says nothing at all
        for `patience_s`; a slow one that keeps sending is waited for."""
        task = asyncio.ensure_future(doing)
        since = self.loop.time()
        ends: set[asyncio.Future[Any]] = {task, self.gone}
        try:
            while True:
                left = max(since, self.heard_at) + patience_s - self.loop.time()
                if left <= 0:
                    raise Silent(f"no answer from the mail server within {patience_s:.0f} s")
                await asyncio.wait(ends, timeout=left, return_when=asyncio.FIRST_COMPLETED)
                if task.done():
                    return task.result()
                if self.gone.done():
                    raise ConnectionGone(f"the mail server is gone: {self.gone.result()}")
        finally:
            await _drop(task)

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Go on under TLS. What came in clear behind the server's consent is not believed (an injection)."""
        answer = await self.execute(aioimaplib.Command("STARTTLS", self.new_tag()))
        if answer.result != "OK" or self.incomplete_line:
            raise ConnectionGone("the mail server refuses STARTTLS: use imaps://")
        self.transport = await self.loop.start_tls(self.transport, self, context, server_hostname=host)
        await self.capability()


async def _drop(task: asyncio.Future[Any]) -> None:
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # seen: nobody else will ask for it


async def connect(host: str, port: int, context: ssl.SSLContext | None, patience_s: float) -> Wire:
    """A connection whose greeting has been heard; with `context`, under TLS from the first byte."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(patience_s):
            _, wire = await loop.create_connection(
                lambda: Wire(loop), host, port, ssl=context, server_hostname=host if context else None
            )
    except TimeoutError as error:
        raise Silent(f"{host}:{port} does not answer within {patience_s:.0f} s") from error
    try:
        await wire.ask(wire.wait("AUTH|NONAUTH"), patience_s)
    except BaseException:
        wire.transport.abort()
        raise
    return wire
