"""Since when a source is in the state it is in."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("health", sa.Column("since", sa.BigInteger(), nullable=True))
