"""A mailbox: one IMAP conversation in plain words - sign in, look, read, wait for news, move."""

from __future__ import annotations

import asyncio
import io
import socket
import ssl
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

import aioimaplib

from channels.email.answers import (
    FolderState,
    Letter,
    Listing,
    read_fetched,
    read_found,
    read_state,
    read_status,
    uid_set,
)
from channels.email.box_settings import BoxSettings
from channels.email.folders import Folder, on_wire, quoted, read_listed
from channels.email.oauth import Tokens
from channels.email.wire import ConnectionGone, Examine, Wire, connect
from intake.errors import LeadIntakeError, LockedOut, Unavailable

CHUNK = 1_048_576
"""A large letter is read in pieces of this many bytes, so that it is never held twice."""
_PAUSE_S = 15.0
"""How long a server without IDLE is left alone."""
_NEWS = (b"EXISTS", b"FETCH", b"EXPUNGE", b"VANISHED")


class SignInRefused(LockedOut):
    """The mail server refuses the user or password: mend user, password or oauth of this account."""


class CertificateRefused(Unavailable):
    """The mail server's certificate does not hold: renew it, or name its authority in ca_file."""


class FolderRefused(Unavailable):
    """The mail server does not open this folder: it was renamed, deleted or is not shared with this user."""


class CommandRefused(LeadIntakeError):
    """The mail server said NO to a command; the message has its words."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Bounds in seconds: `connect` for the connection and greeting, `answer` for silence inside a command,
    `noop` for the answer to the question whether the server is still there."""

    connect: float = 20.0
    answer: float = 60.0
    noop: float = 30.0


class Mailbox:
    """A signed-in conversation. Reads with EXAMINE and BODY.PEEK: nothing in the box is touched by reading."""

    def __init__(self, wire: Wire, patience: Patience) -> None:
        self._wire = wire
        self._patience = patience
        self.folder = ""
        self._arrivals = 0

    @classmethod
    async def open(cls, settings: BoxSettings, tokens: Tokens | None, patience: Patience) -> Mailbox:
        """Connect and sign in. Raises Silent, ConnectionGone, SignInRefused, CertificateRefused."""
        wire = await _reach(settings, patience)
        box = cls(wire, patience)
        try:
            await box._sign_in(settings, tokens)
        except BaseException:
            box.close()
            raise
        return box

    def close(self) -> None:
        """Drop the connection."""
        self._wire.transport.abort()

    async def leave(self) -> None:
        """Say good-bye, then drop the connection."""
        try:
            await self._wire.ask(self._wire.logout(), self._patience.noop)
        except Unavailable:
            pass  # we are leaving anyway
        finally:
            self.close()

    @property
    def certificate_until(self) -> str:
        """The day the server's certificate ends, as the certificate writes it; "" without TLS."""
        certificate = self._wire.transport.get_extra_info("peercert") or {}
        return str(certificate.get("notAfter", ""))

    def can(self, capability: str) -> bool:
        """Whether the server has the capability."""
        return capability in self._wire.capabilities

    async def folders(self) -> list[Folder]:
        """All folders of the box."""
        return read_listed(await self._lines("LIST", '""', '"*"'))

    async def status(self, folder: str) -> FolderState:
        """UIDVALIDITY and UIDNEXT of a folder without selecting it. Raises FolderRefused."""
        try:
            lines = await self._lines("STATUS", on_wire(folder), "(MESSAGES UIDNEXT UIDVALIDITY)")
        except CommandRefused as error:
            raise FolderRefused(f"folder {folder}: {error}") from error
        return read_status(lines)

    async def look(self, folder: str) -> FolderState:
        """Select a folder for reading alone. Raises FolderRefused."""
        return await self._select(folder, Examine(self._wire.new_tag(), on_wire(folder)))

    async def take(self, folder: str) -> FolderState:
        """Select a folder to move letters out of it. Raises FolderRefused."""
        return await self._select(folder, aioimaplib.Command("SELECT", self._wire.new_tag(), on_wire(folder)))

    async def _select(self, folder: str, command: aioimaplib.Command) -> FolderState:
        self.folder = ""
        answer = await self._wire.ask(self._wire.execute(command), self._patience.answer)
        if answer.result != "OK":
            self._wire.state = aioimaplib.AUTH
            raise FolderRefused(f"folder {folder}: {_words(answer.lines)}")
        self._wire.state = aioimaplib.SELECTED
        self.folder = folder
        return read_state(answer.lines)

    async def search(self, *criteria: str) -> list[int]:
        """The UIDs that fit, rising."""
        self._arrivals = self._wire.arrivals
        doing = self._wire.search(*criteria, charset=None, by_uid=True)
        answer = await self._wire.ask(doing, self._patience.answer)
        return read_found(_agreed(answer))

    async def listing(self, uids: Sequence[int]) -> dict[int, Listing]:
        """Size and arrival of letters, by UID; a letter that is gone is missing. Raises CommandRefused."""
        fetched = await self._fetch(uids, "(UID RFC822.SIZE INTERNALDATE)")
        return {one.uid: one.listing for one in fetched if one.listing}

    async def letters(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Whole letters by UID; one that is gone or is not given is missing. Raises CommandRefused."""
        return _bodies(await self._fetch(uids, "(UID BODY.PEEK[])"))

    async def headers(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The headers of letters by UID. Raises CommandRefused."""
        return _bodies(await self._fetch(uids, "(UID BODY.PEEK[HEADER])"))

    async def large_letter(self, uid: int) -> bytes | None:
        """A whole letter, read in pieces; None when it is gone. Raises CommandRefused."""
        whole = io.BytesIO()
        while True:
            fetched = _bodies(await self._fetch([uid], f"(UID BODY.PEEK[]<{whole.tell()}.{CHUNK}>)"))
            piece = fetched.get(uid)
            if piece is None:
                return whole.getvalue() or None
            whole.write(piece)
            if len(piece) != CHUNK:
                return whole.getvalue()

    async def noop(self) -> None:
        """Ask whether the server is still there. Raises Silent, ConnectionGone."""
        await self._wire.ask(self._wire.simple_command("NOOP"), self._patience.noop)

    async def wait(self, seconds: float) -> bool:
        """Wait for news in the selected folder, at most so long; whether there may be any. Without IDLE
        it is a short pause. News that came since the last search end it at once."""
        if not self.can("IDLE"):
            await self._pause(min(seconds, _PAUSE_S))
            return True
        while not self._wire.idle_queue.empty():
            self._wire.idle_queue.get_nowait()
        idling = asyncio.ensure_future(self._wire.idle())
        accepted = asyncio.ensure_future(self._wire.wait_for_idle_response())
        try:
            await self._wire.ask(_first_of(idling, accepted), self._patience.noop)
            if idling.done():
                raise ConnectionGone(f"the mail server refuses IDLE: {_words(idling.result().lines)}")
            news = await self._news(seconds)
            self._wire.send("DONE")
            await self._wire.ask(asyncio.wait({idling}), self._patience.noop)
        finally:
            idling.cancel()
            accepted.cancel()
        return news

    async def _news(self, seconds: float) -> bool:
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while self._arrivals == self._wire.arrivals:
            push = asyncio.ensure_future(self._wire.idle_queue.get())
            try:
                left = max(0.0, until - loop.time())
                await asyncio.wait([push, self._wire.gone], timeout=left, return_when=asyncio.FIRST_COMPLETED)
                if not push.done():
                    self._still_there()
                    return False
                if any(word in line for line in push.result() for word in _NEWS):
                    return True
            finally:
                push.cancel()
        return True

    async def _pause(self, seconds: float) -> None:
        await asyncio.wait({self._wire.gone}, timeout=seconds)
        self._still_there()

    def _still_there(self) -> None:
        if self._wire.gone.done():
            raise ConnectionGone(f"the mail server is gone: {self._wire.gone.result()}")

    async def move(self, uid: int, folder: str) -> None:
        """Move a letter of the folder taken: MOVE, else copy, mark deleted and, where the server can remove
        this one alone, expunge. Raises CommandRefused."""
        if self.can("MOVE"):
            await self._do(self._wire.uid("MOVE", str(uid), on_wire(folder)))
            return
        await self._do(self._wire.uid("COPY", str(uid), on_wire(folder)))
        await self._do(self._wire.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)"))
        if self.can("UIDPLUS"):
            await self._do(self._wire.uid("EXPUNGE", str(uid)))

    async def create(self, folder: str) -> None:
        """Make a folder. Raises CommandRefused."""
        await self._do(self._wire.simple_command("CREATE", on_wire(folder)))

    async def _fetch(self, uids: Sequence[int], items: str) -> list[Letter]:
        doing = self._wire.fetch(uid_set(uids), items, by_uid=True)
        answer = await self._wire.ask(doing, self._patience.answer)
        return read_fetched(_agreed(answer))

    async def _lines(self, name: str, *args: str) -> list[bytes | bytearray]:
        doing = self._wire.simple_command(name, *args)
        return _agreed(await self._wire.ask(doing, self._patience.answer))

    async def _do(self, doing: Awaitable[aioimaplib.Response]) -> None:
        _agreed(await self._wire.ask(doing, self._patience.answer))

    async def _sign_in(self, settings: BoxSettings, tokens: Tokens | None) -> None:
        if self._wire.state == aioimaplib.AUTH:
            return  # PREAUTH: the server knows us already
        if tokens:
            answer = await self._bear(settings.user, await tokens.get())
            if answer.result != "OK":
                tokens.forget()
                answer = await self._bear(settings.user, await tokens.get())
        else:
            doing = self._wire.login(quoted(settings.user), settings.password)
            answer = await self._wire.ask(doing, self._patience.answer)
        if answer.result != "OK":
            raise _refusal(_words(answer.lines))
        await self._wire.ask(self._wire.capability(), self._patience.answer)

    async def _bear(self, user: str, token: str) -> aioimaplib.Response:
        return await self._wire.ask(self._wire.xoauth2(user, token), self._patience.answer)


async def _reach(settings: BoxSettings, patience: Patience) -> Wire:
    """A connection that nobody on the way can read, unless it stays on this machine."""
    context = ssl.create_default_context(cafile=settings.ca_file or None)
    try:
        wire = await connect(
            settings.host, settings.port, context if settings.tls else None, patience.connect
        )
        if not settings.tls and "STARTTLS" in wire.capabilities:
            await wire.ask(wire.start_tls(context, settings.host), patience.connect)
        elif not settings.tls and not settings.on_this_machine:
            wire.transport.abort()
            raise SignInRefused(
                "the server offers no TLS and the password would travel in clear: use imaps://"
            )
    except ssl.SSLCertVerificationError as error:
        raise CertificateRefused(
            f"{settings.host}: {error.verify_message}: renew the certificate, or name its authority in ca_file"
        ) from error
    except OSError as error:
        raise ConnectionGone(f"{settings.host}:{settings.port}: {_plainly(error)}") from error
    return wire


def _plainly(error: OSError) -> str:
    """What is in the way of a connection, and where to look."""
    if isinstance(error, socket.gaierror):
        return "its name is not found: check the address, or this machine's DNS"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there: check the address and the port"
    if isinstance(error, TimeoutError):
        return "no connection in time: check the address, the port and the way there"
    return (error.strerror or str(error))[:150]


def _refusal(words: str) -> Unavailable:
    if "UNAVAILABLE" in words.upper() or "INUSE" in words.upper():
        return ConnectionGone(f"the mail server cannot sign anybody in now: {words}")
    # a wrong password repeated every second gets the address blocked
    return SignInRefused(
        f"the mail server refuses to sign in: {words}: mend user, password or oauth", after=60
    )


async def _first_of(*tasks: asyncio.Future[object]) -> None:
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)


def _agreed(answer: aioimaplib.Response) -> list[bytes | bytearray]:
    """The lines of an answer. Raises CommandRefused for NO and BAD."""
    if answer.result != "OK":
        raise CommandRefused(_words(answer.lines))
    return list(answer.lines)


def _words(lines: Sequence[bytes | bytearray]) -> str:
    last = bytes(lines[-1]) if lines else b""
    return last.decode("utf-8", "replace")[:300]


def _bodies(fetched: Sequence[Letter]) -> dict[int, bytes]:
    return {one.uid: one.body for one in fetched if one.body is not None}
