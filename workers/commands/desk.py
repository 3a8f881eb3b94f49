"""`buried`, `replay`, `managers`: what waits for a human, and people, by the same use cases as the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click
import orjson

from intake.deal import Manager
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


@click.group
def managers() -> None:
    """People of ours who answer for clients and deals."""


@managers.command("list")
@placed
def list_managers(config: Path | None, data: Path) -> None:
    """One a line: id, name, department, state, the messengers that reach them."""
    with opened(config, data) as house:
        for one in _all(lambda after: house.reader.listing("managers", {}, _PAGE, after)):
            reached = ",".join(one["contacts"])
            click.echo("\t".join((one["id"], one["name"], one["department"], one["state"], reached)))


@managers.command("add")
@placed
@click.argument("ident", metavar="ID")
@click.option("--name", required=True)
@click.option("--department", default="")
@click.option("--extension", default="", help="In the telephone exchange.")
@click.option("--telegram", default="", help="Chat id.")
@click.option("--email", default="", help="Address.")
def add(config: Path | None, data: Path, ident: str, **given: str) -> None:
    """Add a person."""
    contacts = {name: given[name] for name in ("telegram", "email") if given[name]}
    person = Manager(ident, given["name"], given["department"], given["extension"], contacts, tuple(contacts))
    with opened(config, data) as house:
        if not house.instance.ledger.seed_managers([person]):
            raise Conflict(f"there is a manager {ident} already - choose another id")
    click.echo(f"{ident} is added")


@managers.command("invite")
@placed
@click.argument("ident", metavar="ID")
@click.option("--messenger", default="", help="Which messenger the link joins; the browser by default.")
def invite(config: Path | None, data: Path, ident: str, messenger: str) -> None:
    """A one-time link for a person."""
    with opened(config, data) as house:
        told = house.desk.do(Command("invite", "manager", ident, {"messenger": messenger}), OPERATOR)
        click.echo(told["link"])


@managers.command("pause")
@placed
@click.argument("ident", metavar="ID")
@click.option(
    "--until", default="", help="When it ends, like 2026-11-22T10:00:00Z; a past time ends a pause."
)
def pause(config: Path | None, data: Path, ident: str, until: str) -> None:
    """Off shift until a time, without end by default."""
    _show(config, data, Command("pause", "manager", ident, {"until": until}))


@managers.command("dismiss")
@placed
@click.argument("ident", metavar="ID")
@click.option("--heir", default="", help="Who takes over; the others by turns by default.")
@click.option("--preview", is_flag=True, help="Only tell what would move.")
def dismiss(config: Path | None, data: Path, ident: str, heir: str, preview: bool) -> None:
    """End all access at once and hand everything over."""
    args = {"heir": heir, "preview": "1" if preview else ""}
    _show(config, data, Command("dismiss", "manager", ident, args))


def _show(config: Path | None, data: Path, command: Command) -> None:
    with opened(config, data) as house:
        click.echo(orjson.dumps(house.desk.do(command, OPERATOR)).decode())


def _buried(house: Opened) -> Iterator[dict[str, Any]]:
    def page(after: str) -> Page:
        return house.reader.inquiries(InquiryFilter(state=State.BURIED.value, limit=_PAGE, after=after))

    return _all(page)


def _all(page: Callable[[str], Page]) -> Iterator[dict[str, Any]]:
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
