"""The page of a day: its numbers lead to lists of that length, where one press makes an inquiry after all."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape

from intake.decision import Decision
from intake.inquiry import Kind, Sender, State
from tests.dashboard.conftest import Client, Visitor
from tests.dashboard.house import ADMIN_TOKEN, House

Sign = Callable[..., Visitor]


def put_away(house: House, state: State, reason: str, count: int = 1) -> str:
    """So many inquiries in that state; the last one's id."""
    for _ in range(count):
        one = house.inquiry("site", Kind.FORM, Sender("Иван"), "текст")
        house.decide(one, Decision(one.id, state, reason))
    return one.id


async def test_every_number_of_the_day_is_the_length_of_its_list(
    visitor: Sign, house: House, ids: dict[str, str]
) -> None:
    """The states' numbers, the reasons' and the sources' alike."""
    put_away(house, State.IGNORED, "bounce", 3)
    put_away(house, State.IGNORED, "list", 2)
    put_away(house, State.REJECTED, "spam")
    someone = visitor("head", "petrova")
    _, page = await someone.get("/digest")
    links = re.findall(r'href="(/inquiries\?[^"]+)"[^>]*>(?:<b class="num"[^>]*>(\d+)<|)', page)
    rows = re.findall(r'<a href="(/inquiries\?[^"]+)">[^<]*</a></th><td class="r num">(\d+)<', page)
    counted = [(link, n) for link, n in links if n] + rows
    assert len(counted) > 10
    for link, n in counted:
        _, listed = await someone.get(unescape(link))
        assert listed.count('class="row"') == int(n), link


async def test_one_press_makes_an_inquiry_after_all(visitor: Sign, house: House) -> None:
    """In the list of what was put away each row has the button; it comes back to the same list."""
    ident = put_away(house, State.IGNORED, "bounce")
    day = datetime.fromtimestamp(house.clock.now() / 1000, UTC).date()
    path = f"/inquiries?state=ignored&day={day}&reason=bounce"
    someone = visitor("head", "petrova")
    _, page = await someone.get(path)
    assert f'action="/inquiries/{ident}/accept"' in page
    status, where = await someone.post(f"/inquiries/{ident}/accept", back=path)
    assert (status, where.startswith(path)) == (303, True)
    [(command, who)] = house.desk.asked
    assert (command.verb, command.ident, who.manager) == ("accept", ident, "petrova")
    _, seen = await visitor("observer").get(path)
    assert "/accept" not in seen


async def test_a_list_of_a_day_and_a_reason_by_api(client: Client, house: House) -> None:
    """The same filters; a day that is none is refused."""
    put_away(house, State.IGNORED, "bounce", 2)
    put_away(house, State.IGNORED, "list")
    day = datetime.fromtimestamp(house.clock.now() / 1000, UTC).date()
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}

    async def listed(query: str) -> int:
        answer = await client.get(f"/api/v1/inquiries?{query}", headers=headers)
        return len((await answer.json())["items"]) if answer.status == 200 else -answer.status

    assert await listed(f"day={day}&state=ignored") == 3
    assert await listed(f"day={day}&state=ignored&reason=bounce") == 2
    assert await listed("day=2001-01-01") == 0
    assert await listed("day=yesterday") == -400


async def test_days_that_are_none_and_managers(visitor: Sign, house: House) -> None:
    """A day that is none, or still to come, is today; a manager is sent to their cards."""
    someone = visitor("observer")
    for day in ("2026-13-45", "0001-01-01", "9999-12-31", "%00", "x" * 500):
        status, _ = await someone.get(f"/digest?day={day}")
        assert status == 200, day
    status, _ = await visitor("manager", "petrova").get("/digest")
    assert status == 303
