"""Alarms and channels on the pages and in the API: what needs a hand, check now, read again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from dashboard.parts import Readiness
from intake.alarm import Finding, Level, Rule
from intake.store.alarms import SqlAlarms
from tests.dashboard.conftest import Visitor
from tests.dashboard.house import ADMIN_TOKEN, House
from workers.web.alarmed import OpenAlarms

Client = TestClient[Any, Any]
Sign = Callable[..., Visitor]
BEARER = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
PREVIEW = {
    "preview": True,
    "complete": True,
    "listed": 12,
    "here": 9,
    "left": 0,
    "taken": 3,
    "history": 0,
    "before": "skip",
}


@pytest.fixture
def alarmed(house: House) -> str:
    """A house with a silent form and a mailbox that does not work; the graver alarm's id."""
    silent = Finding(Rule.SILENT, "site", Level.WARN, {"minutes": 47}, 9)
    fault = Finding(Rule.LOCKED, "sales-mail", Level.BAD, {"why": "пароль <b>не</b> подходит"})
    told = SqlAlarms(house.store).fold([silent, fault], house.clock.now(), lambda alarm: [])
    house.tell("notify:telegram", "ok")
    return next(one.id for one in told if one.rule is Rule.LOCKED)


async def test_alarms_stand_on_top_the_gravest_first(visitor: Sign, alarmed: str) -> None:
    """With their cause, effect and first step, in the reader's language; the house's own parts are told too."""
    status, page = await visitor("duty").get("/")
    assert status == 200
    assert page.index("не впускает нас") < page.index("молчит 47 мин")
    assert "&lt;b&gt;не" in page
    assert "notify:telegram" in page
    status, page = await visitor("observer").get("/alarms")
    assert (status, "Пошлите туда пробное обращение" in page) == (200, True)
    assert "/mute" not in page
    assert alarmed


async def test_an_alarm_is_muted_by_duty_alone(visitor: Sign, house: House, alarmed: str) -> None:
    """The choice is the page's; the same use case as the API's."""
    duty = visitor("duty")
    assert await duty.post(f"/alarms/{alarmed}/mute", minutes="240") == (303, "/alarms?done=mute")
    ((command, _),) = house.desk.asked
    assert (command.verb, command.what, command.ident, command.args) == (
        "mute",
        "alarm",
        alarmed,
        {"minutes": "240"},
    )
    assert (await visitor("observer").post(f"/alarms/{alarmed}/mute", minutes="240"))[0] == 403


async def test_the_api_tells_alarms_as_the_pages_do(client: Client, house: House, alarmed: str) -> None:
    """Open ones; with `since` those that ended, too. An observer may look, a manager may not."""
    answer = await client.get("/api/v1/alarms", headers=BEARER)
    items = (await answer.json())["items"]
    assert {one["rule"] for one in items} == {"silent", "locked"}
    assert next(one for one in items if one["id"] == alarmed)["requests"] == 0
    SqlAlarms(house.store).fold([], house.clock.now(), lambda alarm: [])
    answer = await client.get("/api/v1/alarms", headers=BEARER)
    assert (await answer.json())["items"] == []
    answer = await client.get("/api/v1/alarms?since=2020-01-01T00:00:00Z", headers=BEARER)
    assert len((await answer.json())["items"]) == 2
    token = house.token("manager", "petrova")
    answer = await client.get("/api/v1/alarms", headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 403


async def test_a_channel_tells_its_health(client: Client, house: House, alarmed: str) -> None:
    """Its state and since when, the next try, what ends when, its alarms; and what is no channel apart."""
    now = house.clock.now()
    detail = f'{{"next_attempt": {now + 1000}, "expires": {{"certificate": {now + 86_400_000}}}}}'
    house.tell("sales-mail", "fault", "нет ответа", detail=detail, since=now - 1000)
    answer = await client.get("/api/v1/channels", headers=BEARER)
    told = await answer.json()
    channels = {one["account"]: one for one in told["items"]}
    mail, site = channels["sales-mail"], channels["site"]
    assert (mail["state"], mail["alarms"]) == ("error", ["locked"])
    assert mail["since"] < mail["at"] < mail["next_attempt"] < mail["expires"]["certificate"]
    assert (site["state"], site["alarms"], site["since"]) == ("silent", ["silent"], None)
    assert [one["name"] for one in told["internal"]] == ["notify:telegram"]
    assert alarmed


async def test_check_now_shows_what_the_source_said(visitor: Sign, house: House, alarmed: str) -> None:
    """On the channel's own page; whoever may only look has no such button."""
    house.outside.answer = {"works": False, "said": "пароль не подходит", "backlog": None, "expires": {}}
    status, page = await visitor("duty").post("/channels/sales-mail/probe")
    assert status == 200
    assert "Не работает: пароль не подходит" in page
    assert [one.verb for one, _ in house.outside.asked] == ["probe"]
    status, page = await visitor("observer").get("/channels/sales-mail")
    assert (status, "/probe" in page, "/backfill" in page) == (200, False, False)
    assert (await visitor("duty").get("/channels/nothing"))[0] == 404
    assert alarmed


async def test_reading_again_is_counted_before_it_is_ordered(visitor: Sign, house: House, ids: Any) -> None:
    """The first press counts, the second one orders; the day is one of the company's zone."""
    house.outside.answer = PREVIEW
    duty = visitor("duty")
    status, page = await duty.post("/channels/sales-mail/backfill", since="2026-11-20", before="history")
    assert status == 200
    assert "будет принято: 3" in page
    assert 'name="confirm" value="1"' in page
    done = await duty.post("/channels/sales-mail/backfill", since="2026-11-20", before="skip", confirm="1")
    assert done == (303, "/channels/sales-mail?done=backfill")
    first, second = (command.args for command, _ in house.outside.asked)
    assert first == {"since": "2026-11-19T21:00:00.000Z", "before": "history", "preview": "1"}
    assert second["preview"] == ""
    assert (await duty.post("/channels/sales-mail/backfill", since="gestern"))[0] == 409
    assert ids


async def test_the_api_asks_sources(client: Client, house: House) -> None:
    """`probe` and `backfill` by duty; a date is wanted."""
    house.outside.answer = {"works": True, "said": "signed in", "backlog": 0, "expires": {}, "at": "x"}
    answer = await client.post("/api/v1/channels/sales-mail/probe", headers=BEARER)
    assert (answer.status, (await answer.json())["said"]) == (200, "signed in")
    answer = await client.post("/api/v1/channels/sales-mail/backfill", headers=BEARER, json={})
    assert answer.status == 400
    token = house.token("observer")
    denied = {"Authorization": f"Bearer {token}"}
    assert (await client.post("/api/v1/channels/sales-mail/probe", headers=denied)).status == 403


async def test_all_is_not_well_while_an_alarm_is_open(visitor: Sign, client: Client, house: House) -> None:
    """The verdict is the gravest alarm's when it would else be good; machines are told, too."""
    queue = Finding(Rule.QUEUE, "", Level.WARN)
    SqlAlarms(house.store).fold([queue], house.clock.now(), lambda alarm: [])
    _, page = await visitor("duty").get("/overview")
    assert '<section class="verdict warn"' in page
    assert page.count("Сервер очереди не отвечает") == 2
    text = await (await client.get("/metrics", headers=BEARER)).text()
    assert 'lead_intake_alarm{level="warn",rule="queue",subject=""} 1.0' in text


async def test_readyz_lists_open_alarms(house: House) -> None:
    """They take nothing out of service."""
    app = house.app(readiness=Readiness(True, ("spooled",), ("Сервер очереди не отвечает",)))
    async with TestClient(TestServer(app)) as machine:
        answer = await machine.get("/readyz")
        assert answer.status == 200
        told = await answer.json()
    assert told == {"ready": True, "faults": ["spooled", "Сервер очереди не отвечает"]}


def test_open_alarms_are_read_beside_the_answers(house: House) -> None:
    """In the company's language; while the database is away, those of the last time."""
    with ThreadPoolExecutor(1) as executor:
        alarms = OpenAlarms(house.store, "ru", executor)
        assert alarms.told == ()
        SqlAlarms(house.store).fold([Finding(Rule.QUEUE)], house.clock.now(), lambda alarm: [])
        alarms.read()
        assert alarms.told == ("Сервер очереди не отвечает",)
        with house.store.ledger.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE alarm RENAME TO gone")
        alarms.read()
        assert alarms.told == ("Сервер очереди не отвечает",)
