"""Pace: how many calls are allowed in which time, told ahead so that nobody is refused; waiters keep their order."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from notify.options import Limits

_FORGET_AFTER = 10_000
"""More chats than this are not remembered: those whose windows are over are dropped."""

_SEVERAL = 3
_AT_ONCE_S = 10.0
"""As many chats told to slow down within this time: the bot as a whole is too fast."""


class Window:
    """At most `count` calls within any `seconds`: strict, where a bucket would let twice as many through at
    first. Seats are given out in the order they are asked for, some of them in the future."""

    def __init__(self, count: int, seconds: float) -> None:
        self._count = count
        self._seconds = seconds
        self._taken: deque[float] = deque(maxlen=count)
        self.held_until = 0.0

    @classmethod
    def of_rate(cls, number: float, seconds: float) -> Window:
        """`number` calls in `seconds`, where number may be a fraction: 0.5 a second is one in two."""
        return cls(1, seconds / number) if number < 1 else cls(int(number), int(number) * seconds / number)

    def next_seat(self, now: float) -> float:
        """When the next call is allowed, without taking the seat."""
        earliest = self._taken[0] + self._seconds if len(self._taken) == self._count else now
        return max(now, earliest, self.held_until)

    def take(self, now: float) -> float:
        """Take the next seat; when it is."""
        seat = self.next_seat(now)
        self._taken.append(seat)
        return seat

    def hold(self, until: float) -> None:
        """Nobody before `until`: the other side said so."""
        self.held_until = max(self.held_until, until)

    def idle(self, now: float) -> bool:
        """Whether it would let a call through as if it were new."""
        return self.held_until <= now and (not self._taken or self._taken[-1] + self._seconds <= now)


class Pace:
    """The limits of one messenger: a chat's, a group's, all chats' together. `now` is in seconds and never goes
    back; `sleep` waits as many."""

    def __init__(
        self,
        limits: Limits,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._limits = limits
        self._now = now
        self._sleep = sleep
        self._all = Window.of_rate(limits.all_per_s, 1.0)
        self._chats: dict[str, list[Window]] = {}
        self._told: dict[str, float] = {}

    def wait_s(self, chat: str, *, group: bool = False) -> float:
        """Seconds until the chat's next seat; takes none."""
        now = self._now()
        windows = self._windows(chat, group=group)
        return max(0.0, self._all.held_until - now, *(one.next_seat(now) - now for one in windows))

    async def turn(self, chat: str, *, group: bool = False) -> None:
        """Take a seat in each window and wait for it."""
        for window in (*self._windows(chat, group=group), self._all):
            while (wait := window.take(self._now()) - self._now()) > 0:
                await self._sleep(wait)
                if window.held_until <= self._now():
                    break
                # a hold came while we slept: those who wait line up anew, else they would all go at once

    def slow_down(self, chat: str, seconds: float, *, group: bool = False) -> None:
        """The other side asked for a pause of `seconds`. It does not say whether the chat or the bot is meant:
        the chat waits; when several chats are told so at once, all of them do."""
        now = self._now()
        until = now + seconds
        for window in self._windows(chat, group=group):
            window.hold(until)
        self._told = {name: at for name, at in self._told.items() if now - at < _AT_ONCE_S} | {chat: now}
        if len(self._told) >= _SEVERAL:
            self._all.hold(until)

    def _windows(self, chat: str, *, group: bool) -> list[Window]:
        windows = self._chats.get(chat)
        if windows is None:
            if len(self._chats) >= _FORGET_AFTER:
                now = self._now()
                self._chats = {
                    name: kept for name, kept in self._chats.items() if not all(w.idle(now) for w in kept)
                }
            windows = [Window.of_rate(self._limits.chat_per_s, 1.0)]
            if group:
                windows.append(Window.of_rate(self._limits.group_per_min, 60.0))
            self._chats[chat] = windows
        return windows
