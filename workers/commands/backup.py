"""`backup`, `restore` and `parked`: a copy of everything, and what a restore leaves for a person to decide."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from config.reading import load
from intake.clock import Millis, iso, to_datetime
from intake.store.parked import SqlParked
from workers.backup.restoring import Restored
from workers.backup.restoring import restore as put_back
from workers.backup.saving import Saved, save, verified
from workers.commands.opening import opened
from workers.commands.options import placed
from workers.lock import take_lock
from workers.place import Place

_FILE = click.Path(dir_okay=False, path_type=Path)
_TELL_S = 1.0


@click.command
@placed
@click.argument("file", type=_FILE)
@click.option("--verify", is_flag=True, help="Make none: read this one through and compare its checksums.")
def backup(config: Path | None, data: Path, file: Path, verify: bool) -> None:
    """Copy everything into FILE, consistent, while the instance runs: databases, attachments, spooled requests, the
    record of the erased, the configuration without its secrets."""
    if verify:
        click.echo(_saved(verified(file), file, "is whole"))
        return
    with opened(config, data) as house:
        click.echo(
            _saved(save(house.instance, file.absolute(), _progress()), file, "is written and read through")
        )


@click.command
@placed
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--forget-since",
    is_flag=True,
    help="Leave what came after the copy in the former journal, where it would be found.",
)
def restore(config: Path | None, data: Path, file: Path, forget_since: bool) -> None:
    """Put FILE in place of what is there, which is kept aside. Sends nothing twice, keeps the erased erased, and
    lists what no source can send again. The instance must stand still."""
    place = Place(config.absolute() if config else None, data.absolute())
    lock = take_lock(place.data)
    try:
        done = put_back(place, file, _progress(), rescued=not forget_since)
    finally:
        lock.release()
    zone = ZoneInfo(load(place.config_path, place.data).company.timezone)
    for line in told(done, zone):
        click.echo(line)


def told(done: Restored, zone: ZoneInfo) -> list[str]:
    """What a restore did and what is left to do, a line each."""
    span = f"{_moment(done.gap.since, zone)} - {_moment(done.gap.until, zone)}"
    lines = [f"restored as of {_moment(done.gap.since, zone)}"]
    if done.aside:
        lines.append(f"what was there before: {done.aside}")
    if done.revived.waiting:
        lines.append(f"{done.revived.waiting} requests wait and are worked on at the next start")
    if done.revived.held:
        lines.append(
            f"{done.revived.held} held, for they may have been sent before the restore: `lead-intake parked list`, "
            "then `parked release --held` or `parked drop --held`"
        )
    if done.erased:
        lines.append(f"{done.erased} erased once more")
    for one in done.missed:
        lines.append(
            {
                "itself": f"read on by itself: {one.account}",
                "asked": f"gap: {one.account} {span}, ask its source: `lead-intake backfill {one.account} "
                f"--since {to_datetime(done.gap.since).astimezone(zone):%Y-%m-%dT%H:%M}`",
                "never": f"gap: {one.account} {span}, cannot be sent again by the source"
                + _rescued(done, one.account),
            }[one.how]
        )
    lines.append(
        "everybody signs in again; see who was dismissed since, and dismiss them again: `managers list`"
    )
    return lines


def _rescued(done: Restored, account: str) -> str:
    found = done.rescued.get(account, 0)
    return f"; {found} requests of that time were found in the former journal and wait" if found else ""


@click.group
def parked() -> None:
    """What stands still until a person says so: list, release, drop."""


@parked.command("list")
@placed
def list_parked(config: Path | None, data: Path) -> None:
    """Id, kind, for whom, about which inquiry, since when, why."""
    with opened(config, data) as house:
        for one in SqlParked(house.instance.store).listed():
            cells = (str(one.id), one.kind, one.target, one.about, iso(one.created_at) or "", one.reason)
            click.echo("\t".join(cells))


@parked.command("release")
@placed
@click.argument("ids", nargs=-1, type=int)
@click.option("--held", is_flag=True, help="All that a restore holds.")
def release(config: Path | None, data: Path, ids: tuple[int, ...], held: bool) -> None:
    """Carry them out after all."""
    _require_one(ids, held)
    with opened(config, data) as house:
        now = house.instance.clock.now()
        click.echo(f"{SqlParked(house.instance.store).release(ids, now, held=held)} released")


@parked.command("drop")
@placed
@click.argument("ids", nargs=-1, type=int)
@click.option("--held", is_flag=True, help="All that a restore holds.")
def drop(config: Path | None, data: Path, ids: tuple[int, ...], held: bool) -> None:
    """Forget them: cards stay in the browser."""
    _require_one(ids, held)
    with opened(config, data) as house:
        click.echo(f"{SqlParked(house.instance.store).drop(ids, held=held)} dropped")


def _require_one(ids: tuple[int, ...], held: bool) -> None:
    if bool(ids) == held:
        raise click.UsageError("name ids, or --held")


def _saved(saved: Saved, file: Path, how: str) -> str:
    return f"{file} {how}: {saved.members} members, {saved.size / 1e6:.1f} MB, as of {saved.at}"


def _moment(at: Millis, zone: ZoneInfo) -> str:
    return f"{to_datetime(at).astimezone(zone):%Y-%m-%d %H:%M}"


def _progress() -> Callable[[str, int], None]:
    """Tells how far it is, at most once a second."""
    last = time.monotonic()

    def tell(what: str, done: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _TELL_S:
            last = time.monotonic()
            click.echo(f"{what}: {done / 1e6:.0f} MB", err=True)

    return tell
