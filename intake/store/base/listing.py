"""The client base read from end to end, a page at a time: memory does not grow with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from intake.deal import Client, Person
from intake.decision import Decision, Snapshot, Wanted
from intake.inquiry import Inquiry
from intake.store.engine import Store, answering, reading
from intake.store.rows import client_of, inquiry_of
from intake.store.schema import client, holding, inquiry, person, suspect
from intake.store.snapshot import read_known
from intake.store.sql import among

PAGE = 200


@dataclass(frozen=True, slots=True)
class Listed:
    """One person of a client with the keys of its contacts; `person` is None where the client has nobody."""

    client: Client
    person: Person | None
    keys: tuple[str, ...] = ()


class SqlListing:
    """Reads the base in the order of the clients' ids. Methods block. Raise Unavailable."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def pages(self) -> Iterator[list[Listed]]:
        """Every client that was not merged into another one, with its people. Each page is read at one instant."""
        after = ""
        while clients := self._clients(after):
            after = clients[-1].id
            yield self._people(clients)

    def inquiries(self) -> Iterator[list[tuple[Inquiry, Decision]]]:
        """Every inquiry with what was decided of it, the newest first, a page at a time."""
        before = ""
        while page := self._inquiries(before):
            before = page[-1][0].id
            yield page

    def _inquiries(self, before: str) -> list[tuple[Inquiry, Decision]]:
        newest = select(inquiry).order_by(inquiry.c.id.desc()).limit(PAGE)
        older = newest.where(inquiry.c.id < before) if before else newest
        with answering(), reading(self._store.ledger) as connection:
            return [inquiry_of(row) for row in connection.execute(older)]

    def snapshot(self, wanted: Wanted) -> Snapshot:
        """Who is known under all that `wanted` names."""
        with answering(), reading(self._store.ledger) as connection:
            return read_known(connection, wanted)

    def told_apart(self, client_ids: Sequence[str]) -> set[frozenset[str]]:
        """Pairs with one of these clients of whom somebody said that they are different."""
        named = or_(among(suspect.c.client_id, "ids"), among(suspect.c.suspect_id, "ids"))
        said = select(suspect.c.client_id, suspect.c.suspect_id).where(named, suspect.c.answer == "different")
        with answering(), reading(self._store.ledger) as connection:
            return {frozenset(row) for row in connection.execute(said, {"ids": list(client_ids)})}

    def _clients(self, after: str) -> list[Client]:
        page = select(client).where(client.c.id > after, client.c.merged_into == "")
        with answering(), reading(self._store.ledger) as connection:
            return [client_of(row) for row in connection.execute(page.order_by(client.c.id).limit(PAGE))]

    def _people(self, clients: Sequence[Client]) -> list[Listed]:
        given = {"ids": [one.id for one in clients]}
        keys: dict[str, list[str]] = {}
        people: dict[str, list[Person]] = {}
        with answering(), reading(self._store.ledger) as connection:
            found = select(person).where(among(person.c.client_id, "ids")).order_by(person.c.id)
            for row in connection.execute(found, given):
                people.setdefault(row.client_id, []).append(Person(row.id, row.client_id, row.name))
            held = select(holding.c.person_id, holding.c.key).where(among(holding.c.person_id, "ids"))
            everyone = {"ids": [one.id for humans in people.values() for one in humans]}
            for row in connection.execute(held.order_by(holding.c.key), everyone):
                keys.setdefault(row.person_id, []).append(row.key)
        listed = []
        for one in clients:
            humans: list[Person | None] = [*people.get(one.id, ())]
            listed += [
                Listed(one, human, tuple(keys.get(human.id, ())) if human else ())
                for human in humans or [None]
            ]
        return listed
