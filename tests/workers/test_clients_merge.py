"""Two clients become one and are taken apart again - through the one table of verbs, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from intake.errors import Conflict, NotFound
from intake.store.schema import ledger_metadata
from tests.workers.office import Office, opened


@pytest.fixture(params=["sqlite", "postgresql"])
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    """An office on either database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    with opened(tmp_path, f'[store]\nurl = "{url}"\n' if url else "") as office:
        yield office


def client_of(office: Office, inquiry: str) -> str:
    """The client an inquiry is known to be from."""
    return str(office.inquiry(inquiry)["decision"]["client_id"])


def rows(office: Office) -> dict[str, Any]:
    """Every row of the ledger but the records of what was done; a card's version only ever rises."""
    told: dict[str, Any] = {}
    with office.instance.store.ledger.connect() as connection:
        for table in ledger_metadata.sorted_tables:
            if table.name in ("audit", "effect", "merge"):
                continue
            columns = [one for one in table.c if one.name not in ("version", "changed_at")]
            told[table.name] = sorted(map(repr, connection.execute(select(*columns)).all()))
    return told


def test_all_that_was_the_others_is_this_ones(office: Office) -> None:
    """People with their contacts, deals, inquiries and cards move; the next inquiry comes to the winner."""
    first = office.comes(phone="+7 916 207-31-55", name="Иван Петров")
    second = office.comes(phone="+7 903 118-42-07", name="Мария Орлова")
    winner, loser = client_of(office, first), client_of(office, second)

    told = office.do("merge", winner, what="client", client_id=loser)

    assert {one["name"] for one in told["persons"]} == {"Иван Петров", "Мария Орлова"}
    assert office.deal_of(second)["client_id"] == winner
    assert client_of(office, second) == winner
    third = office.comes(phone="+7 903 118-42-07", name="Мария Орлова")
    assert client_of(office, third) == winner
    assert (office.reader.one("client", loser) or {})["merged_into"] == winner


def test_a_merge_is_done_once(office: Office) -> None:
    """Again it changes nothing; into itself, from nowhere or of one that is gone it is refused."""
    first, second = office.comes(), office.comes(phone="+7 903 118-42-07", name="Мария Орлова")
    winner, loser = client_of(office, first), client_of(office, second)
    office.do("merge", winner, what="client", client_id=loser)
    before = rows(office)
    office.do("merge", winner, what="client", client_id=loser)
    assert rows(office) == before
    for ident, other, error in (
        (winner, winner, Conflict),
        (winner, "nobody", NotFound),
        (winner, "", NotFound),
        (loser, winner, Conflict),
    ):
        with pytest.raises(error):
            office.do("merge", ident, what="client", client_id=other)
    with pytest.raises(Conflict):
        office.do("unmerge", loser, what="client", client_id=winner)


def test_what_came_after_a_merge_goes_with_its_person(office: Office) -> None:
    """Taken apart, each has its own inquiries, those that came in between too."""
    first = office.comes()
    second = office.comes(phone="+7 903 118-42-07", name="Мария Орлова")
    winner, loser = client_of(office, first), client_of(office, second)
    office.do("merge", winner, what="client", client_id=loser)
    office.do("won", office.deal_of(second)["id"], what="deal", amount="1")
    office.do("won", office.deal_of(first)["id"], what="deal", amount="1")
    third = office.comes(phone="+7 903 118-42-07", name="Мария Орлова")

    office.do("unmerge", winner, what="client", client_id=loser)

    assert client_of(office, third) == loser
    assert client_of(office, first) == winner
    assert office.deal_of(third)["client_id"] == loser


def test_the_suspect_who_is_the_one_gets_the_whole_client(office: Office) -> None:
    """«It is him»: the client that was born of the inquiry alone is merged, and can be taken out again."""
    first = office.comes(name="Иван Петров")
    second = office.comes(name="Мария Орлова")
    born, suspect = client_of(office, second), client_of(office, first)
    office.do("same", second)

    assert client_of(office, second) == suspect
    told = office.reader.one("client", suspect)
    assert told
    assert {one["name"] for one in told["persons"]} == {"Иван Петров", "Мария Орлова"}
    office.do("unmerge", suspect, what="client", client_id=born)
    assert client_of(office, second) == born
    assert office.deal_of(second)["client_id"] == born


_PHONES = ("+7 916 207-31-55", "+7 903 118-42-07", "+7 905 771-20-18")
_NAMES = ("Иван Петров", "Мария Орлова", "Сергей Юдин", "")
_ACTS = st.tuples(
    st.sampled_from(("site", "tray")),
    st.sampled_from(_PHONES),
    st.sampled_from(_NAMES),
    st.sampled_from(("", "same", "different", "take")),
)


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(_ACTS, min_size=2, max_size=6), st.data())
def test_f58_merge_and_unmerge_restore_every_row(
    office: Office, acts: list[tuple[str, str, str, str]], data: st.DataObject
) -> None:
    """Whatever came before: messages, owners, answers and counters are as they were."""
    for account, phone, name, act in acts:
        ident = office.comes(account, phone, name)
        if act == "take" or (act and office.inquiry(ident)["decision"]["candidates"]):
            try:
                office.do(act, ident)
            except Conflict:
                continue
    known = sorted({one["client_id"] for one in office.reader.listing("deals", {}, 500, "").items})
    if len(known) < 2:
        return
    winner, loser = data.draw(st.permutations(known))[:2]
    before = rows(office)

    office.do("merge", winner, what="client", client_id=loser)
    assert office.closes()
    office.do("unmerge", winner, what="client", client_id=loser)

    assert rows(office) == before
