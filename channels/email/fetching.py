"""Getting letters out of a folder: in bounded groups, and around those that the server does not give."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from channels.email.answers import Listing, uid_set
from channels.email.letters import Found, Spot, grouped, too_large
from channels.email.mailbox import CHUNK, CommandRefused, Mailbox
from channels.email.wire import ConnectionGone, Silent
from intake.inquiry import NewRaw

TRIES = 3
"""A letter that could not be got so often is journalled as a fault, for a human."""
UNKNOWN = Listing(0, 0)
_NOT_GIVEN = "the mail server does not give this letter: open it in the mailbox itself"


@dataclass(frozen=True, slots=True)
class Portion:
    """How much is taken at once: `letters` a batch, `group_bytes` of letters in one FETCH."""

    letters: int = 50
    group_bytes: int = 4 * CHUNK


class Fetcher:
    """Gets letters. Some servers answer NO for a broken letter, others drop the connection: `cuts` counts, over
    the listener's lives, the connections that broke over a letter. After the first such break the letters of
    that group are asked for one by one, and after TRIES the culprit is not asked for any more."""

    def __init__(self, spot: Spot, portion: Portion, most_bytes: int, cuts: Counter[int]) -> None:
        self._spot = spot
        self._portion = portion
        self._most_bytes = most_bytes
        self._cuts = cuts

    async def listed(self, box: Mailbox, uids: Sequence[int]) -> dict[int, Listing]:
        """Sizes and dates by UID; UNKNOWN for a letter of which the server does not tell even these."""
        sound = [uid for uid in uids if not self._cuts[uid]]
        listed = {uid: UNKNOWN for uid in uids if self._cuts[uid] >= TRIES}
        suspects = [uid for uid in uids if 0 < self._cuts[uid] < TRIES]
        for group in [sound, *([uid] for uid in suspects)]:
            if group:
                listed |= await self._listed(box, group)
        return listed

    async def _listed(self, box: Mailbox, uids: Sequence[int]) -> dict[int, Listing]:
        try:
            with self._blaming(uids):
                return await box.listing(uids)
        except CommandRefused:
            if len(uids) == 1:
                # it counts as there, and is set aside when it cannot be fetched either
                return {uids[0]: UNKNOWN}
        listed: dict[int, Listing] = {}
        for uid in uids:
            listed |= await self._listed(box, [uid])
        return listed

    def groups(self, uids: Sequence[int], found: dict[int, Found]) -> list[list[int]]:
        """The UIDs in the groups that are fetched at once."""
        most = self._portion.group_bytes
        least = min(most, self._most_bytes)
        alone = {uid for uid in uids if self._cuts[uid] or found[uid].listed.size > least}
        return grouped(uids, found, alone, most)

    async def fetch(
        self, box: Mailbox, group: Sequence[int], found: dict[int, Found]
    ) -> tuple[list[NewRaw], list[int]]:
        """The letters of a group, and the UIDs of those that the server does not give."""
        try:
            with self._blaming(group):
                return await self._given(box, group, found), []
        except CommandRefused:
            if len(group) == 1:
                return [], [group[0]]
        raws: list[NewRaw] = []
        refused: list[int] = []
        for uid in group:
            one, not_given = await self.fetch(box, [uid], found)
            raws += one
            refused += not_given
        return raws, refused

    async def _given(self, box: Mailbox, group: Sequence[int], found: dict[int, Found]) -> list[NewRaw]:
        only = found[group[0]] if len(group) == 1 else None
        if only and self._cuts[only.uid] >= TRIES:
            raise CommandRefused("the connection broke over this letter again and again")
        if only and too_large(only.listed, self._most_bytes):
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

    async def fault(self, box: Mailbox, found: Found) -> NewRaw:
        """A letter that is given up, with its headers if the server gives at least these."""
        headers = b""
        if not self._cuts[found.uid]:
            with contextlib.suppress(CommandRefused):
                headers = (await box.headers([found.uid])).get(found.uid, b"")
        return self._spot.unreadable(found, headers, _NOT_GIVEN)

    @contextlib.contextmanager
    def _blaming(self, uids: Sequence[int]) -> Iterator[None]:
        try:
            yield
        except (ConnectionGone, Silent):
            self._cuts.update(uids)
            raise
