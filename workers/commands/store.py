"""`migrate` and `token`: the database's schema, and who may use the API."""

from __future__ import annotations

from pathlib import Path

import click

from intake.ports import ROLES
from workers.bootstrap import prepare
from workers.commands.opening import opened
from workers.commands.options import place_of, placed
from workers.lock import take_lock


@click.command
@placed
def migrate(config: Path | None, data: Path) -> None:
    """Bring the database to the newest schema. `up` does it by itself."""
    place = place_of(config, data)
    lock = take_lock(place.data)
    try:
        prepare(place)
    finally:
        lock.release()
    click.echo("the database is up to date")


@click.group
def token() -> None:
    """API tokens."""


@token.command("create")
@placed
@click.option("--role", type=click.Choice(ROLES), required=True, help="What it may do.")
@click.option("--name", default="", help="For the record; the role by default.")
@click.option("--manager", default="", help="The manager it acts as.")
def create(config: Path | None, data: Path, role: str, name: str, manager: str) -> None:
    """Make a token and print it: it is shown this once."""
    with opened(config, data) as house:
        now = house.instance.clock.now()
        click.echo(house.access.create_token(role, name or role, now, manager))
