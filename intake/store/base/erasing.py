"""Erasing a person or a client: what is theirs is overwritten row by row, and a tombstone stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, and_, delete, func, or_, select, update

from intake.clock import Millis
from intake.decision import ERASED
from intake.errors import Conflict, NotFound
from intake.store.engine import Store, answering, reading
from intake.store.rows import dumps
from intake.store.schema import (
    audit,
    card,
    client,
    deal,
    holding,
    inquiry,
    interaction,
    merge,
    name_count,
    naming,
    number,
    origin,
    pending,
    person,
    raw,
    screen,
    suspect,
    task,
    thread,
    tombstone,
    verdict,
)
from intake.store.sql import among, keeping

ROWS_AT_ONCE = 200
_RECORDED = ("client", "person", "inquiry", "deal", "task", "card")
"""What the audit's records of a person may be of."""
_NOBODY = dumps(
    {
        "sender": {
            "name": "",
            "phones": (),
            "extensions": (),
            "emails": (),
            "handles": {},
            "company": "",
            "inn": "",
        },
        "text": "",
    }
)


@dataclass(frozen=True, slots=True)
class Found:
    """Who is to be erased, and what there is of them. `shared` are contacts that others hold too; `senders` the names
    and contacts they wrote under; `files` the attachments that nobody else sent."""

    client_ids: tuple[str, ...]
    whole: bool
    """the client with all its people, not one person of several"""
    names: Mapping[str, str]
    """person id -> name"""
    keys: tuple[str, ...]
    shared: frozenset[str]
    senders: tuple[dict[str, Any], ...]
    origins: tuple[tuple[str, str], ...]
    inquiries: tuple[str, ...]
    deals: tuple[str, ...]
    cards: tuple[tuple[str, str], ...]
    """(card id, its manager)"""
    files: tuple[str, ...]


class SqlErasing:
    """Finds and erases. Methods block. Raise Unavailable."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, ident: str) -> Found:
        """All there is of a client or a person. Raises NotFound; Conflict for a client that was merged."""
        with answering(), reading(self._store.ledger) as connection, connection.begin():
            owner, people = _people(connection, ident)
            everyone = set(connection.scalars(select(person.c.id).where(person.c.client_id == owner)))
            whole = ident == owner or set(people) == everyone
            clients = _with_merged(connection, owner) if whole else ()
            given = {"ids": sorted(people)}
            keys = sorted(
                set(connection.scalars(select(holding.c.key).where(among(holding.c.person_id, "ids")), given))
            )
            others = select(holding.c.key).where(
                among(holding.c.key, "keys"), ~among(holding.c.person_id, "ids")
            )
            shared = frozenset(connection.scalars(others, given | {"keys": keys}))
            inquiries = _inquiries(connection, owner, clients, None if whole else set(people))
            deals = _ids(connection, deal, owner, clients, whole, given)
            its = or_(among(card.c.deal_id, "deals"), among(card.c.id, "offered"))
            shown = {"deals": deals, "offered": [f"o{one.id}" for one in inquiries]}
            cards = connection.execute(select(card.c.id, card.c.manager).where(its), shown).all()
            # a row of an outside base stands under its person's client
            mine = origin.c.client_id == owner
            came_from = select(origin.c.source, origin.c.ident).where(
                mine if whole else and_(mine, among(origin.c.person_id, "ids"))
            )
            bodies = [orjson.loads(one.body) for one in inquiries]
            return Found(
                client_ids=tuple(clients),
                whole=whole,
                names=people,
                keys=tuple(keys),
                shared=shared,
                senders=tuple(body["sender"] for body in bodies),
                origins=tuple((row.source, row.ident) for row in connection.execute(came_from, given)),
                inquiries=tuple(one.id for one in inquiries),
                deals=tuple(deals),
                cards=tuple((row.id, row.manager) for row in cards),
                files=_own_files(connection, bodies, {one.id for one in inquiries}),
            )

    def bury(self, digests: Sequence[str], now: Millis) -> None:
        """Set the tombstone. It comes first: whatever else is interrupted is done by erasing again."""
        rows = [{"digest": one, "at": now} for one in sorted(set(digests))]
        with answering(), self._store.ledger.begin() as connection:
            if rows:
                connection.execute(keeping(tombstone, self._store.dialect), rows)

    def erase(
        self,
        found: Found,
        memory: Sequence[str],
        tokens: Mapping[str, int],
        who: str,
        ident: str,
        now: Millis,
    ) -> int:
        """Overwrite the ledger's rows and remove the journal's; how many raw events went. `memory` are the keys under
        which answers about them are kept, `tokens` what their names added to the name counts."""
        with answering():
            for some in _some(found.inquiries):
                with self._writing(self._store.ledger) as connection:
                    _blank_inquiries(connection, some)
            with self._writing(self._store.ledger) as connection:
                _blank_people(connection, found, memory)
                _uncount(connection, found, tokens)
                _blank_deals(connection, found)
                _blank_records(connection, found, ident)
                row = {"at": now, "who": who, "verb": "forget", "what": "client", "ident": ident}
                connection.execute(
                    audit.insert(), row | {"detail": dumps(f"{len(found.inquiries)} inquiries")}
                )
            return sum(self._drop_raws(some) for some in _some(found.inquiries))

    def scrub(self) -> None:
        """Have the databases give up what older versions of the rows left in their files. SQLite is rewritten; on
        PostgreSQL the space is freed for being overwritten."""
        engines = {id(one): one for one in (self._store.ledger, self._store.relaxed)}.values()
        for engine in engines:
            connection = engine.raw_connection()
            try:
                driver: Any = connection.driver_connection
                if self._store.dialect == "postgresql":
                    driver.autocommit = True
                    driver.execute("VACUUM")
                    driver.autocommit = False
                else:
                    driver.execute("VACUUM")
                    driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()

    def _drop_raws(self, inquiries: Sequence[str]) -> int:
        given = {"ids": list(inquiries)}
        with self._writing(self._store.journal) as connection:
            gone = list(connection.scalars(select(raw.c.id).where(among(raw.c.inquiry_id, "ids")), given))
            connection.execute(delete(pending).where(among(pending.c.raw_id, "ids")), {"ids": gone})
            connection.execute(delete(raw).where(among(raw.c.id, "ids")), {"ids": gone})
        return len(gone)

    @contextmanager
    def _writing(self, engine: Engine) -> Iterator[Connection]:
        """A transaction that overwrites what it deletes."""
        with engine.begin() as connection:
            if self._store.dialect == "sqlite":
                connection.exec_driver_sql("PRAGMA secure_delete=ON")
            yield connection


def _people(connection: Connection, ident: str) -> tuple[str, dict[str, str]]:
    """The client, and the people who are meant, by name."""
    row = connection.execute(select(client).where(client.c.id == ident)).first()
    if row is None:
        one = connection.execute(select(person).where(person.c.id == ident)).first()
        if one is None:
            raise NotFound(f"no client and no person {ident}")
        return one.client_id, {one.id: one.name}
    if row.merged_into:
        raise Conflict(f"{ident} was merged into {row.merged_into}: name that one, or undo the merge first")
    found = connection.execute(select(person).where(person.c.client_id == ident))
    return ident, {one.id: one.name for one in found}


def _with_merged(connection: Connection, owner: str) -> list[str]:
    """The client and all that were merged into it, directly or not."""
    found = [owner]
    for one in found:
        joined = select(merge.c.loser).where(merge.c.winner == one, merge.c.undone_at.is_(None))
        found += [loser for loser in connection.scalars(joined) if loser not in found]
    return found


def _inquiries(
    connection: Connection, owner: str, clients: Sequence[str], people: set[str] | None
) -> list[Any]:
    wanted = select(inquiry.c.id, inquiry.c.body, inquiry.c.decision).where(
        inquiry.c.client_id != "", among(inquiry.c.client_id, "ids")
    )
    rows = connection.execute(wanted, {"ids": list(clients) or [owner]}).all()
    if people is None:
        return list(rows)
    return [row for row in rows if orjson.loads(row.decision).get("person_id", "") in people]


def _ids(
    connection: Connection, table: Any, owner: str, clients: Sequence[str], whole: bool, given: dict[str, Any]
) -> list[str]:
    its = among(table.c.client_id, "clients") if whole else among(table.c.person_id, "ids")
    wanted = {"clients": list(clients) or [owner]} if whole else given
    return list(connection.scalars(select(table.c.id).where(its), wanted))


def _own_files(connection: Connection, bodies: Sequence[dict[str, Any]], ids: set[str]) -> tuple[str, ...]:
    """The stored files of these inquiries that no other one has: the same file is kept once."""
    mine = {one["stored"] for body in bodies for one in body.get("attachments", ()) if one.get("stored")}
    named = select(naming).where(among(naming.c.key, "keys"))
    rows = connection.execute(named, {"keys": [f"file:{one}" for one in sorted(mine)]}).all()
    others = {row.key.removeprefix("file:") for row in rows if row.inquiry_id not in ids}
    return tuple(sorted(mine - others))


def _blank_inquiries(connection: Connection, ids: Sequence[str]) -> None:
    given = {"ids": list(ids)}
    rows = connection.execute(
        select(inquiry.c.id, inquiry.c.decision).where(among(inquiry.c.id, "ids")), given
    )
    for row in rows.all():
        kept = {
            name: value
            for name, value in orjson.loads(row.decision).items()
            if name in ("rules_version", "identity", "person_id")
        }
        blank = {
            "body": _NOBODY,
            "search": "",
            "external_id": "",
            "state_reason": ERASED,
            "decision": dumps(kept),
        }
        connection.execute(update(inquiry).where(inquiry.c.id == row.id).values(**blank))
    said = update(interaction).where(among(interaction.c.id, "ids"))
    connection.execute(said.values(text=""), {"ids": [f"i{one}" for one in ids]})


def _blank_people(connection: Connection, found: Found, memory: Sequence[str]) -> None:
    people, clients = {"ids": sorted(found.names)}, {"ids": list(found.client_ids)}
    connection.execute(delete(holding).where(among(holding.c.person_id, "ids")), people)
    connection.execute(update(person).where(among(person.c.id, "ids")).values(name=""), people)
    for source, ident in found.origins:
        connection.execute(delete(origin).where(origin.c.source == source, origin.c.ident == ident))
    connection.execute(delete(verdict).where(among(verdict.c.key, "keys")), {"keys": list(memory)})
    connection.execute(delete(screen).where(among(screen.c.key, "keys")), {"keys": list(found.keys)})
    if not found.whole:
        return
    blank = {"name": "", "inn": "", "outside_ids": "{}"}
    connection.execute(update(client).where(among(client.c.id, "ids")).values(**blank), clients)
    for table in (origin, verdict):
        connection.execute(delete(table).where(among(table.c.client_id, "ids")), clients)
    asked = or_(among(suspect.c.client_id, "ids"), among(suspect.c.suspect_id, "ids"))
    connection.execute(delete(suspect).where(asked), clients)
    # what moved with a merge is written down with names: nobody will take this one apart
    joined = or_(among(merge.c.loser, "ids"), among(merge.c.winner, "ids"))
    connection.execute(delete(merge).where(joined), clients)


def _uncount(connection: Connection, found: Found, tokens: Mapping[str, int]) -> None:
    for token, cards in tokens.items():
        told = update(name_count).where(name_count.c.token == token)
        connection.execute(told.values(cards=name_count.c.cards - cards))
    connection.execute(
        delete(name_count).where(among(name_count.c.token, "tokens"), name_count.c.cards <= 0),
        {"tokens": list(tokens)},
    )
    named = sum(1 for name in found.names.values() if name)
    fewer = update(number).where(number.c.name == "cards", number.c.next >= named)
    connection.execute(fewer.values(next=number.c.next - named))


def _blank_deals(connection: Connection, found: Found) -> None:
    for some in _some(found.deals):
        given = {"ids": list(some)}
        connection.execute(
            update(deal).where(among(deal.c.id, "ids")).values(title="", service="", lost_reason=""), given
        )
        connection.execute(update(task).where(among(task.c.deal_id, "ids")).values(text="", result=""), given)
        connection.execute(
            update(interaction).where(among(interaction.c.deal_id, "ids")).values(text=""), given
        )
        connection.execute(delete(thread).where(among(thread.c.deal_id, "ids")), given)


def _blank_records(connection: Connection, found: Found, ident: str) -> None:
    """Why people did what they did with them is blanked, and what other inquiries' reasons say of them."""
    subjects = [ident, *found.client_ids, *found.names, *found.inquiries, *found.deals]
    for some in _some(subjects):
        mine = audit.c.what.in_(_RECORDED), among(audit.c.ident, "ids")
        told = update(audit).where(*mine, func.length(audit.c.detail) > 2)
        connection.execute(told.values(detail='""'), {"ids": list(some)})
    named = select(naming.c.inquiry_id).where(among(naming.c.key, "keys"))
    keys = {"keys": [f"client:{one}" for one in found.client_ids]}
    for some in _some(sorted(set(connection.scalars(named, keys)))):
        theirs = select(inquiry.c.id, inquiry.c.decision).where(among(inquiry.c.id, "ids"))
        for row in connection.execute(theirs, {"ids": list(some)}).all():
            body = orjson.loads(row.decision)
            body["reasons"] = [(rule, "", weight) for rule, _, weight in body.get("reasons", ())]
            connection.execute(update(inquiry).where(inquiry.c.id == row.id).values(decision=dumps(body)))


def _some(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + ROWS_AT_ONCE] for start in range(0, len(ids), ROWS_AT_ONCE)]
