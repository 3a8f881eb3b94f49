"""`python -m bench [acceptance|flow|speed|memory|size|decision ...] [--quick]`: figures, and what they are held to."""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from bench import flow, writes
from bench.acceptance import acceptance, paired
from bench.base import seed_cards
from bench.decision import decisions
from bench.machine import cores, folder, fsync_ms, has_postgres, postgres, redis_server
from bench.memory import memory
from bench.report import Line, Report
from bench.size import SMALL, size
from bench.speed import speed
from intake.store.engine import open_store
from intake.store.migrate import migrate
from tests.servers.postgres import PostgresServer
from tests.standins.bot_api import Standing


@dataclass(frozen=True)
class Bench:
    """One run: how long each part may take, the PostgreSQL beside it (None: not installed), where figures go."""

    quick: bool
    server: PostgresServer | None
    queue_url: str
    report: Report
    clients: int

    def database(self) -> str:
        """A new empty PostgreSQL database's address."""
        assert self.server
        return self.server.url(self.server.database())

    @property
    def stores(self) -> list[str]:
        """The databases that are measured."""
        return ["SQLite", "PostgreSQL"] if self.server else ["SQLite"]

    def url(self, store: str) -> str:
        """An empty database: "" is the instance's own SQLite."""
        return self.database() if store == "PostgreSQL" else ""


def fsync(bench: Bench, place: Path) -> None:
    """What the disk itself takes, printed beside every part."""
    middle, late = fsync_ms(place)
    bench.report.note(f"fsync of 4 kB beside this part: p50 {middle:.2f} ms, p99 {late:.2f} ms")


async def figure_1(bench: Bench) -> None:
    """Durable acceptance."""
    with folder() as place:
        fsync(bench, place)
        kinds = {"empty": "", "read": "", "ours-nothing": ""}
        kinds |= {
            name: f"sqlite:///{place}/{name}.db" for name in ("sqlite-each", "sqlite-group", "ours-sqlite")
        }
        kinds["naive"] = f"sqlite:///{place}/naive.db"
        if bench.server:
            kinds |= {
                name: bench.database() for name in ("postgresql-each", "postgresql-group", "ours-postgresql")
            }
        rounds, seconds = (1, 0.7) if bench.quick else (3, 1.5)
        found = await acceptance(kinds, bench.queue_url, place, rounds, seconds)
    for kind, what in _ACCEPTANCE.items():
        if kind not in found:
            continue
        of = "ours-nothing" if kind.startswith("ours") and kind != "ours-nothing" else "read"
        share = paired(found[kind], found[of])
        goal = ">= .60" if of == "ours-nothing" else ""
        said = "the same server storing nothing" if goal else "bare server + parse"
        met = share >= 0.60 if goal else None
        bench.report.add(Line("1 acceptance", what, found[kind].rate, "req/s", share, said, goal, met))


_ACCEPTANCE = {
    "empty": "bare aiohttp + uvloop, empty handler",
    "read": "+ read and parse the form",
    "sqlite-each": "+ SQLite FULL, a commit each",
    "sqlite-group": "+ SQLite FULL, group commit",
    "postgresql-each": "+ PostgreSQL, a commit each, pool of 8",
    "postgresql-group": "+ PostgreSQL, group commit",
    "naive": "naive: aiohttp -> RQ job per lead",
    "ours-nothing": "lead-intake, storing nothing",
    "ours-sqlite": "lead-intake, SQLite",
    "ours-postgresql": "lead-intake, PostgreSQL",
}


async def figure_2(bench: Bench) -> None:
    """End to end, beside the bare write set and the naive stack."""
    count, slow = (1_500, 60) if bench.quick else (10_000, 600)
    for store in bench.stores:
        with folder() as place:
            fsync(bench, place)
            bare = _bare(bench, store, place)
            goal = 0.15 if store == "PostgreSQL" else 0.05
            for workers in (1,) if bench.quick else (1, 2):
                (inner := place / str(workers)).mkdir()
                done = await flow.ours(inner, bench.url(store), count, workers)
                share, name = done.rate / bare, f"lead-intake, {store}, {workers} worker(s)"
                said = f"bare set-based {store} at 256"
                line = Line(
                    "2 end to end", name, done.rate, "leads/s", share, said, f">= {goal:.2f}", share >= goal
                )
                bench.report.add(line)
                bench.report.note(
                    f"  of {done.leads} leads {done.lost} were lost, {done.doubled} clients doubled; accepted at "
                    f"{done.accepted.rate:,.0f}/s meanwhile, p99 {done.accepted.p99_ms:.0f} ms"
                )
            bare = bare if bench.quick else (bare + _bare(bench, store, place)) / 2
            url = bench.database() if store == "PostgreSQL" else f"sqlite:///{place}/naive.db"
            done = await flow.naive(place, url, bench.queue_url, slow, 1)
            name = f"naive, {store}, 1 worker"
            bench.report.add(Line("2 end to end", name, done.rate, "leads/s", done.rate / bare, "the same"))


def _bare(bench: Bench, store: str, place: Path) -> float:
    """Leads a second of the bare set-based write set at 256; tells the smaller sizes too."""
    bare: writes.SqliteWrites | writes.PostgresWrites
    if store == "PostgreSQL":
        bare = writes.PostgresWrites(bench.database())
    else:
        (inner := place / f"bare-{time.monotonic_ns()}").mkdir()
        bare = writes.SqliteWrites(inner)
    found = writes.rates(bare.batch, writes.BATCHES, 0.2 if bench.quick else 1.5)
    bare.close()
    for batch, rate in found.items():
        bench.report.add(Line("2 limit", f"bare set-based {store}, batch {batch}", rate, "leads/s"))
    return found[256]


async def figure_4(bench: Bench) -> None:
    """Speed to lead."""
    for store in bench.stores:
        for answer_s in (0.0, 0.15):
            if bench.quick and answer_s:
                continue
            with folder() as place:
                fsync(bench, place)
                found = await speed(place, bench.url(store), 5 if bench.quick else 20, answer_s)
            name = f"lead-intake, {store}" + (", the messenger takes 150 ms" if answer_s else "")
            for part, value, goal in (("p50", found.p50_ms, 20.0), ("p99", found.p99_ms, 100.0)):
                said, met = f"<= {goal:.0f} ms", value <= goal
                bench.report.add(Line("4 speed at 20/s", f"{name}: {part}", value, "ms", goal=said, met=met))
            if found.cards != found.leads:
                bench.report.note(f"  only {found.cards} of {found.leads} leads were shown within a minute")


async def figure_6(bench: Bench) -> None:
    """Idle memory."""
    async with Standing() as api:
        for store in bench.stores:
            with folder() as place:
                found = await memory(place, bench.url(store), 2 if bench.quick else 8, api.url)
            met = found.total_mb <= 300
            name = f"lead-intake up, idle, {store}"
            bench.report.add(Line("6 memory", name, found.total_mb, "MB PSS", goal="<= 300 MB", met=met))
            parts = ", ".join(f"{who.split()[0]} {mb:.0f}" for who, mb in found.each_mb.items())
            bench.report.note(f"  each: {parts}")


async def figure_3(bench: Bench) -> None:
    """The cost of a lead in a small and in a large base."""
    for store in bench.stores:
        with folder() as place:
            url = bench.database() if store == "PostgreSQL" else f"sqlite:///{place}/size.db"
            found = size(url, bench.clients)
        share = found.large_us / found.small_us
        for people, cost in ((found.small, found.small_us), (found.large, found.large_us)):
            bench.report.add(Line("3 cost a lead", f"lead-intake, {store}, {people:,} clients", cost, "us"))
        name = f"lead-intake, {store}: large / small"
        bench.report.add(Line("3 cost a lead", name, share, "times", goal="<= 2", met=share <= 2))


async def figure_5(bench: Bench) -> None:
    """One full decision, look-up and resolver, in a small and in a large base."""
    for store in bench.stores:
        with folder() as place:
            opened = open_store(bench.url(store) or f"sqlite:///{place}/decision.db")
            migrate(opened)
            for first, cards in ((1, SMALL), (SMALL, bench.clients)):
                seed_cards(opened, first, cards)
                found = decisions(opened, cards)
                for part, value, goal in (("p50", found.p50_ms, 1.0), ("p99", found.p99_ms, 10.0)):
                    name = f"one decision, {store}, {cards:,} cards: {part}"
                    said = f"<= {goal:.0f} ms"
                    bench.report.add(Line("5 decision", name, value, "ms", goal=said, met=value <= goal))
            opened.close()


_FIGURES: dict[str, Callable[[Bench], Awaitable[None]]] = {
    "acceptance": figure_1,
    "flow": figure_2,
    "speed": figure_4,
    "memory": figure_6,
}
_LONGER: dict[str, Callable[[Bench], Awaitable[None]]] = {"size": figure_3, "decision": figure_5}


async def run(bench: Bench, parts: list[str]) -> None:
    """The parts in their order."""
    for part in parts:
        since = time.monotonic()
        await {**_FIGURES, **_LONGER}[part](bench)
        bench.report.note(f"[{part}: {time.monotonic() - since:.0f} s]")


def main() -> None:
    """The command line."""
    known = [*_FIGURES, *_LONGER]
    asked = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    asked.add_argument(
        "part",
        nargs="*",
        choices=[[], *known],
        help="what to measure; all but `size` and `decision` by default",
    )
    asked.add_argument("--quick", action="store_true", help="a look in a minute and a half instead of ten")
    asked.add_argument(
        "--clients", type=int, default=1_000_000, help="for `size` and `decision`: the large base"
    )
    given = asked.parse_args()
    report = Report()
    load = os.getloadavg()
    report.note(
        f"{len(cores())} cores, load average {load[0]:.1f} {load[1]:.1f} {load[2]:.1f} before the run"
    )
    with redis_server() as queue_url:
        if has_postgres():
            with postgres() as server:
                bench = Bench(given.quick, server, queue_url, report, given.clients)
                asyncio.run(run(bench, given.part or list(_FIGURES)))
        else:
            report.note("PostgreSQL is not installed: its figures are missing")
            bench = Bench(given.quick, None, queue_url, report, given.clients)
            asyncio.run(run(bench, given.part or list(_FIGURES)))
    report.write()
    print(f"\n{report.text()}")


if __name__ == "__main__":
    main()
