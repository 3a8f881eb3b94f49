"""Alarms in the ledger: folded by their cause, told by effects in the same commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row, or_, select

from intake.alarm import REOPENED_MS, Alarm, Finding, Level, Rule, compare
from intake.clock import Millis, new_id
from intake.effect import Effect
from intake.errors import NotFound
from intake.store.engine import Store, answering, reading
from intake.store.rows import effect_row
from intake.store.schema import alarm, effect
from intake.store.sql import keeping, upsert

_MUTED_BACK_MS = 31 * 86_400_000


class SqlAlarms:
    """Folds findings into alarms, lists and mutes them. Methods block. Raise Unavailable."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._write = upsert(alarm, store.dialect)
        self._put = keeping(effect, store.dialect)

    def fold(
        self, found: Sequence[Finding], now: Millis, notices: Callable[[Alarm], Sequence[Effect]]
    ) -> list[Alarm]:
        """Bring the alarms up to what was found, in one transaction with what people are told of it; those that
        people are told of."""
        recent = or_(
            alarm.c.ended_at.is_(None),
            alarm.c.ended_at > now - REOPENED_MS,
            (alarm.c.ended_at > now - _MUTED_BACK_MS) & (alarm.c.muted_until > now),
        )
        with answering():
            with reading(self._store.ledger) as connection:
                known = [_alarm(row) for row in connection.execute(select(alarm).where(recent))]
            if not compare(known, found, now, lambda: "").written:
                return []
            with self._store.ledger.begin() as connection:
                known = [_alarm(row) for row in connection.execute(select(alarm).where(recent))]
                turn = compare(known, found, now, lambda: new_id(now))
                if turn.written:
                    connection.execute(self._write, [_row(one) for one in turn.written])
                effects = [effect_row(one) for told in turn.told for one in notices(told)]
                if effects:
                    connection.execute(self._put, effects)
        return turn.told

    def listed(self, ended_since: Millis | None = None, limit: int = 200) -> list[Alarm]:
        """The open alarms, and those that ended since then; the newest first."""
        wanted: ColumnElement[bool] = alarm.c.ended_at.is_(None)
        if ended_since is not None:
            wanted = or_(wanted, alarm.c.ended_at >= ended_since)
        newest = select(alarm).where(wanted).order_by(alarm.c.id.desc()).limit(limit)
        with answering(), reading(self._store.ledger) as connection:
            return [_alarm(row) for row in connection.execute(newest)]

    def mute(self, ident: str, until: Millis | None, who: str) -> Alarm:
        """Tell nobody of it until then; None: tell again. Raises NotFound."""
        with answering(), self._store.ledger.begin() as connection:
            row = connection.execute(select(alarm).where(alarm.c.id == ident)).first()
            if row is None:
                raise NotFound("there is no such alarm")
            muted = replace(_alarm(row), muted_until=until, muted_by=who if until is not None else "")
            connection.execute(self._write, _row(muted))
        return muted


def _alarm(row: Row[Any]) -> Alarm:
    return Alarm(
        id=row.id,
        rule=Rule(row.rule),
        subject=row.subject,
        level=Level(row.level),
        values=orjson.loads(row.detail),
        count=row.requests,
        raised_at=row.raised_at,
        changed_at=row.changed_at,
        version=row.version,
        ended_at=row.ended_at,
        muted_until=row.muted_until,
        muted_by=row.muted_by,
        told=row.told,
    )


def _row(one: Alarm) -> dict[str, Any]:
    return {
        "id": one.id,
        "rule": one.rule.value,
        "subject": one.subject,
        "level": one.level.value,
        "detail": orjson.dumps(dict(one.values)).decode(),
        "requests": one.count,
        "raised_at": one.raised_at,
        "changed_at": one.changed_at,
        "version": one.version,
        "ended_at": one.ended_at,
        "muted_until": one.muted_until,
        "muted_by": one.muted_by,
        "told": one.told,
    }
