"""The migrations make what the code works with; an older schema is refused with its mend."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, select, text

from dedup.keys import index_keys, is_full_name
from dedup.known import KnownCard
from intake.errors import SchemaTooOld
from intake.store.engine import Store, open_store
from intake.store.migrate import migrate, require_newest
from intake.store.schema import holding, journal_metadata, ledger_metadata, number

_NAMES = (
    "Юн Олег Ильич",
    "Ким Олег Ильич",
    "Орлов Иван Петрович",
    "Иванов Иван Петрович",
    "Сидоров Иван Петрович",
    "Кузнецов Иван Петрович",
    "Рождественский Иван Петрович",
)


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Databases without any table."""
    url = f"sqlite:///{tmp_path_factory.mktemp('store')}/ledger.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    store = open_store(url)
    yield store
    store.close()


def test_the_migrations_end_in_the_schema_of_the_code(bare: Store) -> None:
    """Column by column, index by index; what is added to the one must be added to the other."""
    migrate(bare)
    theirs = {table for metadata in (journal_metadata, ledger_metadata) for table in metadata.tables}
    for metadata, engine in ((journal_metadata, bare.journal), (ledger_metadata, bare.ledger)):
        with engine.connect() as connection:
            differences = compare_metadata(MigrationContext.configure(connection), metadata)
        # on PostgreSQL both parts live in one database: the other part's tables are no difference
        told = [one for one in differences if not _of_the_other_part(one, metadata, theirs)]
        assert told == []


def _of_the_other_part(difference: object, metadata: MetaData, known: set[str]) -> bool:
    if not isinstance(difference, tuple) or difference[0] not in ("remove_table", "remove_index"):
        return False
    subject = difference[1]
    name = subject.name if difference[0] == "remove_table" else subject.table.name
    return name not in metadata.tables and (name in known or name.endswith("_version"))


def test_migrating_twice_changes_nothing(bare: Store) -> None:
    """The turnstile stands from the first time on."""
    migrate(bare)
    migrate(bare)
    require_newest(bare)
    with bare.ledger.connect() as connection:
        counters = {row.name: row.next for row in connection.execute(select(number))}
    assert counters == {"deal": 1, "cards": 0}


def test_an_empty_database_is_refused_with_the_mend(bare: Store) -> None:
    """The message names the command."""
    with pytest.raises(SchemaTooOld, match="lead-intake migrate"):
        require_newest(bare)


def test_the_keys_of_names_are_brought_side_by_side(bare: Store) -> None:
    """As the resolver writes them now; other keys stay as they are."""
    migrate(bare)
    told = import_module("intake.store.migrations.ledger.versions.0003_holdings")
    cards = [KnownCard("c", f"p{n}", name) for n, name in enumerate(_NAMES)]
    made = {(key, card.person_id) for card in cards for key in index_keys(card)}
    whole = {(key, person_id) for key, person_id in made if is_full_name(key)}
    before = {*whole, ("name<:ivan|petr|iv", "p0"), ("name:ivan|petr|>nov", "p0"), ("email:a|b@c.ru", "p0")}
    assert len(made) == 3 * len(_NAMES)
    with bare.ledger.begin() as connection:
        connection.execute(
            holding.insert(), [{"key": key, "person_id": who, "client_id": "c"} for key, who in before]
        )
        for _ in range(2):
            for statement in told.statements(bare.dialect):
                connection.execute(text(statement.replace(":", "\\:")))
        after = {tuple(row) for row in connection.execute(select(holding.c.key, holding.c.person_id))}
    assert after == {*made, ("email:a|b@c.ru", "p0")}
