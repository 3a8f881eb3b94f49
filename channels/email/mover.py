"""Moving letters by what happened - answered, a task open - and only where the account's `move` says so."""

from __future__ import annotations

from collections.abc import Sequence
from email.parser import BytesHeaderParser
from hashlib import sha256

from channels.email.box_settings import BoxSettings, read_settings
from channels.email.folders import quoted
from channels.email.mailbox import CommandRefused, FolderRefused, Mailbox, Patience
from channels.email.oauth import Tokens
from intake.account import Account
from intake.errors import NotFound
from intake.inquiry import Raw


class LetterMover:
    """Carries out `flag_letter` effects. Safe to repeat: a letter that lies where it should was moved already,
    by us before a crash or by a person."""

    def __init__(self, patience: Patience | None = None) -> None:
        self._patience = patience or Patience()

    async def move(self, account: Account, raw: Raw, event: str) -> bool:
        """Move the letter of `raw` to the folder that the account names for `event`, from where it came or where an
        earlier event has put it; False when it names none or the letter is there already. Raises Unavailable (try
        again), NotFound (it is gone) or CommandRefused (never will work)."""
        settings = read_settings(account)
        target = settings.move.get(event, "")
        came_to = str(raw.head.get("folder", ""))
        if not target or target == came_to or "uid" not in raw.head:
            return False
        others = [one for one in dict.fromkeys(settings.move.values()) if one not in (target, came_to)]
        box = await Mailbox.open(settings, _tokens(settings), self._patience)
        try:
            return await _bring(box, raw, [came_to, *others], target)
        finally:
            await box.leave()


async def _bring(box: Mailbox, raw: Raw, folders: Sequence[str], target: str) -> bool:
    """Look for the letter where it may be; last of all where it should be."""
    for folder in (*folders, target):
        try:
            state = await box.take(folder)
        except FolderRefused:
            if folder == folders[0]:
                raise
            continue  # nothing was ever moved there
        uid = await _find(box, raw, state.validity if folder == folders[0] else None)
        if uid is not None:
            if folder != target:
                await _move(box, uid, target)
            return folder != target
    raise NotFound("the letter is no longer in the mailbox: somebody moved or deleted it")


async def _move(box: Mailbox, uid: int, target: str) -> None:
    try:
        await box.move(uid, target)
    except CommandRefused as error:
        if "TRYCREATE" not in str(error).upper():
            raise
        await box.create(target)
        await box.move(uid, target)


async def _find(box: Mailbox, raw: Raw, validity: int | None) -> int | None:
    """The letter's UID in the folder taken, or None. It is known by its number as long as numbers hold, else by its
    bytes; a number that is said to hold is still not believed against the Message-ID."""
    uid = str(int(raw.head["uid"]))
    message_id = str(BytesHeaderParser().parsebytes(raw.body).get("Message-ID", "")).strip()
    numbered = validity is not None and validity == raw.head.get("uidvalidity")
    if not message_id.isascii() or not message_id.isprintable() or not message_id:
        return int(uid) if numbered and await box.search("UID", uid) else None
    named = await box.search("HEADER", "Message-ID", quoted(message_id))
    if numbered and int(uid) in named:
        return int(uid)
    for candidate in named:
        letter = await box.large_letter(candidate)
        if letter and f"sha256:{sha256(letter).hexdigest()}" == raw.external_id:
            return candidate
    return None


def _tokens(settings: BoxSettings) -> Tokens | None:
    return Tokens(settings.oauth) if settings.oauth else None
