"""The signs that alarms are judged by, read in a constant number of statements an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from intake.clock import Millis, first_id
from intake.effect import EffectKind, EffectState
from intake.inquiry import State
from intake.ports import HealthReport
from intake.store.engine import Store, answering, reading
from intake.store.health import SqlHealth
from intake.store.reading.balance import read_balance
from intake.store.reading.shapes import DAY_MS
from intake.store.schema import card, effect, inquiry, pending, receipt

_HOUR_MS = 3_600_000
_COUNTED = 1000
_INSTANT = 8
"""Letters of an id's beginning that tell its instant to a quarter of a second; six of them to four minutes."""
_SPAN = 6
_SPAN_SHIFT = 5 * (10 - _SPAN) - 2


@dataclass(frozen=True, slots=True)
class Queue:
    """Things that wait: how many (at most a thousand are counted), since when the oldest does."""

    count: int = 0
    oldest: Millis | None = None


@dataclass(frozen=True, slots=True)
class Signs:
    """What stands in the tables at `at`. `came` is when each account's last request came, `refused` how many were
    refused today by accounts that let none in, `buried` counts those of the last hour, `parked` by reason."""

    at: Millis
    balance: Mapping[str, Any]
    reports: tuple[HealthReport, ...]
    came: Mapping[str, Millis]
    refused: Mapping[str, int]
    waiting: Queue
    overdue: Millis | None
    untaken: Queue
    buried: int
    parked: Mapping[str, int]


class SqlSigns:
    """Reads the signs. Methods block. Raise Unavailable."""

    def __init__(self, store: Store, accounts: Sequence[str]) -> None:
        self._store = store
        self._accounts = tuple(accounts)

    def read(self, now: Millis, untaken_before: Millis) -> Signs:
        """The signs of this moment. `untaken` counts cards that were promised before `untaken_before`."""
        with answering():
            balance = read_balance(self._store, None, self._accounts)
            reports = tuple(SqlHealth(self._store).reports())
            with reading(self._store.journal) as journal, reading(self._store.ledger) as ledger:
                return Signs(
                    at=now,
                    balance=balance,
                    reports=reports,
                    came=self._came(ledger),
                    refused=_refused(journal, now),
                    waiting=_waiting(journal, balance["waiting"]),
                    overdue=ledger.scalar(_OVERDUE),
                    untaken=_untaken(ledger, untaken_before),
                    buried=ledger.scalar(_BURIED.where(inquiry.c.id >= first_id(now - _HOUR_MS))) or 0,
                    parked={row.error: row.n for row in ledger.execute(_PARKED)},
                )

    def _came(self, ledger: Connection) -> dict[str, Millis]:
        """By the id of the last one, which begins with its instant: the index alone is asked."""
        found: dict[str, Millis] = {}
        for account in self._accounts:
            last = ledger.scalar(select(func.max(inquiry.c.id)).where(inquiry.c.account == account))
            if last:
                found[account] = instant_of(last)
        return found

    def rhythm(self, account: str, since: Millis) -> list[tuple[Millis, int]]:
        """How many inquiries came in each stretch of about four minutes: (its beginning, how many), in order."""
        begin = func.substr(inquiry.c.id, 1, _SPAN).label("begin")
        counted = (
            select(begin, func.count().label("n"))
            .where(inquiry.c.account == account, inquiry.c.id >= first_id(since))
            .group_by(begin)
            .order_by(begin)
        )
        with answering(), reading(self._store.ledger) as ledger:
            return [(int(row.begin, 32) << _SPAN_SHIFT, row.n) for row in ledger.execute(counted)]


_WAITS = effect.c.state == EffectState.WAITING.value
_OVERDUE = select(effect.c.due_at).where(_WAITS).order_by(effect.c.due_at, effect.c.id).limit(1)
_BURIED = select(func.count()).where(inquiry.c.state == State.BURIED.value)
_PARKED = (
    select(effect.c.error, func.count().label("n"))
    # alarms are notices: one that cannot be told must not raise another
    .where(effect.c.state == EffectState.PARKED.value, effect.c.kind != EffectKind.NOTICE.value)
    .group_by(effect.c.error)
)


def instant_of(ident: str) -> Millis:
    """When an id was born, to a quarter of a second."""
    return (int(ident[:_INSTANT], 32) << 5 * (10 - _INSTANT)) >> 2


def _refused(journal: Connection, now: Millis) -> dict[str, int]:
    rows = journal.execute(select(receipt).where(receipt.c.day == now // DAY_MS))
    return {row.account: row.refused for row in rows if not row.received + row.repeated + row.continued}


def _waiting(journal: Connection, count: int) -> Queue:
    oldest = journal.scalar(select(pending.c.received_at).order_by(pending.c.seq).limit(1))
    return Queue(count, oldest if count else None)


def _untaken(ledger: Connection, before: Millis) -> Queue:
    late = (
        select(card.c.due_at)
        .where(card.c.state == "new", card.c.due_at < before)
        .order_by(card.c.created_at)
        .limit(_COUNTED)
        .subquery()
    )
    row = ledger.execute(select(func.count().label("n"), func.min(late.c.due_at).label("oldest"))).one()
    return Queue(row.n, row.oldest)
