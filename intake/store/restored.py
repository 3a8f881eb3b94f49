"""After a restore: what may have been sent before it is held for a human, so that nothing is sent twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select, update

from intake.clock import Millis
from intake.effect import HELD, RELEASED, EffectKind, EffectState
from intake.store.engine import Store, reading
from intake.store.schema import audit, effect, number, raw
from intake.store.sql import among

COPIED, RESTORED = "restored_copy", "restored_at"
"""Rows of `number`: when the copy was made that the ledger was restored from, and when that was done."""
MARK = "restored"
"""In the head of an event that waited when its copy was made: it may have been worked on and told of since."""
_LOOKED_FOR_MS = 14 * 86_400_000
HARMLESS = frozenset({EffectKind.FLAG_LETTER.value, EffectKind.ENRICH.value, EffectKind.BACK_FILL.value})
"""Kinds that tell nobody anything: done twice they are as done once."""
_NEVER_HELD = HARMLESS | {EffectKind.NOTICE.value, EffectKind.SUMMARY.value}


@dataclass(frozen=True, slots=True)
class Gap:
    """The time of which nothing is known: from the copy to the restore. Letters of that time are read again."""

    since: Millis
    until: Millis

    def touches(self, head: dict[str, Any]) -> bool:
        """Whether an event of this head may have been told of already."""
        arrived = head.get("internal_date")
        return bool(head.get(MARK)) or (isinstance(arrived, int) and self.since <= arrived < self.until)


class Holding:
    """Parks claimed effects that may have been carried out before a restore. Asks nothing where none was made."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._gap: Gap | None = None
        self._known = False

    def free(self, connection: Connection, rows: Sequence[Row[Any]], now: Millis) -> list[Row[Any]]:
        """The rows that may be carried out; the others are parked in the claim's own transaction."""
        if not self._known:
            self._gap, self._known = _gap(connection), True
        gap = self._gap
        if gap is None or not rows or now > gap.until + _LOOKED_FOR_MS:
            return list(rows)
        asked = {row.id: _inquiry(row) for row in rows if row.error != RELEASED}
        doubtful = self._doubtful(connection, gap, {one for one in asked.values() if one})
        held = [row.id for row in rows if asked.get(row.id) in doubtful]
        if held:
            parked = {"state": EffectState.PARKED.value, "done_at": now, "error": HELD, "lease_by": ""}
            connection.execute(update(effect).where(effect.c.id.in_(held)).values(**parked))
        return [row for row in rows if row.id not in held]

    def _doubtful(self, connection: Connection, gap: Gap, inquiries: set[str]) -> set[str]:
        """Those whose events are of the gap, and of which no person has done anything since."""
        if not inquiries:
            return set()
        given = {"ids": sorted(inquiries)}
        with reading(self._store.journal) as journal:
            heads = journal.execute(
                select(raw.c.inquiry_id, raw.c.head).where(among(raw.c.inquiry_id, "ids")), given
            )
            found = {row.inquiry_id for row in heads if gap.touches(orjson.loads(row.head))}
        acted = select(audit.c.ident).where(among(audit.c.ident, "ids"))
        return found - set(connection.scalars(acted, given)) if found else found


def _gap(connection: Connection) -> Gap | None:
    kept = select(number.c.name, number.c.next).where(number.c.name.in_((COPIED, RESTORED)))
    told = {row.name: row.next for row in connection.execute(kept)}
    return Gap(told[COPIED], told[RESTORED]) if len(told) == 2 else None


def _inquiry(row: Row[Any]) -> str:
    """The inquiry that an effect tells of aloud; "" for one that cannot be told twice."""
    if row.kind in _NEVER_HELD:
        return ""
    payload = orjson.loads(row.payload)
    return "" if payload.get("ring") == "0" else str(payload.get("inquiry_id", ""))
