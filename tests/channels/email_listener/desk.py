"""What the listener's tests share: a real journal, a kept stream, patience."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from channels.email.fetching import Portion
from channels.email.listener import MailboxListener, Pace
from channels.email.mailbox import Patience
from intake.account import Account
from intake.clock import SystemClock
from intake.door import GroupDoor
from intake.inquiry import Raw
from intake.ports import HealthReport
from intake.spool import Spool
from intake.store.engine import Store, open_store
from intake.store.health import SqlHealth
from intake.store.journal import SqlJournal, _raw
from intake.store.leases import SqlLeases
from intake.store.migrate import migrate
from intake.store.schema import raw as raw_table
from tests.servers.dovecot import PASSWORD, DovecotServer
from workers.listening.keeper import House, Keeper, Rest

QUICK = Pace(poll_s=1.0, patience=Patience(connect=10, answer=20, noop=5), portion=Portion(letters=10))
BRISK = Rest(first=0.05, longest=0.2, lease=3.0, lease_asked=0.1)


class _Silence:
    def ring(self, raw_ids: object) -> None: ...
    def ring_relay(self) -> None: ...


class Desk:
    """A journal on disk with its door, and what can be read back from it."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.journal = SqlJournal(store)
        self.clock = SystemClock()
        self.door = GroupDoor(self.journal, _Silence(), self.clock, Spool(folder / "spool"))
        self.health = SqlHealth(store)
        self.house = House(
            door=self.door,
            cursors=self.journal,
            leases=SqlLeases(store),
            health=self.health,
            clock=self.clock,
            holder="first",
        )

    def raws(self, account: str = "mail") -> list[Raw]:
        """All accepted events of an account, in order."""
        query = select(raw_table).where(raw_table.c.account == account).order_by(raw_table.c.seq)
        with self.store.journal.connect() as connection:
            return [_raw(row, 0) for row in connection.execute(query)]

    def subjects(self, account: str = "mail") -> list[str]:
        """The subjects of the letters journalled, in order."""
        return [subject_of(one.body) for one in self.raws(account)]

    def report(self, account: str = "mail") -> HealthReport | None:
        """The account's last report."""
        return next((one for one in self.health.reports() if one.account == account), None)

    def told(self, code: str, account: str = "mail") -> bool:
        """Whether the account's last report is of that kind."""
        last = self.report(account)
        return last is not None and last.detail.get("code") == code

    def listening(self, account: str = "mail") -> bool:
        """Whether the account is listened to and nothing is left to read."""
        last = self.report(account)
        return last is not None and str(last.detail.get("code", "")).startswith("listening")

    @contextlib.asynccontextmanager
    async def kept(
        self, account: Account, pace: Pace = QUICK, holder: str = "first", house: House | None = None
    ) -> AsyncIterator[asyncio.Task[None]]:
        """The account's listener, kept alive as the process does it."""
        shared = replace(house or self.house, holder=holder)
        task = asyncio.create_task(Keeper(account, MailboxListener(account, pace), shared, BRISK).run())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@contextlib.contextmanager
def desk_in(folder: Path) -> Iterator[Desk]:
    """A desk over SQLite files in `folder`."""
    store = open_store(f"sqlite:///{folder}/mail.db")
    migrate(store)
    try:
        yield Desk(store, folder)
    finally:
        store.close()


async def until(so: Callable[[], bool], what: str, patience_s: float = 40) -> None:
    """Wait until it is so; AssertionError naming `what` when it never is."""
    loop = asyncio.get_running_loop()
    end = loop.time() + patience_s
    while not so():
        assert loop.time() < end, f"{what}: not within {patience_s} s"
        await asyncio.sleep(0.02)


def account_at(port: int, user: str, more: Mapping[str, Any] | None = None, **fields: Any) -> Account:
    """An e-mail account whose server is on this port of the loopback, in clear."""
    options = {"imap": f"imap://127.0.0.1:{port}", "user": user, "password": PASSWORD}
    return Account(**{"id": "mail", "kind": "email", "options": {**options, **(more or {})}, **fields})


def box_of(
    dovecot: DovecotServer, user: str, more: Mapping[str, Any] | None = None, **fields: Any
) -> Account:
    """An e-mail account of that Dovecot, in clear and without STARTTLS' checks of names."""
    safe = {"imap": f"imaps://localhost:{dovecot.tls_port}", "ca_file": str(dovecot.ca_file)}
    return account_at(dovecot.port, user, {**safe, **(more or {})}, **fields)


def letter(subject: str, text: str = "text", message_id: str = "") -> bytes:
    """A small letter."""
    named = message_id or f"<{subject}@client.example>"
    head = (
        f"From: ivan@client.example\r\nTo: sales@example.ru\r\nSubject: {subject}\r\nMessage-ID: {named}\r\n"
    )
    return f"{head}\r\n{text}\r\n".encode()


def subject_of(body: bytes) -> str:
    """A letter's subject."""
    return body.partition(b"Subject: ")[2].partition(b"\r\n")[0].decode()
