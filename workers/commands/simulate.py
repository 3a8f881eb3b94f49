"""`simulate`: realistic traffic against a running instance."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from config.reading import load
from intake.errors import ConfigFault
from workers.commands.options import place_of, placed
from workers.simulation import SOURCES
from workers.simulation import simulate as run_simulation
from workers.words import account_of


@click.command
@placed
@click.option(
    "--rate",
    type=click.FloatRange(0, 10_000, min_open=True),
    default=5.0,
    show_default=True,
    help="Requests a second.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0, min_open=True),
    default=10.0,
    show_default=True,
    help="For how long.",
)
@click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="The running instance.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed sends the same requests.")
@click.pass_context
def simulate(
    ctx: click.Context, config: Path | None, data: Path, rate: float, seconds: float, url: str, seed: int
) -> None:
    """Send made-up requests to the configured webhook kinds; tell how many were acknowledged, and how fast.

    They become real clients and deals of that instance: try it on one that is not in use. Exits 1 when a
    request failed.
    """
    place = place_of(config, data)
    settings = load(place.config_path, place.data)
    accounts = [account_of(one, settings) for one in settings.accounts if one.kind in SOURCES]
    if not accounts:
        raise ConfigFault(
            f"no account of a kind that can be simulated ({', '.join(SOURCES)}) - add one to {place.config_path}"
        )
    report = asyncio.run(run_simulation(url.rstrip("/"), accounts, rate, seconds, seed))
    for line in report.told():
        click.echo(line)
    ctx.exit(1 if report.failures else 0)
