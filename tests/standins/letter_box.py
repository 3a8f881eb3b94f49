"""A stand-in mail server: takes letters by SMTP and keeps them."""

from __future__ import annotations

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage


class LetterBox:
    """`async with LetterBox() as box`: SMTP on `box.url`; `box.letters` are those it took, `box.senders` their
    return paths. Recipients among
    `refused` are turned away for good; while `silent` it answers nothing."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.senders: list[str] = []
        self.refused: set[str] = set()
        self.silent = False
        self.url = ""

    async def __aenter__(self) -> LetterBox:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"smtp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 box\r\n")
        while not self.silent and (line := await reader.readline()):
            verb = line[:4].upper()
            if verb == b"MAIL":
                self.senders.append(line.decode().partition(":")[2].split()[0])
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                raw = await reader.readuntil(b"\r\n.\r\n")
                letter = message_from_bytes(raw[:-3], policy=policy.default)
                assert isinstance(letter, EmailMessage)
                self.letters.append(letter)
                writer.write(b"250 taken\r\n")
            elif verb == b"RCPT" and any(one.encode() in line for one in self.refused):
                writer.write(b"550 5.1.1 nobody here\r\n")
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                await writer.drain()
                break
            else:
                writer.write(b"250 well\r\n")
            await writer.drain()
        writer.close()
