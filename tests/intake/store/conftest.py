"""Each test of the store runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from intake.store.engine import Store, open_store
from intake.store.migrate import migrate
from intake.store.schema import journal_metadata, ledger_metadata, number
from tests.servers.postgres import PostgresServer


@pytest.fixture(scope="session")
def migrated_postgres(postgres_session: PostgresServer) -> str:
    """The address of a database of the newest schema: made once, for making one takes a second."""
    url = postgres_session.url(postgres_session.database())
    opened = open_store(url)
    migrate(opened)
    opened.close()
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database for this test."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return str(request.getfixturevalue("migrated_postgres"))


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store of the newest schema."""
    opened = open_store(store_url)
    if opened.dialect == "sqlite":
        migrate(opened)
    yield opened
    if opened.dialect == "postgresql":
        _empty(opened)
    opened.close()


def _empty(store: Store) -> None:
    with store.ledger.begin() as connection:
        for table in (*journal_metadata.tables.values(), *ledger_metadata.tables.values()):
            if table is not number:
                connection.execute(table.delete())
        connection.execute(update(number).where(number.c.name == "deal").values(next=1))
        connection.execute(update(number).where(number.c.name == "cards").values(next=0))
