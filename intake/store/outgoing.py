"""What is needed to write to a client or to ask about one: inquiries as they stand, and the words of our messages."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from intake.decision import Decision
from intake.inquiry import Inquiry
from intake.store.engine import Store, answering, reading
from intake.store.rows import inquiry_of
from intake.store.schema import inquiry, interaction
from intake.store.sql import among

_INQUIRIES = select(inquiry).where(among(inquiry.c.id, "ids"))


class SqlOutgoing:
    """Reads the ledger for the relay's errands. Methods block; they raise Unavailable."""

    def __init__(self, store: Store) -> None:
        self._ledger = store.ledger

    def inquiries(self, ids: Sequence[str]) -> dict[str, tuple[Inquiry, Decision]]:
        """The inquiries of these ids with what was decided of them; those that are not there are left out."""
        with answering(), reading(self._ledger) as connection:
            return {row.id: inquiry_of(row) for row in connection.execute(_INQUIRIES, {"ids": list(ids)})}

    def words(self, ident: str) -> str:
        """The words of an interaction; "" when it is not there, or its client was erased."""
        with answering(), reading(self._ledger) as connection:
            return connection.scalar(select(interaction.c.text).where(interaction.c.id == ident)) or ""
