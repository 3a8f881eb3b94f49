"""The fence: a listener whose lease has run out commits nothing any more, however long it slept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from intake.errors import Lost
from intake.ports import Delivery, Door, Leases, Receipt


class LeaseLost(Lost):
    """Another listener has taken this account over."""


class Tenure:
    """A held lease. `sure` until it has not been renewed for its whole length, by a clock that runs on while
    the process is stopped."""

    def __init__(self, leases: Leases, name: str, holder: str, seconds: float) -> None:
        self._leases = leases
        self._name = name
        self._holder = holder
        self._seconds = seconds
        self._fence: int | None = None
        self._until = 0.0

    @property
    def sure(self) -> bool:
        """Whether nobody else can hold it now."""
        return self._fence is not None and asyncio.get_running_loop().time() < self._until

    async def begin(self) -> bool:
        """Take the lease if it is free."""
        asked = asyncio.get_running_loop().time()
        self._fence = await asyncio.to_thread(self._leases.acquire, self._name, self._holder, self._seconds)
        self._until = asked + self._seconds
        return self._fence is not None

    async def keep(self, on_trouble: Callable[[Exception], None]) -> None:
        """Renew it until it is lost; raises LeaseLost then. A store that is away for a moment is no loss."""
        while True:
            await asyncio.sleep(self._seconds / 3)
            asked = asyncio.get_running_loop().time()
            try:
                held = await asyncio.to_thread(
                    self._leases.renew, self._name, self._holder, self._fence or 0, self._seconds
                )
            except Exception as error:  # noqa: BLE001  whatever ails the store, the lease ends by itself
                on_trouble(error)
                held = self.sure
            else:
                self._until = asked + self._seconds
            if not held:
                raise LeaseLost

    async def end(self) -> None:
        """Give it back, so that the next one need not wait."""
        if self._fence is not None:
            await asyncio.to_thread(self._leases.release, self._name, self._holder, self._fence)
            self._fence = None


class FencedDoor:
    """The door, for as long as the lease is held."""

    def __init__(self, door: Door, tenure: Tenure) -> None:
        self._door = door
        self._tenure = tenure

    async def accept(self, delivery: Delivery) -> list[Receipt]:
        """As the port says. Raises LeaseLost."""
        if not self._tenure.sure:
            raise LeaseLost
        return await self._door.accept(delivery)

    def refuse(self, account: str) -> None:
        """As the port says."""
        self._door.refuse(account)
