"""Calls that go on are found at once, so that one whose end never came can be closed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_RINGING = sa.text("kind = 'call' AND text = 'ringing'")


def upgrade() -> None:
    op.create_index(
        "interaction_ringing",
        "interaction",
        ["at"],
        unique=False,
        postgresql_where=_RINGING,
        sqlite_where=_RINGING,
    )
