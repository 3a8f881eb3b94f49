"""Moving letters by what happened - answered, a task open - and only where the account's `move` says so."""

from __future__ import annotations

from email.parser import BytesHeaderParser
from hashlib import sha256

from channels.email.box_settings import BoxSettings, read_settings
from channels.email.folders import quoted
from channels.email.mailbox import CommandRefused, Mailbox, Patience
from channels.email.oauth import Tokens
from intake.account import Account
from intake.errors import NotFound
from intake.inquiry import Raw


class LetterMover:
    """Carries out `flag_letter` effects. Safe to repeat: a letter that is no longer there was moved already,
    by us before a crash or by a person."""

    def __init__(self, patience: Patience | None = None) -> None:
        self._patience = patience or Patience()

    async def move(self, account: Account, raw: Raw, event: str) -> bool:
        """Move the letter of `raw` to the folder that the account names for `event`; False when it names none
        or the letter is not there any more. Raises Unavailable (try again), NotFound or CommandRefused (never
        will work)."""
        settings = read_settings(account)
        target = settings.move.get(event, "")
        folder = str(raw.head.get("folder", ""))
        if not target or target == folder or "uid" not in raw.head:
            return False
        box = await Mailbox.open(settings, _tokens(settings), self._patience)
        try:
            state = await box.take(folder)
            uid = await _find(box, raw, state.validity)
            if uid is None:
                return False
            await _move(box, uid, target)
        finally:
            await box.leave()
        return True


async def _move(box: Mailbox, uid: int, target: str) -> None:
    try:
        await box.move(uid, target)
    except CommandRefused as error:
        if "TRYCREATE" not in str(error).upper():
            raise
        await box.create(target)
        await box.move(uid, target)


async def _find(box: Mailbox, raw: Raw, validity: int | None) -> int | None:
    """The letter's UID as it is now, or None. Where UIDs were given out anew it is known by its bytes."""
    uid = int(raw.head["uid"])
    if validity == raw.head.get("uidvalidity"):
        return uid if await box.search("UID", str(uid)) else None
    message_id = str(BytesHeaderParser().parsebytes(raw.body).get("Message-ID", "")).strip()
    if not message_id.isascii() or not message_id.isprintable() or not message_id:
        raise NotFound(
            "the mailbox gave out its numbers anew, and the letter has no Message-ID to find it by"
        )
    for candidate in await box.search("HEADER", "Message-ID", quoted(message_id)):
        letter = await box.large_letter(candidate)
        if letter and f"sha256:{sha256(letter).hexdigest()}" == raw.external_id:
            return candidate
    return None


def _tokens(settings: BoxSettings) -> Tokens | None:
    return Tokens(settings.oauth) if settings.oauth else None
