"""`check`: the configuration and the connections it names."""

from __future__ import annotations

from pathlib import Path

import click

from workers.check import check as run_check
from workers.commands.options import place_of, placed


@click.command
@placed
@click.pass_context
def check(ctx: click.Context, config: Path | None, data: Path) -> None:
    """Report every fault at once with its line and its mend, warn of dangers, try each connection."""
    ctx.exit(run_check(place_of(config, data), click.echo))
