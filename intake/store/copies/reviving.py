"""What a copy needs before it may live: nothing that waited is lost, nothing that was sent is sent again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import orjson
from sqlalchemy import delete, func, insert, select, update

from intake.clock import Millis
from intake.effect import HELD, EffectState
from intake.store.engine import Store, answering, reading
from intake.store.restored import COPIED, HARMLESS, MARK, RESTORED
from intake.store.schema import access, audit, effect, health, lease, number, pending, raw, receipt, settled
from intake.store.sql import among, insert_into

_AT_ONCE = 1000
_SIGNED_IN = ("session", "link", "invite")


@dataclass(frozen=True, slots=True)
class Revived:
    """What was done: events put back to work that were dealt with while the copy was made, events that waited,
    effects held."""

    put_back: int
    waiting: int
    held: int


def revive(store: Store, copied_at: Millis, now: Millis) -> Revived:
    """Make a restored store ready to live. May be done again. Raises Unavailable."""
    with answering():
        put_back = sum(_put_back(store, ids) for ids in _events(store))
        waiting = _mark_waiting(store)
        held = _hold(store, copied_at, now)
    return Revived(put_back, waiting, held)


def _events(store: Store) -> Iterator[list[str]]:
    """The ids of all events, some at a time."""
    after = ""
    while True:
        some = select(raw.c.id).where(raw.c.id > after).order_by(raw.c.id).limit(_AT_ONCE)
        with reading(store.journal) as connection:
            ids = list(connection.scalars(some))
        if not ids:
            return
        after = ids[-1]
        yield ids


def _put_back(store: Store, ids: list[str]) -> int:
    """Events that the ledger does not know and the journal no longer waits for: they were dealt with between the
    two copies."""
    with reading(store.ledger) as ledger:
        done = set(
            ledger.scalars(select(settled.c.raw_id).where(among(settled.c.raw_id, "ids")), {"ids": ids})
        )
    open_ones = [ident for ident in ids if ident not in done]
    if not open_ones:
        return 0
    known = select(raw.c.id, raw.c.account, raw.c.received_at, func.length(raw.c.body).label("size"))
    with store.journal.begin() as journal:
        waits = set(
            journal.scalars(
                select(pending.c.raw_id).where(among(pending.c.raw_id, "ids")), {"ids": open_ones}
            )
        )
        missing = [ident for ident in open_ones if ident not in waits]
        rows = journal.execute(
            known.where(among(raw.c.id, "ids")).order_by(raw.c.seq), {"ids": missing}
        ).all()
        for row in rows:
            waiting = {
                "raw_id": row.id,
                "account": row.account,
                "size": row.size,
                "received_at": row.received_at,
            }
            journal.execute(insert(pending).values(**waiting, attempts=0, lease_by="", lease_until=0))
    return len(rows)


def _mark_waiting(store: Store) -> int:
    """What waits may have been worked on after the copy: its head says so, whoever tells of it looks there."""
    with store.journal.begin() as journal:
        journal.execute(delete(lease))
        journal.execute(delete(health))
        journal.execute(update(pending).values(lease_by="", lease_until=0, attempts=0))
        waiting = select(raw.c.id, raw.c.head).where(raw.c.id.in_(select(pending.c.raw_id)))
        rows = journal.execute(waiting).all()
        for row in rows:
            head = orjson.dumps(orjson.loads(row.head) | {MARK: True}).decode()
            journal.execute(update(raw).where(raw.c.id == row.id).values(head=head))
    return len(rows)


def _hold(store: Store, copied_at: Millis, now: Millis) -> int:
    """Effects that were not sent when the copy was made may have been since; whoever was signed in signs in again."""
    told = insert_into(number, store.dialect)
    told = told.on_conflict_do_update(index_elements=["name"], set_={"next": told.excluded.next})
    parked = {"state": EffectState.PARKED.value, "done_at": now, "error": HELD, "lease_by": ""}
    row = {
        "at": now,
        "who": "command line",
        "verb": "restore",
        "what": "instance",
        "ident": "",
        "detail": '""',
    }
    with store.ledger.begin() as ledger:
        sends = effect.c.kind.not_in(sorted(HARMLESS))
        waited = update(effect).where(effect.c.state == EffectState.WAITING.value, sends).values(**parked)
        held = ledger.execute(waited).rowcount
        ledger.execute(delete(access).where(access.c.kind.in_(_SIGNED_IN)))
        ledger.execute(told, [{"name": COPIED, "next": copied_at}, {"name": RESTORED, "next": now}])
        ledger.execute(insert(audit).values(row))
    return held


def last_received(store: Store) -> dict[str, Millis]:
    """When the last event of each account came, by the journal."""
    last = select(raw.c.account, func.max(raw.c.received_at).label("at")).group_by(raw.c.account)
    named = select(receipt.c.account).distinct()
    with answering(), reading(store.journal) as connection:
        found = dict.fromkeys(connection.scalars(named), 0)
        return found | {row.account: row.at for row in connection.execute(last)}
