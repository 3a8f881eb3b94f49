"""Reading a folder into the journal: news at once, old gaps behind them, each batch with its cursor."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

from channels.base import Listening
from channels.email.answers import FolderState, Listing
from channels.email.fetching import TRIES, UNKNOWN, Fetcher, Portion
from channels.email.letters import Found, Spot
from channels.email.mailbox import CommandRefused, Mailbox
from channels.email.progress import SECOND_MS, Gap, Progress
from intake.clock import Millis, to_datetime
from intake.inquiry import NewRaw
from intake.ports import Cursor, Delivery

_DAY_MS = 86_400_000
_NEWEST = 500
"""Among so many of the last letters the newest one is looked for when an account is connected."""
_MOST_TIES = 100
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class FolderReader:
    """Reads one folder. `cuts` counts, over the listener's lives, the connections that broke over a letter.

    New letters and gaps take turns, batch by batch: after an outage the waiting letters are a gap, read
    oldest first, and what arrives meanwhile does not stand behind them.
    """

    def __init__(self, listening: Listening, spot: Spot, portion: Portion, cuts: Counter[int]) -> None:
        self._fetcher = Fetcher(spot, portion, listening.most_bytes, cuts)
        self._listening = listening
        self._spot = spot
        self._portion = portion
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
        newest, ties = await _newest(box) if state.letters else (0, [])
        self.progress = Progress(
            validity=state.validity or 0,
            uid=next_uid - 1,
            floor=newest if start is None else min(start, newest),
            news_from=newest + SECOND_MS,
            ties=ties,
            left=state.letters if start is None else 0,
        )
        if start is not None and state.letters:
            self.progress.gaps = [Gap(1, next_uid - 1, dated=True)]
        await self._commit([])

    async def step(self, box: Mailbox) -> bool:
        """Read the next batch of news and the next one of the oldest gap; whether there is more to read."""
        news = False
        if self._news or self.progress.gaps:
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
        found = self._found(await self._fetcher.listed(box, uids), dated=dated)
        wanted = [uid for uid in uids if uid in found]
        for group in self._fetcher.groups(wanted, found):
            raws, refused = await self._fetcher.fetch(box, group, found)
            self.progress.aside.update(dict.fromkeys(refused, 0))
            reached(group[-1])
            await self._commit(raws)
        if not wanted or wanted[-1] != uids[-1]:
            reached(uids[-1])
            await self._commit([])

    def _found(self, listed: dict[int, Listing], *, dated: bool) -> dict[int, Found]:
        """What of the listed letters is ours to read, and which of them is history."""
        state, found = self.progress, {}
        from_the_start = state.floor < state.news_from - SECOND_MS
        for uid, one in listed.items():
            # news by its UID, history by its date: an old letter moved or copied in here
            history = state.was_there(one.arrived, one.size if dated else None)
            too_old = dated and 0 < one.arrived < state.floor
            if not too_old and (from_the_start or not history or not dated):
                found[uid] = Found(uid, one, state.validity, history)
        return found

    async def try_aside(self, box: Mailbox) -> None:
        """Try again to get the letters set aside; what fails too often goes to the journal as a fault."""
        for uid in list(self.progress.aside):
            tries = self.progress.aside.pop(uid) + 1
            if not await box.search("UID", str(uid)):
                await self._commit([])
                continue
            listed = {uid: UNKNOWN} | await self._fetcher.listed(box, [uid])
            found = {uid: Found(uid, listed[uid], self.progress.validity)}
            raws, refused = await self._fetcher.fetch(box, [uid], found)
            if refused and tries < TRIES:
                self.progress.aside[uid] = tries
            elif refused:
                raws = [await self._fetcher.fault(box, found[uid])]
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


async def _next_uid(box: Mailbox) -> int:
    """The next UID, for servers that do not tell it."""
    found = await box.search("ALL")
    return found[-1] + 1 if found else 1


async def _newest(box: Mailbox) -> tuple[Millis, list[int] | None]:
    """When the newest letter arrived, by the server's clock, and the sizes of those that arrived then; None
    when there are too many of them to tell."""
    last = (await box.search("ALL"))[-_NEWEST:]
    listed: list[Listing] = []
    for at in range(0, len(last), 100):
        try:
            listed += (await box.listing(last[at : at + 100])).values()
        except CommandRefused:
            continue  # a letter among them cannot be read: the others' dates will do
    newest = max((one.arrived for one in listed), default=0)
    ties = sorted(one.size for one in listed if one.arrived == newest)
    return newest, ties if len(ties) <= _MOST_TIES else None


def imap_day(at: Millis) -> str:
    """The day as SEARCH wants it: 22-Nov-2026."""
    day = to_datetime(at)
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"
