"""Rows F01-F06, F10, F15, F16, F29 of the fault matrix: killed at random moments under load, nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.system.instance import Instance, instance, until
from tests.system.oracle import Oracle
from tests.workers.running import alive

_CONFIG = """
[[account]]
id = "site"
kind = "form"

[[manager]]
id = "petrova"
name = "Анна Петрова"

[[manager]]
id = "ivanov"
name = "Иван Иванов"

[limits]
form_per_address_min = 1000000
"""
_VICTIMS = ("web", "work-1", "relay", "clock", "queue")


async def _kill_some(house: Instance, seed: int, times: int) -> None:
    """Kill one process after another, at random moments."""
    chance = random.Random(seed)
    for _ in range(times):
        await asyncio.sleep(chance.uniform(0.1, 0.8))
        with contextlib.suppress(ProcessLookupError):
            os.kill(house.pid(chance.choice(_VICTIMS)), signal.SIGKILL)


def _rounds(short: int) -> list[Any]:
    """Twenty kill points on either database; so many of them in the ordinary suite, on the embedded one."""
    return [
        pytest.param(
            seed,
            database,
            marks=[pytest.mark.nightly] if seed >= short or database == "postgresql" else [],
        )
        for database in ("sqlite", "postgresql")
        for seed in range(20)
    ]


def _config(request: pytest.FixtureRequest, database: str) -> str:
    if database == "sqlite":
        return _CONFIG
    return f'{_CONFIG}\n[store]\nurl = "{request.getfixturevalue("postgres_url")}"\n'


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("seed", "database"), _rounds(3))
async def test_f01_f02_f03_any_one_process_is_killed_again_and_again(
    tmp_path: Path, request: pytest.FixtureRequest, seed: int, database: str
) -> None:
    """Every acknowledged request is in the ledger exactly once, though its processes are killed under it."""
    async with instance(tmp_path / "var", _config(request, database)) as house:
        await house.start("--workers", "2" if seed % 2 else "1")
        oracle = Oracle(house, seed=seed)
        await asyncio.gather(oracle.stream(200), _kill_some(house, seed, 8))
        await oracle.judge()
        assert await house.stop() == 0


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("seed", "database"), _rounds(2))
async def test_f10_up_alone_or_everything_is_killed(
    tmp_path: Path, request: pytest.FixtureRequest, seed: int, database: str
) -> None:
    """A power cut: all processes die together, or the supervisor alone and everything with it; what was
    acknowledged is there afterwards, nothing runs on."""
    chance = random.Random(seed)
    async with instance(tmp_path / "var", _config(request, database)) as house:
        await house.start()
        oracle = Oracle(house, seed=seed)
        stream = asyncio.create_task(oracle.stream(150))
        await asyncio.sleep(chance.uniform(0.3, 2.5))
        assert house.process
        children = house.pids()
        house.process.kill()
        for child in children if seed % 2 else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        await asyncio.to_thread(house.process.wait)
        await until(lambda: not any(alive(one) for one in children), "no orphan runs on")
        await house.start()
        await stream
        await oracle.judge()


@pytest.mark.timeout(300)
async def test_f06_a_stop_under_load_loses_nothing_and_ends_well(tmp_path: Path) -> None:
    """SIGTERM under load: exit code 0; what was acknowledged is there after the next start."""
    async with instance(tmp_path / "var", _CONFIG) as house:
        await house.start()
        oracle = Oracle(house, seed=6)
        stream = asyncio.create_task(oracle.stream(150))
        await asyncio.sleep(1.0)
        assert await house.stop() == 0
        await house.start()
        await stream
        await oracle.judge()


@pytest.mark.timeout(300)
async def test_f05_a_worker_that_sleeps_beyond_its_lease_settles_nothing_twice(tmp_path: Path) -> None:
    """Stopped in the middle of its work and woken when another one did it: its writes are refused."""
    async with instance(tmp_path / "var", _CONFIG) as house:
        await house.start("--workers", "2")
        oracle = Oracle(house, seed=5)
        stream = asyncio.create_task(oracle.stream(150))
        await asyncio.sleep(0.7)
        sleeper = house.pid("work-1")
        os.kill(sleeper, signal.SIGSTOP)
        await stream
        await asyncio.sleep(0.2)
        os.kill(sleeper, signal.SIGCONT)
        await oracle.judge()


@pytest.mark.timeout(300)
async def test_f15_the_queue_is_flushed_stopped_and_started_empty(tmp_path: Path) -> None:
    """The queue server is a bell: flushed, frozen or killed, the work goes on by the journal."""
    async with instance(tmp_path / "var", _CONFIG) as house:
        await house.start()
        oracle = Oracle(house, seed=15)
        stream = asyncio.create_task(oracle.stream(200))
        await asyncio.sleep(0.5)
        frozen = house.pid("queue")
        os.kill(frozen, signal.SIGSTOP)
        done = len(await house.everything("/inquiries?state=created"))
        await oracle.send("while-frozen", 39)

        async def goes_on() -> bool:
            return len(await house.everything("/inquiries?state=created")) > done

        await until(goes_on, "work goes on without the bell", patience_s=15)
        os.kill(frozen, signal.SIGCONT)
        os.kill(frozen, signal.SIGKILL)
        await stream
        await oracle.judge()


@pytest.mark.timeout(300)
async def test_f29_a_storm_of_repeats_is_one_request_each(tmp_path: Path) -> None:
    """Each request is posted fifty times at once: one inquiry, the same receipt for all."""
    async with instance(tmp_path / "var", _CONFIG) as house:
        await house.start()
        oracle = Oracle(house, seed=29)

        async def told(number: int) -> set[str]:
            fields = {"request_id": f"storm-{number}", "phone": oracle.phone(number), "name": "Иван"}
            answers = await asyncio.gather(*(house.post("site", **fields) for _ in range(50)))
            assert {status for status, _ in answers} == {200}
            return {answer["receipt"] for _, answer in answers}

        for number in range(4):
            receipts = await told(number)
            assert len(receipts) == 1
            oracle.acknowledged[f"storm-{number}"] = receipts.pop()
        await oracle.judge()
