"""Finding cards by the messages that show them, and what was written under them."""

from __future__ import annotations

import orjson
from sqlalchemy import select

from intake.store.card_views import SqlCardViews
from intake.store.engine import Store, answering, reading
from intake.store.schema import card, card_message, interaction
from intake.view import WrittenNote

_MARKS = ("", "repeat:")
"""What may stand before a message's id; a list names many cards and is none of them."""


class SqlShownCards(SqlCardViews):
    """Reads CardViews, and finds them. Raises Unavailable."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._store = store

    def card_of_message(self, manager: str, messenger: str, message_id: str) -> str:
        """The id of the manager's card that the message shows, "" for none."""
        found = (
            select(card.c.id)
            .join(card_message, card_message.c.card_id == card.c.id)
            .where(
                card.c.manager == manager,
                card_message.c.messenger == messenger,
                card_message.c.message_id.in_([mark + message_id for mark in _MARKS]),
            )
            .order_by(card.c.changed_at.desc())
            .limit(1)
        )
        with answering(), reading(self._store.ledger) as connection:
            return str(connection.execute(found).scalar() or "")

    def note(self, ident: str) -> WrittenNote | None:
        """The note of that id, None when there is none."""
        found = (
            select(interaction.c.text, interaction.c.actor, interaction.c.deal_id, card.c.inquiry_ids)
            .join(card, card.c.deal_id == interaction.c.deal_id)
            .where(interaction.c.id == ident, interaction.c.kind == "note")
            .order_by(card.c.created_at.desc())
            .limit(1)
        )
        with answering(), reading(self._store.ledger) as connection:
            row = connection.execute(found).first()
        if row is None:
            return None
        return WrittenNote(row.text, row.actor, row.deal_id, str(orjson.loads(row.inquiry_ids)[-1]))
