"""A manager's lane: its effects one after another, whatever happens in the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from intake.clock import Clock, Millis
from intake.deal import CardState, Manager
from intake.effect import ADDRESS, DueEffect, Effect, EffectKind
from intake.ports import Sent
from intake.view import CardView
from notify.base import Failure, Gone, Shown, Trouble
from notify.notices import Writer
from notify.style import Face
from workers.relaying.desk import Desk
from workers.relaying.gates import back_off_ms
from workers.relaying.showing import LIST, Exhibit, show
from workers.relaying.storms import CardList, Weather
from workers.relaying.telling import tell, with_inquiry
from workers.relaying.ways import Station, Way, ways
from workers.relaying.works import Summaries, Work, fold, fold_summaries

BROWSER = "browser"
_FRESH_MS = 300
"""A card read longer ago than this is read again before it is shown."""
_SUMMARY_AFTER_MS = 30_000


def never_quiet(manager: Manager, now: Millis) -> bool:
    """Nobody minds a sound, whenever it is."""
    del manager, now
    return False


@dataclass(frozen=True, slots=True)
class Tools:
    """What every lane works with. `storm` new cards within two minutes are shown one by one; after
    `spare_after_ms` without an answer the manager's next messenger is tried."""

    desk: Desk
    stations: Mapping[str, Station]
    writer: Writer
    clock: Clock
    storm: int = 10
    spare_after_ms: int = 15_000
    quiet: Callable[[Manager, Millis], bool] = never_quiet
    """whether a manager is not to be disturbed by a sound at an instant"""


class Lane:
    """Carries out one manager's effects in order; `run` ends when none is left."""

    def __init__(self, manager: str, tools: Tools, weather: Weather) -> None:
        self.manager = manager
        self.waiting: list[DueEffect] = []
        self._tools = tools
        self._weather = weather
        self._views: dict[str, CardView] = {}
        self._read_at: Millis = 0
        self._stopped = False
        self._held: dict[int, DueEffect] = {}
        self._log = structlog.get_logger().bind(manager=manager)

    def put(self, effects: Sequence[DueEffect], views: Mapping[str, CardView]) -> None:
        """More to do; `views` are its cards, read just now."""
        self.waiting += effects
        self._held.update((one.id, one) for one in effects)
        self._views.update(views)
        self._read_at = self._tools.clock.now() if len(self._views) == len(views) else 0

    def unfinished(self) -> list[DueEffect]:
        """The effects it answers for, those being carried out included."""
        return list(self._held.values())

    def stop(self) -> None:
        """Finish what is being shown; give the rest back."""
        self._stopped = True

    async def run(self) -> None:
        """Work until nothing waits."""
        while self.waiting:
            if self._stopped:
                await self._tools.desk.give_back(self._taken(self.waiting), self._tools.clock.now())
                return
            await self._step()
            self._held = {one.id: one for one in self.waiting}

    async def _step(self) -> None:
        """Choose as late as possible: only when the limits let a message through, so that whatever came
        meanwhile is folded in."""
        views = await self._current()
        found = self._ways(views)
        wait_s = found[0].wait_s if found and found[0].station.gate.passable() else 0.0
        if 0 < wait_s * 1000 <= self._tools.spare_after_ms:
            await asyncio.sleep(wait_s)
            views = await self._current()
        works = fold(self.waiting)
        if stray := [work for work in works if not self._mine(work, views)]:
            await self._drop(stray, views)
        elif works:
            await self._cards(works, views, found)
        elif summaries := fold_summaries(self.waiting):
            await self._summary(summaries[0])
        else:
            await self._notice(self.waiting[0])

    def _mine(self, work: Work, views: Mapping[str, CardView]) -> bool:
        return work.card_id in views and views[work.card_id].card.manager == self.manager

    async def _drop(self, stray: list[Work], views: Mapping[str, CardView]) -> None:
        """Cards that went to another manager have effects of their own there; those that are gone are parked."""
        for work in stray:
            effects = self._take(work.ids)
            if work.card_id in views:
                await self._tools.desk.done(work.ids)
            else:
                await self._tools.desk.park(effects, "the card is no longer in the ledger")

    async def _cards(self, works: list[Work], views: Mapping[str, CardView], found: list[Way]) -> None:
        tools, now = self._tools, self._tools.clock.now()
        if found and not any(way.station.gate.passable() for way in found):
            await self._wait_for_gates(works, views, found)
            return
        name = next((way.name for way in found if way.station.gate.passable()), "")
        fresh = [work for work in works if name and not views[work.card_id].card.messages.get(name)]
        if self._weather.stormy(len(fresh), tools.storm, now):
            way = next(way for way in found if way.name == name)
            await self._list(way, fresh, views, found[: found.index(way)])
        else:
            await self._card(works[0], views[works[0].card_id], found)

    async def _card(self, work: Work, view: CardView, found: list[Way]) -> None:
        """One card by the first way that takes it; the browser shows it in any case."""
        tools, effects = self._tools, self._take(work.ids)
        if _settled(work, view):
            await tools.desk.done(work.ids, [self._sent(view, BROWSER, "")])
            return
        reasons: list[str] = []
        unsure = False
        for number, way in enumerate(found):
            if not way.station.gate.enter():
                reasons.append(f"{way.name} does not answer")
                continue
            outcome = await self._show(way, work, view)
            if isinstance(outcome, Shown):
                await self._shown(work, view, way, outcome, found[:number])
                return
            self._log.warning("card_not_shown", card=view.card.id, messenger=way.name, reason=outcome.reason)
            unsure = unsure or outcome.unsure
            if outcome.retryable and not self._too_late(work, view, outcome, found[number + 1 :]):
                due_at = tools.clock.now() + back_off_ms(work.attempts, outcome)
                await tools.desk.later(effects, due_at, outcome.reason, unsure=unsure)
                return
            reasons.append(outcome.reason)
        await self._nobody(work, view, found, reasons)

    async def _show(self, way: Way, work: Work, view: CardView) -> Shown | Failure:
        wait_s = way.wait_s
        if wait_s * 1000 > self._tools.spare_after_ms:
            return Failure(Trouble.SLOW_DOWN, f"{way.name} asked to wait {wait_s:.0f} s", after=wait_s)
        return await show(
            way, Exhibit(view, work.ring, work.unsure, work.reminder), self._tools.writer, self._tools.clock
        )

    def _too_late(self, work: Work, view: CardView, failure: Failure, further: list[Way]) -> bool:
        """Whether the next messenger is to be tried now. A change that makes no sound can wait for its own."""
        if not work.ring and view.card.messages:
            return False
        if not any(way.station.gate.passable() for way in further):
            return False
        if failure.trouble is Trouble.LOCKED:
            return True
        waited = self._tools.clock.now() - work.since
        return waited + back_off_ms(work.attempts, failure) > self._tools.spare_after_ms

    async def _shown(self, work: Work, view: CardView, way: Way, shown: Shown, before: list[Way]) -> None:
        tools = self._tools
        if not view.card.messages.get(way.name):
            self._weather.note(1, tools.clock.now())
        await tools.desk.done(work.ids, [self._sent(view, way.name, shown.message_id)])
        self._log.info("card_shown", card=view.card.id, messenger=way.name, touch=view.touch_count)
        await self._promise_summaries(before)

    async def _promise_summaries(self, missed: list[Way]) -> None:
        """The messengers that were to show it are away: tell the manager there, once, when they are back."""
        now = self._tools.clock.now()
        for way in missed:
            since = way.station.gate.failing_since
            if since is not None:
                payload = {"messenger": way.name, "since": str(since)}
                key = f"summary:{self.manager}:{way.name}:{since}"
                due_at = now + _SUMMARY_AFTER_MS
                await self._tools.desk.add(
                    Effect(key, EffectKind.SUMMARY, self.manager, payload, now, due_at)
                )

    async def _nobody(self, work: Work, view: CardView, found: list[Way], reasons: list[str]) -> None:
        """No messenger took it. Where there is none at all the browser is how it was meant to be shown."""
        tools = self._tools
        if not found:
            await tools.desk.done(work.ids, [self._sent(view, BROWSER, "")])
            return
        await tools.desk.done((), [self._sent(view, BROWSER, "")])
        if any(not way.station.gate.passable() for way in found):
            await tools.desk.later(work.effects, self._retry_at(found), "; ".join(reasons), unsure=False)
            return
        self._log.error("card_parked", card=view.card.id, reasons=reasons)
        await tools.desk.park(work.effects, "; ".join(reasons))

    async def _wait_for_gates(
        self, works: list[Work], views: Mapping[str, CardView], found: list[Way]
    ) -> None:
        """Nobody answers: everything waits for the first gate's next try, and stands in the browser."""
        tools = self._tools
        unseen = [views[work.card_id] for work in works if not views[work.card_id].card.sent_via]
        if unseen:
            await tools.desk.done((), [self._sent(view, BROWSER, "") for view in unseen])
        effects = self._take([one for work in works for one in work.ids])
        await tools.desk.give_back(effects, self._retry_at(found))

    def _retry_at(self, found: list[Way]) -> Millis:
        return min(way.station.gate.retry_at for way in found) + 1

    async def _list(
        self, way: Way, fresh: list[Work], views: Mapping[str, CardView], before: list[Way]
    ) -> None:
        """All the new ones as one list: a new message, or the growing one edited."""
        tools, now = self._tools, self._tools.clock.now()
        ids = [one for work in fresh for one in work.ids]
        effects = self._take(ids)
        growing = self._weather.open_list(way.name, now) if way.station.messenger.edits else None
        earlier = await tools.desk.views(growing.card_ids) if growing else {}
        listed = [*earlier.values(), *(views[work.card_id] for work in fresh)]
        face = Face(now, public=way.public, repeat=any(work.unsure for work in fresh) and growing is None)
        notice = tools.writer.many(listed, way.name, face, tools.writer.new_title(len(listed)))
        if not way.station.gate.enter():
            await tools.desk.give_back(effects, way.station.gate.retry_at + 1)
            return
        outcome = await way.edit(growing.message_id, notice) if growing else await way.send(notice)
        if isinstance(outcome, Gone):
            outcome = await way.send(notice)
        if isinstance(outcome, Failure):
            # the same works come again, one by one or as a list; the next way is theirs when it is time
            await self._list_failed(fresh, views, effects, outcome)
            return
        card_ids = [view.card.id for view in listed]
        self._weather.growing = CardList(way.name, outcome.message_id, card_ids, now)
        self._weather.note(len(fresh), now)
        sent = [self._sent(views[work.card_id], way.name, f"{LIST}{outcome.message_id}") for work in fresh]
        await tools.desk.done(ids, sent)
        self._log.info("cards_listed", messenger=way.name, cards=len(fresh))
        await self._promise_summaries(before)

    async def _list_failed(
        self, fresh: list[Work], views: Mapping[str, CardView], effects: list[DueEffect], failure: Failure
    ) -> None:
        tools = self._tools
        if failure.retryable:
            due_at = tools.clock.now() + back_off_ms(max(work.attempts for work in fresh), failure)
            await tools.desk.later(effects, due_at, failure.reason, unsure=failure.unsure)
            return
        await tools.desk.done((), [self._sent(views[work.card_id], BROWSER, "") for work in fresh])
        await tools.desk.park(effects, failure.reason)

    async def _summary(self, summaries: Summaries) -> None:
        """The messenger is back: one list of what came another way meanwhile, if anything did."""
        tools, now = self._tools, self._tools.clock.now()
        effects = self._take(summaries.ids)
        missed = await tools.desk.views(
            await tools.desk.missed(self.manager, summaries.messenger, summaries.since)
        )
        way = next((one for one in self._ways(missed) if one.name == summaries.messenger), None)
        if way is None:
            await tools.desk.done(summaries.ids)
            return
        if not way.station.gate.enter():
            await tools.desk.give_back(effects, way.station.gate.retry_at + 1)
            return
        views = list(missed.values())
        title = tools.writer.missed_title(len(views), way.name, summaries.since, now)
        face = Face(now, public=way.public, repeat=summaries.unsure)
        outcome = await way.send(tools.writer.many(views, way.name, face, title))
        if isinstance(outcome, Shown):
            sent = [self._sent(view, way.name, f"{LIST}{outcome.message_id}") for view in views]
            await tools.desk.done(summaries.ids, sent)
        elif outcome.retryable:
            due_at = now + back_off_ms(max(one.attempts for one in effects), outcome)
            await tools.desk.later(effects, due_at, outcome.reason, unsure=outcome.unsure)
        else:
            await tools.desk.park(effects, outcome.reason)

    async def _notice(self, one: DueEffect) -> None:
        """Something that is no card. Who does not work here any more, or has no messenger, is told nothing."""
        tools, effects = self._tools, self._take([one.id])
        found = await self._notice_ways()
        if found is None:
            await tools.desk.park(effects, "a letter takes [notify.email]")
            return
        one = await with_inquiry(one, tools.desk)
        shows = one.effect.payload.get("shows", "")
        thing = f"{shows}:{self.manager}" if shows else ""
        earlier = await tools.desk.shown_as(thing) if thing else {}
        told = await tell(one, found, tools.writer, tools.clock, tools.spare_after_ms, earlier)
        if told.parked:
            self._log.error("notice_parked", notice=one.effect.key, reason=told.reason)
            await tools.desk.park(effects, told.reason)
        elif told.again_at is not None:
            await tools.desk.later(effects, told.again_at, told.reason, unsure=told.unsure)
        else:
            kept = thing and told.via
            sent = [Sent(thing, told.via, told.message_id, tools.clock.now())] if kept else []
            await tools.desk.done([one.id], sent)

    async def _notice_ways(self) -> list[Way] | None:
        """The manager's ways; of an address outside the letters, None where no letters can be sent."""
        stations = self._tools.stations
        if self.manager.startswith(ADDRESS):
            station = stations.get("email")
            return [Way(station, self.manager.removeprefix(ADDRESS))] if station else None
        manager = await self._tools.desk.manager(self.manager)
        quiet = manager is not None and self._tools.quiet(manager, self._tools.clock.now())
        return ways(manager, stations, quiet=quiet) if manager else []

    async def _current(self) -> Mapping[str, CardView]:
        """The waiting works' cards, read again unless that was just now. Whatever came while they were read is read
        too: a work whose card was not asked for must not pass for one whose card is gone."""
        wanted = {work.card_id for work in fold(self.waiting)}
        stale = self._tools.clock.now() - self._read_at > _FRESH_MS
        while stale or not wanted <= self._views.keys():
            self._read_at = self._tools.clock.now()
            self._views = await self._tools.desk.views(sorted(wanted))
            asked, wanted, stale = wanted, {work.card_id for work in fold(self.waiting)}, False
            if wanted <= asked:
                break
        return self._views

    def _ways(self, views: Mapping[str, CardView]) -> list[Way]:
        view = next((view for view in views.values() if view.manager.id == self.manager), None)
        if view is None:
            return []
        quiet = self._tools.quiet(view.manager, self._tools.clock.now())
        return ways(view.manager, self._tools.stations, quiet=quiet)

    def _sent(self, view: CardView, messenger: str, message_id: str) -> Sent:
        return Sent(view.card.id, messenger, message_id, self._tools.clock.now())

    def _take(self, ids: Sequence[int]) -> list[DueEffect]:
        """These leave the line."""
        wanted = set(ids)
        taken = [one for one in self.waiting if one.id in wanted]
        self.waiting = [one for one in self.waiting if one.id not in wanted]
        return taken

    def _taken(self, effects: list[DueEffect]) -> list[DueEffect]:
        return self._take([one.id for one in effects])


def _settled(work: Work, view: CardView) -> bool:
    """Whether there is nothing left to show: it was dealt with in the browser before any messenger told of it,
    or a list named it and nothing was added since. One that was taken from a list is shown in full; so is one
    that was taken by picking up the telephone."""
    taken = view.card.state in (CardState.TAKEN, CardState.CLOSED)
    if taken and work.reminder:
        return True
    if not view.card.messages:
        talked = view.card.state is CardState.TAKEN and view.touches and view.touches[-1].call is not None
        return taken and view.touch_count <= 1 and not talked
    listed = all(one.startswith(LIST) for one in view.card.messages.values())
    return listed and (work.first if work.ring else not taken)
