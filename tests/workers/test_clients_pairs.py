"""Two clients side by side: one, two, or later - asked by the likeliest, remembered, and taken back exactly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from intake.errors import Conflict, NotFound
from intake.store.base.listing import SqlListing
from tests.workers.office import ANNA, Office, opened
from tests.workers.test_clients_import import take_in, written
from tests.workers.test_clients_merge import rows
from workers.clients.duplicates import find_duplicates
from workers.clients.importing import Outcome

BASE = (
    "ID;ФИО;Телефон;Email\n"
    "1;Иван Петров;89162073155;i@example.org\n"
    "2;Петров Иван;89162073155;\n"
    "3;Мария Орлова;89031184207;\n"
    "4;Зоя Рыбина;89031184207;\n"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    """An office on either database, with two questions open."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    with opened(tmp_path, f'[store]\nurl = "{url}"\n' if url else "") as office:
        take_in(office, written(tmp_path, BASE))
        yield office


def asked(office: Office, **filters: str) -> list[dict[str, Any]]:
    """The questions that are open."""
    return list(office.reader.listing("suspects", filters, 50, "").items)


def say(office: Office, verb: str, pair: dict[str, Any]) -> None:
    """Answer one."""
    office.do(verb, pair["client"]["id"], what="client", client_id=pair["suspect"]["id"])


def test_pairs_stand_side_by_side_with_their_reasons(office: Office) -> None:
    """The likeliest first, both clients whole, the rules with their weights; a page at a time."""
    first, second = asked(office)
    assert (first["client"]["name"], first["suspect"]["name"]) == ("Петров Иван", "Иван Петров")
    assert {"rule": "name_full", "weight": 6.0} in first["reasons"]
    assert first["score"] > second["score"]
    assert first["suspect"]["persons"][0]["emails"] == ["i@example.org"]
    page = office.reader.listing("suspects", {}, 1, "")
    rest = office.reader.listing("suspects", {}, 1, page.next or "")
    assert [*page.items, *rest.items] == [first, second]
    assert rest.next is None
    assert asked(office, client=second["client"]["id"]) == [second]
    assert office.reader.listing("suspects", {}, 1, "nonsense").items == []


def test_f58_one_client_and_back(office: Office) -> None:
    """Joined, the question is gone; taken apart, every row is as it was, the question too."""
    pair = asked(office)[0]
    before = rows(office)
    say(office, "same", pair)
    assert [one["score"] for one in asked(office)] == [asked(office)[0]["score"]]
    merged = office.reader.one("client", pair["suspect"]["id"])
    assert merged
    assert {one["name"] for one in merged["persons"]} == {"Иван Петров", "Петров Иван"}
    say(office, "same", pair)
    office.do("unmerge", pair["suspect"]["id"], what="client", client_id=pair["client"]["id"])
    assert rows(office) == before


def test_two_clients_are_asked_about_no_more(office: Office, tmp_path: Path) -> None:
    """Not as a question, not as a duplicate, not by the next import; what one alone is known by tells them apart."""
    pair = asked(office)[1]
    say(office, "different", pair)
    assert [one["client"]["id"] for one in asked(office)] == [asked(office)[0]["client"]["id"]]
    assert len(asked(office)) == 1
    thresholds = office.instance.rules.thresholds
    found = find_duplicates(SqlListing(office.instance.store), 10, thresholds, lambda _: None)
    assert len(found) == 1
    assert take_in(office, written(tmp_path, BASE))[0].counts == {Outcome.UNCHANGED: 4}
    ident = office.comes(phone="+7 903 118-42-07", name=pair["client"]["name"])
    assert office.inquiry(ident)["decision"]["client_id"] == pair["client"]["id"]


def test_later_is_no_answer(office: Office) -> None:
    """The pair waits among those put off, and can be answered there."""
    pair = asked(office)[0]
    say(office, "later", pair)
    assert pair["client"]["id"] not in {one["client"]["id"] for one in asked(office)}
    (off,) = asked(office, answer="later")
    assert (off["client"]["id"], off["answered_by"]) == (pair["client"]["id"], ANNA.name)
    say(office, "different", off)
    assert asked(office, answer="later") == []


def test_what_is_no_pair_is_refused(office: Office) -> None:
    """Nobody, oneself, one who was merged meanwhile."""
    pair = asked(office)[0]
    for other, error in (("nobody", NotFound), ("", NotFound), (pair["client"]["id"], Conflict)):
        for verb in ("same", "different", "later"):
            with pytest.raises(error):
                office.do(verb, pair["client"]["id"], what="client", client_id=other)
    say(office, "same", pair)
    with pytest.raises(Conflict):
        say(office, "different", pair)
