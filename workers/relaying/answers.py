"""Answers: carries out `reply` effects - what we write to clients goes by the channel they came by, once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from channels.base import BLOCKED, NO_ACCESS, TOO_LATE, Replies, Reply, Undelivered, Unsure
from intake.clock import Millis
from intake.decision import ERASED
from intake.effect import DueEffect
from intake.errors import Conflict, LeadIntakeError, NotFound, Unavailable
from intake.inquiry import Inquiry
from workers.relaying.errands import Backroom

GIVEN_UP_MS = 600_000
"""A message that could not be sent for so long is told to its writer as not delivered: the client waits."""
UNKNOWN = "it is not known whether the message arrived: look into the conversation"
AWAY = "the messenger does not answer"
CONTACT = "Send my phone number"
_THE_MANAGERS = (BLOCKED, TOO_LATE, UNKNOWN)
_LONGEST_MS = 60_000


class Cases(Protocol):
    """What follows for the ledger. Methods block."""

    def sent(self, interaction: str, inquiry_id: str, at: Millis) -> None:
        """A manager's message is with the messenger."""
        ...

    def robot_words(self, which: str, inquiry: Inquiry) -> str:
        """The words of an account's own text."""
        ...

    def robot_writes(self, interaction: str, inquiry_id: str, text: str) -> None:
        """A robot's message is about to go."""
        ...

    def robot_sent(self, interaction: str, inquiry_id: str, text: str) -> None:
        """A robot's message is with the messenger."""
        ...

    def refused(self, interaction: str, inquiry_id: str, actor: str, reason: str) -> None:
        """A manager's message will not arrive."""
        ...


class Answers:
    """`workers.relaying.errands.Runner` for what is written to the clients of one account.

    A message of which it is not known whether it went is sent again only where the messenger knows it again by its
    key; elsewhere its writer is told: a client who gets the same answer twice is worse than one look more.
    """

    most = 1

    def __init__(self, account: str, room: Backroom, cases: Cases, say: Callable[[str], str]) -> None:
        self._account = account
        self._roads = room.roads
        self._outgoing = room.outgoing
        self._desk = room.desk
        self._clock = room.clock
        self._cases = cases
        self._say = say
        self._log = structlog.get_logger().bind(account=account)

    async def run(self, effects: Sequence[DueEffect]) -> Millis | None:
        """As the protocol says."""
        not_before = None
        for one in effects:
            not_before = await self._carry_out(one) or not_before
        return not_before

    async def _carry_out(self, one: DueEffect) -> Millis | None:
        try:
            reply = await self._prepared(one)
        except Unavailable as error:
            return await self._wait(one, error, unsure=one.unsure)
        if reply is None:
            return None
        try:
            message_id = await self._sent(self._replies(), reply, again=one.unsure)
        except Undelivered as refused:
            await self._refused(one, refused)
        except Unavailable as error:
            if self._clock.now() - one.effect.created_at <= GIVEN_UP_MS:
                return await self._wait(one, error, unsure=isinstance(error, Unsure) or one.unsure)
            await self._refused(one, Undelivered(str(error), AWAY))
        else:
            await self._done(one, message_id, reply.text)
        return None

    async def _prepared(self, one: DueEffect) -> Reply | None:
        """What is to be sent; None when there is nobody or nothing any more, and the effect is dealt with. Raises
        Unavailable."""
        payload = one.effect.payload
        ident, inquiry_id, which = payload["interaction"], payload["inquiry_id"], payload.get("which", "")
        found = await asyncio.to_thread(self._outgoing.inquiries, [inquiry_id])
        inquiry, decision = found.get(inquiry_id, (None, None))
        if decision and decision.state_reason == ERASED:
            await self._desk.done([one.id])
            return None
        if inquiry and which:
            words = self._cases.robot_words(which, inquiry)
        else:
            words = await asyncio.to_thread(self._outgoing.words, ident)
        if inquiry is None or not words:
            await self._desk.park([one], "what it answers, or its words, are no longer there")
            return None
        if which:
            await self._told(lambda: self._cases.robot_writes(ident, inquiry_id, words))
        asks = self._say(CONTACT) if payload.get("asks") == "contact" else ""
        return Reply(inquiry, words, ident, asks, robot=not payload.get("actor"))

    def _replies(self) -> Replies:
        """Raises Undelivered for an account that cannot write any more."""
        way = self._roads.of(self._account)
        if way is None or way.replies is None:
            raise Undelivered("the account is not configured to write", NO_ACCESS)
        return way.replies

    async def _sent(self, replies: Replies, reply: Reply, *, again: bool) -> str:
        if again and not replies.repeatable:
            raise Undelivered("a try before this one ended without an answer", UNKNOWN)
        try:
            return await replies.send(reply)
        except Unsure as error:
            if replies.repeatable:
                raise
            raise Undelivered(str(error), UNKNOWN) from None

    async def _done(self, one: DueEffect, message_id: str, words: str) -> None:
        payload = one.effect.payload
        self._log.info("reply_sent", reply=payload["interaction"], message=message_id)
        self._roads.well(self._account)
        if payload.get("which"):
            await self._told(
                lambda: self._cases.robot_sent(payload["interaction"], payload["inquiry_id"], words)
            )
        elif payload.get("actor"):
            await self._told(
                lambda: self._cases.sent(payload["interaction"], payload["inquiry_id"], self._clock.now())
            )
        await self._desk.done([one.id])

    async def _refused(self, one: DueEffect, refused: Undelivered) -> None:
        """It is told to who wrote it, on the card. What that alone can mend is done with; the rest who runs the system
        finds parked, with the whole reason."""
        payload, actor = one.effect.payload, one.effect.payload.get("actor", "")
        self._log.warning("reply_refused", reply=payload["interaction"], reason=str(refused))
        if refused.phrase == NO_ACCESS:
            self._roads.shut(self._account, str(refused))
        if actor:
            reason = self._say(refused.phrase)
            await self._told(
                lambda: self._cases.refused(payload["interaction"], payload["inquiry_id"], actor, reason)
            )
        if refused.phrase in _THE_MANAGERS and actor:
            await self._desk.done([one.id])
        else:
            await self._desk.park([one], str(refused))

    async def _told(self, tell: Callable[[], None]) -> None:
        """Into the ledger, however long it is away: the message is out, or will never be."""
        while True:
            try:
                await asyncio.to_thread(tell)
            except Unavailable as error:
                self._log.warning("relay_store_away", reason=str(error))
                await asyncio.sleep(0.5)
            except (NotFound, Conflict) as error:
                self._log.warning("reply_untold", reason=str(error))
                return
            else:
                return

    async def _wait(self, one: DueEffect, error: LeadIntakeError, *, unsure: bool) -> Millis:
        due_at = self._clock.now() + pause_ms(one.attempts, error.after)
        await self._desk.later([one], due_at, str(error), unsure=unsure)
        return due_at


def pause_ms(attempts: int, after: float | None, roll: Callable[[], float] = random.random) -> int:
    """How long to wait: what the other side said, else 1, 2, 4 ... seconds up to a minute, shortened at random by up to
    a quarter so that not all come back at once."""
    if after is not None:
        return max(int(after * 1000), 500)
    whole = min(_LONGEST_MS, 1000 << min(max(attempts, 1) - 1, 6))
    return int(whole * (1 - roll() / 4))
