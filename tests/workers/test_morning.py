"""The morning packet: what waits, once a day, by each manager's own clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest
from sqlalchemy import select

from intake.clock import from_datetime, iso
from intake.ports import Who
from intake.store.mornings import Mornings
from intake.store.outbox import SqlOutbox
from intake.store.schema import effect
from tests.workers.office import ANNA, Office, opened
from workers.bootstrap import Silence
from workers.clocking.morning import TellMorning

HEAD = Who("head", "head")


@pytest.fixture(params=["sqlite", "postgresql"])
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    """An office on either database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    with opened(tmp_path, f'[store]\nurl = "{url}"\n' if url else "") as office:
        yield office


def at(office: Office, moscow: str) -> int:
    """Move the clock there; the instant."""
    moment = from_datetime(datetime.fromisoformat(moscow).replace(tzinfo=ZoneInfo("Europe/Moscow")))
    office.clock.advance((moment - office.clock.now()) / 1000)
    return moment


def duty(office: Office, when: time | None = time(9)) -> TellMorning:
    """A clock that has just started."""
    store, rules = office.instance.store, office.instance.rules
    return TellMorning(Mornings(store), office.instance.ledger, SqlOutbox(store), Silence(), rules, when)


def told(office: Office) -> dict[str, dict[str, str]]:
    """Every packet in the outbox, by its key."""
    rows = select(effect.c.key, effect.c.payload).where(effect.c.key.like("morning:%"))
    with office.instance.store.ledger.connect() as connection:
        return {row.key: orjson.loads(row.payload) for row in connection.execute(rows)}


def test_the_packet_tells_what_is_overdue_what_is_due_and_what_has_no_task(office: Office) -> None:
    """The night's card untaken, its task overdue, today's with its time, the bare deal by its number."""
    at(office, "2026-11-22 23:00")
    late = office.comes()
    office.do("take", late)
    due = at(office, "2026-11-23 15:30")
    office.clock.advance(-17 * 3600)
    office.do("tasks", office.deal_of(late)["id"], what="deal", text="Счёт", due_at=iso(due) or "")
    bare = office.comes(phone="+7 916 000-00-01", name="Пётр Сидоров")
    office.do("assign", bare, owner="anna")
    (task,) = office.deal_of(bare)["tasks"]
    office.do("done", task["id"], what="task", result="ok")
    now = at(office, "2026-11-23 09:01")
    duty(office).run(now)

    packet = told(office)["morning:2026-11-23:anna"]
    assert packet["subject"] == "Доброе утро: не взято 1, задач 2, сделок без задачи 1"
    lines = packet["text"].split("\n")
    assert lines[0] == "Просрочено:"
    assert "Сегодня:" in lines
    assert "23.11 15:30 № 1 Счёт" in lines
    assert lines[-1].startswith("Без задачи: № 2.")
    assert packet["page"] == "/cards"


def test_it_is_told_once_a_day_however_often_the_clock_starts(office: Office) -> None:
    """Not before nine, not twice, not in the afternoon; the next day again."""
    at(office, "2026-11-23 08:00")
    office.comes()
    duty(office).run(at(office, "2026-11-23 08:59"))
    assert told(office) == {}
    for moment in ("2026-11-23 09:00", "2026-11-23 09:01", "2026-11-23 10:00"):
        duty(office).run(at(office, moment))
    assert list(told(office)) == ["morning:2026-11-23:anna"]
    duty(office).run(at(office, "2026-11-24 14:00"))
    assert len(told(office)) == 1
    duty(office).run(at(office, "2026-11-25 09:30"))
    assert len(told(office)) == 2


def test_nothing_waits_nothing_is_told_and_nobody_on_leave_is_disturbed(office: Office) -> None:
    """Nor does one who set it to never."""
    now = at(office, "2026-11-23 09:30")
    duty(office).run(now)
    office.comes()
    office.do("leave", "anna", HEAD, "manager", until="2026-12-01T00:00:00Z")
    duty(office).run(office.clock.now())
    assert told(office) == {}
    office.do("leave", "anna", ANNA, "manager")
    duty(office, None).run(office.clock.now())
    assert told(office) == {}
    duty(office).run(office.clock.now())
    assert list(told(office)) == ["morning:2026-11-23:anna"]
