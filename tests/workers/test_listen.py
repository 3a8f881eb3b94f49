"""The process that listens: it gives a sign of life for what it holds, and for nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from channels.base import Listening
from intake.account import Account
from intake.clock import ManualClock
from intake.ports import HealthReport, HealthState
from tests.channels.email_listener.desk import BRISK, Desk, desk_in, until
from workers import listen
from workers.listening.keeper import Keeper


class Quiet:
    """A stream that tells once that it is well, and then nothing."""

    async def listen(self, listening: Listening) -> None:
        await listening.report(HealthReport(listening.account.id, HealthState.OK, "listening"))
        await asyncio.Event().wait()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path) as made:
        yield made


async def test_a_quiet_listener_gives_signs_of_life(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account that is held is alive by them; one whose lease is somebody else's is not."""
    monkeypatch.setattr(listen, "BEAT_S", 0.02)
    keepers = [Keeper(Account(name, "email"), Quiet(), desk.house, BRISK) for name in ("mine", "theirs")]
    assert desk.house.leases.acquire("listen:theirs", "another", 60) is not None
    clock = ManualClock(desk.clock.now() + 3_600_000)
    tasks = [asyncio.create_task(keeper.run()) for keeper in keepers]
    tasks.append(asyncio.create_task(listen._beat(keepers, desk.health, clock)))

    def alive(name: str) -> bool:
        report = desk.report(name)
        return report is not None and report.at == clock.now()

    try:
        await until(lambda: alive("mine"), "a sign of life")
        assert [keeper.holds for keeper in keepers] == [True, False]
        assert not alive("theirs")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
