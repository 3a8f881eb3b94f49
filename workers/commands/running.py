"""`up`, and the processes one by one."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Literal

import click

from config.starter import system_language
from workers.commands.options import listening, place_of, placed
from workers.house import HOUSE
from workers.place import Place
from workers.processes import run_process
from workers.up import up as run_up


@click.command
@placed
@listening
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="How many `work` run."
)
@click.option("--language", type=click.Choice(["ru", "en"]), help="Of the starter; the system's by default.")
@click.pass_context
def up(
    ctx: click.Context,
    config: Path | None,
    data: Path,
    host: str,
    port: int,
    workers: int,
    language: Literal["ru", "en"] | None,
) -> None:
    """Run everything on this machine.

    Writes a starter configuration where there is none. Restarts a process that dies; all of them die
    with it.
    """
    place = Place(config.absolute() if config else None, data.absolute(), host, port, workers)
    ctx.exit(run_up(place, language or system_language(os.environ), HOUSE))


@click.command
@placed
@listening
@click.pass_context
def web(ctx: click.Context, config: Path | None, data: Path, host: str, port: int) -> None:
    """Take requests, serve the API and the dashboard."""
    ctx.exit(run_process("web", replace(place_of(config, data), host=host, port=port)))


def _process(name: str, help_: str) -> click.Command:
    """The command that runs one process."""

    @click.command(name, help=help_)
    @placed
    @click.pass_context
    def command(ctx: click.Context, config: Path | None, data: Path) -> None:
        ctx.exit(run_process(name, place_of(config, data)))

    return command


listen = _process("listen", "Read mailboxes and other streams.")
work = _process("work", "Make clients, deals and cards of what came.")
relay = _process("relay", "Carry out what is to be done outside: cards, answers, the CRM.")
clock = _process("clock", "Watch deadlines, sweep, keep house.")
