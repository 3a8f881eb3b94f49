"""Asking a mailbox how it does: sign in, look at each folder, say good-bye."""

from __future__ import annotations

from contextlib import suppress
from email.utils import parsedate_to_datetime

from channels.base import Condition
from channels.email.box_settings import read_settings
from channels.email.mailbox import Mailbox, Patience
from channels.email.oauth import Tokens
from intake.account import Account, Company
from intake.clock import Millis, from_datetime


async def ask_mailbox(account: Account, company: Company) -> Condition:
    """`channels.base.Probe` for an e-mail account."""
    del company
    settings = read_settings(account)
    tokens = Tokens(settings.oauth) if settings.oauth else None
    box = await Mailbox.open(settings, tokens, Patience(connect=10))
    try:
        states = [await box.status(folder) for folder in settings.folders]
        ends = certificate_end(box.certificate_until)
    finally:
        await box.leave()
    letters = sum(state.letters for state in states)
    folders = ", ".join(settings.folders)
    expires = {"certificate": ends} if ends else {}
    return Condition(
        f"signed in to {settings.host}, {folders} opens, {letters} letters there", expires=expires
    )


def certificate_end(written: str) -> Millis | None:
    """When a certificate ends, as OpenSSL writes it (`Nov 22 10:00:00 2027 GMT`); None when it says nothing."""
    if not written:
        return None
    month, day, time, year, *_ = (*written.split(), "", "", "", "")
    with suppress(ValueError, TypeError):
        return from_datetime(parsedate_to_datetime(f"{day} {month} {year} {time} +0000"))
    return None
