"""What the journal's general way asks in several statements, for PostgreSQL as one: a door's whole commit, a claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import BigInteger, Engine, Row, Select, Text, bindparam, func, or_, select, update

from intake.errors import Unreadable
from intake.store.schema import pending, raw
from intake.store.sql import among

_ASKED = {"place": "int", "key": "text", "until": "bigint", "start": "int", "size": "int"}
"""What a row says beside the columns of `raw`: its place in the batch, its claim, and where its body stands."""

_STATEMENT = """
WITH asked AS MATERIALIZED (SELECT * FROM json_to_recordset(%(rows)s::json) AS one({types})),
won AS (
    INSERT INTO claim AS held (account, key, raw_id, inquiry_id, at, until)
    SELECT account, key, id, inquiry_id, %(now)s, until FROM asked ORDER BY account, key
    ON CONFLICT (account, key) DO UPDATE
    SET raw_id = excluded.raw_id, inquiry_id = excluded.inquiry_id, at = excluded.at, until = excluded.until
    WHERE held.until <= excluded.at
    RETURNING raw_id
),
news AS MATERIALIZED (SELECT asked.* FROM asked JOIN won ON won.raw_id = asked.id ORDER BY place),
stored AS (
    INSERT INTO raw ({names}, received_at, body)
    SELECT {names}, %(now)s, substring(%(bodies)b FROM start + 1 FOR size) FROM news
),
queued AS (
    INSERT INTO pending (raw_id, account, size, received_at, attempts, lease_by, lease_until)
    SELECT id, account, size, %(now)s, 0, '', 0 FROM news
),
seen AS (
    SELECT account, count(won.raw_id) AS firsts, count(*) - count(won.raw_id) AS others
    FROM asked LEFT JOIN won ON won.raw_id = asked.id GROUP BY account
),
counted AS (
    INSERT INTO receipt AS held (account, day, received, repeated, continued, refused)
    SELECT account, day, coalesce(firsts, 0), repeated + coalesce(others, 0), 0, refused
    FROM json_to_recordset(%(counters)s::json) AS one(account text, day int, repeated bigint, refused bigint)
    LEFT JOIN seen USING (account) ORDER BY account
    ON CONFLICT (account, day) DO UPDATE
    SET received = held.received + excluded.received, repeated = held.repeated + excluded.repeated,
        refused = held.refused + excluded.refused
)
SELECT raw_id FROM won
"""


class AtOnce:
    """Claims, events, what waits and the counters, written by one statement that is its own transaction.

    The rows travel as one JSON text, the bodies as one block of bytes: psycopg dumps neither item by item.
    """

    def __init__(self, journal: Engine) -> None:
        self._engine = journal.execution_options(isolation_level="AUTOCOMMIT")
        self._text = _statement()

    def write(
        self,
        rows: Sequence[Mapping[str, Any]],
        bodies: Sequence[bytes],
        counters: Sequence[Mapping[str, Any]],
        now: int,
    ) -> set[str]:
        """Write what nobody has claimed before; the raw ids that were written.

        `rows` have the columns of `raw` but `seq`, `body` and `received_at`, and besides `key` and `until` of
        their claim: no key twice. `counters` have account, day, `repeated`, `refused` to be added; what is
        written or found claimed here is added to them by the statement itself.
        """
        start = 0
        placed: list[dict[str, Any]] = []
        for place, (row, body) in enumerate(zip(rows, bodies, strict=True)):
            placed.append({**row, "place": place, "start": start, "size": len(body)})
            start += len(body)
        try:
            told = (orjson.dumps(placed).decode(), orjson.dumps(list(counters)).decode())
        except TypeError as error:
            raise Unreadable(f"the database cannot hold this: {str(error)[:200]}") from error
        values = {"rows": told[0], "counters": told[1], "now": now, "bodies": b"".join(bodies)}
        with self._engine.connect() as connection:
            return {row[0] for row in connection.exec_driver_sql(self._text, values)}


def _statement() -> str:
    given = [one for one in raw.columns if one.name not in ("seq", "body", "received_at")]
    types = {one.name: "text" if isinstance(one.type, Text) else one.type.compile() for one in given} | _ASKED
    return _STATEMENT.format(
        types=", ".join(f'"{name}" {kind}' for name, kind in types.items()),
        names=", ".join(f'"{one.name}"' for one in given),
    )


class ClaimAtOnce:
    """A batch is looked for, leased and read by one statement that is its own transaction."""

    def __init__(self, relaxed: Engine, batch_bytes: int) -> None:
        self._engine = relaxed.execution_options(isolation_level="AUTOCOMMIT")
        self._named, self._any = (self._statement(named, batch_bytes) for named in (True, False))

    def claim(self, worker: str, now: int, until: int, ids: Sequence[str], limit: int) -> Sequence[Row[Any]]:
        """Rows of `raw` with their `attempts`, leased to `worker` until `until`; no more than `limit`."""
        values: dict[str, Any] = {"now_": now, "limit_": limit, "worker": worker, "until_": until}
        with self._engine.connect() as connection:
            if ids:
                return connection.execute(self._named, values | {"ids": list(ids)}).all()
            return connection.execute(self._any, values).all()

    @staticmethod
    def _statement(named: bool, batch_bytes: int) -> Select[Any]:
        waiting = select(pending.c.seq, pending.c.raw_id, pending.c.size)
        waiting = waiting.where(pending.c.lease_until <= bindparam("now_", type_=BigInteger))
        if named:
            waiting = waiting.where(among(pending.c.raw_id, "ids"))
        found = waiting.order_by(pending.c.seq).limit(bindparam("limit_")).with_for_update(skip_locked=True)
        ahead = found.cte("found")
        so_far = func.sum(ahead.c.size).over(order_by=ahead.c.seq)
        sized = select(ahead.c.raw_id, ahead.c.size, so_far.label("so_far")).subquery()
        # always one, however large it is
        fitting = select(sized.c.raw_id).where(
            or_(sized.c.so_far <= batch_bytes, sized.c.so_far == sized.c.size)
        )
        leased = (
            update(pending)
            .where(pending.c.raw_id.in_(fitting))
            .values(
                lease_by=bindparam("worker"), lease_until=bindparam("until_"), attempts=pending.c.attempts + 1
            )
            .returning(pending.c.raw_id, pending.c.attempts)
            .cte("leased")
        )
        return select(raw, leased.c.attempts).join(leased, raw.c.id == leased.c.raw_id).order_by(raw.c.seq)
