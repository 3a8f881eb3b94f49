"""Alembic's entry for the journal: runs on the connection it is given."""

from alembic import context

from intake.store.schema import journal_metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=journal_metadata,
    version_table="journal_version",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
