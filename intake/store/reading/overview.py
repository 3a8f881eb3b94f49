"""The state of the whole: stages with their oldest, how fast it went, the channels, what is buried and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Column, ColumnElement, Connection, Row, func, select

from intake.account import Account
from intake.alarm import Rule
from intake.clock import Clock, Millis, iso
from intake.effect import EffectState
from intake.inquiry import State
from intake.ports import Cause, HealthState, Overview, Spread, Stage
from intake.store.engine import Store, reading
from intake.store.reading.balance import read_balance
from intake.store.reading.shapes import DAY_MS
from intake.store.schema import alarm, card, effect, health, inquiry, pending, receipt
from intake.store.sql import among

COUNTED = 1000
"""A stage that holds more than this is told as "at least so many"."""
_HOUR_MS = 3_600_000
_SAMPLE = 2000
_BURIED_LOOKED_AT = 5000
_IDS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class OverviewReads:
    """Reads of the whole. `accounts` are the configured ways in."""

    store: Store
    clock: Clock
    accounts: Sequence[Account]

    def overview(self) -> Overview:
        """As Watch.overview."""
        now = self.clock.now()
        balance = read_balance(self.store, None, [one.id for one in self.accounts])
        with reading(self.store.journal) as journal, reading(self.store.ledger) as ledger:
            stages = _stages(journal, ledger, balance)
            to_card, to_taken = _spreads(ledger, now)
            late = (card.c.state == "new") & (card.c.due_at < now)
            alone = (card.c.manager == "") & card.c.state.in_(("new", "offered"))
            return Overview(
                now,
                balance,
                stages,
                tuple(self._channels(journal, ledger)),
                to_card,
                to_taken,
                _counted(ledger, "late", card.c.due_at, late, card.c.created_at),
                _counted(ledger, "unowned", card.c.created_at, alone, card.c.created_at),
            )

    def channels(self) -> list[dict[str, Any]]:
        """The channels as the API shows them."""
        with reading(self.store.journal) as journal, reading(self.store.ledger) as ledger:
            return self._channels(journal, ledger)

    def _channels(self, journal: Connection, ledger: Connection) -> list[dict[str, Any]]:
        today = self.clock.now() // DAY_MS
        told = {row.account: row for row in journal.execute(select(health))}
        counted = {row.account: row for row in journal.execute(select(receipt).where(receipt.c.day == today))}
        backlog: dict[str, int] = {}
        for row in journal.execute(
            select(pending.c.account, func.count().label("n")).group_by(pending.c.account)
        ):
            backlog[row.account] = row.n
        alarms: defaultdict[str, list[str]] = defaultdict(list)
        open_ones = select(alarm.c.rule, alarm.c.subject).where(alarm.c.ended_at.is_(None))
        for row in ledger.execute(open_ones):
            alarms[row.subject].append(row.rule)
        shown: list[dict[str, Any]] = []
        for one in self.accounts:
            last = select(func.max(inquiry.c.id)).where(inquiry.c.account == one.id).scalar_subquery()
            item = ledger.scalar(select(inquiry.c.received_at).where(inquiry.c.id == last))
            known = _channel_json(one, told.get(one.id), item)
            known["waiting"] = backlog.get(one.id, 0)
            known["today"] = _counters(counted.get(one.id))
            known["alarms"] = sorted(alarms.get(one.id, ()))
            if known["state"] in ("working", "ok") and Rule.SILENT.value in known["alarms"]:
                known["state"] = "silent"
            shown.append(known)
        return shown

    def internals(self) -> list[dict[str, Any]]:
        """What is no account and reports how it does."""
        ways_in = {one.id for one in self.accounts}
        with reading(self.store.journal) as journal:
            rows = journal.execute(select(health).order_by(health.c.account)).all()
        return [
            {
                "name": row.account,
                "state": _state(row.state),
                "message": row.message,
                "at": iso(row.at),
                "since": iso(row.at if row.since is None else row.since),
            }
            for row in rows
            if row.account not in ways_in and ":" in row.account
        ]

    def causes(self) -> list[Cause]:
        """As Watch.causes; of very many buried ones the newest are looked at."""
        newest = (
            select(inquiry.c.id, inquiry.c.state_reason)
            .where(inquiry.c.state == State.BURIED.value)
            .order_by(inquiry.c.id.desc())
            .limit(_BURIED_LOOKED_AT)
        )
        groups: defaultdict[str, list[str]] = defaultdict(list)
        with reading(self.store.ledger) as connection:
            for row in connection.execute(newest):
                groups[row.state_reason].append(row.id)
        causes = [Cause(reason, len(ids), tuple(ids[:_IDS_SHOWN])) for reason, ids in groups.items()]
        return sorted(causes, key=lambda cause: (-cause.count, cause.reason))


def _stages(journal: Connection, ledger: Connection, balance: Mapping[str, Any]) -> tuple[Stage, ...]:
    due, parked = EffectState.WAITING.value, EffectState.PARKED.value
    oldest = journal.scalar(select(pending.c.received_at).order_by(pending.c.seq).limit(1))
    return (
        Stage("waiting", balance["waiting"], oldest if balance["waiting"] else None),
        _state_stage(ledger, State.OFFERED, balance),
        _counted(ledger, "sending", effect.c.created_at, effect.c.state == due, effect.c.due_at),
        _counted(ledger, "untaken", card.c.created_at, card.c.state == "new", card.c.created_at),
        _state_stage(ledger, State.BURIED, balance),
        _counted(ledger, "parked", effect.c.created_at, effect.c.state == parked, effect.c.id),
    )


def _state_stage(ledger: Connection, state: State, balance: Mapping[str, Any]) -> Stage:
    first = (
        select(inquiry.c.received_at).where(inquiry.c.state == state.value).order_by(inquiry.c.id).limit(1)
    )
    return Stage(state.value, balance[state.value], ledger.scalar(first))


def _counted(
    ledger: Connection, name: str, born: Column[int], where: ColumnElement[bool], order: Column[int]
) -> Stage:
    first = ledger.scalar(select(born).where(where).order_by(order).limit(1))
    if first is None:
        return Stage(name, 0)
    some = select(born).where(where).order_by(order).limit(COUNTED + 1).subquery()
    count = ledger.scalar(select(func.count()).select_from(some)) or 0
    return Stage(name, min(count, COUNTED), first, capped=count > COUNTED)


def _spreads(ledger: Connection, now: Millis) -> tuple[Spread | None, Spread | None]:
    """From receipt to the card in the manager's messenger, and to "taken", over the cards of the last hour."""
    cards = (
        select(card.c.inquiry_ids, card.c.sent_at, card.c.taken_at)
        .where(card.c.created_at >= now - _HOUR_MS)
        .order_by(card.c.created_at.desc())
        .limit(_SAMPLE)
    )
    rows = ledger.execute(cards).all()
    firsts = [next(iter(orjson.loads(row.inquiry_ids)), "") for row in rows]
    came = select(inquiry.c.id, inquiry.c.received_at).where(among(inquiry.c.id, "ids"))
    at = {row.id: row.received_at for row in ledger.execute(came, {"ids": firsts})} if firsts else {}
    both = [(row, at[first]) for row, first in zip(rows, firsts, strict=True) if first in at]
    return (
        _spread([row.sent_at - came_at for row, came_at in both if row.sent_at]),
        _spread([row.taken_at - came_at for row, came_at in both if row.taken_at]),
    )


def _spread(spans: list[Millis]) -> Spread | None:
    if not spans:
        return None
    spans.sort()
    return Spread(len(spans), spans[len(spans) // 2] / 1000, spans[int(len(spans) * 0.95)] / 1000)


def _channel_json(account: Account, told: Row[Any] | None, last_item: Millis | None) -> dict[str, Any]:
    """A channel: a webhook that told nothing of itself is working; it is the world that calls it."""
    shown: dict[str, Any] = {
        "account": account.id,
        "kind": account.kind,
        "state": _state(told.state) if told else "working",
        "message": told.message if told else "",
        "at": iso(told.at) if told else None,
        "last_item": iso(max(last_item or 0, (told.last_item if told else 0) or 0) or None),
        "last_success": iso(told.last_success if told else last_item),
        "backlog": told.backlog if told else None,
        "seen_at_source": told.seen_at_source if told else None,
    }
    detail = orjson.loads(told.detail) if told else {}
    shown["since"] = iso(told.since or told.at) if told else None
    shown["next_attempt"] = iso(detail.get("next_attempt"))
    shown["expires"] = {what: iso(at) for what, at in detail.get("expires", {}).items()}
    return shown


def _state(told: str) -> str:
    """A fault is called an error where people read it."""
    return "error" if told == HealthState.FAULT.value else told


def _counters(row: Row[Any] | None) -> dict[str, int]:
    names = ("received", "repeated", "continued", "refused")
    return {name: getattr(row, name) if row else 0 for name in names}
