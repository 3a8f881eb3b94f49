"""The first schema of the journal."""

from alembic import op

from intake.store.schema import journal_metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    journal_metadata.create_all(op.get_bind())
