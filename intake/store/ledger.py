"""The ledger: one transaction with a pure function in the middle. Everything that changes deals goes through it."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Insert, bindparam, delete, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

from intake.clock import Clock
from intake.deal import Department, Manager
from intake.decision import Changes, Reason, Snapshot, Wanted
from intake.errors import LeadIntakeError, Lost, Unavailable, Unreadable
from intake.store.base.merging import write_merges
from intake.store.bulk import Bulk
from intake.store.engine import Store, answering, explain, reading, unwaiting
from intake.store.journal import DAY_MS
from intake.store.leaving import write_leaving
from intake.store.people_rows import department_row, manager_row
from intake.store.rows import (
    card_row,
    client_row,
    deal_row,
    dumps,
    effect_row,
    inquiry_row,
    interaction_row,
    naming_rows,
    person_row,
    plain,
    task_row,
)
from intake.store.schema import (
    audit,
    card,
    card_message,
    client,
    deal,
    department,
    effect,
    holding,
    inquiry,
    interaction,
    manager,
    name_count,
    naming,
    number,
    person,
    settled,
    suspect,
    tally,
    task,
    thread,
    turn,
    verdict,
)
from intake.store.screens import write_screens
from intake.store.snapshot import lock, read
from intake.store.sql import adding, among, insert_into, keeping, upsert

_T = TypeVar("_T")
_TRIES = 6
_HANDED = (
    update(inquiry)
    .where(inquiry.c.deal_id != "", inquiry.c.deal_id == bindparam("of"))
    .values(owner=bindparam("to"))
)
_PASSING = ("deadlock", "could not serialize", "database is locked", "lock timeout", "connection")


class SqlLedger:
    """`intake.ports.Ledger` over SQLite or PostgreSQL."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._sleep = time.sleep
        dialect = store.dialect
        self._settled = Bulk(insert_into(settled, dialect), dialect)
        self._inquiry = Bulk(upsert(inquiry, dialect), dialect)
        self._client = Bulk(
            upsert(client, dialect, keep=("outside_ids", "created_at", "merged_into")), dialect
        )
        self._person = Bulk(upsert(person, dialect), dialect)
        self._holding = Bulk(upsert(holding, dialect), dialect)
        self._names = Bulk(adding(name_count, dialect, ["cards"]), dialect)
        self._naming = Bulk(keeping(naming, dialect), dialect)
        self._tally = Bulk(adding(tally, dialect, ["n"]), dialect)
        self._suspect = Bulk(keeping(suspect, dialect), dialect)
        self._verdict = upsert(verdict, dialect)
        self._deal = Bulk(upsert(deal, dialect), dialect)
        self._task = Bulk(upsert(task, dialect), dialect)
        self._interaction = Bulk(upsert(interaction, dialect), dialect)
        # what the relay writes of a card stays as the relay wrote it
        self._card = Bulk(upsert(card, dialect, keep=("created_at", "sent_via", "sent_at")), dialect)
        self._thread = Bulk(upsert(thread, dialect), dialect)
        self._turn = Bulk(upsert(turn, dialect), dialect)
        self._manager = upsert(manager, dialect, keep=("position",))
        self._new_manager = keeping(manager, dialect)
        self._department = upsert(department, dialect, keep=("position",))
        self._new_department = keeping(department, dialect)
        self._number = upsert(number, dialect)
        self._grow = adding(number, dialect, ["next"])
        self._effect = Bulk(keeping(effect, dialect), dialect)

    def fold(self, wanted: Wanted, step: Callable[[Snapshot], Changes]) -> Changes:
        """As the port says. Raises Unavailable when the database does not answer, Unreadable when it cannot hold
        what the step wants written."""
        for attempt in range(_TRIES):
            try:
                return self._try(wanted, step)
            except Lost:
                continue
            except DBAPIError as error:
                if attempt == _TRIES - 1 or not _passing(error):
                    raise _ours(error) from error
                # spread out those who collided, longer each time
                self._sleep(random.uniform(0.005, 0.02) * 2**attempt)  # noqa: S311  no secret
            except SQLAlchemyError as error:
                raise Unavailable(f"no connection to the ledger: {str(error)[:120]}") from error
        raise Unavailable("the ledger is too busy: the batch will be tried again")

    def _try(self, wanted: Wanted, step: Callable[[Snapshot], Changes]) -> Changes:
        with self._store.ledger.begin() as connection:
            lock(connection)
            snapshot = read(connection, wanted)
            former = {ident: decision.state.value for ident, (_, decision) in snapshot.inquiries.items()}
            changes = step(snapshot)
            self._write(connection, changes, former)
        return changes

    def look(self, wanted: Wanted) -> Snapshot:
        """What stands now of all that `wanted` names, without a lock. Raises Unavailable."""
        with answering(), reading(self._store.ledger) as connection:
            return read(connection, wanted)

    def seed_managers(self, managers: Sequence[Manager]) -> list[str]:
        """Put people of the configuration into the ledger, each once; returns the ids that were new."""
        with self._store.ledger.begin() as connection:
            known = {row.id for row in connection.execute(manager.select())}
            new = [(place, one) for place, one in enumerate(managers) if one.id not in known]
            if new:
                connection.execute(self._new_manager, [manager_row(one, place) for place, one in new])
        return [one.id for _, one in new]

    def seed_departments(self, departments: Sequence[Department]) -> None:
        """Put departments of the configuration into the ledger, each once."""
        if departments:
            rows = [department_row(one, place) for place, one in enumerate(departments)]
            with self._store.ledger.begin() as connection:
                connection.execute(self._new_department, rows)

    def write(self, connection: Connection, changes: Changes) -> None:
        """Write changes of clients, people and deals in a transaction that is the caller's own, turn taken."""
        self._write(connection, changes, {})

    def _write(self, connection: Connection, changes: Changes, former: dict[str, str]) -> None:
        if changes.settled:
            rows = [{"raw_id": raw_id, "inquiry_id": to} for raw_id, to in changes.settled.items()]
            try:
                self._settled.put(connection, rows)
            except IntegrityError as error:
                raise Lost("another worker settled these events first") from error
        with unwaiting(connection):
            self._write_all(connection, changes, former)
        write_merges(connection, changes.merges)
        write_screens(connection, changes)

    def _write_all(self, connection: Connection, changes: Changes, former: dict[str, str]) -> None:
        if changes.unsettled:
            connection.execute(
                delete(settled).where(among(settled.c.inquiry_id, "ids")), {"ids": changes.unsettled}
            )
        self._write_inquiries(connection, changes, former)
        if changes.handed:
            rows = [{"of": deal_id, "to": to} for deal_id, to in changes.handed.items()]
            connection.execute(_HANDED, rows)
        _many(connection, self._client, map(client_row, changes.clients.values()))
        _many(connection, self._person, map(person_row, changes.persons.values()))
        _many(
            connection,
            self._holding,
            (
                {"key": one.point, "person_id": one.person_id, "client_id": one.client_id}
                for one in changes.holdings.values()
            ),
        )
        _many(
            connection,
            self._names,
            ({"token": word, "cards": n} for word, n in _plainly(changes.name_tokens)),
        )
        _many(
            connection,
            self._suspect,
            (
                {
                    "client_id": new,
                    "suspect_id": old,
                    "score": score,
                    "answer": "",
                    "answered_by": "",
                    "reasons": _rules(changes.suspect_reasons.get((new, old), ())),
                }
                for (new, old), score in changes.suspects.items()
            ),
        )
        for (new, old), (answer, by) in changes.suspect_answers.items():
            told = update(suspect).where(suspect.c.client_id == new, suspect.c.suspect_id == old)
            connection.execute(told.values(answer=answer, answered_by=by))
        self._write_deals(connection, changes)
        self._write_rest(connection, changes)
        for manager_id, heir in changes.left.items():
            write_leaving(connection, manager_id, heir)

    def _write_inquiries(self, connection: Connection, changes: Changes, former: dict[str, str]) -> None:
        moved: Counter[tuple[str, int, str]] = Counter()
        for ident, (one, decision) in changes.inquiries.items():
            day, before, after = one.received_at // DAY_MS, former.get(ident, ""), decision.state.value
            if before != after:
                moved[one.account, day, after] += 1
                if before:
                    moved[one.account, day, before] -= 1
        _many(
            connection,
            self._inquiry,
            (inquiry_row(one, decision) for one, decision in changes.inquiries.values()),
        )
        _many(
            connection,
            self._naming,
            (row for one, decision in changes.inquiries.values() for row in naming_rows(one, decision)),
        )
        _many(
            connection,
            self._tally,
            (
                {"account": account, "day": day, "state": state, "n": n}
                for (account, day, state), n in sorted(moved.items())
            ),
        )

    def _write_deals(self, connection: Connection, changes: Changes) -> None:
        now = self._clock.now()
        _many(connection, self._deal, map(deal_row, changes.deals.values()))
        _many(connection, self._task, map(task_row, changes.tasks.values()))
        if changes.gone_interactions:
            connection.execute(
                delete(interaction).where(among(interaction.c.id, "ids")), {"ids": changes.gone_interactions}
            )
        _many(connection, self._interaction, map(interaction_row, changes.interactions.values()))
        _many(connection, self._card, (card_row(one, now) for one in changes.cards.values()))
        for card_id, other in changes.moved_messages.items():
            moved = update(card_message).where(card_message.c.card_id == card_id)
            connection.execute(moved.values(card_id=other))
        _many(
            connection,
            self._thread,
            ({"key": key, "deal_id": deal_id} for key, deal_id in _plainly(changes.threads)),
        )
        _many(connection, self._effect, map(effect_row, changes.effects))

    def _write_rest(self, connection: Connection, changes: Changes) -> None:
        _many(
            connection,
            self._turn,
            (
                {
                    "grouping": one.group,
                    "manager": one.manager,
                    "seq": one.seq,
                    "day": one.day,
                    "given": one.given,
                }
                for _, one in sorted(changes.turns.items())
            ),
        )
        _many(connection, self._manager, (manager_row(one, 0) for one in changes.managers.values()))
        _many(connection, self._department, (department_row(one, 0) for one in changes.departments.values()))
        _many(
            connection,
            self._verdict,
            (
                {
                    "key": one.key,
                    "client_id": one.client_id,
                    "person_id": one.person_id,
                    "same": one.same,
                    "at": one.at,
                    "who": one.who,
                }
                for one in changes.verdicts
            ),
        )
        _many(
            connection,
            audit.insert().inline(),  # nobody asks for the number it gets
            (
                {
                    "at": one.at,
                    "who": one.who,
                    "verb": one.verb,
                    "what": one.what,
                    "ident": one.ident,
                    "detail": dumps(one.detail),
                }
                for one in changes.acts
            ),
        )
        if changes.next_number:
            connection.execute(self._number, [{"name": "deal", "next": changes.next_number}])
        if changes.new_cards:
            connection.execute(self._grow, [{"name": "cards", "next": changes.new_cards}])


def _many(connection: Connection, statement: Bulk | Insert, rows: Iterable[dict[str, Any]]) -> None:
    listed = list(rows)
    if not listed:
        return
    if isinstance(statement, Bulk):
        statement.put(connection, listed)
    else:
        connection.execute(statement, listed)


def _rules(reasons: Iterable[Reason]) -> str:
    return dumps([(one.rule, one.weight) for one in reasons])


def _plainly(kept: Mapping[str, _T]) -> list[tuple[str, _T]]:
    """What is kept by texts that any database holds, in their order, each once."""
    return sorted({plain(key): value for key, value in kept.items()}.items())


def _passing(error: DBAPIError) -> bool:
    """Whether the same fold may work in a moment."""
    if error.connection_invalidated:
        return True
    said = str(error.orig).lower()
    return isinstance(error, (OperationalError, IntegrityError)) and (
        isinstance(error, IntegrityError) or any(word in said for word in _PASSING)
    )


def _ours(error: DBAPIError) -> LeadIntakeError:
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return explain(error)
    return Unreadable(f"the ledger cannot hold this: {' '.join(str(error.orig).split())[:200]}")
