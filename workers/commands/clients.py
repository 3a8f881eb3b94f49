"""`clients`: the client base in and out, its duplicates, thresholds tried on the past, and erasing a person."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import click

from dashboard.pages.words import RULES
from dashboard.pages.words import told as in_words
from intake.clock import to_datetime
from intake.decision import Resolution, Wanted
from intake.errors import LeadIntakeError
from intake.store.base.imports import SqlImports
from intake.store.base.listing import SqlListing
from workers.clients.duplicates import find_duplicates
from workers.clients.exporting import export_to
from workers.clients.forgetting import forgetting_of
from workers.clients.importer import Importer, Opened, open_file, owners_by_name
from workers.clients.importing import Outcome
from workers.clients.rehearsal import rehearse
from workers.commands.opening import OPERATOR, opened
from workers.commands.options import placed

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_T = TypeVar("_T")
_TELL_S = 1.0
_SHOWN_ROWS = 5


@click.group
def clients() -> None:
    """The client base: import, export, duplicates, forget."""


@clients.command("import")
@placed
@click.argument("file", type=_FILE)
@click.option("--preview", is_flag=True, help="Only show what each column is taken for, and the first rows.")
@click.option(
    "--map",
    "mapped",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="What a column is; '-' for nothing. Repeatable.",
)
@click.option("--source", default="import", show_default=True, help="The name of the base the ids are from.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where each row's fate is written (CSV).",
)
def take_in(
    config: Path | None,
    data: Path,
    file: Path,
    preview: bool,
    mapped: tuple[str, ...],
    source: str,
    report: Path | None,
) -> None:
    """Take a base in: CSV, XLSX or JSON lines, as 1C, amoCRM and Bitrix24 export them. May be repeated nightly."""
    with opened(config, data) as house:
        instance = house.instance
        found = open_file(file, instance.company.region, _mapping(mapped))
        _show_columns(found)
        if preview:
            _show_rows(found)
            return
        at = instance.clock.now()
        path = (
            report
            or instance.place.data / "imports" / f"{to_datetime(at):%Y-%m-%dT%H-%M-%S}-{file.name}.report.csv"
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        owners = owners_by_name(list(instance.ledger.look(Wanted()).managers.values()))
        importer = Importer(
            SqlImports(instance.store, instance.ledger), instance.rules, instance.clock, owners, source
        )
        with path.open("w", encoding="utf-8-sig", newline="") as sink:
            summary = importer.run(found, sink, _Every[Counter[Outcome]](_tell_rows))
    counts = summary.counts
    click.echo(", ".join(f"{counts[one]} {one}" for one in Outcome))
    click.echo(f"row by row: {path}")
    if counts[Outcome.REFUSED] and not counts.total() - counts[Outcome.REFUSED]:
        raise LeadIntakeError(f"every row was refused: see {path}")


@clients.command("export")
@placed
@click.option(
    "--format", "kind", type=click.Choice(("csv", "jsonl", "xlsx")), default="csv", show_default=True
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="The file; standard output by default."
)
def give_out(config: Path | None, data: Path, kind: str, out: Path | None) -> None:
    """Write the base, a person a row. Cells that a spreadsheet would take for formulas are guarded."""
    with opened(config, data) as house:
        pages = SqlListing(house.instance.store).pages()
        export_to(out, kind, pages, sys.stdout)


@clients.command("duplicates")
@placed
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=1_000, show_default=True, help="At most so many."
)
def duplicates(config: Path | None, data: Path, limit: int) -> None:
    """Clients who may be one, the likeliest first: score, ids, names, the rules that say so. For review: `same`
    pairs are merged with `POST /clients/<id>/merge`."""
    with opened(config, data) as house:
        told = _Every[int](lambda done: click.echo(f"{done} people", err=True))
        listing = SqlListing(house.instance.store)
        for pair in find_duplicates(listing, limit, house.instance.rules.thresholds, told):
            click.echo("\t".join((f"{pair.score:.3f}", pair.one, pair.other, *pair.names, pair.why)))


@clients.command("thresholds")
@placed
@click.option("--same", type=float, help="From this weight on two are one.")
@click.option("--possible", type=float, help="From this weight on a person is asked.")
@click.option("--crowd", type=click.IntRange(2), help="So many holders make a contact say little.")
@click.option("--namesakes", type=click.IntRange(1), help="So many bearers leave a full name rare.")
@click.option("--rare-surname", type=float, help="Such a share of the base leaves a surname rare.")
@click.option("--few", type=click.IntRange(0), help="So many bearers leave a surname rare in a small base.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=10_000,
    show_default=True,
    help="So many of the newest inquiries.",
)
def thresholds(config: Path | None, data: Path, limit: int, **given: Any) -> None:
    """Try other thresholds on past inquiries: which would be decided otherwise? Nothing is changed: the ones that
    hold stand in [identity] of the configuration."""
    with opened(config, data) as house:
        instance = house.instance
        before = instance.rules.thresholds
        after = replace(before, **{name: value for name, value in given.items() if value is not None})
        if after.possible > after.same:
            raise click.UsageError("--possible must not be above --same")
        told = _Every[int](lambda done: click.echo(f"{done} inquiries", err=True))
        found = rehearse(SqlListing(instance.store), instance.company, before, after, limit, told)
    click.echo(f"would have changed {len(found.changed)} of {found.asked}")
    for one in found.changed:
        words = "; ".join(dict.fromkeys(in_words(RULES, reason.rule, str) for reason in one.after.reasons))
        click.echo("\t".join((one.inquiry_id, _outcome(one.before), _outcome(one.after), words)))


def _outcome(resolution: Resolution) -> str:
    return " ".join(filter(None, (resolution.identity.value, resolution.client_id)))


@clients.command("forget")
@placed
@click.argument("ident", metavar="ID", required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--again", "every", is_flag=True, help="All who were ever erased here, in a copy that was restored."
)
@click.option(
    "--scrub/--no-scrub",
    default=True,
    show_default=True,
    help="Rewrite the databases afterwards, so that no older version of a row stays in their files. Writers wait.",
)
def forget(config: Path | None, data: Path, ident: str | None, yes: bool, every: bool, scrub: bool) -> None:
    """Erase a client or a person for good. Prints the act."""
    if bool(ident) == every:
        raise click.UsageError("name one id, or --again")
    with opened(config, data) as house:
        instance = house.instance
        forgetting = forgetting_of(instance)
        if not (yes or every):
            click.confirm(f"Erase {ident} for good?", abort=True, err=True)
        acts = [forgetting.forget(ident, OPERATOR.name)] if ident else forgetting.again(OPERATOR.name)
        if scrub:
            forgetting.scrub()
        for act in acts:
            click.echo(act.told(instance.rules.say, instance.company.name))


class _Every(Generic[_T]):
    """Tells how far it is, at most once a second."""

    def __init__(self, tell: Callable[[_T], None]) -> None:
        self._tell = tell
        self._last = time.monotonic()

    def __call__(self, done: _T) -> None:
        if time.monotonic() - self._last >= _TELL_S:
            self._last = time.monotonic()
            self._tell(done)


def _tell_rows(counts: Counter[Outcome]) -> None:
    click.echo(f"{counts.total()} rows, {counts[Outcome.REFUSED]} refused", err=True)


def _mapping(mapped: tuple[str, ...]) -> dict[str, str]:
    given = {}
    for one in mapped:
        name, equals, field = one.rpartition("=")
        if not equals:
            raise click.UsageError(f"--map wants COLUMN=FIELD, not {one!r}")
        given[name] = field
    return given


def _show_columns(found: Opened) -> None:
    click.echo(found.read_as, err=True)
    for name, field in found.columns.told():
        click.echo(f"  {name} -> {field or 'left'}", err=True)


def _show_rows(found: Opened) -> None:
    """The first rows as they would be read; nothing is written."""
    for line in found.sample[:_SHOWN_ROWS]:
        if line.fault:
            click.echo(f"{line.place}: refused, {line.fault}")
            continue
        said = "; ".join(
            f"{field}: {line.cells[index]}" for index, field in found.columns.taken if line.cells[index]
        )
        click.echo(f"{line.place}: {said}")
