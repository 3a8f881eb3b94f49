"""Alembic's entry for the ledger: runs on the connection it is given."""

from alembic import context

from intake.store.schema import ledger_metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=ledger_metadata,
    version_table="ledger_version",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
