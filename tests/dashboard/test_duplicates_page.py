"""Clients who may be one, side by side: what differs is marked, the three answers are the commands of everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from dashboard.pages.duplicates import compared
from intake.store.schema import client as client_table
from tests.dashboard.conftest import Visitor
from tests.dashboard.house import House, ask_about

Sign = Callable[..., Visitor]


def two(house: House, ids: dict[str, str]) -> tuple[str, str]:
    """Two clients that are asked about."""
    with house.store.ledger.connect() as connection:
        others = connection.scalars(select(client_table.c.id).where(client_table.c.id != f"{ids['letter']}c"))
        pair = f"{ids['letter']}c", min(others)
    ask_about(house, *pair)
    return pair


async def test_both_stand_side_by_side(visitor: Sign, house: House, ids: dict[str, str]) -> None:
    """Names, contacts, owners; the rules in words; in Russian too."""
    mine, other = two(house, ids)
    status, page = await visitor("duty").get("/duplicates")
    assert status == 200
    assert 'class="apart"' in page
    assert "Сергей Орлов" in page
    assert "+74951234567" in page
    assert f'action="/duplicates/{mine}/same"' in page
    assert f'name="client_id" value="{other}"' in page
    assert "name_full" not in page


@pytest.mark.parametrize("verb", ["same", "different", "later"])
async def test_an_answer_is_a_command(visitor: Sign, house: House, ids: dict[str, str], verb: str) -> None:
    """Done as everybody does it, and back to the list."""
    mine, other = two(house, ids)
    status, where = await visitor("duty").post(f"/duplicates/{mine}/{verb}", client_id=other)
    assert (status, where) == (303, f"/duplicates?done={verb}")
    ((command, _),) = house.desk.asked
    assert (command.verb, command.what, command.ident, command.args) == (
        verb,
        "client",
        mine,
        {"client_id": other},
    )


async def test_f53_who_may_not_join_sees_no_pairs(visitor: Sign, house: House, ids: dict[str, str]) -> None:
    """Managers and observers: clients of others are not theirs to look at."""
    mine, other = two(house, ids)
    for role, manager in (("manager", "petrova"), ("observer", "")):
        someone = visitor(role, manager)
        assert (await someone.get("/duplicates"))[0] in (403, 404)
        assert (await someone.post(f"/duplicates/{mine}/same", client_id=other))[0] in (403, 404)
    assert house.desk.asked == []


async def test_nonsense_is_refused(visitor: Sign, house: House, ids: dict[str, str]) -> None:
    """An id that is none, a verb that is none, a cursor that is none."""
    mine, _ = two(house, ids)
    someone = visitor("duty")
    assert (await someone.post(f"/duplicates/{mine}/same", client_id="<b>"))[0] == 404
    assert (await someone.post(f"/duplicates/{mine}/eat", client_id=mine))[0] == 404
    assert (await someone.get("/duplicates?after=~~&later=1"))[0] == 200
    assert house.desk.asked == []


def test_rows_tell_what_is_equal_shared_and_apart() -> None:
    """Empty on both sides: no row."""

    def card(name: str, phones: list[str], owner: str = "") -> dict[str, Any]:
        person = {"id": "p", "name": name, "phones": phones, "emails": [], "handles": {}}
        return {"id": "c", "name": name, "inn": "", "owner": owner, "persons": [person], "outside_ids": {}}

    rows = compared(card("Иван", ["+71", "+72"], "anna"), card("Мария", ["+72"], "anna"), {"anna": "Анна"})
    assert {label: how for label, _, _, how in rows} == {
        "Name": "apart",
        "People": "apart",
        "Phones": "shared",
        "Owner": "equal",
    }
    assert next(mine for label, mine, _, _ in rows if label == "Owner") == ["Анна"]
