"""`backfill`: an account's source read again from a date; what is here already is not taken twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from intake.clock import Millis, from_datetime
from intake.errors import NotFound
from intake.store.past import SqlPast
from workers.again import Again, Before, Count, back_fill_of
from workers.bootstrap import Instance, bell_of, door_of
from workers.commands.opening import opened
from workers.commands.options import placed

_DATE = click.DateTime(("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"))


@click.command
@placed
@click.argument("account")
@click.option("--since", type=_DATE, required=True, help="From when on, in the company's time zone.")
@click.option("--until", type=_DATE, help="Up to when; now by default.")
@click.option("--preview", is_flag=True, help="Only count: read all of it, take in nothing.")
@click.option(
    "--before",
    type=click.Choice([one.value for one in Before]),
    default=Before.SKIP.value,
    show_default=True,
    help="What came before the account was connected: left alone, taken in as history (no card), or as news.",
)
def backfill(
    config: Path | None,
    data: Path,
    account: str,
    since: datetime,
    until: datetime | None,
    preview: bool,
    before: str,
) -> None:
    """Read ACCOUNT's source again. Safe to repeat, safe beside a running instance."""
    with opened(config, data) as house:
        instance = house.instance
        zone = ZoneInfo(instance.company.timezone)
        last = from_datetime(until.replace(tzinfo=zone)) if until else instance.clock.now()
        first = from_datetime(since.replace(tzinfo=zone).astimezone(UTC))
        count = asyncio.run(_read(instance, account, (first, last), preview=preview, before=Before(before)))
    click.echo(told(count, preview=preview))


async def _read(
    instance: Instance, name: str, span: tuple[Millis, Millis], *, preview: bool, before: Before
) -> Count:
    account = instance.accounts.get(name)
    if account is None:
        raise NotFound(f"there is no account {name}; there are: {', '.join(instance.accounts)}")
    source, known = back_fill_of(account), SqlPast(instance.store)
    if preview:
        return await Again(account, source, known, None, before).run(*span, _progress)
    bell = bell_of(instance)
    door = door_of(instance, bell)
    try:
        return await Again(account, source, known, door, before).run(*span, _progress)
    finally:
        await door.close()
        bell.close()


def _progress(count: Count) -> None:
    click.echo(f"{count.listed} read, {count.taken} new", err=True)


def told(count: Count, *, preview: bool) -> str:
    """The count as a line."""
    verb = "would be taken in" if preview else "taken in"
    history = f" ({count.history} of them as history)" if count.history else ""
    left = f", {count.left} from before the account was connected left alone" if count.left else ""
    return (
        f"{count.listed} listed by the source, {count.here} here already, {count.taken} {verb}{history}{left}"
    )
