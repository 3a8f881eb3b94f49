"""The day's digest: told once a day to the heads, with the numbers that the page and the lists have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest
from sqlalchemy import select

from config.settings import DigestSettings, Settings
from intake.clock import from_datetime
from intake.deal import Department, Manager
from intake.decision import Snapshot
from intake.ports import InquiryFilter
from intake.store.outbox import SqlOutbox
from intake.store.schema import effect
from tests.workers.office import Office, opened
from workers.bootstrap import Silence
from workers.clocking.digest import DigestRules, TellDigest, digest_rules, leaders

MOSCOW = ZoneInfo("Europe/Moscow")
RULES = DigestRules(time(9, 0), lambda: ("anna",), MOSCOW, "ru")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path) as made:
        at(made, "2026-11-21 10:00")
        yield made


def at(office: Office, moscow: str) -> int:
    """Move the office's clock; the instant."""
    moment = from_datetime(datetime.fromisoformat(moscow).replace(tzinfo=MOSCOW))
    office.clock.advance((moment - office.clock.now()) / 1000)
    return moment


def duty(office: Office, rules: DigestRules = RULES) -> TellDigest:
    """A clock that has just started."""
    return TellDigest(office.reader, SqlOutbox(office.instance.store), Silence(), rules, office.clock)


def told(office: Office) -> list[tuple[str, dict[str, str]]]:
    """Every digest in the outbox: its key and what it says."""
    rows = select(effect.c.key, effect.c.payload).where(effect.c.kind == "notice").order_by(effect.c.id)
    with office.instance.store.ledger.connect() as connection:
        return [(row.key, orjson.loads(row.payload)) for row in connection.execute(rows)]


def keys(office: Office) -> list[str]:
    """The days that were told; weeks and months by themselves."""
    return [key for key, _ in told(office) if key.startswith("digest:")]


def a_day(office: Office) -> None:
    """A new client, a returning one, spam, two bounces."""
    office.comes()
    office.comes()
    spam = office.comes(phone="+7 916 207-31-66", name="Реклама")
    office.do("reject", spam, reason="spam")
    for _ in range(2):
        office.letter(
            "550 no such user", subject="Undelivered Mail Returned to Sender", From="MAILER-DAEMON@x.ru"
        )


def test_the_digest_counts_as_the_lists_do(office: Office) -> None:
    """Every state and reason of the day: the number is the length of the list that it leads to."""
    a_day(office)
    at(office, "2026-11-22 08:00")
    office.comes(phone="+7 916 207-31-77", name="Завтра")
    digest = office.reader.digest(date(2026, 11, 21))
    assert digest.total() == 5
    assert {one: digest.total(one) for one in ("created", "attached", "rejected", "ignored")} == {
        "created": 1,
        "attached": 1,
        "rejected": 1,
        "ignored": 2,
    }
    assert digest.reasons("ignored") == [("bounce", 2)]
    assert digest.reasons("rejected") == [("spam", 1)]
    for count in digest.counts:
        wanted = InquiryFilter(state=count.state, reason=count.reason, account=count.account)
        wanted = replace(wanted, since=digest.since, until=digest.until)
        assert len(office.reader.inquiries(wanted).items) == count.n
    assert office.reader.digest(date(2026, 11, 22)).total() == 1
    assert office.reader.digest(date(2026, 11, 20)).total() == 0


def test_what_still_waits_in_the_journal_is_counted(office: Office) -> None:
    """A request that no worker has seen yet belongs to its day."""
    office.waits()
    digest = office.reader.digest(date(2026, 11, 21))
    assert (digest.total(), digest.total("waiting"), digest.accounts) == (1, 1, ["site"])
    office.processor.process()
    digest = office.reader.digest(date(2026, 11, 21))
    assert (digest.total(), digest.total("waiting")) == (1, 0)


def test_it_is_told_at_nine_once(office: Office) -> None:
    """Not a second earlier; not again by the same clock, a restarted one, or a second one beside it."""
    a_day(office)
    clock = duty(office)
    clock.run(at(office, "2026-11-22 08:59") + 59_000)
    assert keys(office) == []
    now = at(office, "2026-11-22 09:00")
    clock.run(now)
    clock.run(now + 30_000)
    duty(office).run(now + 60_000)
    duty(office).run(at(office, "2026-11-22 23:59"))
    [(key, payload)] = told(office)
    assert key == "digest:2026-11-21:anna"
    assert payload["subject"] == "Суббота, 21 ноября: 5 обращений"
    assert payload["text"].splitlines()[:4] == [
        "Создано: 1",
        "Привязано: 1",
        "Отклонено: 1 (спам 1)",
        "Не обращение: 2 (возврат письма 2)",
    ]
    assert "/inquiries?state=ignored&day=2026-11-21 " in payload["pages"]
    clock.run(at(office, "2026-11-23 09:00"))
    assert keys(office) == ["digest:2026-11-21:anna", "digest:2026-11-22:anna"]


def test_a_clock_that_was_away_makes_up_for_each_day_once(office: Office) -> None:
    """Three days without a clock: three digests, the oldest first; nothing of them is told again."""
    a_day(office)
    duty(office).run(at(office, "2026-11-22 09:30"))
    office.comes(phone="+7 916 207-31-01", name="Раз")
    at(office, "2026-11-23 12:00")
    office.comes(phone="+7 916 207-31-02", name="Два")
    at(office, "2026-11-25 13:00")
    duty(office).run(office.clock.now())
    duty(office).run(office.clock.now() + 1000)
    days = ["21", "22", "23", "24"]
    assert keys(office) == [f"digest:2026-11-{day}:anna" for day in days]


def test_the_first_digest_is_of_the_last_day_alone(office: Office) -> None:
    """Who installs it on a Monday is not told of a week in which it did not run."""
    a_day(office)
    at(office, "2026-11-23 11:00")
    office.comes(phone="+7 916 207-31-02", name="Два")
    clock = duty(office)
    for minute in range(3):
        clock.run(at(office, f"2026-11-24 10:0{minute}"))
    assert keys(office) == ["digest:2026-11-23:anna"]


def test_a_quiet_beginning_looks_back_at_no_earlier_day(office: Office) -> None:
    """The last day had nothing to tell: the ones before it are still no news, however often the clock looks."""
    a_day(office)
    clock = duty(office)
    for minute in range(9):
        clock.run(at(office, f"2026-11-29 10:0{minute}"))
    assert keys(office) in ([], ["digest:2026-11-28:anna"])


def test_a_quiet_day_is_told_while_it_is_news(office: Office) -> None:
    """Nothing came yesterday: that is said for a week, then silence is no news any more."""
    duty(office).run(office.clock.now())
    assert keys(office) == []
    a_day(office)
    clock = duty(office)
    for day in (*range(22, 31),):
        clock.run(at(office, f"2026-11-{day} 09:00"))
    assert len(keys(office)) == 8
    last = [payload["text"] for key, payload in told(office) if key.startswith("digest:")][-1]
    assert last.splitlines()[0] == "В этот день ничего не приходило."


def test_it_goes_to_whom_it_concerns() -> None:
    """The setting's people; else those who lead and still work here; else the first manager; an empty time is never."""
    staff = {one: Manager(one, one) for one in ("anna", "boris", "vera")}
    departments = {"retail": Department("retail", head="boris"), "vip": Department("vip", head="boris")}
    led = Snapshot(managers=staff, departments=departments)
    assert leaders(Snapshot(managers=staff), "") == ("anna",)
    assert leaders(led, "") == ("boris",)
    assert leaders(led, "vera") == ("vera", "boris")
    gone = replace(led, managers={**staff, "boris": replace(staff["boris"], state="dismissed")})
    assert leaders(gone, "nobody") == ("anna",)
    assert tuple(digest_rules(Settings(), lambda: led).to()) == ("boris",)
    named = Settings(digest=DigestSettings(to=("anna",), at=""))
    assert tuple(digest_rules(named, lambda: led).to()) == ("anna",)
    assert digest_rules(named, lambda: led).at is None


def test_each_of_them_is_told(office: Office) -> None:
    """Two heads: a notice each; a digest that is switched off is told to nobody."""
    a_day(office)
    now = at(office, "2026-11-22 09:00")
    duty(office, replace(RULES, at=None)).run(now)
    assert keys(office) == []
    duty(office, replace(RULES, to=lambda: ("anna", "boris"))).run(now)
    assert keys(office) == ["digest:2026-11-21:anna", "digest:2026-11-21:boris"]


def test_a_day_is_as_long_as_its_zone_says(office: Office) -> None:
    """Midnight is the company's, not UTC's: 20:59 UTC is the same Moscow day, 21:00 the next."""
    at(office, "2026-11-21 23:59")
    office.comes()
    at(office, "2026-11-22 00:00")
    office.comes()
    assert datetime.fromtimestamp(office.clock.now() / 1000, UTC).day == 21
    assert [office.reader.digest(date(2026, 11, day)).total() for day in (21, 22)] == [1, 1]


def test_monday_tells_the_week_and_the_first_the_month(office: Office) -> None:
    """Once each, with how fast it went and a line a manager; a week in which nothing came is not told."""
    a_day(office)
    clock = duty(office)
    for day in ("2026-11-22", "2026-11-23", "2026-11-24", "2026-12-01"):
        clock.run(at(office, f"{day} 09:00"))
    reports = [(key, payload) for key, payload in told(office) if key.startswith("report:")]
    assert [key for key, _ in reports] == [
        "report:week:2026-11-22:anna",
        "report:month:2026-11-30:anna",
    ]
    week = reports[0][1]
    assert week["subject"] == "Неделя 16 ноября - 22 ноября: 2 обращения"
    assert "Анна Петрова: обращений 2, из них повторных 1" in week["text"]
    assert reports[1][1]["subject"] == "Ноябрь 2026: 2 обращения"
