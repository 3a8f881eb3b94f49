"""The journal: raw events accepted once, durably, and which of them are still to be worked on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, func, select, update
from sqlalchemy.exc import DataError, DBAPIError, ProgrammingError, SQLAlchemyError

from intake.clock import Millis
from intake.errors import JournalBroken, JournalUnavailable, Unreadable
from intake.inquiry import Raw
from intake.ports import Delivery, Receipt
from intake.store.arrivals import (
    CONTENT_WINDOW_MS,
    FOR_EVER,
    Arrival,
    Tally,
    arriving,
    asked_row,
    dumps,
    group_key,
    pending_row,
    raw_row,
    stand_alone,
    waiting_row,
)
from intake.store.at_once import AtOnce, ClaimAtOnce
from intake.store.bulk import Bulk
from intake.store.engine import Store, answering, explain
from intake.store.schema import claim, cursor, pending, raw, receipt
from intake.store.sql import adding, among, insert_into, upsert

LEASE_MS = 30_000
BATCH_BYTES = 16_000_000
"""A batch holds at most this many bytes of bodies, but always one event."""
DAY_MS = 86_400_000


class SqlJournal:
    """`intake.ports.Journal` and `Cursors` over SQLite or PostgreSQL."""

    def __init__(self, store: Store) -> None:
        self._store = store
        returned = (claim.c.account, claim.c.key)
        # a claim is won when it is new or when the one that stands has run out
        fresh = insert_into(claim, store.dialect)
        taken = {name: fresh.excluded[name] for name in ("raw_id", "inquiry_id", "at", "until")}
        won = fresh.on_conflict_do_update(
            index_elements=["account", "key"], set_=taken, where=claim.c.until <= fresh.excluded.at
        ).returning(*returned)
        self._claim = Bulk(won, store.dialect)
        self._raw = Bulk(insert_into(raw, store.dialect), store.dialect)
        self._pending = Bulk(insert_into(pending, store.dialect), store.dialect)
        counters = adding(receipt, store.dialect, ["received", "repeated", "continued", "refused"])
        self._count = Bulk(counters, store.dialect)
        self._at_once = AtOnce(store.journal) if store.dialect == "postgresql" else None
        self._claim_at_once = (
            ClaimAtOnce(store.relaxed, BATCH_BYTES) if store.dialect == "postgresql" else None
        )
        self._move = upsert(cursor, store.dialect)
        self._held = select(claim.c.account, claim.c.key, claim.c.raw_id, claim.c.inquiry_id).where(
            among(claim.c.key, "keys")
        )

    def append(
        self, deliveries: Sequence[Delivery], refused: Mapping[str, int], now: Millis
    ) -> list[list[Receipt]]:
        """As the port says. A commit whose answer was lost is tried once more and recognised by its own ids."""
        arrivals = [arriving(one, now) for one in deliveries]
        try:
            try:
                if self._at_once and stand_alone(deliveries):
                    self._write_at_once(self._at_once, arrivals, refused, now)
                else:
                    self._write(arrivals, deliveries, refused, now)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                self._write(arrivals, deliveries, refused, now)
        except (DataError, ProgrammingError, ValueError) as error:
            raise Unreadable(f"the journal cannot hold these bytes: {str(error)[:120]}") from error
        except DBAPIError as error:
            # after a failed fsync the kernel may forget the pages, and the next fsync would say "ok" for nothing
            broken = "disk I/O error" in str(error.orig)
            raise (JournalBroken if broken else JournalUnavailable)(str(explain(error))) from error
        except SQLAlchemyError as error:  # the pool's own time-out
            raise JournalUnavailable(f"no connection to the journal: {str(error)[:120]}") from error
        return [[one.receipt for one in some if one.receipt] for some in arrivals]

    def _write(
        self,
        groups: list[list[Arrival]],
        deliveries: Sequence[Delivery],
        refused: Mapping[str, int],
        now: Millis,
    ) -> None:
        arrivals = [one for group in groups for one in group]
        with self._store.journal.begin() as connection:
            self._join_groups(connection, arrivals, now)
            firsts, written_before = self._tell_repeats(connection, arrivals, now)
            if written_before:
                return
            if firsts:
                self._raw.put(connection, [raw_row(one, now) for one in firsts])
                self._pending.put(connection, [pending_row(one, now) for one in firsts])
            self._raise_counters(connection, arrivals, refused, now)
            moved = [one.cursor for one in deliveries if one.cursor]
            if moved:
                rows = [
                    {"account": to.account, "place": to.place, "value": dumps(to.value), "at": now}
                    for to in moved
                ]
                connection.execute(self._move, rows)

    def _write_at_once(
        self, at_once: AtOnce, groups: list[list[Arrival]], refused: Mapping[str, int], now: Millis
    ) -> None:
        arrivals = [one for group in groups for one in group]
        firsts: dict[tuple[str, str], Arrival] = {}
        repeated: dict[str, int] = dict.fromkeys(refused, 0)
        for one in arrivals:
            account = one.new.account
            is_first = firsts.setdefault((account, one.key), one) is one
            repeated[account] = repeated.get(account, 0) + (not is_first)
        day = now // DAY_MS
        counters = [
            {"account": account, "day": day, "repeated": times, "refused": refused.get(account, 0)}
            for account, times in repeated.items()
        ]
        asked = [asked_row(one, now) for one in firsts.values()]
        written = at_once.write(asked, [one.new.body for one in firsts.values()], counters, now)
        held: dict[tuple[str, str], tuple[str, str]] = {}
        if lost := [key for key, one in firsts.items() if one.id not in written]:
            with self._store.journal.connect() as connection:
                held = self._holders(connection, lost)
        for one in arrivals:
            key = (one.new.account, one.key)
            raw_id, inquiry_id = held.get(key, (firsts[key].id, firsts[key].inquiry_id))
            one.receipt = Receipt(raw_id, inquiry_id, first=raw_id == one.id)

    def _join_groups(self, connection: Connection, arrivals: list[Arrival], now: Millis) -> None:
        """Give the later events of a call or message the inquiry id of the first. Those that join further groups to
        their own come first, so that the others of the same commit find them joined."""
        joining = [one for one in arrivals if one.new.joins]
        for some in (joining, [one for one in arrivals if not one.new.joins]) if joining else (arrivals,):
            self._join(connection, some, now)

    def _join(self, connection: Connection, arrivals: list[Arrival], now: Millis) -> None:
        firsts: dict[tuple[str, str], Arrival] = {}
        for one in arrivals:
            if one.new.group:
                firsts.setdefault((one.new.account, group_key(one.new.group)), one)
        if not firsts:
            return
        held = self._claim_keys(connection, firsts, FOR_EVER, now)
        for one in arrivals:
            if one.new.group:
                key = (one.new.account, group_key(one.new.group))
                one.inquiry_id = held[key][1] if key in held else firsts[key].id
                one.continues = one.inquiry_id != one.id
        # a group that has events already stays an inquiry of its own
        joined = {(one.new.account, group_key(further)): one for one in arrivals for further in one.new.joins}
        self._claim_keys(connection, joined, FOR_EVER, now)

    def _tell_repeats(
        self, connection: Connection, arrivals: list[Arrival], now: Millis
    ) -> tuple[list[Arrival], bool]:
        """Give every arrival its receipt; return those that are here for the first time, and whether this very
        commit went through before (its answer was lost, the keys are held by our own ids)."""
        firsts: dict[tuple[str, str], Arrival] = {}
        for one in arrivals:
            firsts.setdefault((one.new.account, one.key), one)
        forever = {key: one for key, one in firsts.items() if one.new.external_id}
        passing = {key: one for key, one in firsts.items() if not one.new.external_id}
        held = self._claim_keys(connection, forever, FOR_EVER, now)
        held |= self._claim_keys(connection, passing, now + CONTENT_WINDOW_MS, now)
        for one in arrivals:
            key = (one.new.account, one.key)
            first = firsts[key]
            raw_id, inquiry_id = held.get(key, (first.id, first.inquiry_id))
            one.receipt = Receipt(raw_id, inquiry_id, first=raw_id == one.id)
        ours = {one.id for one in arrivals}
        written_before = any(raw_id in ours for raw_id, _ in held.values())
        return [one for key, one in firsts.items() if key not in held], written_before

    def _claim_keys(
        self, connection: Connection, wanted: Mapping[tuple[str, str], Arrival], until: Millis, now: Millis
    ) -> dict[tuple[str, str], tuple[str, str]]:
        """Claim the keys; return those that somebody else holds, with his raw and inquiry ids."""
        if not wanted:
            return {}
        rows = [
            {
                "account": account,
                "key": key,
                "raw_id": one.id,
                "inquiry_id": one.inquiry_id,
                "at": now,
                "until": until,
            }
            for (account, key), one in sorted(wanted.items())
        ]
        won = {(row.account, row.key) for row in self._claim.put(connection, rows)}
        lost = [key for key in wanted if key not in won]
        return self._holders(connection, lost) if lost else {}

    def _holders(
        self, connection: Connection, lost: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], tuple[str, str]]:
        found = connection.execute(self._held, {"keys": [key for _, key in lost]})
        theirs = {(row.account, row.key): (row.raw_id, row.inquiry_id) for row in found}
        return {key: theirs[key] for key in lost}

    def _raise_counters(
        self, connection: Connection, arrivals: list[Arrival], refused: Mapping[str, int], now: Millis
    ) -> None:
        tally = Tally()
        for one in arrivals:
            tally.count(one)
        accounts = sorted({*tally.received, *tally.repeated, *tally.continued, *refused})
        rows = [
            {
                "account": account,
                "day": now // DAY_MS,
                "received": tally.received.get(account, 0),
                "repeated": tally.repeated.get(account, 0),
                "continued": tally.continued.get(account, 0),
                "refused": refused.get(account, 0),
            }
            for account in accounts
        ]
        if rows:
            self._count.put(connection, rows)

    @answering()
    def claim(self, worker: str, now: Millis, *, ids: Sequence[str] = (), limit: int = 256) -> list[Raw]:
        """As the port says; a batch is bounded in bytes too, so that letters of 25 MB come one by one."""
        if self._claim_at_once:
            leased = self._claim_at_once.claim(worker, now, now + LEASE_MS, ids, limit)
            return [_raw(row, row.attempts) for row in leased]
        waiting = select(pending.c.raw_id, pending.c.size).where(pending.c.lease_until <= now)
        if ids:
            waiting = waiting.where(among(pending.c.raw_id, "ids"))
        waiting = waiting.order_by(pending.c.seq).limit(limit)
        with self._store.relaxed.begin() as connection:
            found = connection.execute(waiting, {"ids": list(ids)} if ids else {}).all()
            taken = _within([(row.raw_id, row.size) for row in found], BATCH_BYTES)
            if not taken:
                return []
            lease = {"lease_by": worker, "lease_until": now + LEASE_MS, "attempts": pending.c.attempts + 1}
            taking = update(pending).where(among(pending.c.raw_id, "taken")).values(**lease)
            attempts = connection.execute(
                taking.returning(pending.c.raw_id, pending.c.attempts), {"taken": taken}
            ).all()
            rows = connection.execute(select(raw).where(among(raw.c.id, "taken")), {"taken": taken}).all()
        tries = {row.raw_id: row.attempts for row in attempts}
        return sorted((_raw(row, tries[row.id]) for row in rows), key=lambda one: one.seq)

    @answering()
    def settle(self, raw_ids: Sequence[str]) -> None:
        """As the port says."""
        with self._store.relaxed.begin() as connection:
            connection.execute(delete(pending).where(among(pending.c.raw_id, "ids")), {"ids": list(raw_ids)})

    @answering()
    def release(self, raw_ids: Sequence[str], not_before: Millis) -> None:
        """As the port says; the attempt is not held against them."""
        freed = {"lease_by": "", "lease_until": not_before, "attempts": pending.c.attempts - 1}
        with self._store.relaxed.begin() as connection:
            connection.execute(
                update(pending).where(among(pending.c.raw_id, "ids")).values(**freed), {"ids": list(raw_ids)}
            )

    @answering()
    def again(self, inquiry_ids: Sequence[str]) -> list[str]:
        """Put the events of these inquiries back to work (a replay); returns the raw ids that were put."""
        size = func.length(raw.c.body).label("size")
        known = select(raw.c.id, raw.c.account, raw.c.received_at, size).where(among(raw.c.inquiry_id, "ids"))
        put = insert_into(pending, self._store.dialect).on_conflict_do_nothing()
        with self._store.journal.begin() as connection:
            found = connection.execute(known.order_by(raw.c.seq), {"ids": list(inquiry_ids)}).all()
            rows = [waiting_row(row.id, row.account, row.size, row.received_at) for row in found]
            if rows:
                connection.execute(put, rows)
        return [row.id for row in found]

    @answering()
    def read(self, account: str, place: str) -> Mapping[str, Any] | None:
        """`intake.ports.Cursors.read`."""
        found = select(cursor.c.value).where(cursor.c.account == account, cursor.c.place == place)
        with self._store.journal.connect() as connection:
            value = connection.execute(found).scalar()
        return dict(orjson.loads(value)) if value is not None else None


def _raw(row: Row[Any], attempts: int) -> Raw:
    return Raw(
        id=row.id,
        seq=row.seq,
        inquiry_id=row.inquiry_id,
        account=row.account,
        channel=row.channel,
        received_at=row.received_at,
        body=bytes(row.body),
        head=orjson.loads(row.head),
        external_id=row.external_id,
        group=row.grouping,
        part=row.part,
        history=row.history,
        attempts=attempts,
    )


def _within(found: Sequence[tuple[str, int]], bound: int) -> list[str]:
    """The first ids whose sizes fit the bound; always one."""
    taken: list[str] = []
    total = 0
    for raw_id, size in found:
        total += size
        if taken and total > bound:
            break
        taken.append(raw_id)
    return taken
