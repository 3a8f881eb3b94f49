"""The balance: what the door counted against what became of it, read so that a busy moment is no difference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, func, select

from intake.clock import Millis
from intake.inquiry import State
from intake.store.engine import Store, reading
from intake.store.past import AGAIN
from intake.store.reading.shapes import DAY_MS
from intake.store.schema import cursor, health, inquiry, pending, raw, receipt, tally
from intake.store.sql import among

OUTCOMES = tuple(state.value for state in State if state is not State.WAITING)
_CALM_TRIES = 8
_AGAIN = select(cursor.c.account, cursor.c.value).where(cursor.c.place == AGAIN)
"""What was given by reading again: the listener that tells what the source has listed knows nothing of it."""
_Counts = dict[tuple[str, str], int]


@dataclass(slots=True)
class _Reading:
    """What both databases said: receipts and waiting ones by account, outcomes by account and state."""

    received: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    outcomes: _Counts = field(default_factory=dict)
    sources: dict[str, int | None] = field(default_factory=dict)


def read_balance(store: Store, since: Millis | None, accounts: Sequence[str]) -> dict[str, Any]:
    """The balance since the UTC day of `since` (None: since ever); every account of `accounts` is among the
    sources, whether or not anything came by it."""
    return _balance_json(_read(store, since), accounts, whole=since is None)


def _read(store: Store, since: Millis | None) -> _Reading:
    """On PostgreSQL one snapshot of one database. On SQLite the two files have no common snapshot: the journal
    is read between two equal readings of the ledger, and if it never stands still, under its write lock, for
    the few milliseconds that this takes."""
    day = -1 if since is None else since // DAY_MS
    if store.dialect == "postgresql":
        with store.ledger.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            outcomes = _outcomes(connection, day)
            return _journal_side(connection, connection, outcomes, day)
    for _ in range(_CALM_TRIES):
        with reading(store.ledger) as ledger:
            before = _outcomes(ledger, day)
        with reading(store.journal) as journal, reading(store.ledger) as ledger:
            found = _journal_side(journal, ledger, before, day)
            if _outcomes(ledger, day) == before:
                return found
    with store.ledger.connect() as ledger, reading(store.journal) as journal:
        return _journal_side(journal, ledger, _outcomes(ledger, day), day)


def _outcomes(connection: Connection, day: int) -> _Counts:
    summed = (
        select(tally.c.account, tally.c.state, func.sum(tally.c.n).label("n"))
        .where(tally.c.day >= day)
        .group_by(tally.c.account, tally.c.state)
    )
    return {(row.account, row.state): int(row.n) for row in connection.execute(summed)}


def _journal_side(journal: Connection, ledger: Connection, outcomes: _Counts, day: int) -> _Reading:
    counted = select(receipt.c.account, func.sum(receipt.c.received).label("n"))
    counted = counted.where(receipt.c.day >= day).group_by(receipt.c.account)
    found = _Reading(outcomes=outcomes)
    found.received = {row.account: int(row.n) for row in journal.execute(counted)}
    found.waiting = _waiting(journal, ledger, day)
    seen = select(health.c.account, health.c.seen_at_source)
    again = {row.account: orjson.loads(row.value)["seen"] for row in journal.execute(_AGAIN)}
    found.sources = {
        row.account: None if row.seen_at_source is None else row.seen_at_source + again.get(row.account, 0)
        for row in journal.execute(seen)
    }
    return found


def _waiting(journal: Connection, ledger: Connection, day: int) -> dict[str, int]:
    """Inquiries whose first event is in the journal alone, by account. What the ledger has already is not
    waiting, though the journal may not have struck it off; nor is a call that goes on."""
    firsts = (
        select(pending.c.raw_id, pending.c.account)
        .join(raw, raw.c.id == pending.c.raw_id)
        .where(raw.c.inquiry_id == raw.c.id, pending.c.received_at >= max(day, 0) * DAY_MS)
    )
    accounts = {row.raw_id: row.account for row in journal.execute(firsts)}
    known = select(inquiry.c.id).where(among(inquiry.c.id, "ids"))
    for ident in ledger.scalars(known, {"ids": list(accounts)}) if accounts else ():
        del accounts[ident]
    counts: defaultdict[str, int] = defaultdict(int)
    for account in accounts.values():
        counts[account] += 1
    return dict(counts)


def _balance_json(found: _Reading, accounts: Sequence[str], *, whole: bool) -> dict[str, Any]:
    totals: defaultdict[str, int] = defaultdict(int)
    for (_, state), n in found.outcomes.items():
        totals[state] += n
    waiting = sum(found.waiting.values())
    received = sum(found.received.values())
    outcomes = {state: totals[state] for state in OUTCOMES}
    # our own bots and messengers tell of their health too, but count no requests
    telling = (name for name, seen in found.sources.items() if seen is not None)
    known = sorted({*accounts, *found.received, *telling})
    return {
        "received": received,
        "waiting": waiting,
        **outcomes,
        "difference": received - waiting - sum(outcomes.values()),
        # a source tells of its whole life: a part of our counters says nothing beside that
        "sources": [_source_json(found, account, whole=whole) for account in known],
    }


def _source_json(found: _Reading, account: str, *, whole: bool) -> Mapping[str, Any]:
    received = found.received.get(account, 0)
    seen = found.sources.get(account) if whole else None
    return {
        "account": account,
        "seen_at_source": seen,
        "received": received,
        "difference": None if seen is None else seen - received,
    }
