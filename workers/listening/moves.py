"""Moving letters: carries out `flag_letter` effects where the listener is, for it knows how to reach the mailbox."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol

import structlog

from intake.account import Account
from intake.clock import Clock
from intake.effect import DueEffect, EffectKind
from intake.errors import ConfigFault, LeadIntakeError, Unavailable
from intake.inquiry import Raw
from intake.ports import Outbox

POLL_S = 2.0
"""How often the outbox is looked into. Nobody waits for a letter to be moved."""
_CLAIM = 20
_LONGEST_MS = 600_000


class Originals(Protocol):
    """Where letters are read again."""

    def first(self, inquiry_id: str) -> Raw | None:
        """The event an inquiry began with."""
        ...


class Mover(Protocol):
    """Who moves a letter in its mailbox."""

    async def move(self, account: Account, raw: Raw, event: str) -> bool:
        """Move it; False when nothing was to be done."""
        ...


class LetterMoves:
    """Looks for letters to move until it is cancelled. `holder` names this process."""

    def __init__(
        self,
        outbox: Outbox,
        originals: Originals,
        mover: Mover,
        accounts: Mapping[str, Account],
        clock: Clock,
        holder: str,
    ) -> None:
        self._outbox = outbox
        self._originals = originals
        self._mover = mover
        self._accounts = accounts
        self._clock = clock
        self._holder = holder
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Work, and look again after a while."""
        while True:
            try:
                done = await self.step()
            except Unavailable as error:
                self._log.warning("moves_store_away", reason=str(error))
                done = 0
            if done < _CLAIM:
                await asyncio.sleep(POLL_S)

    async def step(self) -> int:
        """Carry out what is due now; how much that was. Raises Unavailable when the store does not answer."""
        due = await asyncio.to_thread(
            self._outbox.claim, self._holder, self._clock.now(), _CLAIM, kinds=(EffectKind.FLAG_LETTER,)
        )
        for one in due:
            await self._carry_out(one)
        return len(due)

    async def _carry_out(self, due: DueEffect) -> None:
        """Done, tried again later, or parked with its reason for a human."""
        now = self._clock.now
        try:
            moved = await self._move(due)
        except Unavailable as error:
            wait = min(_LONGEST_MS, 2000 << min(due.attempts, 10))
            await asyncio.to_thread(self._outbox.later, due.id, now() + wait, str(error))
        except LeadIntakeError as error:
            self._log.warning("letter_not_moved", account=due.effect.target, reason=str(error))
            await asyncio.to_thread(self._outbox.park, due.id, now(), str(error))
        else:
            await asyncio.to_thread(self._outbox.done, [due.id], now())
            self._log.info("letter_settled", account=due.effect.target, moved=moved)

    async def _move(self, due: DueEffect) -> bool:
        payload = due.effect.payload
        raw = await asyncio.to_thread(self._originals.first, payload["inquiry_id"])
        if raw is None:
            raise LeadIntakeError("the letter is no longer kept here, so nobody knows which one to move")
        if raw.channel != "email":
            return False  # a form or a call of the same deal
        account = self._accounts.get(raw.account)
        if account is None:
            raise ConfigFault(f"the account {raw.account} is no longer configured")
        return await self._mover.move(account, raw, payload["event"])


def moves_letters(accounts: Mapping[str, Account]) -> bool:
    """Whether any account wants letters moved at all."""
    return any(one.kind == "email" and one.options.get("move") for one in accounts.values())
