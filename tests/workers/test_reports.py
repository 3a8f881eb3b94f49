"""Reports over a real ledger: what was shown, taken, answered, done - as it happened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from intake.clock import from_datetime, iso
from tests.workers.office import ANNA, BORIS, Office, opened

MOSCOW = ZoneInfo("Europe/Moscow")
DAY = date(2026, 11, 23)


@pytest.fixture(params=["sqlite", "postgresql"])
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    """An office on either database, on a Monday at ten."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    with opened(tmp_path, f'[store]\nurl = "{url}"\n' if url else "") as office:
        at = from_datetime(datetime(2026, 11, 23, 10, 0, tzinfo=MOSCOW))
        office.clock.advance((at - office.clock.now()) / 1000)
        yield office


def test_a_day_of_two_managers(office: Office) -> None:
    """Anna takes in two minutes and answers in four; Boris takes too late, has a repeat and an overdue task."""
    asked = office.letter("Сколько стоит?", From="Иван <ivan@example.org>")
    office.clock.advance(120)
    office.do("take", asked, ANNA)
    office.clock.advance(120)
    thread = f"<{office.inquiry(asked)['external_id'].strip('<>')}>"
    ours = {"From": "sales@example.ru", "To": "ivan@example.org", "Date": "Mon, 23 Nov 2026 10:04:02 +0300"}
    office.letter("Прайс", folder="Sent", In_Reply_To=thread, **ours)
    other = office.comes(phone="+7 916 000-11-22", name="Пётр")
    office.clock.advance(600)
    office.do("take", other, BORIS)
    office.comes(phone="+7 916 000-11-22", name="Пётр")
    report = office.reader.report("day", DAY)
    pace = report.pace()
    assert (pace.count, pace.promised, pace.kept) == (2, 2, 1)
    assert pace.taken
    assert (pace.taken.p50, pace.taken.p95) == pytest.approx((122, 602), abs=3)
    assert pace.answer
    assert (pace.answer.count, pace.answer.p50) == (1, 242.0)
    anna, boris = report.managers
    assert (anna.manager, anna.inquiries, anna.repeats) == ("anna", 1, 0)
    assert (boris.inquiries, boris.repeats, boris.tasks_overdue) == (2, 1, 1)
    assert {key: one.count for key, one in report.by("account")} == {"mail": 1, "site": 1}
    assert {key: one.share for key, one in report.by("manager")} == {"anna": 1.0, "boris": 0.0}
    assert [key for key, _ in report.by("hour")] == ["10"]


def test_tasks_and_ends_are_counted(office: Office) -> None:
    """Done, none planned after it, won for an amount, lost."""
    one = office.comes()
    deal = office.deal_of(one)
    office.do("done", deal["tasks"][0]["id"], ANNA, "task", result="договорились")
    [anna, _] = office.reader.report("day", DAY).managers
    assert (anna.tasks_done, anna.without_task) == (1, 1)
    office.do("won", deal["id"], ANNA, "deal", amount="12 500")
    lost = office.deal_of(office.comes(phone="+7 916 000-11-22", name="Пётр"))
    office.do("lost", lost["id"], BORIS, "deal", lost_reason="дорого")
    anna, boris = office.reader.report("day", DAY).managers
    assert (anna.won, anna.won_amount, anna.without_task) == (1, 12_500.0, 0)
    assert (boris.lost, boris.tasks_overdue) == (1, 0)


def test_a_handed_over_inquiry_is_one_passage(office: Office) -> None:
    """It counts once, for who has it now; the promise is the first one's."""
    one = office.comes()
    office.clock.advance(400)
    office.do("assign", one, ANNA, owner="boris")
    office.do("take", one, BORIS)
    report = office.reader.report("day", DAY)
    [passage] = report.passages
    assert (passage.manager, passage.inquiry_id) == ("boris", one)
    assert (report.pace().promised, report.pace().kept) == (1, 0)


def test_a_week_and_a_month_hold_their_days(office: Office) -> None:
    """What came on Monday is in the week of Friday, in November, and not in the week before."""
    office.comes()
    office.clock.advance(4 * 86_400)
    assert office.reader.report("day", date(2026, 11, 27)).pace().count == 0
    week = office.reader.report("week", date(2026, 11, 27))
    assert (week.day, week.pace().count) == (DAY, 1)
    assert office.reader.report("month", date(2026, 11, 2)).pace().count == 1
    assert office.reader.report("week", date(2026, 11, 20)).pace().count == 0
    assert iso(week.until) == "2026-11-29T21:00:00.000Z"
