"""The schema's versions: bringing the databases to the newest, and refusing to work on an older one."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from intake.errors import SchemaTooOld
from intake.store.engine import Store, explain, reading

_HERE = Path(__file__).parent / "migrations"


def migrate(store: Store) -> None:
    """Bring journal and ledger to the newest schema; does nothing when they are. Raises Unavailable."""
    for which, engine in _parts(store):
        try:
            with engine.begin() as connection:
                if engine.dialect.name == "postgresql":
                    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7233182)")
                upgrade(connection, which, "head")
        except DBAPIError as error:
            raise explain(error) from error


def upgrade(connection: Connection, which: str, revision: str) -> None:
    """Bring one schema (`journal` or `ledger`) up to a revision, in the connection's own transaction."""
    config = Config()
    config.set_main_option("script_location", str(_HERE / which))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def scripts(which: str) -> ScriptDirectory:
    """The revisions of one schema that this program knows."""
    return ScriptDirectory(str(_HERE / which))


def require_newest(store: Store) -> None:
    """Raises SchemaTooOld, naming the mend, unless both schemas are the newest, and Unavailable."""
    for which, engine in _parts(store):
        newest = scripts(which).get_current_head()
        try:
            with reading(engine) as connection:
                context = MigrationContext.configure(connection, opts={"version_table": f"{which}_version"})
                found = context.get_current_revision()
        except DBAPIError as error:
            raise explain(error) from error
        if found != newest:
            raise SchemaTooOld(
                f"the {which} has schema {found or 'none'}, this program needs {newest}: run `lead-intake migrate`"
            )


def _parts(store: Store) -> tuple[tuple[str, Engine], ...]:
    return (("journal", store.journal), ("ledger", store.ledger))
