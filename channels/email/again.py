"""Reading a mailbox again from a date: every folder that the listener reads, each letter as it would be journalled."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence

from channels.base import Past
from channels.email.box_settings import read_settings
from channels.email.fetching import UNKNOWN, Fetcher, Portion
from channels.email.folder_reader import imap_day
from channels.email.folders import find_sent
from channels.email.letters import Found, Spot
from channels.email.mailbox import FolderRefused, Mailbox, Patience
from channels.email.oauth import Tokens
from intake.account import Account
from intake.clock import Millis

_DAY_MS = 86_400_000
_MOST_BYTES = 25 * 1_048_576


class MailboxAgain:
    """`channels.base.BackFill` for an e-mail account: looks on with a connection of its own, touches no letter. A
    letter is known again by its bytes, wherever it lies by now."""

    def __init__(
        self, account: Account, portion: Portion | None = None, most_bytes: int = _MOST_BYTES
    ) -> None:
        self._account = account
        self._settings = read_settings(account)
        self._portion = portion or Portion()
        self._most_bytes = most_bytes

    async def read(self, since: Millis, until: Millis) -> AsyncIterator[Sequence[Past]]:
        """As the protocol says; folder after folder."""
        tokens = Tokens(self._settings.oauth) if self._settings.oauth else None
        box = await Mailbox.open(self._settings, tokens, Patience())
        try:
            for spot in await self._spots(box):
                async for batch in self._folder(box, spot, since, until):
                    yield batch
        finally:
            box.close()

    async def _spots(self, box: Mailbox) -> list[Spot]:
        settings = self._settings
        spots = [Spot(self._account, folder) for folder in settings.folders]
        sent = settings.sent_folder or find_sent(await box.folders())
        if sent and sent not in settings.folders:
            spots.append(Spot(self._account, sent, sent=True))
        return spots

    async def _folder(
        self, box: Mailbox, spot: Spot, since: Millis, until: Millis
    ) -> AsyncIterator[Sequence[Past]]:
        try:
            state = await box.look(spot.folder)
        except FolderRefused:
            if not spot.sent:
                raise
            return  # a box without its sent folder is no fault
        fetcher = Fetcher(spot, self._portion, self._most_bytes, Counter())
        # the server compares days, in a zone of its own
        uids = await box.search("SINCE", imap_day(max(0, since - _DAY_MS)))
        for at in range(0, len(uids), self._portion.letters):
            some = uids[at : at + self._portion.letters]
            listed = await fetcher.listed(box, some)
            wanted = [uid for uid in some if uid in listed and _within(listed[uid].arrived, since, until)]
            found = {uid: Found(uid, listed[uid], state.validity or 0) for uid in wanted}
            for group in fetcher.groups(wanted, found):
                raws, refused = await fetcher.fetch(box, group, found)
                raws += [await fetcher.fault(box, found[uid]) for uid in refused]
                yield [Past(raw.head["internal_date"] or since, raw) for raw in raws]


def _within(arrived: Millis, since: Millis, until: Millis) -> bool:
    """Whether it is asked for; a letter of which the server does not tell when it arrived is."""
    return arrived == UNKNOWN.arrived or since <= arrived <= until
