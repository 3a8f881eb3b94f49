"""Why somebody was asked about; the open questions by their likelihood."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("suspect", sa.Column("reasons", sa.Text(), nullable=False, server_default="[]"))
    op.create_index(
        "suspect_open",
        "suspect",
        ["score", "client_id", "suspect_id"],
        unique=False,
        postgresql_where=sa.text("answer = ''"),
        sqlite_where=sa.text("answer = ''"),
    )
