"""The import's loop: rows in batches, each decided outside the ledger's lock and written whole within it."""

from __future__ import annotations

import csv
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

from intake.clock import Clock
from intake.deal import Manager
from intake.decision import Wanted
from intake.errors import LeadIntakeError, Unavailable
from intake.store.base.imports import SqlImports
from workers.clients.columns import Columns, guess_columns
from workers.clients.entries import Entry, TooLittle, further, read_entry
from workers.clients.importing import Import, Outcome, Told, wanted_for
from workers.clients.sheets import read_table
from workers.clients.tables import Line
from workers.rules import Rules

MOST_ROWS, FEWEST_ROWS = 200, 20
HELD_S = 0.005
"""The ledger is to be held no longer than this; the next batch is smaller when it was."""
SAMPLE = 200
REMEMBERED = 20_000
"""Rows of one id stand near each other in a file: so many ids are kept in mind."""
_TRIES = 8

Progress = Callable[[Counter[Outcome]], None]


@dataclass(slots=True)
class Opened:
    """A file ready to be imported: its columns, its rows, those of them that can be shown at once."""

    columns: Columns
    rows: Iterator[Line]
    sample: list[Line]
    read_as: str


@dataclass(slots=True)
class Summary:
    """How many rows became what; `held_s` is the longest time a batch held the ledger."""

    counts: Counter[Outcome] = field(default_factory=Counter)
    held_s: float = 0.0


def open_file(path: Path, region: str, given: dict[str, str]) -> Opened:
    """The file with its columns guessed. `given` says of a column what it is. Raises Unreadable, OSError."""
    table = read_table(path)
    sample = list(islice(table.rows, SAMPLE))
    columns = guess_columns(table.columns, sample, region, given)
    return Opened(columns, chain(sample, table.rows), sample, table.read_as)


def owners_by_name(managers: list[Manager]) -> dict[str, str]:
    """Manager ids by id and by name, however it is ordered and spaced."""
    found: dict[str, str] = {}
    for one in managers:
        words = one.name.casefold().split()
        for name in (" ".join(words), " ".join(reversed(words)), one.id.casefold()):
            found[name] = one.id
    return found


class Importer:
    """Imports the rows of one file."""

    def __init__(
        self, store: SqlImports, rules: Rules, clock: Clock, owners: dict[str, str], source: str
    ) -> None:
        self._store = store
        self._rules = rules
        self._clock = clock
        self._owners = owners
        self._source = source
        self._rows = MOST_ROWS // 2
        self._lately: OrderedDict[str, str] = OrderedDict()

    def run(self, opened: Opened, report: TextIO, progress: Progress) -> Summary:
        """Take every row; a line of the report each. Raises Unavailable, OSError; what was written before stands,
        and the next run goes on from there."""
        summary = Summary()
        told = csv.writer(report)
        told.writerow(("row", "outcome", "client_id", "why"))
        rows = iter(opened.rows)
        while lines := list(islice(rows, self._rows)):
            entries, refused = self._read(lines, opened.columns)
            done = [*refused, *self._take(entries, summary)]
            for one in sorted(done, key=lambda told: told.place):
                summary.counts[one.outcome] += 1
                told.writerow((one.place, one.outcome, one.client_id, one.why))
            progress(summary.counts)
        return summary

    def _read(self, lines: list[Line], columns: Columns) -> tuple[list[Entry], list[Told]]:
        entries, refused = [], []
        for line in lines:
            if line.fault:
                refused.append(Told(line.place, Outcome.REFUSED, why=line.fault))
                continue
            try:
                entries.append(self._told_apart(read_entry(line, columns, self._source, self._rules.company)))
            except TooLittle as error:
                refused.append(Told(line.place, Outcome.REFUSED, why=str(error)))
        return entries, refused

    def _told_apart(self, entry: Entry) -> Entry:
        """The row, or - where its id was another row's a moment ago - a further row of that card."""
        if not entry.own:
            return entry
        if self._lately.setdefault(entry.ident, entry.digest) != entry.digest:
            return further(entry)
        if len(self._lately) > REMEMBERED:
            self._lately.popitem(last=False)
        return entry

    def _take(self, entries: list[Entry], summary: Summary) -> list[Told]:
        """Decide and write a batch; when the database will not have it, halve it until the row is alone."""
        known = self._store.unchanged(self._source, {one.ident: one.digest for one in entries})
        told = [Told(one.place, Outcome.UNCHANGED) for one in entries if one.ident in known]
        fresh = [one for one in entries if one.ident not in known]
        if not fresh:
            return told
        try:
            return [*told, *self._write(fresh, summary)]
        except Unavailable:
            raise
        except LeadIntakeError as error:
            if len(fresh) == 1:
                return [*told, Told(fresh[0].place, Outcome.REFUSED, why=str(error)[:200])]
            middle = len(fresh) // 2
            return [*told, *self._take(fresh[:middle], summary), *self._take(fresh[middle:], summary)]

    def _write(self, entries: list[Entry], summary: Summary) -> list[Told]:
        wanted: Wanted = wanted_for(entries)
        idents = [ident for one in entries for ident in (one.ident, one.further_of) if ident]
        marks = [mark for one in entries for mark in one.marks]
        for _ in range(_TRIES):
            base = self._store.known(self._source, idents, marks, wanted)
            work = Import(base, self._owners, self._rules, self._clock.now())
            told = [work.take(one) for one in entries]
            if work.batch.empty:
                return told
            held = self._store.commit(base, work.batch)
            if held is not None:
                self._pace(held)
                summary.held_s = max(summary.held_s, held)
                return told
        raise Unavailable("the base changes faster than it can be imported: try again in a quieter hour")

    def _pace(self, held: float) -> None:
        if held > HELD_S:
            self._rows = max(FEWEST_ROWS, int(self._rows * 0.8))
        elif held < HELD_S * 0.7:
            self._rows = min(MOST_ROWS, self._rows + 10)
