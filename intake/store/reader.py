"""`Reader` and `Watch` over the two databases: each subject's reads live in `reading/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, or_, select

from intake.account import Account, Company
from intake.alarm import Alarm
from intake.clock import Clock, Millis
from intake.decision import Act
from intake.errors import NotFound
from intake.pace import Report, period_span
from intake.ports import Cause, InquiryFilter, Overview, Page, Source
from intake.report import Digest, day_span
from intake.store.alarms import SqlAlarms
from intake.store.engine import Store, answering, reading
from intake.store.reading.balance import read_balance
from intake.store.reading.digest import read_counts, told_days
from intake.store.reading.inquiries import InquiryReads
from intake.store.reading.lists import ListReads
from intake.store.reading.overview import OverviewReads
from intake.store.reading.people import PeopleReads
from intake.store.reading.reports import read_indicators, read_passages
from intake.store.reading.shapes import Day, client_json, deals_json, deals_of, task_json
from intake.store.schema import audit, card, client, deal, inquiry, task
from intake.view import CardView, PlainCard


class StoreReader:
    """`intake.ports.Reader` and `Watch` over SQLite or PostgreSQL. Every method blocks, and raises Unavailable
    when the database does not answer. `face` renders a card."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        company: Company,
        accounts: Sequence[Account],
        face: Callable[[CardView], PlainCard],
    ) -> None:
        self._store = store
        self._accounts = tuple(accounts)
        self._day = Day(clock, ZoneInfo(company.timezone))
        self._inquiries = InquiryReads(store, company.region)
        self._lists = ListReads(store, self._day, face)
        self._people = PeopleReads(store, clock, company)
        self._overview = OverviewReads(store, clock, self._accounts)

    def inquiries(self, wanted: InquiryFilter) -> Page:
        """As Reader.inquiries."""
        with answering():
            return self._inquiries.page(wanted)

    def one(self, what: str, ident: str) -> dict[str, Any] | None:
        """One inquiry, client, deal, task, card or manager. Raises NotFound for another kind of thing."""
        with answering():
            if what == "inquiry":
                return self._inquiries.one(ident)
            if what == "card":
                return self._lists.card(ident)
            with reading(self._store.ledger) as connection:
                return self._of_ledger(connection, what, ident)

    def _of_ledger(self, connection: Connection, what: str, ident: str) -> dict[str, Any] | None:
        if what == "client":
            return client_json(connection, ident)
        if what == "deal":
            return next(iter(deals_json(connection, deals_of(connection, [ident]), self._day)), None)
        if what == "task":
            row = connection.execute(select(task).where(task.c.id == ident)).first()
            return task_json(row, self._day) if row else None
        if what == "manager":
            return self._people.one(connection, ident)
        raise NotFound(f"there is nothing called {what}")

    def listing(self, what: str, filters: Mapping[str, str], limit: int, after: str) -> Page:
        """As Reader.listing; `channels` too. Raises NotFound for an unknown list."""
        with answering():
            if what == "channels":
                return Page([dict(one) for one in self._overview.channels()])
            if what == "managers":
                return self._people.page(filters, limit, after)
            return self._lists.page(what, filters, limit, after)

    def balance(self, since: Millis | None) -> dict[str, Any]:
        """As Reader.balance."""
        with answering():
            return read_balance(self._store, since, [one.id for one in self._accounts])

    def overview(self) -> Overview:
        """As Watch.overview."""
        with answering():
            return self._overview.overview()

    def digest(self, day: date) -> Digest:
        """As Watch.digest."""
        since, until = day_span(day, self._day.zone)
        with answering():
            counts = read_counts(self._store, since, until)
        return Digest(day, since, until, self._day.clock.now(), counts)

    def report(self, period: str, day: date) -> Report:
        """As Watch.report."""
        first, since, until = period_span(period, day, self._day.zone)
        now = self._day.clock.now()
        with answering(), reading(self._store.ledger) as connection:
            passages = read_passages(connection, since, until, self._day.zone)
            managers = read_indicators(connection, since, until, now)
        return Report(period, first, since, until, now, passages, managers)

    def told_days(self) -> set[str]:
        """The days whose digest was told, as ISO dates."""
        with answering():
            return told_days(self._store)

    def alarms(self, ended_since: Millis | None = None) -> list[Alarm]:
        """The open alarms, and those that ended since then, the newest first."""
        return SqlAlarms(self._store).listed(ended_since)

    def internals(self) -> list[dict[str, Any]]:
        """How the house itself does: messengers, their buttons, what is read again."""
        with answering():
            return self._overview.internals()

    def causes(self) -> list[Cause]:
        """As Watch.causes."""
        with answering():
            return self._overview.causes()

    def sources(self, inquiry_id: str) -> list[Source]:
        """As Watch.sources."""
        with answering():
            return self._inquiries.sources(inquiry_id)

    def acts(self, what: str, ident: str) -> list[Act]:
        """As Watch.acts."""
        noted = select(audit).where(audit.c.what == what, audit.c.ident == ident)
        with answering(), reading(self._store.ledger) as connection:
            rows = connection.execute(noted.order_by(audit.c.id.desc()).limit(100)).all()
        return [Act(row.at, row.who, row.verb, row.what, row.ident, row.detail) for row in reversed(rows)]

    def concerns(self, manager: str, what: str, ident: str) -> bool:
        """As Watch.concerns."""
        if not manager:
            return False
        with answering(), reading(self._store.ledger) as connection:
            return _CONCERNS[what](connection, manager, ident) if what in _CONCERNS else False


def _inquiry_concerns(connection: Connection, manager: str, ident: str) -> bool:
    row = connection.execute(select(inquiry.c.owner, inquiry.c.deal_id).where(inquiry.c.id == ident)).first()
    if row is None:
        return False
    # an offered inquiry has no deal: its card carries the inquiry's own id in place of the deal's
    return row.owner == manager or _holds_card(connection, manager, row.deal_id or ident, ident)


def _deal_concerns(connection: Connection, manager: str, ident: str) -> bool:
    owner = connection.scalar(select(deal.c.owner).where(deal.c.id == ident))
    return owner is not None and (owner == manager or _holds_card(connection, manager, ident, ident))


def _client_concerns(connection: Connection, manager: str, ident: str) -> bool:
    if connection.scalar(select(client.c.owner).where(client.c.id == ident)) == manager:
        return True
    owned = select(deal.c.id).where(deal.c.client_id == ident, deal.c.owner == manager).limit(1)
    return connection.scalar(owned) is not None


def _task_concerns(connection: Connection, manager: str, ident: str) -> bool:
    return connection.scalar(select(task.c.owner).where(task.c.id == ident)) == manager


def _card_concerns(connection: Connection, manager: str, ident: str) -> bool:
    row = connection.execute(select(card.c.manager, card.c.taken_by).where(card.c.id == ident)).first()
    return row is not None and manager in (row.manager, row.taken_by)


def _holds_card(connection: Connection, manager: str, deal_id: str, ident: str) -> bool:
    held = select(card.c.id).where(
        or_(card.c.deal_id == deal_id, card.c.id == ident),
        or_(card.c.manager == manager, card.c.taken_by == manager),
    )
    if connection.scalar(held.limit(1)):
        return True
    offered = select(card.c.inquiry_ids).where(card.c.manager == manager, card.c.state == "offered")
    return any(f'"{ident}"' in ids for ids in connection.scalars(offered.limit(500)))


_CONCERNS: Mapping[str, Callable[[Connection, str, str], bool]] = {
    "inquiry": _inquiry_concerns,
    "deal": _deal_concerns,
    "client": _client_concerns,
    "task": _task_concerns,
    "card": _card_concerns,
}
