"""Merging two clients, and undoing it exactly: what moves is written down row by row in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Row, Table, and_, bindparam, delete, or_, select, update

from intake.decision import Merge
from intake.errors import Conflict
from intake.store.rows import dumps
from intake.store.schema import (
    card,
    client,
    deal,
    holding,
    inquiry,
    interaction,
    merge,
    origin,
    person,
    suspect,
    verdict,
)
from intake.store.sql import among, keeping, upsert

_FOLLOWING = (inquiry, interaction, card)
"""What follows its deal: when a merge is undone, what came meanwhile goes with the deal it belongs to."""
# by the indexes of deals: neither has one of clients
_TOLD = select(interaction.c.id).where(
    among(interaction.c.deal_id, "deals"), interaction.c.client_id == bindparam("loser")
)
_SHOWN = select(card.c.id).where(
    or_(among(card.c.deal_id, "deals"), among(card.c.id, "offered")), card.c.client_id == bindparam("loser")
)


def write_merges(connection: Connection, merges: Sequence[Merge]) -> None:
    """Carry out merges and their undoing. Raises Conflict when there is nothing to undo."""
    for one in merges:
        if one.undo:
            _undo(connection, one)
        else:
            _merge(connection, one)


def _merge(connection: Connection, one: Merge) -> None:
    moved: dict[str, Any] = {
        table.name: _ids(connection, table, one.loser) for table in (person, deal, inquiry)
    }
    shown = {"deals": moved["deal"], "offered": [f"o{ident}" for ident in moved["inquiry"]]}
    moved["interaction"] = list(connection.scalars(_TOLD, shown | {"loser": one.loser}))
    moved["card"] = list(connection.scalars(_SHOWN, shown | {"loser": one.loser}))
    held = update(holding).where(among(holding.c.person_id, "ids"))
    connection.execute(held.values(client_id=one.winner), {"ids": moved["person"]})
    for table in (person, deal, *_FOLLOWING):
        its = update(table).where(among(table.c.id, "ids"))
        connection.execute(its.values(client_id=one.winner), {"ids": moved[table.name]})
    came = update(origin).where(origin.c.client_id == one.loser)
    connection.execute(came.values(client_id=one.winner))
    moved["verdict"] = _move_verdicts(connection, one)
    moved["suspect"] = _move_suspects(connection, one)
    moved["client"] = _complete(connection, one)
    connection.execute(
        merge.insert(),
        {
            "loser": one.loser,
            "at": one.at,
            "winner": one.winner,
            "who": one.who,
            "moved": dumps(moved),
            "undone_at": None,
        },
    )


def _ids(connection: Connection, table: Table, client_id: str) -> list[str]:
    # the index of the inquiries' clients leaves out those that have none: it is used where that is said too
    known = table.c.client_id == client_id, table.c.client_id != ""
    return list(connection.scalars(select(table.c.id).where(*known)))


def _move_verdicts(connection: Connection, one: Merge) -> dict[str, Any]:
    """What people answered about the loser's likes holds for the winner; where they answered about both, what they
    said of the winner stands."""
    theirs = set(connection.scalars(select(verdict.c.key).where(verdict.c.client_id == one.winner)))
    rows = [dict(row._mapping) for row in _rows(connection, verdict, verdict.c.client_id == one.loser)]
    connection.execute(delete(verdict).where(verdict.c.client_id == one.loser))
    given = [row | {"client_id": one.winner} for row in rows if row["key"] not in theirs]
    if given:
        connection.execute(verdict.insert(), given)
    return {"before": rows, "given": [row["key"] for row in given]}


def _move_suspects(connection: Connection, one: Merge) -> dict[str, Any]:
    """Open questions about the loser are about the winner now; that between the two is answered."""
    concerns = or_(suspect.c.client_id == one.loser, suspect.c.suspect_id == one.loser)
    rows = [dict(row._mapping) for row in _rows(connection, suspect, concerns)]
    connection.execute(delete(suspect).where(concerns))
    given = []
    for row in rows:
        pair = {row["client_id"], row["suspect_id"]}
        if pair == {one.loser, one.winner}:
            put = row | {"answer": "same", "answered_by": one.who}
        else:
            new = {
                name: one.winner if row[name] == one.loser else row[name]
                for name in ("client_id", "suspect_id")
            }
            put = row | new
        done = connection.execute(
            keeping(suspect, connection.dialect.name).returning(suspect.c.client_id), put
        )
        if done.first():
            given.append([put["client_id"], put["suspect_id"]])
    return {"before": rows, "given": given}


def _complete(connection: Connection, one: Merge) -> dict[str, Any]:
    """The winner learns what only the loser had; the loser points at the winner."""
    lost = connection.execute(select(client).where(client.c.id == one.loser)).one()
    won = connection.execute(select(client).where(client.c.id == one.winner)).one()
    after = {name: getattr(won, name) or getattr(lost, name) for name in ("name", "inn", "owner")}
    after["outside_ids"] = dumps(orjson.loads(lost.outside_ids) | orjson.loads(won.outside_ids))
    before = {name: getattr(won, name) for name in after}
    if orjson.loads(before["outside_ids"]) == orjson.loads(after["outside_ids"]):
        after["outside_ids"] = before["outside_ids"]
    connection.execute(update(client).where(client.c.id == one.winner).values(after))
    connection.execute(update(client).where(client.c.id == one.loser).values(merged_into=one.winner))
    return {"before": before, "after": after}


def _undo(connection: Connection, one: Merge) -> None:
    last = (
        select(merge)
        .where(merge.c.loser == one.loser, merge.c.winner == one.winner, merge.c.undone_at.is_(None))
        .order_by(merge.c.at.desc())
    )
    row = connection.execute(last).first()
    if row is None:
        raise Conflict(f"{one.loser} was not merged into {one.winner}")
    moved = orjson.loads(row.moved)
    people = {"ids": moved["person"]}
    _give_back(connection, person, one, among(person.c.id, "ids"), people)
    _give_back(connection, holding, one, among(holding.c.person_id, "ids"), people)
    _give_back(connection, origin, one, among(origin.c.person_id, "ids"), people)
    theirs = or_(among(deal.c.id, "deals"), among(deal.c.person_id, "ids"))
    _give_back(connection, deal, one, theirs, people | {"deals": moved["deal"]})
    back = {"deals": _ids(connection, deal, one.loser)}
    for table in _FOLLOWING:
        its = or_(among(table.c.id, "ids"), and_(among(table.c.deal_id, "deals"), table.c.deal_id != ""))
        _give_back(connection, table, one, its, back | {"ids": moved[table.name]})
    _restore_answers(connection, one, moved)
    for name, value in moved["client"]["after"].items():
        column = client.c[name]
        told = update(client).where(client.c.id == one.winner, column == value)
        connection.execute(told.values({name: moved["client"]["before"][name]}))
    connection.execute(update(client).where(client.c.id == one.loser).values(merged_into=""))
    done = update(merge).where(merge.c.loser == one.loser, merge.c.at == row.at)
    connection.execute(done.values(undone_at=one.at))


def _give_back(
    connection: Connection, table: Table, one: Merge, its: ColumnElement[bool], ids: dict[str, list[str]]
) -> None:
    told = update(table).where(and_(table.c.client_id == one.winner, its))
    connection.execute(told.values(client_id=one.loser), ids)


def _restore_answers(connection: Connection, one: Merge, moved: dict[str, Any]) -> None:
    given = moved["verdict"]["given"]
    if given:
        mine = delete(verdict).where(verdict.c.client_id == one.winner, among(verdict.c.key, "keys"))
        connection.execute(mine, {"keys": given})
    for client_id, suspect_id in moved["suspect"]["given"]:
        pair = suspect.c.client_id == client_id, suspect.c.suspect_id == suspect_id
        connection.execute(delete(suspect).where(*pair))
    for table in (verdict, suspect):
        if moved[table.name]["before"]:
            connection.execute(upsert(table, connection.dialect.name), moved[table.name]["before"])


def _rows(connection: Connection, table: Table, which: ColumnElement[bool]) -> Sequence[Row[Any]]:
    return connection.execute(select(table).where(which)).all()
