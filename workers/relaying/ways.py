"""Ways: through which messengers a manager is reached now, in the manager's own order."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from intake.deal import Manager
from notify.base import Failure, Gone, Messenger, Notice, Shown
from workers.relaying.gates import Gate


@dataclass(frozen=True, slots=True)
class Station:
    """A messenger with the gate before it; `seats` bounds how many calls are under way at once."""

    messenger: Messenger
    gate: Gate
    seats: asyncio.Semaphore


@dataclass(frozen=True, slots=True)
class Way:
    """A messenger and the manager's address there; what goes out while it is `quiet` makes no sound. Each call waits
    for a seat and tells the gate what came."""

    station: Station
    address: str
    quiet: bool = False

    @property
    def name(self) -> str:
        """The messenger's name."""
        return self.station.messenger.name

    @property
    def public(self) -> bool:
        """Whether others read along."""
        return self.station.messenger.public(self.address)

    @property
    def wait_s(self) -> float:
        """Seconds until the chat's limits let a message through."""
        return self.station.messenger.wait_s(self.address)

    async def send(self, notice: Notice) -> Shown | Failure:
        """As Messenger.send."""
        async with self.station.seats:
            outcome = await self.station.messenger.send(self.address, self._hushed(notice))
        self.station.gate.learn(outcome)
        return outcome

    async def edit(self, message_id: str, notice: Notice) -> Shown | Gone | Failure:
        """As Messenger.edit."""
        async with self.station.seats:
            outcome = await self.station.messenger.edit(self.address, message_id, notice)
        self._learn(outcome)
        return outcome

    async def ring(self, message_id: str, notice: Notice) -> Shown | Gone | Failure:
        """As Messenger.ring."""
        async with self.station.seats:
            outcome = await self.station.messenger.ring(self.address, message_id, self._hushed(notice))
        self._learn(outcome)
        return outcome

    def _hushed(self, notice: Notice) -> Notice:
        """Without a sound while the manager is not to be disturbed."""
        return replace(notice, silent=True) if self.quiet else notice

    def _learn(self, outcome: Shown | Gone | Failure) -> None:
        self.station.gate.learn(outcome if not isinstance(outcome, Gone) else Shown(""))


def ways(manager: Manager, stations: Mapping[str, Station], *, quiet: bool = False) -> list[Way]:
    """The manager's ways, in the order of `notify`, or of the configured messengers where none is said; `quiet` ones
    make no sound."""
    if manager.state == "dismissed":
        return []
    order = manager.notify or tuple(stations)
    return [
        Way(stations[name], address, quiet)
        for name in order
        if name in stations and (address := manager.contacts.get(name, ""))
    ]
