"""The outbox: effects written with the decisions that want them, claimed under a lease by one relay at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import orjson
from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Row,
    Text,
    bindparam,
    case,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError

from intake.clock import Millis
from intake.effect import DueEffect, Effect, EffectKind, EffectState
from intake.ports import Sent
from intake.store.engine import Store, explain
from intake.store.restored import Holding
from intake.store.rows import effect_row
from intake.store.schema import card, card_message, effect
from intake.store.sql import among, keeping, upsert

LEASE_MS = 30_000
"""How long a claimed effect is left to its relay; renewed while it is being worked on."""
BROWSER = "browser"
"""The messenger that keeps no message of its own: the card's row is what it shows."""

_WAITING = effect.c.state == EffectState.WAITING.value


class SqlOutbox:
    """`intake.ports.Outbox` over SQLite or PostgreSQL.

    An effect's `due_at` is the end of its lease while it is claimed; `lease_by` names the relay whose last
    try ended without a known outcome, so a claim of such an effect is `unsure`.
    """

    def __init__(self, store: Store) -> None:
        self._ledger = store.ledger
        # claims, leases and put-offs wait for no disk: after a power cut their effects are merely due again
        self._relaxed = store.relaxed_ledger
        self._postgresql = store.dialect == "postgresql"
        self._holding = Holding(store)
        self._put = keeping(effect, store.dialect)
        self._message = upsert(card_message, store.dialect)
        due = select(effect).where(_WAITING, effect.c.due_at <= bindparam("now"))
        due = due.order_by(effect.c.due_at, effect.c.id).limit(bindparam("limit_"))
        self._due = due.with_for_update(skip_locked=True) if self._postgresql else due
        first = bindparam("messenger", type_=Text)
        self._sent = (
            update(card)
            .where(card.c.id == bindparam("card"))
            .values(
                sent_at=func.coalesce(card.c.sent_at, bindparam("at", type_=BigInteger)),
                # the browser shows every card: it is named only where nothing else was told
                sent_via=case(
                    (literal(BROWSER) != first, first), (card.c.sent_via == "", first), else_=card.c.sent_via
                ),
            )
        )

    def claim(
        self,
        relay: str,
        now: Millis,
        limit: int = 100,
        *,
        kinds: Sequence[EffectKind] = (),
        busy: Sequence[str] = (),
    ) -> list[DueEffect]:
        """As in the port."""
        wanted = self._due
        given: dict[str, object] = {"now": now, "limit_": limit}
        if kinds:
            wanted = wanted.where(among(effect.c.kind, "kinds"))
            given["kinds"] = [kind.value for kind in kinds]
        if busy:
            wanted = wanted.where(~among(effect.c.target, "busy"))
            given["busy"] = list(busy)
        with self._writing(self._relaxed) as connection:
            rows = self._holding.free(connection, connection.execute(wanted, given).all(), now)
            if rows:
                claimed = update(effect).where(effect.c.id.in_([row.id for row in rows]))
                values = {"attempts": effect.c.attempts + 1, "lease_by": relay, "due_at": now + LEASE_MS}
                connection.execute(claimed.values(values))
        return sorted((_due(row) for row in rows), key=lambda one: one.id)

    def renew(self, effect_ids: Sequence[int], now: Millis) -> None:
        """As in the port."""
        self._change(effect_ids, due_at=now + LEASE_MS)

    def done(self, effect_ids: Sequence[int], now: Millis, sent: Sequence[Sent] = ()) -> None:
        """As in the port, in one transaction."""
        with self._writing(self._ledger) as connection:
            if effect_ids:
                finished = update(effect).where(effect.c.id.in_(effect_ids), _WAITING)
                values = {"state": EffectState.DONE.value, "done_at": now, "lease_by": ""}
                connection.execute(finished.values(values))
            self._remember(connection, sent)

    def later(self, effect_id: int, due_at: Millis, error: str, *, unsure: bool = False) -> None:
        """As in the port."""
        if unsure:
            self._change([effect_id], due_at=due_at, error=error)
        else:
            self._change([effect_id], due_at=due_at, error=error, lease_by="")

    def give_back(self, effect_ids: Sequence[int], due_at: Millis) -> None:
        """As in the port."""
        self._change(effect_ids, due_at=due_at, lease_by="", attempts=effect.c.attempts - 1)

    def park(self, effect_id: int, now: Millis, reason: str) -> None:
        """As in the port."""
        values = {"state": EffectState.PARKED.value, "done_at": now, "error": reason, "lease_by": ""}
        self._change([effect_id], self._ledger, **values)

    def add(self, effects: Sequence[Effect]) -> None:
        """As in the port."""
        if effects:
            with self._writing(self._ledger) as connection:
                connection.execute(self._put, [effect_row(one) for one in effects])

    def take_over(self, relay: str, now: Millis) -> int:
        """Make what `relay` had claimed due at once, for whoever knows that no other process of that name is
        alive. What was being tried stays unsure. How many there were."""
        held = update(effect).where(_WAITING, effect.c.lease_by == relay, effect.c.due_at > now)
        with self._writing(self._ledger) as connection:
            return connection.execute(held.values(due_at=now)).rowcount

    def _change(self, effect_ids: Sequence[int], engine: Engine | None = None, **values: object) -> None:
        if effect_ids:
            with self._writing(engine or self._relaxed) as connection:
                connection.execute(
                    update(effect).where(effect.c.id.in_(effect_ids), _WAITING).values(**values)
                )

    def _remember(self, connection: Connection, sent: Sequence[Sent]) -> None:
        messages = [
            {"card_id": one.card_id, "messenger": one.messenger, "message_id": one.message_id, "at": one.at}
            for one in sent
            if one.messenger != BROWSER
        ]
        if messages:
            connection.execute(self._message, messages)
        shown = [{"card": one.card_id, "messenger": one.messenger, "at": one.at} for one in sent]
        if shown:
            connection.execute(self._sent, shown)

    @contextmanager
    def _writing(self, engine: Engine) -> Iterator[Connection]:
        try:
            with engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise explain(error) from error


def _due(row: Row[tuple[object, ...]]) -> DueEffect:
    return DueEffect(
        id=row.id,
        effect=Effect(
            key=row.key,
            kind=EffectKind(row.kind),
            target=row.target,
            payload=orjson.loads(row.payload),
            created_at=row.created_at,
            due_at=row.due_at,
        ),
        attempts=row.attempts + 1,
        last_error=row.error,
        unsure=bool(row.lease_by),
    )
