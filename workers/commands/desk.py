"""`buried`, `replay`: what waits for a human, by the same use cases as the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from intake.errors import Conflict, LeadIntakeError, NotFound
from intake.inquiry import State
from intake.ports import Command, InquiryFilter, Page
from workers.commands.opening import OPERATOR, Opened, opened
from workers.commands.options import placed

_PAGE = 500


@click.command
@placed
@click.argument("ids", nargs=-1, required=True)
def replay(config: Path | None, data: Path, ids: tuple[str, ...]) -> None:
    """Run inquiries again from the bytes that came."""
    with opened(config, data) as house:
        _each(house, "replay", ids)


@click.group
def buried() -> None:
    """Inquiries that nobody could process; they wait for a human."""


@buried.command("list")
@placed
def list_buried(config: Path | None, data: Path) -> None:
    """One a line: id, when it came, account, reason."""
    with opened(config, data) as house:
        for one in _buried(house):
            click.echo("\t".join((one["id"], one["received_at"], one["account"], one["state_reason"])))


@buried.command("replay")
@placed
@click.option("--all", "every", is_flag=True, help="All that are buried now.")
@click.argument("ids", nargs=-1)
def replay_buried(config: Path | None, data: Path, every: bool, ids: tuple[str, ...]) -> None:
    """Try them again."""
    with opened(config, data) as house:
        _each(house, "replay", _chosen(house, ids, every))


@buried.command("drop")
@placed
@click.option("--all", "every", is_flag=True, help="All that are buried now.")
@click.option("--reason", default="", help="Why, for the record.")
@click.argument("ids", nargs=-1)
def drop_buried(config: Path | None, data: Path, every: bool, reason: str, ids: tuple[str, ...]) -> None:
    """Reject them. The raw bytes stay until their time is over."""
    with opened(config, data) as house:
        _each(house, "drop", _chosen(house, ids, every), {"reason": reason})


def _buried(house: Opened) -> Iterator[dict[str, Any]]:
    def page(after: str) -> Page:
        return house.reader.inquiries(InquiryFilter(state=State.BURIED.value, limit=_PAGE, after=after))

    return all_of(page)


def all_of(page: Callable[[str], Page]) -> Iterator[dict[str, Any]]:
    """The items of all pages."""
    found = page("")
    yield from found.items
    while found.next:
        found = page(found.next)
        yield from found.items


def _chosen(house: Opened, ids: tuple[str, ...], every: bool) -> list[str]:
    """The ids to act on, fixed before the first is touched."""
    if every == bool(ids):
        raise click.UsageError("name ids, or --all")
    return [one["id"] for one in _buried(house)] if every else list(ids)


def _each(house: Opened, verb: str, ids: Iterable[str], args: dict[str, str] | None = None) -> None:
    """One after the other; one that cannot be done stops none of the others. Raises LeadIntakeError at the
    end when there was one."""
    done, failed = 0, 0
    for ident in ids:
        try:
            house.desk.do(Command(verb, "inquiry", ident, args or {}), OPERATOR)
            done += 1
        except (Conflict, NotFound) as error:
            failed += 1
            click.echo(f"{ident}: {error}", err=True)
    click.echo(f"{done} done")
    if failed:
        raise LeadIntakeError(f"{failed} could not be done")
