"""The listener of an Asterisk's manager interface: one connection, its messages into the journal as they come.

AMI repeats nothing: what was said while nobody listened is gone. So after each login the calls that are going on
are asked for, and a message that the journal cannot take at once is held until it can.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from dataclasses import dataclass

from channels.base import Listening
from channels.telephony.asterisk import identify, read_message
from channels.telephony.asterisk_settings import AmiSettings, read_settings
from intake.account import Account
from intake.errors import JournalUnavailable, Unavailable, Unreadable
from intake.inquiry import NewRaw
from intake.ports import Delivery, HealthReport, HealthState

_LONGEST_MESSAGE = 256 * 1024
_REFUSED_S = 60.0


@dataclass(frozen=True, slots=True)
class Patience:
    """In seconds: to connect and log in; of silence until Asterisk is asked whether it is there; for its answer;
    between two tries to hand a message in."""

    connect: float = 10.0
    silence: float = 30.0
    answer: float = 10.0
    journal: float = 1.0


class AmiListener:
    """`channels.base.Stream` for an Asterisk."""

    def __init__(self, account: Account, patience: Patience | None = None) -> None:
        self._settings = read_settings(account)
        self._patience = patience or Patience()

    async def listen(self, listening: Listening) -> None:
        """One connection's life. Raises Unavailable when it is gone or never came."""
        there = f"{self._settings.host}:{self._settings.port}"
        try:
            async with asyncio.timeout(self._patience.connect):
                connection = await _Connection.open(self._settings)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise Unavailable(f"Asterisk does not answer at {there}: {type(error).__name__}") from None
        try:
            await _Life(connection, listening, self._patience).run()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise Unavailable(
                f"the connection to Asterisk at {there} ended: {type(error).__name__}"
            ) from None
        finally:
            connection.close()


class _Connection:
    """A manager's session: whole messages in, actions out."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, settings: AmiSettings) -> _Connection:
        """Connect and log in by challenge: the password itself is never sent. Raises Unavailable when it is wrong."""
        context = ssl.create_default_context() if settings.tls else None
        reader, writer = await asyncio.open_connection(
            settings.host, settings.port, ssl=context, limit=_LONGEST_MESSAGE
        )
        connection = cls(reader, writer)
        try:
            await connection._log_in(settings)
        except BaseException:
            connection.close()
            raise
        return connection

    async def _log_in(self, settings: AmiSettings) -> None:
        banner = await self._reader.readline()
        if not banner:
            raise ConnectionError("closed at once")
        await self.act("Challenge", AuthType="MD5")
        challenge = (await self._answer()).get("challenge", "")
        # the protocol's own digest; TLS is what protects the connection
        key = hashlib.md5(f"{challenge}{settings.secret}".encode(), usedforsecurity=False).hexdigest()
        await self.act("Login", AuthType="MD5", Username=settings.user, Key=key, Events="call,cdr,agent")
        if (await self._answer()).get("response", "").lower() != "success":
            told = "Asterisk refuses the user - mend `user`, `secret` or its section in manager.conf"
            raise Unavailable(told, after=_REFUSED_S)

    async def _answer(self) -> dict[str, str]:
        """The answer to the action before; events in between are not for us yet."""
        while True:
            told = read_message(await self.message())
            if "response" in told:
                return told

    async def message(self) -> bytes:
        """The next whole message: letters cut in two by the network are whole again."""
        return await self._reader.readuntil(b"\r\n\r\n")

    async def act(self, action: str, **fields: str) -> None:
        """Send an action. Line ends cannot be smuggled into it."""
        pairs = {"Action": action, "ActionID": f"lead-intake-{action}", **fields}
        lines = [f"{name}: {' '.join(value.split())}\r\n" for name, value in pairs.items()]
        self._writer.write("".join(lines).encode() + b"\r\n")
        await self._writer.drain()

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


class _Life:
    """From the login to the end of one connection."""

    def __init__(self, connection: _Connection, listening: Listening, patience: Patience) -> None:
        self._connection = connection
        self._listening = listening
        self._patience = patience

    async def run(self) -> None:
        """Ask what is going on, then read until the connection ends."""
        await self._connection.act("CoreShowChannels")
        await self._well()
        while True:
            await self._take(await self._next())

    async def _next(self) -> bytes:
        """The next message. After a silence Asterisk is asked; a connection that is dead does not answer."""
        try:
            async with asyncio.timeout(self._patience.silence):
                return await self._connection.message()
        except TimeoutError:
            await self._connection.act("Ping")
        async with asyncio.timeout(self._patience.answer):
            message = await self._connection.message()
        await self._well()
        return message

    async def _take(self, message: bytes) -> None:
        """Hand a call's message in; what is no call's, and what is no message, goes by."""
        try:
            event = identify(message)
        except Unreadable:
            return
        if event is None:
            return
        account = self._listening.account
        raw = NewRaw(account.id, account.kind, message, {}, external_id=event.external_id, group=event.group)
        while True:
            try:
                await self._listening.door.accept(Delivery([raw], spool=True))
            except JournalUnavailable as away:
                await asyncio.sleep(away.after or self._patience.journal)
            else:
                return

    async def _well(self) -> None:
        account, now = self._listening.account, self._listening.clock.now()
        await self._listening.report(HealthReport(account.id, HealthState.OK, last_success=now))
