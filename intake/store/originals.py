"""The original of an inquiry: the raw event it began with, as the journal keeps it."""

from __future__ import annotations

import orjson
from sqlalchemy import select

from intake.inquiry import Raw
from intake.store.engine import Store, answering, reading
from intake.store.schema import raw


class SqlOriginals:
    """Reads originals from the journal. Methods block; they raise Unavailable."""

    def __init__(self, store: Store) -> None:
        self._journal = store.journal

    def first(self, inquiry_id: str) -> Raw | None:
        """The event the inquiry began with, None when it is no longer kept."""
        found = select(raw).where(raw.c.inquiry_id == inquiry_id).order_by(raw.c.seq).limit(1)
        with answering(), reading(self._journal) as connection:
            row = connection.execute(found).first()
        if row is None:
            return None
        return Raw(
            id=row.id,
            seq=row.seq,
            inquiry_id=row.inquiry_id,
            account=row.account,
            channel=row.channel,
            received_at=row.received_at,
            body=bytes(row.body),
            head=orjson.loads(row.head),
            external_id=row.external_id,
            group=row.grouping,
            part=row.part,
            history=row.history,
        )
