"""Events on their way into the journal: their ids, the keys they are recognised by, the rows they become."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import orjson

from intake.clock import Millis, new_id
from intake.inquiry import NewRaw
from intake.ports import Delivery, Receipt

CONTENT_WINDOW_MS = 120_000
"""Two posts without a provider's id are one when their content is equal within this time."""
FOR_EVER = 1 << 62


@dataclass(slots=True)
class Arrival:
    """One event on its way into the journal."""

    new: NewRaw
    id: str
    inquiry_id: str
    key: str
    receipt: Receipt | None = None
    continues: bool = False


@dataclass(slots=True)
class Tally:
    """What one commit adds to the counters, by account."""

    received: dict[str, int] = field(default_factory=dict)
    repeated: dict[str, int] = field(default_factory=dict)
    continued: dict[str, int] = field(default_factory=dict)

    def count(self, arrival: Arrival) -> None:
        """Count one event under what it turned out to be."""
        kind = self.received
        if arrival.receipt and not arrival.receipt.first:
            kind = self.repeated
        elif arrival.continues:
            kind = self.continued
        kind[arrival.new.account] = kind.get(arrival.new.account, 0) + 1


def arriving(delivery: Delivery, now: Millis) -> list[Arrival]:
    """A delivery's events with their ids and keys."""
    ids = delivery.ids or [new_id(now) for _ in delivery.raws]
    return [
        Arrival(new, ident, new.inquiry_id or ident, claim_key(new), continues=bool(new.inquiry_id))
        for new, ident in zip(delivery.raws, ids, strict=True)
    ]


def claim_key(new: NewRaw) -> str:
    """What a redelivery of this event is recognised by, within its account."""
    return f"x:{_plain(new.external_id)}" if new.external_id else f"c:{_digest(new)}"


def group_key(group: str) -> str:
    """What the further events of an inquiry are recognised by."""
    return f"g:{_plain(group)}"


def _plain(text: str) -> str:
    """A text that any database holds: without NUL and lone surrogates."""
    if text.isprintable():  # neither of the two is, and nearly every text is
        return text
    return text.replace("\0", "").encode(errors="replace").decode()


def _digest(new: NewRaw) -> str:
    content = new.content_key.encode() if new.content_key else new.body
    return blake2b(content, digest_size=20, person=str(new.part).encode()[:16]).hexdigest()


def dumps(value: Any) -> str:
    """JSON text; bytes that are no text become "?"."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # a header with bytes that are no text arrives as lone surrogates
        return json.dumps(value, ensure_ascii=False).encode(errors="replace").decode()


def stand_alone(deliveries: Sequence[Delivery]) -> bool:
    """Whether they are events that stand alone: none belongs to another one's inquiry, none was read from a place
    that moves with it."""
    return not any(
        one.cursor or any(new.group or new.joins or new.inquiry_id for new in one.raws) for one in deliveries
    )


def asked_row(one: Arrival, now: Millis) -> dict[str, Any]:
    """A row as `intake.store.at_once` takes it."""
    new = one.new
    return {
        "id": one.id,
        "inquiry_id": one.inquiry_id,
        "account": new.account,
        "channel": new.channel,
        "external_id": _plain(new.external_id),
        "grouping": "",
        "part": new.part,
        "history": new.history,
        "head": dumps(dict(new.head)),
        "key": one.key,
        "until": FOR_EVER if new.external_id else now + CONTENT_WINDOW_MS,
    }


def raw_row(one: Arrival, now: Millis) -> dict[str, Any]:
    """A row of `raw`."""
    new = one.new
    return {
        "id": one.id,
        "inquiry_id": one.inquiry_id,
        "account": new.account,
        "channel": new.channel,
        "received_at": now,
        "external_id": _plain(new.external_id),
        "grouping": _plain(new.group),
        "part": new.part,
        "history": new.history,
        "head": dumps(dict(new.head)),
        "body": new.body,
    }


def pending_row(one: Arrival, now: Millis) -> dict[str, Any]:
    """A row of `pending` for a new event."""
    return waiting_row(one.id, one.new.account, len(one.new.body), now)


def waiting_row(raw_id: str, account: str, size: int, received_at: Millis) -> dict[str, Any]:
    """A row of `pending`: nobody works on it yet."""
    return {
        "raw_id": raw_id,
        "account": account,
        "size": size,
        "received_at": received_at,
        "attempts": 0,
        "lease_by": "",
        "lease_until": 0,
    }
