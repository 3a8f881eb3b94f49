"""The head's page and its API: every period answers, in both languages, to those who lead alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.dashboard.conftest import Client, Visitor
from tests.dashboard.house import ADMIN_TOKEN, House

Sign = Callable[..., Visitor]


@pytest.mark.parametrize("period", ["day", "week", "month", "year"])
async def test_every_period_has_a_page(visitor: Sign, ids: dict[str, str], period: str) -> None:
    """With the managers' names and the figures of who took what."""
    status, page = await visitor("head", "petrova").get(f"/reports?period={period}&day=2026-09-21")
    assert status == 200
    assert "Анна Петрова" in page
    assert "Пётр Сидоров" in page


async def test_managers_and_observers_do_not_see_it(visitor: Sign, ids: dict[str, str]) -> None:
    """What a colleague did is for those who lead."""
    assert (await visitor("manager", "petrova").get("/reports"))[0] in (303, 403)
    assert (await visitor("observer").get("/reports"))[0] == 403


async def test_the_api_tells_the_same(client: Client, house: House, ids: dict[str, str]) -> None:
    """Speed by each group sums up to all; a word that is none is refused."""
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}

    async def ask(path: str) -> tuple[int, dict[str, object]]:
        answer = await client.get(f"/api/v1/reports/{path}", headers=headers)
        return answer.status, await answer.json()

    for by in ("manager", "account", "channel", "source", "hour"):
        status, told = await ask(f"speed?period=day&by={by}")
        assert status == 200
        assert sum(one["count"] for one in told["groups"]) == told["all"]["count"] > 5  # type: ignore[index,attr-defined,operator]  # JSON
    status, told = await ask("managers?period=week")
    assert status == 200
    assert {one["manager"] for one in told["items"]} == {"petrova", "sidorov"}  # type: ignore[index,attr-defined]  # JSON
    assert (await ask("speed?period=year"))[0] == 400
    assert (await ask("speed?day=yesterday"))[0] == 400
