"""Reading a Snapshot: a constant number of statements however large the batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, distinct, func, or_, select, text

from intake.deal import Department, Holding, Manager, Person
from intake.decision import Snapshot, Turn, Verdict, Wanted
from intake.store.people_rows import department_of, manager_of
from intake.store.rows import card_of, client_of, deal_of, inquiry_of, interaction_of, task_of
from intake.store.schema import (
    card,
    client,
    deal,
    department,
    holding,
    inquiry,
    interaction,
    manager,
    name_count,
    number,
    person,
    settled,
    task,
    thread,
    turn,
    verdict,
)
from intake.store.screens import COUNTER, read_screens
from intake.store.sql import among

HOLDERS_PER_KEY = 64
"""How many persons are read under one key: one that holds more says little about each of them."""
CALLS_PER_DEAL = 32
"""How many calls of a deal are read, the last ones: enough to know what was missed since the last talk."""

NAMESAKES_PER_KEY = 16
"""The same under a key that holds half of a surname: there are very many such in a large base, and they only ask."""

_ranked = select(
    holding.c.key,
    holding.c.person_id,
    holding.c.client_id,
    func.row_number().over(partition_by=holding.c.key, order_by=holding.c.person_id).label("rank"),
).where(among(holding.c.key, "keys"))
_sub = _ranked.subquery()
_half = or_(_sub.c.key.like("name:%|<%"), _sub.c.key.like("name:%|>%"))
_HOLDERS = select(_sub.c.key, _sub.c.person_id, _sub.c.client_id).where(
    _sub.c.rank <= HOLDERS_PER_KEY, or_(_sub.c.rank <= NAMESAKES_PER_KEY, ~_half)
)
_CROWDS = (
    select(holding.c.key, func.count(distinct(holding.c.client_id)).label("clients"))
    .where(among(holding.c.key, "keys"))
    .group_by(holding.c.key)
)
_KEYS = select(holding.c.key, holding.c.person_id).where(among(holding.c.person_id, "ids"))
_PERSONS = select(person).where(among(person.c.id, "ids"))
_CLIENTS = select(client).where(among(client.c.id, "ids"))
_NAMES = select(name_count).where(among(name_count.c.token, "tokens"))
_VERDICTS = select(verdict).where(among(verdict.c.key, "keys")).order_by(verdict.c.at)
_THREADS = select(thread).where(among(thread.c.key, "keys"))
_DEALS = select(deal).where(
    or_(among(deal.c.client_id, "clients") & (deal.c.state == "open"), among(deal.c.id, "ids"))
)
_DEALS_LATELY = select(deal).where(
    or_(
        among(deal.c.client_id, "clients")
        & or_(deal.c.state == "open", deal.c.closed_at >= bindparam("since")),
        among(deal.c.id, "ids"),
    )
)
_CONTACTS = select(holding.c.key, holding.c.person_id).where(among(holding.c.client_id, "clients"))
_PEOPLE_OF = select(person).where(among(person.c.client_id, "clients"))
_CARDS = (
    select(card)
    .where(or_(among(card.c.deal_id, "deals"), among(card.c.id, "ids")))
    .order_by(card.c.created_at, card.c.id)
)
_TASKS = select(task).where(or_(among(task.c.deal_id, "deals"), among(task.c.id, "ids")))
_PLANNED = select(task).where(among(task.c.deal_id, "deals"), task.c.state == "planned")
_ranked_calls = (
    select(
        interaction,
        func.row_number()
        .over(partition_by=interaction.c.deal_id, order_by=interaction.c.at.desc())
        .label("rank"),
    )
    .where(among(interaction.c.deal_id, "deals"), interaction.c.kind == "call")
    .subquery()
)
_CALLS = select(_ranked_calls).where(_ranked_calls.c.rank <= CALLS_PER_DEAL)
_INQUIRIES = select(inquiry).where(among(inquiry.c.id, "ids"))
_SETTLED = select(settled.c.raw_id).where(among(settled.c.raw_id, "ids"))
_CARDS_KNOWN = select(number.c.next).where(number.c.name == "cards")
_MANAGERS = select(manager).order_by(manager.c.position, manager.c.id)
_DEPARTMENTS = select(department).order_by(department.c.position, department.c.id)
_LOADS = select(deal.c.owner, func.count().label("open")).where(text("state = 'open'")).group_by(deal.c.owner)


def lock(connection: Connection) -> None:
    """Wait for the ledger's turn: one fold at a time, so that each decision sees the one before.

    SQLite has taken its write lock already (BEGIN IMMEDIATE).
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(number.c.next).where(number.c.name == "deal").with_for_update())


def read(connection: Connection, wanted: Wanted) -> Snapshot:
    """What stands in the ledger of all that `wanted` names, and of what hangs on it."""
    snapshot = Snapshot()
    _read_fence(connection, wanted, snapshot)
    _read_people(connection, wanted, snapshot)
    _read_deals(connection, wanted, snapshot)
    if wanted.calls and snapshot.deals:
        _read_calls(connection, snapshot)
    snapshot.managers, snapshot.departments, snapshot.turns = read_people(connection)
    if wanted.loads:
        snapshot.loads = {row.owner: row.open for row in connection.execute(_LOADS)}
    counters = {row.name: row.next for row in connection.execute(select(number))}
    snapshot.next_number = counters.get("deal", 1)
    snapshot.known_cards = counters.get("cards", 0)
    if wanted.screens and counters.get(COUNTER):
        snapshot.screens = read_screens(connection, wanted.screens)
    return snapshot


def read_people(
    connection: Connection,
) -> tuple[dict[str, Manager], dict[str, Department], dict[tuple[str, str], Turn]]:
    """All managers and departments by id, in their order, and all turns by group and manager: three small tables."""
    managers = {row.id: manager_of(row) for row in connection.execute(_MANAGERS)}
    departments = {row.id: department_of(row) for row in connection.execute(_DEPARTMENTS)}
    rows = connection.execute(select(turn))
    turns = [Turn(row.grouping, row.manager, row.seq, row.day, row.given) for row in rows]
    return managers, departments, {(one.group, one.manager): one for one in turns}


def read_known(connection: Connection, wanted: Wanted) -> Snapshot:
    """Of all that `read` reads only what tells who somebody is."""
    snapshot = Snapshot()
    _read_people(connection, wanted, snapshot)
    snapshot.known_cards = connection.scalar(_CARDS_KNOWN) or 0
    return snapshot


def _read_fence(connection: Connection, wanted: Wanted, snapshot: Snapshot) -> None:
    if wanted.raws:
        snapshot.settled = {row.raw_id for row in connection.execute(_SETTLED, {"ids": wanted.raws})}
    if wanted.inquiries:
        for row in connection.execute(_INQUIRIES, {"ids": wanted.inquiries}):
            snapshot.inquiries[row.id] = inquiry_of(row)


def _read_holders(connection: Connection, keys: Sequence[str], snapshot: Snapshot) -> list[Holding]:
    """Who is known under the keys, and how many clients; only where not all were read are they counted apart."""
    # fetched at once: a cursor that gives row after row takes longer than all the rest
    held = [Holding(*row) for row in connection.execute(_HOLDERS, {"keys": keys}).all()]
    for one in held:
        snapshot.holders.setdefault(one.point, []).append(one)
    for key, holders in snapshot.holders.items():
        snapshot.holder_counts[key] = len({one.client_id for one in holders})
    crowded = [key for key, holders in snapshot.holders.items() if len(holders) >= HOLDERS_PER_KEY]
    if crowded:
        counted = connection.execute(_CROWDS, {"keys": crowded})
        snapshot.holder_counts |= {row.key: row.clients for row in counted}
    return held


def _read_people(connection: Connection, wanted: Wanted, snapshot: Snapshot) -> None:
    persons: list[str] = []
    clients = [*wanted.clients, *(decision.client_id for _, decision in snapshot.inquiries.values())]
    if wanted.keys:
        held = _read_holders(connection, wanted.keys, snapshot)
        persons += [one.person_id for one in held]
        clients += [one.client_id for one in held]
    if wanted.memory:
        for row in connection.execute(_VERDICTS, {"keys": wanted.memory}):
            one = Verdict(row.key, row.client_id, row.person_id, row.same, row.at, row.who)
            snapshot.verdicts.setdefault(row.key, []).append(one)
            clients.append(row.client_id)
            persons.append(row.person_id)
    if wanted.name_tokens:
        found = connection.execute(_NAMES, {"tokens": wanted.name_tokens})
        snapshot.name_counts = {row.token: row.cards for row in found}
    _read_clients(connection, clients, snapshot)
    if ids := _some(persons):
        for person_id, client_id, name in connection.execute(_PERSONS, {"ids": ids}).all():
            snapshot.persons[person_id] = Person(person_id, client_id, name)
        for key, person_id in connection.execute(_KEYS, {"ids": ids}).all():
            snapshot.person_keys.setdefault(person_id, set()).add(key)


def _read_clients(connection: Connection, ids: Iterable[str], snapshot: Snapshot) -> None:
    missing = [one for one in _some(ids) if one not in snapshot.clients]
    if missing:
        for row in connection.execute(_CLIENTS, {"ids": missing}).all():
            one = client_of(row)
            snapshot.clients[one.id] = one


def _read_deals(connection: Connection, wanted: Wanted, snapshot: Snapshot) -> None:
    if wanted.threads:
        found = connection.execute(_THREADS, {"keys": wanted.threads})
        snapshot.threads = {row.key: row.deal_id for row in found}
    named: list[str] = [
        *wanted.deals,
        *snapshot.threads.values(),
        *(decision.deal_id for _, decision in snapshot.inquiries.values()),
    ]
    named += _deals_of(connection, wanted.cards, select(card.c.deal_id).where(among(card.c.id, "ids")))
    named += _deals_of(connection, wanted.tasks, select(task.c.deal_id).where(among(task.c.id, "ids")))
    if snapshot.clients or _some(named):
        rows = _deals(connection, wanted, list(snapshot.clients), _some(named))
        for row in rows:
            snapshot.deals[row.id] = deal_of(row)
            snapshot.client_deals.setdefault(row.client_id, []).append(row.id)
    _read_clients(connection, (one.client_id for one in snapshot.deals.values()), snapshot)
    offered = [offered_card_id(one) for one in wanted.inquiries]
    if snapshot.deals or wanted.cards or offered:
        ids = [*wanted.cards, *offered]
        for row in connection.execute(_CARDS, {"deals": list(snapshot.deals), "ids": ids}):
            one = card_of(row)
            snapshot.cards[one.deal_id or one.inquiry_ids[0]] = one
    if wanted.contacts:
        _read_contacts(connection, snapshot)
    _read_tasks(connection, wanted, snapshot)


def _deals(
    connection: Connection, wanted: Wanted, clients: list[str], named: list[str]
) -> Sequence[Row[Any]]:
    given: dict[str, Any] = {"clients": clients, "ids": named}
    if wanted.closed_since is None:
        return connection.execute(_DEALS, given).all()
    return connection.execute(_DEALS_LATELY, {**given, "since": wanted.closed_since}).all()


def _read_tasks(connection: Connection, wanted: Wanted, snapshot: Snapshot) -> None:
    if wanted.tasks or wanted.deals:
        for row in connection.execute(_TASKS, {"deals": list(wanted.deals), "ids": list(wanted.tasks)}):
            snapshot.tasks[row.id] = task_of(row)
    if wanted.tasks and snapshot.deals:
        # what else is planned on the deal of a task
        for row in connection.execute(_PLANNED, {"deals": list(snapshot.deals)}):
            snapshot.tasks[row.id] = task_of(row)


def _read_contacts(connection: Connection, snapshot: Snapshot) -> None:
    clients = {"clients": _some(one.client_id for one in snapshot.deals.values())}
    for row in connection.execute(_PEOPLE_OF, clients):
        snapshot.persons[row.id] = Person(row.id, row.client_id, row.name)
    for held in connection.execute(_CONTACTS, clients):
        snapshot.person_keys.setdefault(held.person_id, set()).add(held.key)


def _read_calls(connection: Connection, snapshot: Snapshot) -> None:
    """The planned tasks and the last calls of the deals that were read: what a call may close or raise."""
    deals = {"deals": list(snapshot.deals)}
    for row in connection.execute(_PLANNED, deals):
        snapshot.tasks[row.id] = task_of(row)
    for row in connection.execute(_CALLS, deals):
        snapshot.calls.setdefault(row.deal_id, []).append(interaction_of(row))


def _deals_of(connection: Connection, ids: Sequence[str], statement: Select[Any]) -> list[str]:
    if not ids:
        return []
    rows: Sequence[Row[Any]] = connection.execute(statement, {"ids": list(ids)}).all()
    return [row.deal_id for row in rows]


def offered_card_id(inquiry_id: str) -> str:
    """The id of the card that offers an inquiry nobody has taken yet."""
    return f"o{inquiry_id}"


def _some(ids: Iterable[str]) -> list[str]:
    return sorted({one for one in ids if one})
