"""The listener of a bot: one long poll at a time, held by a lease; what was heard is confirmed when it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog

from intake.clock import Clock
from intake.errors import Unavailable
from intake.ports import Health, HealthReport, HealthState, Leases
from notify.base import Failure, Messenger, Notice
from notify.hearing import Ear, Heard, Pressed, Said
from workers.listening.fence import LeaseLost, Tenure
from workers.taps.hands import Answer, Hands
from workers.use_cases.people import TAPS


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: `poll` is how long one question to the messenger lasts; `first` to `longest` the pauses after
    failures; `lease` how long a dead listener keeps the bot, `lease_asked` how often a waiting one asks; `answer`
    how long a manager waits for the toast at most."""

    poll: int = 25
    first: float = 1.0
    longest: float = 15.0
    lease: float = 30.0
    lease_asked: float = 5.0
    answer: float = 3.0


@dataclass(frozen=True, slots=True)
class Bot:
    """A messenger with its ear, and the hands that do what is heard."""

    messenger: Messenger
    ear: Ear
    hands: Hands


class Listener:
    """Hears one bot until it is cancelled. `holder` names this process among all listeners."""

    def __init__(
        self,
        bot: Bot,
        leases: Leases,
        health: Health,
        clock: Clock,
        holder: str,
        patience: Patience | None = None,
    ) -> None:
        self._bot = bot
        self._name = f"{TAPS}{bot.messenger.name}"
        self._leases = leases
        self._health = health
        self._clock = clock
        self._holder = holder
        self._patience = patience or Patience()
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="taps")
        self._first = 0
        self._done: set[int] = set()
        self._failures = 0
        self._door = ""
        self._place = ""
        self._state: HealthState | None = None
        self._log = structlog.get_logger().bind(messenger=bot.messenger.name)

    async def run(self) -> None:
        """Take the lease, hear, and begin again when either ends."""
        tenure = Tenure(self._leases, self._name, self._holder, self._patience.lease)
        try:
            while True:
                await self._life(tenure)
        finally:
            await self._end(tenure)

    async def _life(self, tenure: Tenure) -> None:
        try:
            if not tenure.sure and not await tenure.begin():
                await self._report(HealthState.WAITING, "another process hears this bot; this one waits")
                await asyncio.sleep(self._patience.lease_asked)
                return
            await self._hear_while_held(tenure)
        except LeaseLost as error:
            self._log.warning("taps_lost_lease", reason=str(error))
        except Exception as error:  # noqa: BLE001  no fault of ours may end the hearing for good
            self._log.exception("taps_broke", reason=f"{type(error).__name__}: {error}"[:200])
            await asyncio.sleep(self._patience.first)

    async def _hear_while_held(self, tenure: Tenure) -> None:
        hearing = asyncio.create_task(self._hear())
        lease = asyncio.create_task(tenure.keep(self._trouble))
        try:
            await asyncio.wait({hearing, lease}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (hearing, lease):
                task.cancel()
            await asyncio.gather(hearing, lease, return_exceptions=True)
        for task in (lease, hearing):
            if not task.cancelled():
                task.result()

    async def _hear(self) -> None:
        """Ask, do, ask for the next - which confirms what was done."""
        await self._go_on()
        while True:
            heard = await self._bot.ear.hear(self._first, self._patience.poll)
            if isinstance(heard, Failure):
                await self._failed(heard)
                continue
            self._failures = 0
            await self._well()
            await self._carry_out(heard)
            if heard:
                await self._note_place()

    async def _go_on(self) -> None:
        """From where the last one of us was, where the messenger does not remember it itself."""
        reports = await asyncio.to_thread(self._health.reports)
        place = next((str(one.detail.get("place", "")) for one in reports if one.account == self._name), "")
        if place:
            self._bot.ear.go_on(place)
        self._place, self._first, self._done = place, 0, set()

    async def _note_place(self) -> None:
        """Where the next one of us goes on. What is lost of it is heard twice, and done once."""
        place = self._bot.ear.place(self._first)
        if place != self._place:
            self._place = place
            await self._tell(HealthState.OK, "")

    async def _carry_out(self, heard: Sequence[Heard]) -> None:
        """Taps on different cards side by side, those on one card in their order."""
        lines: dict[str, list[Heard]] = {}
        for one in heard:
            if one.number not in self._done:
                lines.setdefault(_about(one), []).append(one)
        await asyncio.gather(*(self._in_order(line) for line in lines.values()))
        undone = [one.number for one in heard if one.number not in self._done]
        self._first = min(undone, default=max((one.number + 1 for one in heard), default=self._first))
        self._done = {number for number in self._done if number >= self._first}
        if undone:
            await asyncio.sleep(self._patience.first)

    async def _in_order(self, line: Sequence[Heard]) -> None:
        for one in line:
            if await self._do(one):
                self._done.add(one.number)

    async def _do(self, one: Heard) -> bool:
        """Whether nothing is left to do about it: it was carried out, or who wanted it knows that it was not."""
        if isinstance(one, Pressed):
            answer, settled = await self._press(one)
            failure = await self._bot.ear.answer(one, answer.text)
            if failure:
                self._log.warning("toast_not_shown", reason=failure.reason)
            if answer.notice:
                await self._show(one, answer.notice)
            if answer.say:
                await self._bot.messenger.send(one.sender, answer.say)
            return settled or failure is None
        if isinstance(one, Said):
            return await self._answer(one)
        return True

    async def _show(self, pressed: Pressed, notice: Notice) -> None:
        """The message as it is from now on: with a menu, or as the card stands."""
        shown = await self._bot.messenger.edit(pressed.chat, pressed.message, notice)
        if isinstance(shown, Failure):
            self._log.warning("answer_not_shown", reason=shown.reason)

    async def _press(self, pressed: Pressed) -> tuple[Answer, bool]:
        """The toast, and whether the tap is done for good."""
        hands, loop = self._bot.hands, asyncio.get_running_loop()
        pressing = loop.run_in_executor(self._threads, hands.press, pressed)
        try:
            return await asyncio.wait_for(asyncio.shield(pressing), self._patience.answer), True
        except TimeoutError:
            pressing.add_done_callback(self._late)
            return Answer(hands.toasts.slow()), False
        except Unavailable as error:
            self._log.warning("tap_store_away", reason=str(error))
            return Answer(hands.toasts.try_again()), False
        except Exception as error:  # noqa: BLE001  a tap that breaks must not stop the others
            self._log.exception("tap_failed", reason=type(error).__name__)
            return Answer(hands.toasts.failed()), True

    async def _answer(self, said: Said) -> bool:
        hands, loop = self._bot.hands, asyncio.get_running_loop()
        try:
            notice = await loop.run_in_executor(self._threads, hands.listen, said)
        except Unavailable as error:
            self._log.warning("tap_store_away", reason=str(error))
            return False
        except Exception as error:  # noqa: BLE001  a line that breaks must not stop the others
            self._log.exception("line_failed", reason=type(error).__name__)
            return True
        if notice is not None:
            shown = await self._bot.messenger.send(said.sender, notice)
            if isinstance(shown, Failure):
                self._log.warning("answer_not_shown", reason=shown.reason)
        return True

    def _late(self, pressing: asyncio.Future[Answer]) -> None:
        """What came of a tap whose manager was told to look at the card."""
        if not pressing.cancelled() and (error := pressing.exception()):
            self._log.warning("late_tap_failed", reason=str(error)[:200])

    async def _failed(self, failure: Failure) -> None:
        """One failure is no news: after a restart the messenger may still hold our last question open."""
        self._failures += 1
        if self._failures > 1:
            await self._report(HealthState.FAULT, failure.reason)
        pause = min(self._patience.first * 2 ** (self._failures - 1), self._patience.longest)
        await asyncio.sleep(pause if failure.after is None else failure.after)

    async def _well(self) -> None:
        if not self._door:
            door = await self._bot.ear.door()
            self._door = door if isinstance(door, str) else ""
            self._state = None if self._door else self._state
        await self._report(HealthState.OK, "")

    async def _report(self, state: HealthState, message: str) -> None:
        """Tell the log and the dashboard of every change."""
        if state is self._state:
            return
        self._state = state
        log = self._log.info if state is HealthState.OK else self._log.warning
        log("taps_heard" if state is HealthState.OK else "taps_not_heard", reason=message)
        await self._tell(state, message)

    async def _tell(self, state: HealthState, message: str) -> None:
        report = HealthReport(self._name, state, message, detail={"door": self._door, "place": self._place})
        try:
            await asyncio.to_thread(self._health.report, report, self._clock.now())
        except Exception as error:  # noqa: BLE001  a state that cannot be noted must not end the hearing
            self._state = None
            self._trouble(error)

    def _trouble(self, error: Exception) -> None:
        self._log.warning("taps_store_away", reason=f"{type(error).__name__}: {error}"[:200])

    async def _end(self, tenure: Tenure) -> None:
        try:
            await tenure.end()
        except Exception as error:  # noqa: BLE001  it runs out by itself
            self._trouble(error)
        self._threads.shutdown(wait=False, cancel_futures=True)


def _about(one: Heard) -> str:
    """What must keep its order: the taps on one card, the lines of one person."""
    if isinstance(one, Pressed):
        return one.data.split(".")[1] if one.data.count(".") >= 2 else one.data
    return one.sender if isinstance(one, Said) else ""
