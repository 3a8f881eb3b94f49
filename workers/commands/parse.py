"""`parse`: what an input would become, without storing it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import click
from click import open_file

from channels.base import Channel
from channels.catalogue import channels_by_kind
from config.reading import load
from intake.account import Account, Company
from workers.commands.options import place_of, placed
from workers.parsing import Answer, Parsing, answer_line
from workers.words import account_of, company_of

_LETTERS = "email"


@click.command
@placed
@click.option(
    "--account", "account_id", help="Check secrets and use the settings of this configured account."
)
@click.argument("kind")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=str))
def parse(config: Path | None, data: Path, account_id: str | None, kind: str, files: tuple[str, ...]) -> None:
    """Tell what inputs of KIND would become, one line of JSON for each, in order.

    For `email` each FILE is one raw letter; for other kinds each line of a FILE is one captured request:
    {"method", "path", "query", "headers", "body" or "body_b64"}. "-" is standard input. With --account, what
    a mapping found nothing for is told on standard error.
    """
    channel = channels_by_kind().get(kind)
    if channel is None:
        raise click.UsageError(f"there is no kind {kind!r}: see `lead-intake kinds`")
    parsing = _parsing(channel, config, data, account_id)
    out = sys.stdout.buffer
    read = _letter if kind == _LETTERS else _lines
    for file in files:
        with open_file(file, "rb") as content:
            for answer in read(parsing, content, file):
                out.write(answer_line(answer))
    out.flush()


def _parsing(channel: Channel, config: Path | None, data: Path, account_id: str | None) -> Parsing:
    """With a configuration its company is used; with an account its settings and secrets too."""
    if config is None and account_id is None:
        return Parsing(channel, Account(channel.kind, channel.kind), Company())
    place = place_of(config, data)
    settings = load(place.config_path, place.data)
    limit = int(settings.limits.body_mb * 1_000_000)
    if account_id is None:
        return Parsing(channel, Account(channel.kind, channel.kind), company_of(settings), body_limit=limit)
    found = settings.account(account_id)
    if found is None or found.kind != channel.kind:
        known = ", ".join(one.id for one in settings.accounts if one.kind == channel.kind) or "none"
        raise click.UsageError(f"no account {account_id!r} of kind {channel.kind}; there is: {known}")
    account = account_of(found, settings)
    return Parsing(channel, account, company_of(settings), verify=True, body_limit=limit)


def _letter(parsing: Parsing, content: IO[bytes], file: str) -> Iterator[Answer]:
    yield parsing.letter(content.read(), file)


def _lines(parsing: Parsing, content: IO[bytes], file: str) -> Iterator[Answer]:
    """An answer for each line; empty lines are none."""
    for number, line in enumerate(content, 1):
        if line.strip():
            yield parsing.line(line, f"{file}:{number}")
            for note in parsing.notes(line) if parsing.verify else ():
                click.echo(f"{file}:{number}: {note}", err=True)
