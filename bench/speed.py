"""Figure 4: speed to lead - from the POST to the messenger's API call, at a steady rate."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from bench.house import running
from bench.posts import form_body, request
from bench.servers import PATH
from tests.standins.bot_api import Standing

RATE = 20.0
MANAGERS = 60
"""So many chats that none of them is asked more often than a messenger allows: one message a second."""
_NUMBER = re.compile(r"№(\d{6,})")
_PATIENCE_S = 60.0
_WARM = 20


@dataclass(frozen=True)
class Speed:
    """Milliseconds from the POST to the API call, over `cards` of `leads` that were shown."""

    leads: int
    cards: int
    p50_ms: float
    p90_ms: float
    p99_ms: float


async def speed(place: Path, url: str, seconds: float, answer_s: float = 0.0) -> Speed:
    """Leads of new clients at 20 a second; the messenger takes `answer_s` to answer each call."""
    async with Standing() as api:
        api.delay_s = answer_s
        shown: dict[int, float] = {}

        async def note(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
            found = _NUMBER.search(str(params.get("text", ""))) if method == "sendMessage" else None
            if found:
                shown.setdefault(int(found[1]), time.perf_counter())
            return None

        api.fault = note
        with running(place, url, managers=MANAGERS, api=api.url) as house:
            first = 100_000_000
            await _post_all(house.port, first, _WARM)
            await _until(lambda: len(shown) >= _WARM)
            shown.clear()
            first += _WARM
            sent = await _post_all(house.port, first, int(RATE * seconds))
            await _until(lambda: len(shown) >= len(sent))
            taken = sorted((shown[number] - sent[number]) * 1000 for number in sent if number in shown)
    share = [taken[min(len(taken) - 1, int(len(taken) * part))] for part in (0.5, 0.9, 0.99)]
    return Speed(len(sent), len(taken), *share)


async def _post_all(port: int, first: int, count: int) -> dict[int, float]:
    """Post so many leads at the steady rate, however slow the answers are; when each was sent."""
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(8)]
    sent: dict[int, float] = {}
    started = time.perf_counter()
    reading = [asyncio.create_task(_read_away(reader)) for reader, _ in connections]
    for place in range(count):
        await asyncio.sleep(max(0.0, started + place / RATE - time.perf_counter()))
        number = first + place
        sent[number] = time.perf_counter()
        connections[place % len(connections)][1].write(request(PATH, form_body(number)))
    await asyncio.sleep(0.5)
    for task, (_, writer) in zip(reading, connections, strict=True):
        task.cancel()
        writer.close()
    return sent


async def _read_away(reader: asyncio.StreamReader) -> None:
    while await reader.read(65536):
        pass


async def _until(so: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not so() and time.monotonic() < end:  # noqa: ASYNC110  what is waited for has no event
        await asyncio.sleep(0.05)
