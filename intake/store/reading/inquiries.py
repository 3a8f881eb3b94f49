"""Inquiries, newest first: those the ledger has and those that still wait in the journal.

A search without an index is bounded by time, not by hope: it looks through the newest first, gives what it found
within its budget, and a cursor from which it goes on.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Column, ColumnElement, Connection, Row, Select, or_, select

from intake.clock import first_id
from intake.contact import read_email, read_phone
from intake.decision import decision_json
from intake.inquiry import Inquiry, Kind, inquiry_json
from intake.ports import InquiryFilter, Page, Source
from intake.store.engine import Store, reading
from intake.store.reading.shapes import clamp
from intake.store.rows import inquiry_of
from intake.store.schema import card, holding, inquiry, pending, raw
from intake.store.sql import among

BUDGET_S = 0.15
"""How long one page of a search may look."""
_WINDOW = 4000
_SHOWN_BYTES = 200_000
_BY_CLIENT = "~"
"""Ends a cursor of a search whose contact's own inquiries were given already."""
_ASIDE = {"version", "search"}
_COLUMNS = tuple(column for column in inquiry.columns if column.name not in _ASIDE)
_PUNCTUATION = set("+-() .")


def inquiry_row_json(row: Row[Any]) -> dict[str, Any]:
    """An inquiry of the ledger as the API shows it."""
    one, decided = inquiry_of(row)
    return {
        **inquiry_json(one),
        "state": row.state,
        "state_reason": row.state_reason,
        "decision": decision_json(decided),
    }


def waiting_json(row: Row[Any]) -> dict[str, Any]:
    """An inquiry that is still in the journal: what the door knew of it; its parsed parts are empty."""
    known = Inquiry(
        id=row.id,
        account=row.account,
        channel=row.channel,
        kind=Kind.FORM,
        external_id=row.external_id,
        received_at=row.received_at,
    )
    # of which kind it is will be known when it is parsed
    return {**inquiry_json(known), "kind": "", "state": "waiting", "state_reason": "", "decision": None}


@dataclass(frozen=True, slots=True)
class InquiryReads:
    """Reads of inquiries. `region` reads the phone numbers people search for."""

    store: Store
    region: str

    def page(self, wanted: InquiryFilter) -> Page:
        """As Reader.inquiries."""
        limit = clamp(wanted.limit)
        after = wanted.after.removesuffix(_BY_CLIENT)
        # the journal first: what is settled between the two reads is then seen twice, never not at all
        waiting = self._waiting(wanted, after, limit)
        with reading(self.store.ledger) as connection:
            if wanted.state == "waiting":
                found: list[Row[Any]] = []
                rest = None
            else:
                found, rest = self._decided(connection, wanted, after, limit)
            known = self._known(connection, [row.id for row in waiting])
        items = [inquiry_row_json(row) for row in found]
        items += [waiting_json(row) for row in waiting if row.id not in known]
        items.sort(key=lambda item: str(item["id"]), reverse=True)
        if len(items) > limit:
            return Page(items[:limit], items[limit - 1]["id"])
        return Page(items, rest)

    def one(self, ident: str) -> dict[str, Any] | None:
        """One inquiry, wherever it stands."""
        with reading(self.store.ledger) as connection:
            row = connection.execute(select(*_COLUMNS).where(inquiry.c.id == ident)).first()
        if row is not None:
            return inquiry_row_json(row)
        with reading(self.store.journal) as connection:
            row = connection.execute(_WAITING.where(raw.c.id == ident)).first()
        return waiting_json(row) if row is not None else None

    def sources(self, ident: str) -> list[Source]:
        """As Watch.sources; the first of them is the raw event of the inquiry's own id."""
        first = select(raw).where(raw.c.id == ident)
        with reading(self.store.journal) as connection:
            rows = list(connection.execute(first))
            if rows and rows[0].grouping:
                rows = list(connection.execute(self._group(rows[0])))
        return [
            Source(
                id=row.id,
                at=row.received_at,
                head=orjson.loads(row.head),
                body=row.body[:_SHOWN_BYTES].decode("utf-8", "replace"),
                size=len(row.body),
            )
            for row in rows
        ]

    def _group(self, first: Row[Any]) -> Select[Any]:
        # a group's events follow its first within a day; by sequence, for the journal has no index by inquiry
        near = raw.c.seq.between(first.seq, first.seq + 20_000)
        return select(raw).where(near, raw.c.inquiry_id == first.id).order_by(raw.c.seq).limit(50)

    def _waiting(self, wanted: InquiryFilter, after: str, limit: int) -> list[Row[Any]]:
        if wanted.state not in ("", "waiting") or wanted.owner or wanted.q or wanted.reason:
            return []
        query = _WAITING.order_by(pending.c.raw_id.desc()).limit(limit + 1)
        if wanted.account:
            query = query.where(pending.c.account == wanted.account)
        if after:
            query = query.where(pending.c.raw_id < after)
        query = query.where(*_span(wanted, pending.c.raw_id))
        with reading(self.store.journal) as connection:
            return list(connection.execute(query))

    def _known(self, connection: Connection, idents: list[str]) -> set[str]:
        """Those that the ledger has already: settled there, not yet struck off in the journal."""
        if not idents:
            return set()
        return set(
            connection.scalars(select(inquiry.c.id).where(among(inquiry.c.id, "ids")), {"ids": idents})
        )

    def _decided(
        self, connection: Connection, wanted: InquiryFilter, after: str, limit: int
    ) -> tuple[list[Row[Any]], str | None]:
        where: list[ColumnElement[bool]] = []
        if wanted.state:
            where.append(inquiry.c.state == wanted.state)
        if wanted.account:
            where.append(inquiry.c.account == wanted.account)
        if wanted.reason is not None:
            where.append(inquiry.c.state_reason == wanted.reason)
        where += _span(wanted, inquiry.c.id)
        sieve = _sieve(wanted, self.region)
        if not sieve:
            query = (
                select(*_COLUMNS).where(*where, *_below(after)).order_by(inquiry.c.id.desc()).limit(limit + 1)
            )
            return list(connection.execute(query)), None
        clients = self._clients(connection, wanted.q)
        if wanted.after.endswith(_BY_CLIENT):
            sieve.append(inquiry.c.client_id.not_in(clients))
        found, rest = _look_through(connection, where, sieve, after, limit)
        if rest and clients and not wanted.after.endswith(_BY_CLIENT):
            known = [inquiry.c.client_id.in_(clients), *where, *_below(rest)]
            more = select(*_COLUMNS).where(*known).order_by(inquiry.c.id.desc()).limit(limit - len(found))
            found += list(connection.execute(more))
            rest += _BY_CLIENT
        return found, rest

    def _clients(self, connection: Connection, q: str) -> list[str]:
        """The clients who hold the contact that `q` is."""
        phone, email = read_phone(q, self.region), read_email(q)
        keys = [f"phone:{phone.number}"] if phone else [f"email:{email}"] if email else []
        if not keys:
            return []
        held = select(holding.c.client_id).where(holding.c.key.in_(keys)).distinct().limit(50)
        return [ident for ident in connection.scalars(held) if ident]


_WAITING = (
    select(raw.c.id, raw.c.account, raw.c.channel, raw.c.external_id, raw.c.received_at)
    .select_from(pending.join(raw, raw.c.id == pending.c.raw_id))
    .where(raw.c.inquiry_id == raw.c.id)
)


def _words(q: str, region: str) -> list[str]:
    """What is looked for: a phone as it is kept, the digits of a phone's part, or each word."""
    phone = read_phone(q, region)
    if phone:
        return [phone.number]
    if q and set(q) <= _PUNCTUATION | set("0123456789"):
        return ["".join(letter for letter in q if letter.isdigit())]
    return q.lower().split()[:8]


def _below(after: str) -> list[ColumnElement[bool]]:
    return [inquiry.c.id < after] if after else []


def _span(wanted: InquiryFilter, ident: Column[str]) -> list[ColumnElement[bool]]:
    """Ids sort by time: a span of time is a span of ids."""
    begin = [ident >= first_id(wanted.since)] if wanted.since is not None else []
    return begin + ([ident < first_id(wanted.until)] if wanted.until is not None else [])


def _sieve(wanted: InquiryFilter, region: str) -> list[ColumnElement[bool]]:
    """What no index answers."""
    sieve: list[ColumnElement[bool]] = []
    for word in _words(wanted.q, region):
        sieve.append(or_(inquiry.c.id == word, inquiry.c.search.contains(word, autoescape=True)))
    if wanted.owner:
        cards = select(card.c.id).where(card.c.deal_id == inquiry.c.deal_id, card.c.manager == wanted.owner)
        sieve.append(or_(inquiry.c.owner == wanted.owner, (inquiry.c.deal_id != "") & cards.exists()))
    return sieve


def _look_through(
    connection: Connection,
    where: list[ColumnElement[bool]],
    sieve: list[ColumnElement[bool]],
    after: str,
    limit: int,
) -> tuple[list[Row[Any]], str | None]:
    """Windows of the newest first, until the page is full, the base is through or the budget is spent."""
    found: list[Row[Any]] = []
    until = time.monotonic() + BUDGET_S
    while True:
        window = select(inquiry.c.id).where(*where, *_below(after)).order_by(inquiry.c.id.desc())
        last = connection.scalar(window.offset(_WINDOW - 1).limit(1))
        reach = [inquiry.c.id >= last] if last else []
        query = select(*_COLUMNS).where(*where, *_below(after), *reach, *sieve).order_by(inquiry.c.id.desc())
        found += connection.execute(query.limit(limit + 1 - len(found)))
        if len(found) > limit:
            return found, found[limit - 1].id
        if last is None:
            return found, None
        after = last
        if time.monotonic() > until:
            return found, after
