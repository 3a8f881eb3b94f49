"""The first schema of the ledger."""

from alembic import op

from intake.store.schema import ledger_metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    ledger_metadata.create_all(op.get_bind())
