"""Answers seen in the box itself: the \\Answered flag appearing on a letter of a client."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from channels.base import Listening
from channels.email.folder_reader import imap_day
from channels.email.letters import Found, Spot
from channels.email.mailbox import CommandRefused, Mailbox
from channels.email.progress import SECOND_MS, Progress
from intake.clock import Millis
from intake.ports import Cursor, Delivery

_LOOK_BACK_MS = 60 * 86_400_000
"""A letter older than this is not waited for any more."""
_AT_ONCE = 50


class AnsweredWatch:
    """Tells the journal once of each letter that was answered, whoever's program set the flag."""

    def __init__(self, listening: Listening, spot: Spot) -> None:
        self._listening = listening
        self._spot = spot
        self._place = f"{spot.folder}#answered"
        self._known: set[int] | None = None
        self._validity = 0
        self.seen = 0

    async def look(self, box: Mailbox, progress: Progress) -> None:
        """Journal the letters of the selected folder that are answered now and were not before."""
        if self._known is None:
            kept = await asyncio.to_thread(self._listening.cursors.read, self._spot.account.id, self._place)
            self._restore(kept or {})
        known = self._known or set()
        if self._validity != progress.validity:
            known, self._validity = set(), progress.validity
        since = max(_first_second(progress), self._listening.clock.now() - _LOOK_BACK_MS)
        found = await box.search("ANSWERED", "SINCE", imap_day(max(0, since - 86_400_000)))
        new = [uid for uid in found if uid not in known]
        for at in range(0, len(new), _AT_ONCE):
            batch = new[at : at + _AT_ONCE]
            known |= set(batch)
            await self._tell(box, batch, known & set(found), progress)
        self._known = known & set(found)

    def _restore(self, kept: Mapping[str, Any]) -> None:
        self._validity = int(kept.get("validity", 0))
        self._known = {int(uid) for uid in kept.get("known", ())}
        self.seen = int(kept.get("seen", 0))

    async def _tell(self, box: Mailbox, uids: list[int], known: set[int], progress: Progress) -> None:
        try:
            listed = await box.listing(uids)
            ours = [uid for uid in uids if uid in listed and listed[uid].arrived >= _first_second(progress)]
            headers = await box.headers(ours) if ours else {}
        except CommandRefused:
            return  # the reader of the folder tells of letters that cannot be read
        raws = [
            self._spot.answered(Found(uid, listed[uid], self._validity), headers[uid])
            for uid in ours
            if uid in headers
        ]
        self.seen += len(raws)
        value = {"validity": self._validity, "known": sorted(known), "seen": self.seen}
        cursor = Cursor(self._spot.account.id, self._place, value)
        receipts = await self._listening.door.accept(Delivery(raws, cursor))
        self.seen -= sum(not receipt.first for receipt in receipts)


def _first_second(progress: Progress) -> Millis:
    """The server's dates have whole seconds: a letter of the second of connecting may be new."""
    return max(0, progress.news_from - SECOND_MS)
