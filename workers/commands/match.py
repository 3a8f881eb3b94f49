"""`match`: the workers' resolver over a client base and a list of queries, from files to a file."""

from __future__ import annotations

import time
from pathlib import Path

import click

from dedup.matching import run_match

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_TELL_S = 1.0


class _Progress:
    """Says how far it is, at most once a second, on stderr."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, what: str, done: int) -> None:
        if time.monotonic() - self._last >= _TELL_S:
            self._last = time.monotonic()
            click.echo(f"{what}: {done}", err=True)


@click.command
@click.option(
    "--clients", required=True, type=_FILE, help="The client base: a JSON object a line, .gz or plain."
)
@click.option("--queries", required=True, type=_FILE, help="Who asks: a JSON object a line, .gz or plain.")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The answers, a line each."
)
def match(clients: Path, queries: Path, out: Path) -> None:
    """Say of each query which client it is: same, possible or new - with the reasons.

    The same resolver decides in the workers. Nothing is stored.
    """
    done = run_match(clients, queries, out, _Progress())
    found = f"{done.same} same, {done.possible} possible, {done.new} new"
    unread = f"; {done.unreadable} lines could not be read" if done.unreadable else ""
    click.echo(f"{done.queries} queries against {done.clients} clients: {found}{unread}", err=True)
