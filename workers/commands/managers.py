"""`managers`: people of ours, by the same use cases as the pages."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from intake.deal import Manager
from intake.errors import Conflict
from intake.ports import Command
from workers.commands.desk import all_of
from workers.commands.opening import OPERATOR, opened
from workers.commands.options import placed

_PAGE = 500


@click.group
def managers() -> None:
    """People of ours who answer for clients and deals."""


@managers.command("list")
@placed
def list_managers(config: Path | None, data: Path) -> None:
    """One a line: id, name, department, state, the messengers that reach them, why they are not on shift."""
    with opened(config, data) as house:
        for one in all_of(lambda after: house.reader.listing("managers", {}, _PAGE, after)):
            reached = ",".join(one["contacts"])
            click.echo(
                "\t".join(
                    (one["id"], one["name"], one["department"], one["state"], reached, one["off_reason"])
                )
            )


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
@click.option("--minutes", default="", help="Or how many minutes it lasts.")
def pause(config: Path | None, data: Path, ident: str, until: str, minutes: str) -> None:
    """Off shift for a while, without end by default."""
    _show(config, data, Command("pause", "manager", ident, {"until": until, "minutes": minutes}))


@managers.command("resume")
@placed
@click.argument("ident", metavar="ID")
def resume(config: Path | None, data: Path, ident: str) -> None:
    """The pause is over."""
    _show(config, data, Command("resume", "manager", ident))


@managers.command("shift")
@placed
@click.argument("ident", metavar="ID")
@click.argument("way", type=click.Choice(["on", "off"]))
def shift(config: Path | None, data: Path, ident: str, way: str) -> None:
    """On shift by hand whatever the hours say, or off until the next opening."""
    _show(config, data, Command("shift", "manager", ident, {"on": "1" if way == "on" else "0"}))


@managers.command("leave")
@placed
@click.argument("ident", metavar="ID")
@click.option("--since", default="", help="When it begins, like 2026-12-01T00:00:00+03:00; now by default.")
@click.option("--until", default="", help="When it ends; without it there is no leave any more.")
@click.option("--deputy", default="", help="The manager who does the work meanwhile.")
def leave(config: Path | None, data: Path, ident: str, **given: str) -> None:
    """Away for some days, with a deputy."""
    _show(config, data, Command("leave", "manager", ident, given))


@managers.command("terms")
@placed
@click.argument("ident", metavar="ID")
@click.option("--hours", help='Lines like "mon-fri 09:00-18:00", divided by ";".')
@click.option("--zone", help="The zone, like Asia/Novosibirsk.")
@click.option("--holidays", help="The country whose public holidays are free, like RU.")
@click.option("--weight", help="The share among others.")
@click.option("--capacity", help="How many inquiries a day come by turn, 0 for any number.")
@click.option("--skills", help="What not everybody can, divided by commas.")
@click.option("--quiet-hours", help='Spans of a day without sound, like "22:00-08:00".')
@click.option("--department")
@click.option("--extension")
@click.option("--name")
def terms(config: Path | None, data: Path, ident: str, **given: str | None) -> None:
    """Change what is named; "" brings back what holds for everybody."""
    named = {name: value for name, value in given.items() if value is not None}
    _show(config, data, Command("terms", "manager", ident, named))


@managers.command("revoke")
@placed
@click.argument("ident", metavar="ID")
@click.option("--messenger", default="", help="This messenger's account alone; every one by default.")
def revoke(config: Path | None, data: Path, ident: str, messenger: str) -> None:
    """A lost phone: the account is theirs no more; sessions, tokens, links and invites end."""
    _show(config, data, Command("revoke", "manager", ident, {"messenger": messenger}))


@managers.command("dismiss")
@placed
@click.argument("ident", metavar="ID")
@click.option("--to", "--heir", "heir", default="", help="Who takes over; the others by turns by default.")
@click.option("--preview", is_flag=True, help="Only tell what would move.")
def dismiss(config: Path | None, data: Path, ident: str, heir: str, preview: bool) -> None:
    """End all access at once and hand everything over."""
    args = {"heir": heir, "preview": "1" if preview else ""}
    _show(config, data, Command("dismiss", "manager", ident, args))


def _show(config: Path | None, data: Path, command: Command) -> None:
    with opened(config, data) as house:
        click.echo(orjson.dumps(house.desk.do(command, OPERATOR)).decode())
