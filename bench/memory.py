"""Figure 6: what the whole idle system weighs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from bench.house import running
from bench.load import Load, send
from bench.machine import pss_mb
from bench.servers import PATH


@dataclass(frozen=True)
class Memory:
    """Proportional set sizes in MB, of all processes together and of each."""

    total_mb: float
    each_mb: dict[str, float]


async def memory(place: Path, url: str, settle_s: float, api: str = "") -> Memory:
    """`up` after it has worked on a hundred leads and rested."""
    with running(place, url, managers=5, api=api) as house:
        await send(Load(house.port, PATH, 1, count=100))
        await asyncio.sleep(settle_s)
        each = pss_mb(house.pid)
    return Memory(sum(each.values()), each)
