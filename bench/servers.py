"""The web servers that are compared: bare ones, ones that store in the simplest ways, a naive stack's, and ours.

Run as `python -m bench.servers KIND DATABASE QUEUE CORE`; prints its port and serves until it is killed.
"""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import uvloop
from aiohttp import web
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from bench.machine import pin
from bench.posts import KEY
from channels.catalogue import channels_by_kind
from intake.account import Account
from intake.clock import SystemClock, new_id
from intake.door import GroupDoor
from intake.ports import Delivery, Receipt
from intake.spool import Spool
from intake.store.engine import open_store
from intake.store.journal import SqlJournal
from intake.store.migrate import migrate
from intake.store.queue import RqBell
from workers.web.inbound import InboundLimits, InboundRoutes
from workers.web.server import ServerLimits, listen

PATH = "/in/site"
Row = tuple[str, str, int]
Keep = Callable[[Row], Awaitable[None]]
_INSERT = "INSERT INTO bare (id, body, at) VALUES (?, ?, ?)"
_TABLE = "CREATE TABLE IF NOT EXISTS bare (id TEXT PRIMARY KEY, body TEXT NOT NULL, at BIGINT NOT NULL)"


async def empty(_: web.Request) -> web.Response:
    """The least a server can do."""
    return web.Response(text="ok")


def reading(keep: Keep | None) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A handler that reads and parses the form, then keeps it, then answers."""

    async def handle(request: web.Request) -> web.Response:
        fields = dict(await request.post())
        now = time.time_ns() // 1_000_000
        ident = new_id(now)
        if keep:
            await keep((ident, repr(fields), now))
        return web.json_response({"receipt": ident})

    return handle


class Group:
    """The simplest group commit: who waits at the same moment shares one transaction."""

    def __init__(self, write: Callable[[list[Row]], None]) -> None:
        self._write = write
        self._waiting: list[tuple[Row, asyncio.Future[None]]] = []
        self._thread = ThreadPoolExecutor(1)
        self._task: asyncio.Task[None] | None = None

    async def keep(self, row: Row) -> None:
        """Return when it is on disk."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((row, done))
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        await done

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            rows = [row for row, _ in batch]
            await asyncio.get_running_loop().run_in_executor(self._thread, self._write, rows)
            for _, done in batch:
                done.set_result(None)
        self._task = None


def sqlite_bare(url: str) -> sqlite3.Connection:
    """A SQLite file whose commits are on disk."""
    path = url.removeprefix("sqlite:///")
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(_TABLE)
    return connection


def sqlite_each(url: str) -> Keep:
    """A commit for each request."""
    connection = sqlite_bare(url)

    async def keep(row: Row) -> None:
        connection.execute(_INSERT, row)

    return keep


def sqlite_group(url: str) -> Keep:
    """A commit for all who wait."""
    connection = sqlite_bare(url)

    def write(rows: list[Row]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_INSERT, rows)
        connection.execute("COMMIT")

    return Group(write).keep


def postgres_dsn(url: str) -> str:
    """The address as psycopg takes it."""
    return url.replace("+psycopg", "")


def postgres_each(url: str) -> Keep:
    """A commit for each request, on a pool of eight connections."""
    free: asyncio.Queue[psycopg.AsyncConnection] = asyncio.Queue()
    opened = False

    async def keep(row: Row) -> None:
        nonlocal opened
        if not opened:
            opened = True
            for _ in range(8):
                free.put_nowait(await psycopg.AsyncConnection.connect(postgres_dsn(url), autocommit=True))
        connection = await free.get()
        await connection.execute(_INSERT.replace("?", "%s"), row)
        free.put_nowait(connection)

    return keep


def postgres_group(url: str) -> Keep:
    """A commit for all who wait: one statement, three arrays."""
    connection = psycopg.connect(postgres_dsn(url), autocommit=True)
    put = "INSERT INTO bare (id, body, at) SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[])"

    def write(rows: list[Row]) -> None:
        connection.execute(put, [list(column) for column in zip(*rows, strict=True)])

    return Group(write).keep


def naive(url: str, queue_url: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    """What is written first: a job a request, with the whole form in it."""
    queue = Queue("naive", connection=Redis.from_url(queue_url), serializer=JSONSerializer)

    async def handle(request: web.Request) -> web.Response:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        job = queue.enqueue("bench.naive.process", url, fields, result_ttl=0)
        return web.json_response({"receipt": job.id})

    return handle


class NoDoor:
    """A door that stores nothing: what our server costs without it."""

    async def accept(self, delivery: Delivery) -> list[Receipt]:
        """A receipt for nothing."""
        ident = new_id(time.time_ns() // 1_000_000)
        return [Receipt(ident, ident, first=True) for _ in delivery.raws]

    def refuse(self, account: str) -> None:
        """Nothing."""


def ours(url: str, queue_url: str, place: str = ".") -> web.Application:
    """Our way in, with our door or with none."""
    app = web.Application(client_max_size=1024**2)
    door: GroupDoor | NoDoor = NoDoor()
    if url:
        store = open_store(url)
        migrate(store)
        door = GroupDoor(SqlJournal(store), RqBell(queue_url), SystemClock(), Spool(Path(place) / "spool"))
    accounts = {"site": Account("site", "form", secret=KEY)}
    InboundRoutes(accounts, channels_by_kind(), door, InboundLimits()).add_to(app)
    return app


def application(kind: str, url: str, queue_url: str) -> web.Application:
    """The server called `kind`."""
    if kind.startswith("ours"):
        return ours("" if kind == "ours-nothing" else url, queue_url)
    app = web.Application(client_max_size=1024**2)
    keepers = {
        "sqlite-each": sqlite_each,
        "sqlite-group": sqlite_group,
        "postgresql-each": postgres_each,
        "postgresql-group": postgres_group,
    }
    if kind.startswith("postgresql"):
        with psycopg.connect(postgres_dsn(url), autocommit=True) as connection:
            connection.execute(_TABLE)
    if kind == "empty":
        app.router.add_post(PATH, empty)
    elif kind == "naive":
        app.router.add_post(PATH, naive(url, queue_url))
    else:
        app.router.add_post(PATH, reading(keepers[kind](url) if kind in keepers else None))
    return app


async def serve(kind: str, url: str, queue_url: str) -> None:
    """Serve until killed."""
    runner = web.AppRunner(application(kind, url, queue_url), access_log=None, handle_signals=False)
    await runner.setup()
    if kind.startswith("ours"):
        sock = socket.create_server(("127.0.0.1", 0), backlog=1024)
        sock.setblocking(False)
        await listen(runner, sock, ServerLimits())
        port = sock.getsockname()[1]
    else:
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        port = runner.addresses[0][1]
    print(port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    _, asked, database, queue_at, core = sys.argv
    pin(int(core))
    uvloop.run(serve(asked, database, queue_at))
