"""Reading a folder into the journal: news at once, old gaps behind them, each batch with its cursor."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from channels.base import Listening
from channels.email.answers import FolderState, Listing, uid_set
from channels.email.letters import Found, Spot, grouped, too_large
from channels.email.mailbox import CHUNK, CommandRefused, Mailbox
from channels.email.progress import Gap, Progress
from channels.email.wire import ConnectionGone, Silent
from intake.clock import Millis, to_datetime
from intake.inquiry import NewRaw
from intake.ports import Cursor, Delivery

_DAY_MS = 86_400_000
_TRIES = 3
"""A letter that could not be got so often is journalled as a fault, for a human."""
_NEWEST = 500
"""Among so many of the last letters the newest one is looked for when an account is connected."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNKNOWN = Listing(0, 0)
_NOT_GIVEN = "the mail server does not give this letter: open it in the mailbox itself"


@dataclass(frozen=True, slots=True)
class Portion:
    """How much is taken at once: `letters` a batch, `group_bytes` of letters in one FETCH."""

    letters: int = 50
    group_bytes: int = 4 * CHUNK


class FolderReader:
    """Reads one folder. `cuts` counts, over the listener's lives, the connections that broke over a letter.

    New letters and gaps take turns, batch by batch: after an outage the waiting letters are a gap, read
    oldest first, and what arrives meanwhile does not stand behind them.
    """

    def __init__(self, listening: Listening, spot: Spot, portion: Portion, cuts: Counter[int]) -> None:
        self._listening = listening
        self._spot = spot
        self._portion = portion
        self._cuts = cuts
        self._waiting: list[int] = []
        self._news = False
        self._unsaved = False
        self.progress = Progress(0, 0)
        self.last_item: Millis | None = None

    @property
    def folder(self) -> str:
        """The folder's name."""
        return self._spot.folder

    @property
    def backlog(self) -> int:
        """How many letters the server has listed and we have not read yet."""
        return len(self._waiting) + len(self.progress.aside)

    async def open(self, box: Mailbox) -> None:
        """Select the folder and see what stands there. Raises FolderRefused."""
        state = await box.look(self.folder)
        validity = state.validity or 0
        next_uid = state.next_uid or await _next_uid(box)
        kept = await asyncio.to_thread(self._listening.cursors.read, self._spot.account.id, self._spot.folder)
        if kept is None:
            await self._connect(box, state, next_uid)
            return
        self.progress = Progress.of(kept)
        if validity != self.progress.validity or next_uid <= self.progress.uid:
            self.progress.start_over(validity, next_uid)
            self._waiting = []
            await self._commit([])
        self._news = next_uid > self.progress.uid + 1

    async def _connect(self, box: Mailbox, state: FolderState, next_uid: int) -> None:
        """The first time: what is there now is history, and with start = "now" it is not even read."""
        start = self._listening.account.start
        newest = await _newest(box) if state.letters else 0
        self.progress = Progress(
            validity=state.validity or 0,
            uid=next_uid - 1,
            floor=newest if start is None else min(start, newest),
            news_from=newest + 1000,  # the server's dates have whole seconds
            left=state.letters if start is None else 0,
        )
        if start is not None and state.letters:
            self.progress.gaps = [Gap(1, next_uid - 1, dated=True)]
        await self._commit([])

    async def step(self, box: Mailbox) -> bool:
        """Read the next batch of news and the next one of the oldest gap; whether there is more to read."""
        news = False
        if self._news:
            news = await self._read_news(box)
        gap = await self._read_gap(box)
        return news or gap

    def expect_news(self) -> None:
        """The server told of something: look again."""
        self._news = True

    async def _read_news(self, box: Mailbox) -> bool:
        self._news = False
        first = self.progress.uid + 1
        # "n:*" names the last letter even when it is older than n
        found = [uid for uid in await box.search("UID", f"{first}:*") if uid >= first]
        if len(found) > self._portion.letters:
            self.progress.gaps.append(Gap(found[0], found[-1]))
            self.progress.uid = found[-1]
            self._news = True
            return True
        if found:
            await self._read(box, found, self._reached, dated=False)
            self._news = True
        return bool(found)

    def _reached(self, uid: int) -> None:
        self.progress.uid = uid

    async def _read_gap(self, box: Mailbox) -> bool:
        if not self.progress.gaps:
            return False
        gap = self.progress.gaps[0]
        if not self._waiting:
            self._waiting = await self._search_gap(box, gap)
        batch, self._waiting = (
            self._waiting[: self._portion.letters],
            self._waiting[self._portion.letters :],
        )
        last = not self._waiting

        def reached(uid: int) -> None:
            gap.first = uid + 1
            if last and uid == batch[-1]:
                self.progress.gaps.remove(gap)

        if batch:
            await self._read(box, batch, reached, dated=gap.dated)
        if last and gap in self.progress.gaps:
            self.progress.gaps.remove(gap)
            await self._commit([])
        return bool(self.progress.gaps)

    async def _search_gap(self, box: Mailbox, gap: Gap) -> list[int]:
        criteria = ["UID", f"{gap.first}:{gap.last}"]
        if gap.dated and self.progress.floor > _DAY_MS:
            # the server compares days, in a zone of its own
            criteria += ["SINCE", imap_day(self.progress.floor - _DAY_MS)]
        return [uid for uid in await box.search(*criteria) if gap.first <= uid <= gap.last]

    async def _read(
        self, box: Mailbox, uids: Sequence[int], reached: Callable[[int], None], *, dated: bool
    ) -> None:
        """Read letters and commit them group by group; `reached` moves the cursor to a group's last UID."""
        found = self._found(await self._listed(box, uids), dated=dated)
        wanted = [uid for uid in uids if uid in found]
        alone = {
            uid for uid in wanted if self._cuts[uid] or found[uid].listed.size > self._portion.group_bytes
        }
        for group in grouped(wanted, found, alone, self._portion.group_bytes):
            raws = await self._fetch(box, group, found)
            reached(group[-1])
            await self._commit(raws)
        if not wanted or wanted[-1] != uids[-1]:
            reached(uids[-1])
            await self._commit([])

    def _found(self, listed: dict[int, Listing], *, dated: bool) -> dict[int, Found]:
        """What of the listed letters is ours to read, and which of them is history."""
        state, found = self.progress, {}
        for uid, one in listed.items():
            arrived = one.arrived if dated else 0  # a new UID is news, whatever its date says
            if not 0 < arrived < state.floor:
                found[uid] = Found(uid, one, state.validity, history=0 < arrived < state.news_from)
        return found

    async def _listed(self, box: Mailbox, uids: Sequence[int]) -> dict[int, Listing]:
        try:
            return await box.listing(uids)
        except CommandRefused:
            if len(uids) == 1:
                # not even its size: it counts as there, and is set aside when it cannot be fetched either
                return {uids[0]: _UNKNOWN}
        listed: dict[int, Listing] = {}
        for uid in uids:
            listed |= await self._listed(box, [uid])
        return listed

    async def _fetch(self, box: Mailbox, group: Sequence[int], found: dict[int, Found]) -> list[NewRaw]:
        """The letters of a group; those that the server does not give are set aside."""
        try:
            return await self._given(box, group, found)
        except CommandRefused:
            if len(group) == 1:
                self.progress.aside.setdefault(group[0], 0)
                return []
        except (ConnectionGone, Silent):
            self._cuts.update(group)
            raise
        return [raw for uid in group for raw in await self._fetch(box, [uid], found)]

    async def _given(self, box: Mailbox, group: Sequence[int], found: dict[int, Found]) -> list[NewRaw]:
        only = found[group[0]] if len(group) == 1 else None
        if only and self._cuts[only.uid] >= _TRIES:
            raise CommandRefused("the connection broke over this letter again and again")
        if only and too_large(only.listed, self._listening.most_bytes):
            headers = await box.headers(group)
            return [self._spot.beheaded(only, body) for body in headers.values()]
        if only and only.listed.size > self._portion.group_bytes:
            whole = await box.large_letter(only.uid)
            letters = {} if whole is None else {only.uid: whole}
        else:
            letters = await box.letters(group)
        missing = [uid for uid in group if uid not in letters]
        if missing and await box.search("UID", uid_set(missing)):
            raise CommandRefused("the server lists the letter but does not give it")
        return [self._spot.whole(found[uid], letters[uid]) for uid in group if uid in letters]

    async def try_aside(self, box: Mailbox) -> None:
        """Try again to get the letters set aside; what fails too often goes to the journal as a fault."""
        for uid in list(self.progress.aside):
            tries = self.progress.aside.pop(uid) + 1
            if not await box.search("UID", str(uid)):
                await self._commit([])
                continue
            listed = {uid: _UNKNOWN} | await self._listed(box, [uid])
            found = {uid: Found(uid, listed[uid], self.progress.validity)}
            raws = await self._fetch(box, [uid], found)
            if uid in self.progress.aside:
                self.progress.aside[uid] = tries
            if uid in self.progress.aside and tries >= _TRIES:
                del self.progress.aside[uid]
                headers = b"" if self._cuts[uid] else await _headers(box, uid)
                raws = [self._spot.unreadable(found[uid], headers, _NOT_GIVEN)]
            await self._commit(raws)

    async def _commit(self, raws: Sequence[NewRaw]) -> None:
        """Letters and cursor in one commit. What the journal knew already was not new to the source either."""
        self.progress.seen += len(raws)
        cursor = Cursor(self._spot.account.id, self._spot.folder, self.progress.value())
        receipts = await self._listening.door.accept(Delivery(raws, cursor))
        repeats = sum(not receipt.first for receipt in receipts)
        self.progress.seen -= repeats
        self._unsaved = repeats > 0
        if raws:
            self.last_item = self._listening.clock.now()

    async def save(self) -> None:
        """Write the count of what was seen, if repeats have changed it."""
        if self._unsaved:
            await self._commit([])


async def _headers(box: Mailbox, uid: int) -> bytes:
    try:
        return (await box.headers([uid])).get(uid, b"")
    except CommandRefused:
        return b""


async def _next_uid(box: Mailbox) -> int:
    """The next UID, for servers that do not tell it."""
    found = await box.search("ALL")
    return found[-1] + 1 if found else 1


async def _newest(box: Mailbox) -> Millis:
    """When the newest letter arrived, by the server's clock."""
    last = (await box.search("ALL"))[-_NEWEST:]
    newest = 0
    for at in range(0, len(last), 100):
        try:
            listed = await box.listing(last[at : at + 100])
        except CommandRefused:
            continue  # a letter among them cannot be read: the others' dates will do
        newest = max([newest, *(one.arrived for one in listed.values())])
    return newest


def imap_day(at: Millis) -> str:
    """The day as SEARCH wants it: 22-Nov-2026."""
    day = to_datetime(at)
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"
