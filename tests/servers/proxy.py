"""A bad-tempered TCP proxy: it cuts, swallows, refuses and delays what passes between a client and a server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Proxy:
    """Passes bytes on to `host:port` of the loopback until told otherwise.

    `swallow`: nothing passes any more, and nobody is told (a half-open connection). `cut_after`: that many
    bytes of the server's answer pass, then the connection is reset; once, or every time with `cut_always`.
    `refuse`: new connections are closed at once. `delay_s`: each piece of the server's answer waits so long.
    """

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._target = (host, port)
        self.port = 0
        self.swallow = False
        self.refuse = False
        self.cut_after: int | None = None
        self.cut_always = False
        self.delay_s = 0.0
        self.connections = 0
        self.cuts = 0
        self._open: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Reset all connections now."""
        for writer in list(self._open):
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client's connection."""
        self.connections += 1
        if self.refuse:
            writer.transport.abort()
            return
        try:
            back, forth = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, forth}
        try:
            await asyncio.gather(
                self._pass(reader, forth, answers=False), self._pass(back, writer, answers=True)
            )
        except OSError:
            pass  # one side is gone: so is the other
        finally:
            self._open -= {writer, forth}
            for end in (writer, forth):
                end.transport.abort()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        while data := await reader.read(65536):
            if self.swallow:
                continue
            if answers and self.delay_s:
                await asyncio.sleep(self.delay_s)
            if answers and self.cut_after is not None:
                if len(data) >= self.cut_after:
                    await self._break(writer, data[: self.cut_after])
                    return
                self.cut_after -= len(data)
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError

    async def _break(self, writer: asyncio.StreamWriter, last: bytes) -> None:
        writer.write(last)
        await writer.drain()
        self.cuts += 1
        if not self.cut_always:
            self.cut_after = None
        raise ConnectionResetError


@contextlib.asynccontextmanager
async def proxy_to(port: int) -> AsyncIterator[Proxy]:
    """A proxy before a server on this port of the loopback; its own port is `proxy.port`."""
    proxy = Proxy(port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
