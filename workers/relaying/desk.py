"""The relay's desk: the outbox and the cards' read models, asked from one thread so that no event loop waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

import structlog

from intake.clock import Clock, Millis
from intake.deal import Manager
from intake.effect import DueEffect, Effect, EffectKind
from intake.errors import Unavailable
from intake.inquiry import Inquiry
from intake.ports import Outbox, Sent
from intake.view import CardView

_T = TypeVar("_T")
_KINDS = (EffectKind.CARD, EffectKind.SUMMARY, EffectKind.NOTICE)
_AGAIN_S = 0.5


class CardViews(Protocol):
    """Where cards are read from. Methods block; they raise Unavailable."""

    def read(self, card_ids: Sequence[str]) -> dict[str, CardView]:
        """The cards of these ids as they stand now."""
        ...

    def missed(self, manager: str, messenger: str, since: Millis) -> list[str]:
        """The manager's cards that were shown since then, none of them by this messenger, oldest first."""
        ...

    def manager(self, ident: str) -> Manager | None:
        """The manager of that id, None when there is none."""
        ...

    def inquiry(self, ident: str) -> Inquiry | None:
        """The inquiry of that id, None when there is none."""
        ...

    def shown_as(self, thing: str) -> dict[str, str]:
        """The messages that show this card, or this thing that is no card, by messenger."""
        ...


class Desk:
    """Asks the store on behalf of the lanes; `further` are kinds of effects beside the managers' own. What was
    carried out is written down however long it takes: while the database is away the desk tries again, for an effect
    done but not noted would be done twice."""

    def __init__(
        self,
        outbox: Outbox,
        views: CardViews,
        relay: str,
        clock: Clock,
        further: Sequence[EffectKind] = (),
    ) -> None:
        self._outbox = outbox
        self._kinds = (*_KINDS, *further)
        self._views = views
        self._relay = relay
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="relay-store")
        self._log = structlog.get_logger()

    async def claim(self, limit: int, busy: Sequence[str]) -> tuple[list[DueEffect], dict[str, CardView]]:
        """Due effects and the cards they tell of, in one visit. Raises Unavailable."""

        def ask() -> tuple[list[DueEffect], dict[str, CardView]]:
            now = self._clock.now()
            due = self._outbox.claim(self._relay, now, limit, kinds=self._kinds, busy=busy)
            ids = {one.effect.payload.get("card_id", "") for one in due}
            try:
                return due, self._views.read(sorted(ids - {""}))
            except Unavailable:
                return due, {}  # claimed they are: their lanes ask again

        return await self._ask(ask)

    async def views(self, card_ids: Sequence[str]) -> dict[str, CardView]:
        """The cards as they stand now."""
        return await self._surely(lambda: self._views.read(card_ids))

    async def missed(self, manager: str, messenger: str, since: Millis) -> list[str]:
        """As CardViews.missed."""
        return await self._surely(lambda: self._views.missed(manager, messenger, since))

    async def manager(self, ident: str) -> Manager | None:
        """As CardViews.manager."""
        return await self._surely(lambda: self._views.manager(ident))

    async def shown_as(self, thing: str) -> dict[str, str]:
        """As CardViews.shown_as."""
        return await self._surely(lambda: self._views.shown_as(thing))

    async def inquiry(self, ident: str) -> Inquiry | None:
        """As CardViews.inquiry."""
        return await self._surely(lambda: self._views.inquiry(ident))

    async def done(self, effect_ids: Sequence[int], sent: Sequence[Sent] = ()) -> None:
        """As Outbox.done."""
        await self._surely(lambda: self._outbox.done(effect_ids, self._clock.now(), sent))

    async def later(self, effects: Sequence[DueEffect], due_at: Millis, error: str, *, unsure: bool) -> None:
        """As Outbox.later, for each; an effect that was unsure stays so."""

        def put_off() -> None:
            for one in effects:
                self._outbox.later(one.id, due_at, error, unsure=unsure or one.unsure)

        await self._surely(put_off)

    async def give_back(self, effects: Sequence[DueEffect], due_at: Millis) -> None:
        """Free again at `due_at`, untried; what was unsure stays so."""

        def free() -> None:
            self._outbox.give_back([one.id for one in effects if not one.unsure], due_at)
            for one in effects:
                if one.unsure:
                    self._outbox.later(one.id, due_at, one.last_error, unsure=True)

        await self._surely(free)

    async def park(self, effects: Sequence[DueEffect], reason: str) -> None:
        """As Outbox.park, for each."""

        def put_away() -> None:
            for one in effects:
                self._outbox.park(one.id, self._clock.now(), reason)

        await self._surely(put_away)

    async def add(self, effect: Effect) -> None:
        """As Outbox.add."""
        await self._surely(lambda: self._outbox.add([effect]))

    async def renew(self, effect_ids: Sequence[int]) -> None:
        """As Outbox.renew. Raises Unavailable."""
        await self._ask(lambda: self._outbox.renew(effect_ids, self._clock.now()))

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, ask: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, ask)

    async def _surely(self, ask: Callable[[], _T]) -> _T:
        while True:
            try:
                return await self._ask(ask)
            except Unavailable as error:
                self._log.warning("relay_store_away", reason=str(error))
                await asyncio.sleep(_AGAIN_S)
