"""A made-up client base of any size, put into the ledger set by set: names as they are spread, shared phones, deals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

import psycopg
from sqlalchemy import text

from dedup.diminutives import given_names
from dedup.keys import lookup_keys, name_keys
from dedup.names import read_name, surname_stems
from dedup.points import subject
from intake.inquiry import Sender
from intake.store.engine import Store

_FATHERS = (
    "Александрович Алексеевич Анатольевич Андреевич Борисович Васильевич Викторович Владимирович Григорьевич "
    "Дмитриевич Евгеньевич Иванович Игоревич Константинович Леонидович Максимович Михайлович Николаевич Олегович "
    "Павлович Петрович Романович Сергеевич Степанович Фёдорович Юрьевич"
)
_CONSONANTS, _MIDDLES = "бвгдзклмнпрстхчш", ("", "ар", "ен", "ош", "ул")
_ENDINGS = ("ов", "ев", "ин", "енко", "ский", "чук", "ян")
_CHUNK = 50_000
_FIRST_PHONE = 213_570_000
"""Behind +79: no placeholder in its shape."""
_POPULAR = (200, 20, 12)
"""Every third bears one of so many surnames, given names and patronymics."""
_SPREAD = 2_654_435_761
"""Knuth's multiplier: neighbouring numbers fall far apart."""


@dataclass(frozen=True)
class Part:
    """A word of a name and what it is in the keys."""

    word: str
    key: str


@cache
def _parts() -> tuple[list[Part], list[Part], list[Part]]:
    """Surnames, given names, patronymics."""
    surnames = [
        "".join((first, vowel, second, middle, end)).title()
        for middle in _MIDDLES
        for end in _ENDINGS
        for first in _CONSONANTS
        for vowel in "аеиоу"
        for second in _CONSONANTS
    ]
    men = [name for name in sorted(given_names().common) if given_names().gender[name] == "m"]
    whole = [Part(name, "") for name in men]
    givens = [
        Part(one.word.title(), min(reading.given))
        for one in whole
        for reading in [read_name(f"Петренко {one.word.title()} Иванович").first]
        if len(reading.given) == 1 and reading.father
    ]
    fathers = [Part(one, read_name(f"Петренко Иван {one}").first.father) for one in _FATHERS.split()]
    stems = [Part(one, surname_stems(read_name(f"{one} Иван Петрович").first)) for one in surnames]  # type: ignore[arg-type]  # unpacked below
    return [Part(one.word, one.key[0]) for one in stems if len(one.key) == 1], givens, fathers


@dataclass(frozen=True)
class Made:
    """A made-up person: the same number is the same person."""

    name: str
    phone: str
    email: str
    keys: tuple[str, ...]
    surname: str


def made(number: int) -> Made:
    """Every tenth shares a household's phone with the one before, every hundredth stands behind a switchboard."""
    parts = _parts()
    spread = number * _SPREAD & 0xFFFFFFFF
    if number % 3 == 0:
        parts = tuple(one[:: len(one) // most][:most] for one, most in zip(parts, _POPULAR, strict=True))  # type: ignore[assignment]  # three again
    surnames, givens, fathers = parts
    surname = surnames[spread % len(surnames)]
    given = givens[(spread >> 7) % len(givens)]
    father = fathers[(spread >> 16) % len(fathers)]
    phone = f"+79{_FIRST_PHONE + number:09}"
    if number % 100 == 0:
        phone = f"+7495{1_000_000 + number // 5_000:07}"
    elif number % 10 == 0:
        phone = f"+79{_FIRST_PHONE + number - 1:09}"
    email = f"u{number:09}@mail.ru"
    keys = (f"phone:{phone}", f"email:{email}", *name_keys(f"{given.key}|{father.key}", surname.key))
    return Made(f"{surname.word} {given.word} {father.word}", phone, email, keys, f"s:{surname.key}")


def check_keys() -> None:
    """The keys made here are those that the resolver asks for."""
    for number in range(1, 2_000):
        one = made(number)
        wanted = lookup_keys(subject(Sender(one.name, phones=(one.phone,), emails=(one.email,))))
        assert set(one.keys) == {*wanted.points, *wanted.blocking[:3]}, (one, wanted)


def client_id(number: int) -> str:
    """As long as a real one, and in the order of the numbers."""
    return f"c{number:035}"


def person_id(number: int) -> str:
    """Likewise."""
    return f"p{number:035}"


def seed_cards(store: Store, first: int, last: int) -> None:
    """Clients `first` to `last`, each with a person, a phone, a mailbox and the keys of the name."""
    check_keys()
    counts: Counter[str] = Counter()
    writer = _Postgres(store) if store.dialect == "postgresql" else _Sqlite(store)
    writer.begin()
    numbers = iter(range(first, last))
    while some := list(islice(numbers, _CHUNK)):
        people = [(number, made(number)) for number in some]
        counts.update(one.surname for _, one in people)
        writer.put("client", _clients(people))
        writer.put("person", ((person_id(n), client_id(n), one.name) for n, one in people))
        writer.put("holding", ((key, person_id(n), client_id(n)) for n, one in people for key in one.keys))
    writer.end()
    with store.ledger.begin() as connection:
        told = text(
            "INSERT INTO name_count VALUES (:token, :cards) ON CONFLICT (token) "
            "DO UPDATE SET cards = name_count.cards + excluded.cards"
        )
        connection.execute(told, [{"token": token, "cards": cards} for token, cards in counts.items()])
        connection.execute(text("UPDATE number SET next = :n WHERE name = 'cards'"), {"n": last})


def _clients(people: Sequence[tuple[int, Made]]) -> Iterator[tuple[Any, ...]]:
    for number, one in people:
        yield client_id(number), "person", one.name, "", f"m{number % 5}", "{}", 1_790_000_000_000, ""


class _Sqlite:
    """Rows as they come into tables in order; keys into a heap first, then in the order of the tree."""

    def __init__(self, store: Store) -> None:
        connection: Any = store.ledger.raw_connection()
        self._pooled, self._driver = connection, connection.driver_connection

    def begin(self) -> None:
        """One big transaction, without the index that would be written at random."""
        self._driver.execute("PRAGMA cache_size=-400000")
        self._driver.execute("BEGIN IMMEDIATE")
        self._driver.execute("DROP INDEX holding_person")
        self._driver.execute("CREATE TABLE heap (key TEXT, person_id TEXT, client_id TEXT)")

    def put(self, table: str, rows: Iterator[tuple[Any, ...]]) -> None:
        """Append."""
        listed = list(rows)
        into = "heap" if table == "holding" else table
        marks = ", ".join("?" * len(listed[0]))
        self._driver.executemany(f"INSERT INTO {into} VALUES ({marks})", listed)

    def end(self) -> None:
        """Keys in order, the index anew."""
        self._driver.execute("INSERT INTO holding SELECT * FROM heap ORDER BY key, person_id")
        self._driver.execute("DROP TABLE heap")
        self._driver.execute("CREATE INDEX holding_person ON holding (person_id)")
        self._driver.execute("COMMIT")
        self._driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._driver.execute("ANALYZE")
        self._pooled.invalidate()


class _Postgres:
    """COPY, the keys' trees anew afterwards."""

    def __init__(self, store: Store) -> None:
        url = store.ledger.url.set(drivername="postgresql")
        self._connection = psycopg.connect(url.render_as_string(hide_password=False))

    def begin(self) -> None:
        """One big transaction."""
        self._connection.execute("DROP INDEX holding_person")
        self._connection.execute("ALTER TABLE holding DROP CONSTRAINT holding_pkey")

    def put(self, table: str, rows: Iterator[tuple[Any, ...]]) -> None:
        """Append."""
        copying = psycopg.sql.SQL("COPY {} FROM STDIN").format(psycopg.sql.Identifier(table))
        with self._connection.cursor() as cursor, cursor.copy(copying) as copy:
            for row in rows:
                copy.write_row(row)

    def end(self) -> None:
        """The trees, the statistics."""
        self._connection.execute("SET maintenance_work_mem = '512MB'")
        self._connection.execute("ALTER TABLE holding ADD PRIMARY KEY (key, person_id)")
        self._connection.execute("CREATE INDEX holding_person ON holding (person_id)")
        self._connection.commit()
        self._connection.autocommit = True
        self._connection.execute("VACUUM ANALYZE")
        self._connection.close()
