"""The listener of a mailbox: IDLE with a poll behind it, the sent folder, and what was answered."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from channels.base import Listening
from channels.email.answered import AnsweredWatch
from channels.email.asking import certificate_end
from channels.email.box_settings import BoxSettings, read_settings
from channels.email.fetching import Portion
from channels.email.folder_reader import FolderReader
from channels.email.folders import find_sent
from channels.email.letters import Spot
from channels.email.mailbox import FolderRefused, Mailbox, Patience
from channels.email.oauth import Tokens
from intake.account import Account
from intake.ports import HealthReport, HealthState


@dataclass(frozen=True, slots=True)
class Pace:
    """How often and how patiently. Every `poll_s` seconds IDLE is left, the server is asked whether it is
    there, and all folders are looked through: a connection that died in silence is noticed within
    `poll_s + patience.noop`, and IDLE is renewed long before servers end it."""

    poll_s: float = 60.0
    patience: Patience = field(default_factory=Patience)
    portion: Portion = field(default_factory=Portion)


class MailboxListener:
    """`channels.base.Stream` for an e-mail account."""

    def __init__(self, account: Account, pace: Pace | None = None) -> None:
        self._settings = read_settings(account)
        self._pace = pace or Pace()
        self._tokens = Tokens(self._settings.oauth) if self._settings.oauth else None
        self._cuts: dict[str, Counter[int]] = {}

    async def listen(self, listening: Listening) -> None:
        """As the protocol says: one connection's life. Every fault ends it with what to do about it."""
        box = await Mailbox.open(self._settings, self._tokens, self._pace.patience)
        try:
            life = _Life(box, listening, self._pace)
            await life.prepare(self._settings, self._cuts)
            while True:
                await life.round()
        finally:
            box.close()


class _Life:
    """One connection: its readers and the rounds they make."""

    def __init__(self, box: Mailbox, listening: Listening, pace: Pace) -> None:
        self._box = box
        self._listening = listening
        self._pace = pace
        self._readers: list[FolderReader] = []
        self._watch = AnsweredWatch(listening, Spot(listening.account, ""))
        self._sent = ""
        self._faults: list[str] = []

    async def prepare(self, settings: BoxSettings, cuts: dict[str, Counter[int]]) -> None:
        """Find out which folders to read; the first of the settings is the one that IDLE waits in."""
        account = self._listening.account
        self._sent = settings.sent_folder or find_sent(await self._box.folders())
        spots = [Spot(account, folder) for folder in settings.folders]
        if self._sent and self._sent not in settings.folders:
            spots.append(Spot(account, self._sent, sent=True))
        self._readers = [
            FolderReader(self._listening, spot, self._pace.portion, cuts.setdefault(spot.folder, Counter()))
            for spot in spots
        ]
        self._watch = AnsweredWatch(self._listening, spots[0])

    async def round(self) -> None:
        """Look through all folders, the main one last; then wait in it until the next round is due."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._pace.poll_s
        main, *others = self._readers
        self._faults = []
        for reader in others:
            await self._read_other(reader)
        await main.open(self._box)
        await self._read(main)
        await self._watch.look(self._box, main.progress)
        await self._report()
        while (left := until - loop.time()) > 0:
            if await self._box.wait(left):
                main.expect_news()
                await self._read(main)
                await self._watch.look(self._box, main.progress)
                await self._report()
        await self._box.noop()

    async def _read_other(self, reader: FolderReader) -> None:
        """A folder besides the main one: when it cannot be opened, that is told, and the others go on."""
        try:
            await reader.open(self._box)
        except FolderRefused as error:
            self._faults.append(str(error))
            return
        await self._read(reader)

    async def _read(self, reader: FolderReader) -> None:
        """Read what there is, for at most a round's time, so that the other folders get theirs."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._pace.poll_s
        while await reader.step(self._box) and loop.time() < until:
            await self._report()
        await reader.try_aside(self._box)
        await reader.save()

    async def _report(self) -> None:
        backlog = sum(reader.backlog for reader in self._readers)
        items = [reader.last_item for reader in self._readers if reader.last_item is not None]
        state, message, detail = self._told(backlog)
        await self._listening.report(
            HealthReport(
                account=self._listening.account.id,
                state=state,
                message=message,
                last_success=self._listening.clock.now(),
                last_item=max(items) if items else None,
                seen_at_source=sum(reader.progress.seen for reader in self._readers)
                + self._watch.seen
                + backlog,
                backlog=backlog,
                detail=detail,
            )
        )

    def _told(self, backlog: int) -> tuple[HealthState, str, dict[str, Any]]:
        main = self._readers[0]
        detail: dict[str, Any] = {"sent_folder": self._sent, "left_alone": main.progress.left}
        if ends := certificate_end(self._box.certificate_until):
            detail["expires"] = {"certificate": ends}
        if self._faults:
            return HealthState.FAULT, self._faults[0], {"code": "folder_refused", **detail}
        aside = sum(len(reader.progress.aside) for reader in self._readers)
        if aside:
            message = f"{aside} letters cannot be fetched from the server; they are tried again"
            return HealthState.FAULT, message, {"code": "letters_aside", "aside": aside, **detail}
        if backlog:
            message = f"reading {backlog} letters that came in the meantime"
            return HealthState.OK, message, {"code": "catching_up", "backlog": backlog, **detail}
        if main.progress.left:
            message = f"listening; {main.progress.left} letters that were there before are left alone"
            return HealthState.OK, message, {"code": "listening_left_alone", **detail}
        return HealthState.OK, "listening", {"code": "listening", **detail}
