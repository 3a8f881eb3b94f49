"""Figure 1: how many requests a second are accepted by a server on one core, and what durability takes of it."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.load import Load, Sent, send
from bench.machine import cores, python
from bench.servers import PATH


@dataclass
class Accepted:
    """One server's rounds."""

    kind: str
    rounds: list[Sent] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second, the median round's."""
        return statistics.median(one.rate for one in self.rounds)


@contextmanager
def running(kind: str, url: str, queue_url: str, core: int, place: Path) -> Iterator[int]:
    """A server in a process of its own; its port."""
    argv = python("bench.servers", kind, url, queue_url, str(core))
    environ = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=place, env=environ)
    try:
        assert child.stdout
        yield int(child.stdout.readline())
    finally:
        child.kill()
        child.wait()


async def acceptance(
    kinds: dict[str, str], queue_url: str, place: Path, rounds: int, seconds: float
) -> dict[str, Accepted]:
    """Every kind of server in turn, round after round. `kinds` maps a kind to its database ("": none).

    The server has the first core, the generator the last; servers that have stored something are started anew
    each round, so that nobody suffers from an earlier one's tail.
    """
    found = {kind: Accepted(kind) for kind in kinds}
    first = 0
    for _ in range(rounds):
        for kind, url in kinds.items():
            with running(kind, url, queue_url, cores()[0], place) as port:
                await send(Load(port, PATH, first, seconds=0.3, core=cores()[-1]))
                first += 1_000_000
                sent = await send(Load(port, PATH, first, seconds=seconds, core=cores()[-1]))
                first += 1_000_000
            assert not sent.bad, f"{kind}: {sent.bad} requests were refused"
            found[kind].rounds.append(sent)
            await asyncio.sleep(0.1)
    return found


def paired(one: Accepted, other: Accepted) -> float:
    """The median over the rounds of one's rate as a share of the other's in the same round."""
    pairs = zip(one.rounds, other.rounds, strict=True)
    return statistics.median(mine.rate / its.rate for mine, its in pairs)
