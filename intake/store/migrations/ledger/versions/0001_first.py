"""The first schema of the ledger."""

from alembic import op

from intake.store.schema import ledger_metadata, number

revision = "0001"
down_revision = None


def upgrade() -> None:
    ledger_metadata.create_all(op.get_bind())
    # the turnstile must stand before the first worker comes: see intake.store.snapshot.lock
    op.bulk_insert(number, [{"name": "deal", "next": 1}, {"name": "cards", "next": 0}])
