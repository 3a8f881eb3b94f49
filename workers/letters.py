"""Letters: which of them are to be moved in their mailbox, by what became of their inquiries. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from intake.account import Account
from intake.clock import Millis
from intake.effect import Effect, EffectKind
from intake.inquiry import Inquiry

OPEN_TASK = "open_task"
"""It is in a deal: somebody has to do something about it."""
ANSWERED = "answered"
"""We answered."""
_CHANNEL = "email"

AccountOf = Callable[[str, str], Account]
"""The account of an id and a kind."""


def in_a_deal(inquiry: Inquiry, account_of: AccountOf, now: Millis) -> list[Effect]:
    """What follows for the letter of an inquiry that has just come into a deal: nothing, unless its account says
    where such letters go, or when it is history."""
    if inquiry.channel != _CHANNEL or inquiry.history:
        return []
    return _moves([inquiry.id], account_of(inquiry.account, _CHANNEL), OPEN_TASK, now)


def answered(inquiry_ids: Iterable[str], answer: Inquiry, account_of: AccountOf, now: Millis) -> list[Effect]:
    """What follows for the letters of a deal that was answered, by a letter seen in the mailbox of `answer`. Which of
    the inquiries are letters is known to who moves them."""
    if answer.channel != _CHANNEL:
        return []
    return _moves(inquiry_ids, account_of(answer.account, _CHANNEL), ANSWERED, now)


def _moves(inquiry_ids: Iterable[str], account: Account, event: str, now: Millis) -> list[Effect]:
    folders = account.options.get("move")
    if not isinstance(folders, Mapping) or not folders.get(event):
        return []
    return [
        Effect(
            f"letter:{ident}:{event}",
            EffectKind.FLAG_LETTER,
            account.id,
            {"account": account.id, "inquiry_id": ident, "event": event},
            now,
        )
        for ident in inquiry_ids
    ]
