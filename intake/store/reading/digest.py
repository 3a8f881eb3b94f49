"""The day's digest: the inquiries of a span of time, counted by account, state and reason."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import func, select

from intake.clock import Millis, first_id
from intake.inquiry import State
from intake.report import Count
from intake.store.engine import Store, reading
from intake.store.schema import effect, inquiry, pending, raw
from intake.store.sql import among

KEY = "digest:"
"""The beginning of the idempotency keys of digests: `digest:2026-11-21:ivanov`."""


def read_counts(store: Store, since: Millis, until: Millis) -> tuple[Count, ...]:
    """What became of the inquiries that were taken in within the span. One was taken in when its id was born: the
    lists filter by ids too, so that their lengths are these numbers."""
    first, last = first_id(since), first_id(until)
    firsts = (
        select(pending.c.raw_id, pending.c.account)
        .join(raw, raw.c.id == pending.c.raw_id)
        .where(raw.c.inquiry_id == raw.c.id, pending.c.raw_id >= first, pending.c.raw_id < last)
    )
    # the journal first: what is settled between the two reads is then known to the ledger, and counted once
    with reading(store.journal) as journal:
        waiting = {row.raw_id: row.account for row in journal.execute(firsts)}
    counted = (
        select(inquiry.c.account, inquiry.c.state, inquiry.c.state_reason, func.count().label("n"))
        .where(inquiry.c.id >= first, inquiry.c.id < last)
        .group_by(inquiry.c.account, inquiry.c.state, inquiry.c.state_reason)
    )
    known = select(inquiry.c.id).where(among(inquiry.c.id, "ids"))
    with reading(store.ledger) as ledger:
        counts = [
            Count(row.account, row.state, row.state_reason, row.n) for row in ledger.execute(counted).all()
        ]
        for ident in ledger.scalars(known, {"ids": list(waiting)}) if waiting else ():
            del waiting[ident]
    for account, n in sorted(Counter(waiting.values()).items()):
        counts.append(Count(account, State.WAITING.value, "", n))
    return tuple(counts)


def told_days(store: Store) -> set[str]:
    """The days whose digest somebody was told, or is being told, as far as effects are kept."""
    keys = select(effect.c.key).where(effect.c.key >= KEY, effect.c.key < KEY[:-1] + chr(ord(":") + 1))
    with reading(store.ledger) as ledger:
        return {key.split(":")[1] for key in ledger.scalars(keys)}
