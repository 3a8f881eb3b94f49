"""What an import reads and writes: rows known from before, tombstones, and a batch in one short transaction."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, func, select, update

from intake.clock import Millis
from intake.deal import Client, DealState, Person, TaskState
from intake.decision import Changes, Snapshot, Wanted
from intake.store.bulk import Bulk
from intake.store.engine import Store, answering, one_read
from intake.store.ledger import SqlLedger
from intake.store.rows import client_of
from intake.store.schema import client, holding, merge, number, origin, person, task, tombstone
from intake.store.snapshot import lock, read
from intake.store.sql import among, upsert

_HELD = (
    select(
        holding.c.key,
        func.count(),
        func.max(holding.c.person_id),
        func.min(holding.c.client_id),
        func.max(holding.c.client_id),
    )
    .where(among(holding.c.key, "keys"))
    .group_by(holding.c.key)
)
_MERGED = select(func.count(), func.max(merge.c.at), func.max(merge.c.undone_at))
_TOMBSTONES = select(tombstone.c.digest, tombstone.c.at).where(among(tombstone.c.digest, "digests"))
_PERSONS = select(person).where(among(person.c.id, "ids"))
_KEYS = select(holding.c.key, holding.c.person_id).where(among(holding.c.person_id, "ids"))
_CLIENTS = select(client).where(among(client.c.id, "ids"))


_OURS = re.compile(r"[0-9a-v]{36}")
"""How our own ids look."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A row of an outside base as it was taken last time."""

    source: str
    ident: str
    client_id: str
    person_id: str
    deal_id: str
    digest: str


@dataclass(frozen=True, slots=True)
class Known:
    """What stands in the base for a batch of rows, read at one instant, and what tells whether it still holds."""

    snapshot: Snapshot
    origins: Mapping[str, Origin]
    erased: Mapping[str, Millis]
    seal: tuple[Any, ...]
    """what must still be so when a batch is written"""
    keys: Sequence[str]
    cards: Mapping[str, Sequence[Origin]]
    """client id -> the rows of the same base that it came from or was joined by"""


@dataclass(frozen=True, slots=True)
class Written:
    """A batch is in the base: how many seconds it held the ledger, and the base as read, still good for the next one
    unless somebody else writes."""

    held_s: float
    known: Known


@dataclass(slots=True)
class Batch:
    """What a batch of rows makes of the base."""

    changes: Changes = field(default_factory=Changes)
    origins: dict[str, Origin] = field(default_factory=dict)
    touched: dict[str, Client] = field(default_factory=dict)
    """clients that were there before and are changed or extended, as they were read"""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.origins and self.changes == Changes()


def own_person_id(ident: str) -> str:
    """The id of a person of ours that a row's ident may be, as in our own exports; "" where it cannot be one."""
    kind, _, ident = ident.partition(":")
    return ident if kind in ("person", "company") and _OURS.fullmatch(ident) else ""


class SqlImports:
    """Reads and writes batches of an import, on a connection of its own that does not wait for the disk: what a power
    cut takes away is imported again. Methods block. Raise Unavailable."""

    def __init__(self, store: Store, ledger: SqlLedger) -> None:
        self._store = store
        self._ledger = ledger
        self._origin = Bulk(upsert(origin, store.dialect), store.dialect)
        self._own: Connection | None = None
        self._written = 0

    @property
    def _connection(self) -> Connection:
        if self._own is None:
            self._own = self._store.relaxed_ledger.connect()
        return self._own

    @property
    def at_once(self) -> int:
        """How many rows are best read together. On SQLite one question tells whether anybody else wrote meanwhile;
        on PostgreSQL each contact is asked about again."""
        return 1_000 if self._store.dialect == "sqlite" else 200

    def close(self) -> None:
        """Give the connection back."""
        if self._own is not None:
            self._own.close()
            self._own = None

    def known(self, source: str, idents: Sequence[str], marks: Sequence[str], wanted: Wanted) -> Known:
        """All that deciding these rows needs, in a constant number of statements."""
        connection = self._connection
        with answering(), one_read(connection):
            seal = self._seal(wanted.keys)
            found = select(origin).where(origin.c.source == source, among(origin.c.ident, "idents"))
            origins = {row.ident: Origin(*row) for row in connection.execute(found, {"idents": list(idents)})}
            dead = connection.execute(_TOMBSTONES, {"digests": list(marks)}) if marks else ()
            erased = {row.digest: row.at for row in dead}
            given = list(origins.values())
            snapshot = read(
                connection,
                replace(
                    wanted,
                    clients=[one.client_id for one in given],
                    deals=[one.deal_id for one in given if one.deal_id],
                ),
            )
            ours = filter(None, map(own_person_id, idents))
            _read_persons(connection, snapshot, [*ours, *(one.person_id for one in given)])
            cards = _read_cards(connection, snapshot, source)
        return Known(snapshot, origins, erased, seal, wanted.keys, cards)

    def unchanged(self, source: str, digests: Mapping[str, str]) -> set[str]:
        """Those of the rows (ident -> digest) that say what they said last time."""
        found = select(origin.c.ident, origin.c.digest).where(
            origin.c.source == source, among(origin.c.ident, "idents")
        )
        with answering(), one_read(self._connection):
            rows = self._connection.execute(found, {"idents": list(digests)})
            return {row.ident for row in rows if digests[row.ident] == row.digest}

    def anybody_erased(self) -> bool:
        """Whether anybody was ever erased here."""
        with answering(), one_read(self._connection):
            return self._connection.execute(select(tombstone.c.digest).limit(1)).first() is not None

    def commit(self, known: Known, batch: Batch) -> Written | None:
        """Write the batch in one transaction, if the base is still as it was read; None when it is not."""
        connection = self._connection
        with answering(), connection.begin():
            lock(connection)
            held_since = time.perf_counter()
            if self._seal(known.keys) != known.seal or not _as_read(connection, batch):
                return None
            _number_deals(connection, batch.changes)
            self._ledger.write(connection, batch.changes)
            _cancel_tasks(connection, batch.changes)
            if batch.origins:
                self._origin.put(connection, list(map(_origin_row, batch.origins.values())))
        self._written += 1
        held = time.perf_counter() - held_since
        return Written(held, replace(known, seal=(known.seal[0], self._written)))

    def _seal(self, keys: Sequence[str]) -> tuple[Any, ...]:
        """On SQLite: whether anybody else wrote, and what we wrote ourselves. On PostgreSQL: who is known under these
        keys, and the last merge."""
        connection = self._connection
        if self._store.dialect == "sqlite":
            return connection.exec_driver_sql("PRAGMA data_version").scalar(), self._written
        held = sorted(map(tuple, connection.execute(_HELD, {"keys": list(keys)}))) if keys else []
        return (tuple(connection.execute(_MERGED).one()), *held)


def _origin_row(one: Origin) -> dict[str, str]:
    return {
        "source": one.source,
        "ident": one.ident,
        "client_id": one.client_id,
        "person_id": one.person_id,
        "deal_id": one.deal_id,
        "digest": one.digest,
    }


def _read_persons(connection: Connection, snapshot: Snapshot, ids: Sequence[str]) -> None:
    """The people that rows of before became, where no contact led to them."""
    missing = sorted({one for one in ids if one not in snapshot.persons})
    if not missing:
        return
    for row in connection.execute(_PERSONS, {"ids": missing}):
        snapshot.persons[row.id] = Person(row.id, row.client_id, row.name)
    clients = {one.client_id for one in snapshot.persons.values()} - snapshot.clients.keys()
    for row in connection.execute(_CLIENTS, {"ids": sorted(clients)}):
        snapshot.clients[row.id] = client_of(row)
    for row in connection.execute(_KEYS, {"ids": missing}):
        snapshot.person_keys.setdefault(row.person_id, set()).add(row.key)


def _read_cards(connection: Connection, snapshot: Snapshot, source: str) -> dict[str, list[Origin]]:
    """What the clients that were read are known as in that base."""
    cards: dict[str, list[Origin]] = {}
    if snapshot.clients:
        found = select(origin).where(origin.c.source == source, among(origin.c.client_id, "ids"))
        for row in connection.execute(found.order_by(origin.c.ident), {"ids": sorted(snapshot.clients)}):
            cards.setdefault(row.client_id, []).append(Origin(*row))
    return cards


def _as_read(connection: Connection, batch: Batch) -> bool:
    if not batch.touched:
        return True
    now = {row.id: client_of(row) for row in connection.execute(_CLIENTS, {"ids": sorted(batch.touched)})}
    return now == batch.touched


def _number_deals(connection: Connection, changes: Changes) -> None:
    """Give the new deals their numbers, in the order of the rows."""
    new = [one for one in changes.deals.values() if not one.number]
    if not new:
        return
    following = connection.scalar(select(number.c.next).where(number.c.name == "deal")) or 1
    for place, one in enumerate(new):
        changes.deals[one.id] = replace(one, number=following + place)
    changes.next_number = following + len(new)


def _cancel_tasks(connection: Connection, changes: Changes) -> None:
    """Nothing is planned any more on deals that are closed with this."""
    closed = [one.id for one in changes.deals.values() if one.state is not DealState.OPEN]
    if closed:
        planned = update(task).where(among(task.c.deal_id, "ids"), task.c.state == TaskState.PLANNED.value)
        connection.execute(planned.values(state=TaskState.CANCELLED.value), {"ids": closed})
