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
from intake.errors import LeadIntakeError, Unavailable
from intake.store.base.imports import SqlImports
from workers.clients.apart import rows_apart
from workers.clients.columns import Columns, guess_columns
from workers.clients.entries import Entry, Refused, further, marks_of, read_rows
from workers.clients.importing import Import, Outcome, Told, wanted_for
from workers.clients.sheets import read_table
from workers.clients.tables import Line
from workers.rules import Rules

MOST_ROWS, FEWEST_ROWS = 200, 50
HELD_S = 0.005
"""The ledger is to be held no longer than this; the next batch is smaller when it was."""
SAMPLE = 200
APART_BYTES = 2_000_000
"""A file from this size on is read by a process of its own."""
REMEMBERED = 20_000
"""Rows of one id stand near each other in a file: so many ids are kept in mind."""
_TRIES = 8

Progress = Callable[[Counter[Outcome]], None]


@dataclass(slots=True)
class Opened:
    """A file ready to be imported: its columns, its rows, those of them that can be shown at once."""

    path: Path
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
    return Opened(path, columns, chain(sample, table.rows), sample, table.read_as)


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
        self._erased = True
        self._lately: OrderedDict[str, str] = OrderedDict()

    def run(self, opened: Opened, report: TextIO, progress: Progress) -> Summary:
        """Take every row; a line of the report each. Raises Unavailable, OSError; what was written before stands,
        and the next run goes on from there."""
        summary = Summary()
        told = csv.writer(report)
        told.writerow(("row", "outcome", "client_id", "why"))
        rows = self._read(opened)
        try:
            self._erased = self._store.anybody_erased()
            while some := list(islice(rows, self._store.at_once)):
                entries = [self._told_apart(one) for one in some if isinstance(one, Entry)]
                refused = [
                    Told(one.place, Outcome.REFUSED, why=one.why) for one in some if isinstance(one, Refused)
                ]
                for one in sorted([*refused, *self._take(entries, summary)], key=lambda told: told.place):
                    summary.counts[one.outcome] += 1
                    told.writerow((one.place, one.outcome, one.client_id, one.why))
                progress(summary.counts)
        finally:
            self._store.close()
        return summary

    def _read(self, opened: Opened) -> Iterator[Entry | Refused]:
        """The rows, those of a large file read by another process."""
        company = self._rules.company
        if opened.path.stat().st_size < APART_BYTES:
            return read_rows(opened.rows, opened.columns, self._source, company)
        return rows_apart(opened.path, opened.columns, self._source, company)

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
        """Decide and write rows that are read at one instant."""
        known = self._store.unchanged(self._source, {one.ident: one.digest for one in entries})
        told = [Told(one.place, Outcome.UNCHANGED) for one in entries if one.ident in known]
        fresh = [one for one in entries if one.ident not in known]
        return [*told, *self._write(fresh, summary)] if fresh else told

    def _write(self, entries: list[Entry], summary: Summary) -> list[Told]:
        """Write rows; when the database will not have some, halve them until the row is alone."""
        done: list[Told] = []
        tries = 0
        try:
            while len(done) < len(entries):
                before = len(done)
                self._go_on(entries[before:], done, summary)
                tries = 0 if len(done) > before else tries + 1
                if tries == _TRIES:
                    break
        except Unavailable:
            raise
        except LeadIntakeError as error:
            left = entries[len(done) :]
            if len(left) == 1:
                return [*done, Told(left[0].place, Outcome.REFUSED, why=str(error)[:200])]
            middle = max(1, min(len(left), self._rows) // 2)
            return [*done, *self._write(left[:middle], summary), *self._write(left[middle:], summary)]
        if len(done) < len(entries):
            raise Unavailable("the base changes faster than it can be imported: try again in a quieter hour")
        return done

    def _go_on(self, entries: list[Entry], done: list[Told], summary: Summary) -> None:
        """Decide and write on one reading of the base, few rows at a time, until somebody else writes."""
        idents = [ident for one in entries for ident in (one.ident, one.further_of) if ident]
        marks = [mark for one in entries for mark in marks_of(one)] if self._erased else []
        base = self._store.known(self._source, idents, marks, wanted_for(entries))
        work = Import(base, self._owners, self._rules, self._clock.now())
        while entries:
            some, entries = entries[: self._rows], entries[self._rows :]
            told = [work.take(one) for one in some]
            if not work.batch.empty:
                written = self._store.commit(base, work.batch)
                if written is None:
                    return
                self._pace(written.held_s)
                summary.held_s = max(summary.held_s, written.held_s)
                base = written.known
            work.next()
            done += told

    def _pace(self, held: float) -> None:
        if held > HELD_S:
            self._rows = max(FEWEST_ROWS, int(self._rows * 0.8))
        elif held < HELD_S * 0.7:
            self._rows = min(MOST_ROWS, self._rows + 10)
