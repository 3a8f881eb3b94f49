"""Clients of whom a person is to say whether they are one: pairs side by side, the likeliest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, Row, and_, or_, select

from intake.ports import Page
from intake.store.reading.shapes import client_json
from intake.store.schema import client, suspect

OPEN, LATER = "", "later"
MOST = 50
"""Pairs on one page: each is two whole clients."""
_SEPARATOR = "~"


def suspects_page(connection: Connection, filters: Mapping[str, str], limit: int, after: str) -> Page:
    """Open questions, or those put off (`answer` = `later`); of one `client` alone when it is named."""
    mine, other = client.alias("mine"), client.alias("other")
    found = (
        select(suspect)
        .join(mine, mine.c.id == suspect.c.client_id)
        .join(other, other.c.id == suspect.c.suspect_id)
        .where(suspect.c.answer == (LATER if filters.get("answer") == LATER else OPEN))
        .where(mine.c.merged_into == "", other.c.merged_into == "")
        .order_by(suspect.c.score.desc(), suspect.c.client_id.desc(), suspect.c.suspect_id.desc())
    )
    if filters.get("client"):
        named = filters["client"]
        found = found.where(or_(suspect.c.client_id == named, suspect.c.suspect_id == named))
    if after:
        score, client_id, suspect_id = _place(after)
        further = and_(
            suspect.c.score == score, suspect.c.client_id == client_id, suspect.c.suspect_id < suspect_id
        )
        following = and_(suspect.c.score == score, suspect.c.client_id < client_id)
        found = found.where(or_(suspect.c.score < score, following, further))
    limit = min(limit, MOST)
    rows = connection.execute(found.limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    cursor = _SEPARATOR.join((repr(last.score), last.client_id, last.suspect_id)) if last else None
    return Page([_pair(connection, row) for row in rows[:limit]], cursor)


def _pair(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    return {
        "client": client_json(connection, row.client_id),
        "suspect": client_json(connection, row.suspect_id),
        "score": row.score,
        "reasons": [{"rule": rule, "weight": weight} for rule, weight in orjson.loads(row.reasons)],
        "answer": row.answer,
        "answered_by": row.answered_by,
    }


def _place(after: str) -> tuple[float, str, str]:
    score, _, rest = after.partition(_SEPARATOR)
    client_id, _, suspect_id = rest.partition(_SEPARATOR)
    try:
        return float(score), client_id, suspect_id
    except ValueError:
        return 0.0, "", ""
