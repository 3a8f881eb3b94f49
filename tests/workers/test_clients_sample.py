"""The labelled sample taken in as a base: nobody is joined with somebody else, with ids and without."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from contextlib import suppress
from itertools import combinations
from pathlib import Path

import orjson
from sqlalchemy import select

from intake.account import Company
from intake.store.schema import origin, suspect
from tests.workers.office import opened
from tests.workers.test_clients_import import take_in
from workers.clients.entries import TooLittle, read_entry
from workers.clients.importer import open_file
from workers.clients.importing import Outcome

SAMPLE = Path(__file__).parents[1] / "dedup" / "sample"


def cards() -> list[dict[str, str]]:
    """The sample's cards."""
    with gzip.open(SAMPLE / "clients.jsonl.gz", "rt", encoding="utf-8") as source:
        return [orjson.loads(line) for line in source]


def twins() -> set[frozenset[str]]:
    """Pairs of cards that are one person's, as the sample is labelled: a card without a label is its own person's."""
    with gzip.open(SAMPLE / "persons.csv.gz", "rt", encoding="utf-8") as source:
        labelled = {row["client_id"]: row["person_id"] for row in csv.DictReader(source)}
    whose: defaultdict[str, list[str]] = defaultdict(list)
    for card in cards():
        whose[labelled.get(card["client_id"], f"p{card['client_id'][1:]}")].append(card["client_id"])
    return {frozenset(pair) for group in whose.values() for pair in combinations(group, 2)}


def test_every_card_with_an_id_is_a_client_of_its_own(tmp_path: Path) -> None:
    """However alike: what the resolver would join is a question to a person; the second night changes nothing."""
    with opened(tmp_path) as office:
        path = SAMPLE / "clients.jsonl.gz"
        summary, rows = take_in(office, path)
        assert summary.counts == Counter({Outcome.ADDED: len(cards())})
        assert len({row[2] for row in rows}) == len(rows)
        assert take_in(office, path)[0].counts == Counter({Outcome.UNCHANGED: len(rows)})

        made = {row[2]: card["client_id"] for row, card in zip(rows, cards(), strict=True)}
        with office.instance.store.ledger.connect() as connection:
            rows_asked = connection.execute(select(suspect)).all()
    asked = {frozenset((made[one.client_id], made[one.suspect_id])) for one in rows_asked}
    assert twins()
    assert twins() - asked == set()


def test_rows_without_ids_join_nobody_with_a_stranger(tmp_path: Path) -> None:
    """No person of the base is two people of the sample."""
    path = tmp_path / "base.jsonl"
    listed = cards()
    path.write_bytes(b"\n".join(orjson.dumps(one | {"client_id": None}) for one in listed))
    opened_file = open_file(path, "RU", {})
    ident_of = {}
    for line in opened_file.rows:
        with suppress(TooLittle):
            ident_of[read_entry(line, opened_file.columns, "crm", Company()).ident] = listed[line.place - 1]
    with opened(tmp_path) as office:
        summary, _ = take_in(office, path)
        with office.instance.store.ledger.connect() as connection:
            rows = connection.execute(select(origin.c.ident, origin.c.person_id)).all()
    made_of: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        made_of[row.person_id].append(ident_of[row.ident]["client_id"])
    joined = {frozenset(pair) for cards_of in made_of.values() for pair in combinations(cards_of, 2)}
    assert summary.counts[Outcome.JOINED] > 0
    assert joined
    assert joined - twins() == set()
