"""What the journal knows of the past: which events are here already, since when an account is connected, and how
many it was given by reading again."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import orjson
from sqlalchemy import func, select

from intake.clock import Millis
from intake.inquiry import NewRaw
from intake.ports import Cursor
from intake.store.arrivals import claim_key, group_key
from intake.store.engine import Store, answering, reading
from intake.store.schema import claim, cursor
from intake.store.sql import among

AGAIN = "#again"
"""The place of the cursor that counts, for the balance, what an account was given by reading again."""


class Standing(StrEnum):
    """What an event of the past is to the journal: unknown, a further event of an inquiry that is here, or here."""

    NEW = "new"
    CONTINUES = "continues"
    HERE = "here"


class SqlPast:
    """Looks into the journal. Methods block. Raise Unavailable."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def standings(self, account: str, raws: Sequence[NewRaw]) -> list[Standing]:
        """What each event is; of several new ones of one group the first is new."""
        keys = [claim_key(one) for one in raws] + [group_key(one.group) for one in raws if one.group]
        held_keys = select(claim.c.key).where(claim.c.account == account, among(claim.c.key, "keys"))
        with answering(), reading(self._store.journal) as connection:
            held = set(connection.scalars(held_keys, {"keys": keys}))
        found = []
        for one in raws:
            if claim_key(one) in held:
                found.append(Standing.HERE)
                continue
            found.append(Standing.CONTINUES if one.group and group_key(one.group) in held else Standing.NEW)
            held |= {claim_key(one), *([group_key(one.group)] if one.group else ())}
        return found

    def connected_at(self, account: str) -> Millis | None:
        """Since when the account is connected: as its listener noted it (`news_from` of a cursor), else when the
        first event came that can be known again; None when nothing ever did."""
        noted = select(cursor.c.value).where(cursor.c.account == account)
        first = select(func.min(claim.c.at)).where(claim.c.account == account)
        with answering(), reading(self._store.journal) as connection:
            values = [orjson.loads(value) for value in connection.scalars(noted)]
            came = connection.scalar(first)
        told = [int(value["news_from"]) for value in values if value.get("news_from")]
        # each folder tells of its own newest letter then: the account was connected after the last of them
        return min([*([max(told)] if told else ()), *([came] if came else ())], default=None)

    def counted(self, account: str, more: int) -> Cursor:
        """The count raised by `more`, to be committed with the events it counts."""
        kept = select(cursor.c.value).where(cursor.c.account == account, cursor.c.place == AGAIN)
        with answering(), reading(self._store.journal) as connection:
            value = connection.scalar(kept)
        seen = int(orjson.loads(value)["seen"]) if value else 0
        return Cursor(account, AGAIN, {"seen": seen + more})
