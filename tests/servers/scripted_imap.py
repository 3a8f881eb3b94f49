"""A tiny IMAP server that misbehaves by script: what a well-mannered Dovecot will not do."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

_ANSWERED = "\\Answered"


@dataclass
class ScriptedBox:
    """A server with one user and in-memory folders.

    `override(command, rest)` may answer any command in the folder's stead: the untagged lines and the tagged
    status (`["* ..."], "NO [UNAVAILABLE] later"`), or None to let the server do its own.
    """

    capabilities: str = "IMAP4rev1 IDLE MOVE UIDPLUS"
    greeting: str = "* OK ready"
    folders: dict[str, dict[int, bytes]] = field(default_factory=lambda: {"INBOX": {}})
    flags: dict[int, set[str]] = field(default_factory=dict)
    validity: int = 7
    next_uid: int = 1
    passwords: set[str] = field(default_factory=lambda: {"demo-secret"})
    tokens: set[str] = field(default_factory=set)
    override: Callable[[str, str], tuple[list[str], str] | None] = lambda command, rest: None
    heard: list[str] = field(default_factory=list)
    port: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, letter: bytes, folder: str = "INBOX") -> int:
        """A new letter; its UID."""
        uid, self.next_uid = self.next_uid, self.next_uid + 1
        self.folders[folder][uid] = letter
        self.news.set()
        return uid


class _Session:
    def __init__(self, box: ScriptedBox, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.box = box
        self.reader = reader
        self.writer = writer
        self.folder = ""

    async def run(self) -> None:
        self.send(self.box.greeting)
        while line := await self.reader.readline():
            tag, _, rest = line.decode().rstrip("\r\n").partition(" ")
            name, _, args = rest.partition(" ")
            if name.upper() == "UID":
                name, _, args = args.partition(" ")
                name = f"UID {name}"
            self.box.heard.append(rest)
            await self.answer(tag, name.upper(), args)
            await self.writer.drain()

    def send(self, line: str | bytes) -> None:
        self.writer.write((line.encode() if isinstance(line, str) else line) + b"\r\n")

    async def answer(self, tag: str, name: str, args: str) -> None:
        told = self.box.override(name, args)
        if told is not None:
            lines, status = told
            for line in lines:
                self.send(line)
            if status == "CUT":
                self.writer.transport.abort()
            else:
                self.send(f"{tag} {status}")
            return
        if name == "IDLE":
            await self.idle(tag)
            return
        do = getattr(self, "on_" + name.lower().replace(" ", "_"), None)
        self.send(f"{tag} {do(args) if do else 'BAD unknown command'}")

    async def idle(self, tag: str) -> None:
        self.send("+ idling")
        before = len(self.letters)
        done = asyncio.ensure_future(self.reader.readline())
        while not done.done():
            self.box.news.clear()
            if len(self.letters) != before:
                before = len(self.letters)
                self.send(f"* {before} EXISTS")
            news = asyncio.ensure_future(self.box.news.wait())
            await asyncio.wait({done, news}, return_when=asyncio.FIRST_COMPLETED)
            news.cancel()
        self.send(f"{tag} OK idled")

    @property
    def letters(self) -> dict[int, bytes]:
        return self.box.folders.get(self.folder, {})

    def on_capability(self, args: str) -> str:
        self.send(f"* CAPABILITY {self.box.capabilities}")
        return "OK done"

    def on_login(self, args: str) -> str:
        password = re.findall(r'"((?:[^"\\]|\\.)*)"', args)[-1]
        return "OK in" if password in self.box.passwords else "NO [AUTHENTICATIONFAILED] wrong password"

    def on_list(self, args: str) -> str:
        for name in self.box.folders:
            self.send(f'* LIST (\\HasNoChildren) "/" "{name}"')
        return "OK done"

    def on_examine(self, args: str) -> str:
        name = args.strip('"')
        if name not in self.box.folders:
            return "NO [NONEXISTENT] no such folder"
        self.folder = name
        self.send(f"* {len(self.letters)} EXISTS")
        self.send(f"* OK [UIDVALIDITY {self.box.validity}] kept")
        self.send(f"* OK [UIDNEXT {self.box.next_uid}] next")
        return "OK [READ-ONLY] done"

    on_select = on_examine

    def on_noop(self, args: str) -> str:
        return "OK done"

    on_logout = on_noop

    def on_create(self, args: str) -> str:
        self.box.folders[args.strip('"')] = {}
        return "OK done"

    def on_uid_search(self, args: str) -> str:
        found = set(self.letters)
        named = re.search(r"\bUID (\S+)", args)
        if named:
            found &= self.among(named[1])
        if "ANSWERED" in args:
            found &= {uid for uid, flags in self.box.flags.items() if _ANSWERED in flags}
        self.send("* SEARCH " + " ".join(map(str, sorted(found))))
        return "OK done"

    def on_uid_fetch(self, args: str) -> str:
        named, _, items = args.partition(" ")
        for number, uid in enumerate(sorted(self.letters), 1):
            if uid in self.among(named):
                self.fetch(number, uid, items)
        return "OK done"

    def fetch(self, number: int, uid: int, items: str) -> None:
        letter = self.letters[uid]
        if "SIZE" in items:
            date = '"22-Nov-2026 10:00:00 +0000"'
            self.send(f"* {number} FETCH (UID {uid} RFC822.SIZE {len(letter)} INTERNALDATE {date})")
            return
        part = re.search(r"<(\d+)\.(\d+)>", items)
        shown, section = letter, "BODY[]"
        if "HEADER" in items:
            shown, section = letter.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", "BODY[HEADER]"
        if part:
            start, most = int(part[1]), int(part[2])
            shown, section = letter[start : start + most], f"BODY[]<{start}>"
        self.writer.write(f"* {number} FETCH (UID {uid} {section} {{{len(shown)}}}\r\n".encode() + shown)
        self.send(")")

    def on_uid_copy(self, args: str) -> str:
        uid, _, name = args.partition(" ")
        if name.strip('"') not in self.box.folders:
            return "NO [TRYCREATE] no such folder"
        self.box.put(self.letters[int(uid)], name.strip('"'))
        return "OK done"

    def on_uid_move(self, args: str) -> str:
        done = self.on_uid_copy(args)
        if done.startswith("OK"):
            del self.letters[int(args.partition(" ")[0])]
        return done

    def on_uid_store(self, args: str) -> str:
        uid = int(args.partition(" ")[0])
        self.box.flags.setdefault(uid, set()).update(re.findall(r"\\\w+", args))
        return "OK done"

    def on_uid_expunge(self, args: str) -> str:
        del self.letters[int(args)]
        return "OK done"

    def among(self, named: str) -> set[int]:
        found: set[int] = set()
        for part in named.split(","):
            first, _, last = part.partition(":")
            end = max([*self.letters, int(first)]) if last == "*" else int(last or first)
            found |= set(range(int(first), end + 1))
        return found


@contextlib.asynccontextmanager
async def scripted_imap(box: ScriptedBox) -> AsyncIterator[ScriptedBox]:
    """The server, on `box.port` of the loopback."""
    sessions: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            sessions.add(task)
        try:
            await _Session(box, reader, writer).run()
        except (ConnectionError, asyncio.CancelledError):
            pass  # the client has left, or the test is over
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        for task in sessions:
            task.cancel()
        await asyncio.gather(*sessions, return_exceptions=True)
