"""The rules of alarms: what of the signs is one, and what is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from intake.account import Account
from intake.alarm import Finding, Level, Rule
from intake.clock import from_iso
from intake.effect import HELD
from intake.hours import Calendar
from intake.ports import HealthReport, HealthState
from intake.store.reading.signs import Queue, Signs
from workers.alarming.rhythm import Rhythm, rhythm_of
from workers.alarming.rules import Scene, Terms, judge

NOON = from_iso("2026-11-18T09:00:00Z")  # a Wednesday, 12:00 in Moscow
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
ACCOUNTS = {one.id: one for one in (Account("site", "form"), Account("mail", "email"))}
WELL = HealthReport("mail", HealthState.OK, "listening", at=NOON - MINUTE, since=NOON - DAY)


def scene(**changed: Any) -> Scene:
    """A house that is well, but for what is changed of the signs or of the scene itself."""
    balance = {"difference": 0, "sources": [], "waiting": 0}
    signs = Signs(
        at=NOON,
        balance=balance,
        reports=(WELL,),
        came={},
        refused={},
        waiting=Queue(),
        overdue=None,
        untaken=Queue(),
        buried=0,
        parked={},
    )
    of_signs = {name: value for name, value in changed.items() if name in Signs.__dataclass_fields__}
    of_scene = {name: value for name, value in changed.items() if name not in of_signs}
    whole = Scene(
        signs=replace(signs, **of_signs),
        accounts=ACCOUNTS,
        streams=frozenset({"mail"}),
        rhythms={},
        began=NOON - DAY,
        free_mb=10_000,
        floor_mb=500,
    )
    return replace(whole, **of_scene)


def found(terms: Terms | None = None, **changed: Any) -> list[tuple[str, Level]]:
    return [(one.cause, one.level) for one in judge(scene(**changed), terms or Terms())]


def mail(**changed: Any) -> tuple[HealthReport, ...]:
    return (replace(WELL, **changed),)


FAULT = {"state": HealthState.FAULT, "message": "the server is gone."}


def test_a_house_that_is_well_raises_nothing() -> None:
    """No alarm without a cause."""
    assert found() == []


@pytest.mark.parametrize(
    ("changed", "alarms"),
    [
        ({"reports": mail(**FAULT, since=NOON - 70_000)}, []),
        ({"reports": mail(**FAULT, since=NOON - 80_000)}, [("listener:mail", Level.BAD)]),
        (
            {"reports": mail(**FAULT, since=NOON, detail={"code": "SignInRefused"})},
            [("locked:mail", Level.BAD)],
        ),
        ({"reports": mail(at=NOON - 2 * MINUTE)}, [("stale:mail", Level.BAD)]),
        ({"reports": mail(at=NOON - 2 * MINUTE), "came": {"mail": NOON - MINUTE}}, []),
        ({"reports": mail(at=NOON - 90_000)}, []),
        ({"reports": ()}, [("stale:mail", Level.BAD)]),
        ({"reports": (), "began": NOON - MINUTE}, []),
        ({"reports": mail(detail={"expires": {"token": NOON + 20 * DAY}})}, []),
        (
            {"reports": mail(detail={"expires": {"token": NOON + 9 * DAY}})},
            [("expires:mail", Level.WARN)],
        ),
        (
            {"reports": mail(detail={"expires": {"certificate": NOON - DAY}})},
            [("expires:mail", Level.BAD)],
        ),
        ({"reports": mail(detail={"trouble": "no way back"})}, [("trouble:mail", Level.WARN)]),
        ({"refused": {"site": 4}}, []),
        ({"refused": {"site": 5}}, [("refused:site", Level.WARN)]),
        ({"waiting": Queue(3, NOON - 30_000)}, []),
        ({"waiting": Queue(3, NOON - 3 * MINUTE)}, [("stalled:", Level.BAD)]),
        ({"overdue": NOON - 3 * MINUTE}, [("relay:", Level.BAD)]),
        ({"untaken": Queue(2, NOON - 90 * MINUTE)}, [("untaken:", Level.WARN)]),
        ({"buried": 2}, []),
        ({"buried": 3}, [("buried:", Level.WARN)]),
        ({"parked": {HELD: 7}}, [("held:", Level.WARN)]),
        ({"parked": {"blocked": 2, "no such chat": 1}}, [("parked:", Level.WARN)]),
        ({"free_mb": 400}, [("disk:", Level.BAD)]),
        ({"spooled": 3}, [("spool:", Level.BAD)]),
        ({"queue": False}, [("queue:", Level.WARN)]),
    ],
)
def test_each_rule_by_its_signs(changed: dict[str, Any], alarms: list[tuple[str, Level]]) -> None:
    """On either side of each bound."""
    assert found(**changed) == alarms


def test_a_lost_request_is_an_emergency() -> None:
    """The balance counts; a source that differs is a warning, once it has lasted."""
    sources = [{"account": "mail", "difference": 2}, {"account": "gone", "difference": 1}]
    told = judge(scene(balance={"difference": -1, "sources": sources, "waiting": 0}), Terms())
    assert [(one.cause, one.count, one.hold_s) for one in told] == [
        ("difference:", -1, 60),
        ("source_difference:mail", 2, 300),
    ]


def test_a_messenger_that_is_away_is_one_cause_and_its_buttons_another() -> None:
    """By the names under which the relay reports."""
    reports = [
        WELL,
        *(HealthReport(name, HealthState.FAULT, "401") for name in ("notify:telegram", "taps:telegram")),
    ]
    assert found(reports=tuple(reports)) == [
        ("messenger:telegram", Level.BAD),
        ("buttons:telegram", Level.WARN),
    ]


def every_hour(weeks: float, hours: range = range(9, 18), days: range = range(5)) -> list[tuple[int, int]]:
    """Six requests in each of these hours, for so many weeks before noon."""
    start = NOON - int(weeks * 7 * DAY)
    made = []
    for at in range(start - start % HOUR, NOON, HOUR):
        local = at + 3 * HOUR  # Moscow
        weekday, hour = (local // DAY + 3) % 7, local // HOUR % 24
        if weekday in days and hour in hours:
            made.append((at + 10 * MINUTE, 6))
    return made


def usual(weeks: float = 4, holidays: str = "") -> dict[str, Rhythm]:
    rhythm = rhythm_of(every_hour(weeks), NOON, "Europe/Moscow", holidays)
    return {"site": rhythm} if rhythm else {}


def test_silence_is_measured_by_what_usually_comes() -> None:
    """Six an hour on weekday mornings: three hours of silence are an alarm, the night before is not."""
    rhythm = usual()["site"]
    assert rhythm.expected(NOON - HOUR, NOON) == pytest.approx(6, abs=0.5)
    assert rhythm.expected(NOON - 12 * HOUR, NOON - 3 * HOUR) == 0
    assert found(rhythms=usual(), came={"site": NOON - HOUR}) == []
    assert found(rhythms=usual(), came={"site": NOON - 2 * HOUR - MINUTE}) == [("silent:site", Level.WARN)]
    morning = from_iso("2026-11-18T06:20:00Z")
    assert (
        found(
            rhythms=usual(),
            came={"site": morning - 14 * HOUR},
            at=morning,
            reports=(replace(WELL, at=morning),),
        )
        == []
    )


def test_too_little_past_says_nothing() -> None:
    """Neither a new account nor one that gets a request a week has a usual silence."""
    assert usual(weeks=1) == {}
    assert rhythm_of([(NOON - 20 * DAY, 20)], NOON, "Europe/Moscow", "") is None


def test_a_public_holiday_is_quiet() -> None:
    """On 4 November nobody writes to a Russian company."""
    day = from_iso("2026-11-04T12:00:00Z")
    arrivals = [(at - 14 * DAY, n) for at, n in every_hour(4)]
    for holidays, expected in (("RU", 0), ("", 30)):
        rhythm = rhythm_of(arrivals, day, "Europe/Moscow", holidays)
        assert rhythm
        assert rhythm.expected(day - 6 * HOUR, day) >= expected
        assert rhythm.expected(day - 6 * HOUR, day) <= expected + 10


def test_silence_by_the_operators_word_counts_working_time() -> None:
    """An hour allowed, from nine to six: the night does not count, and nothing is said at night."""
    terms = Terms(silent_min={"site": 60}, calendar=Calendar(("mon-fri 09:00-18:00",), "Europe/Moscow"))
    nine = from_iso("2026-11-18T06:00:00Z")
    for at, last, silent in (
        (NOON, NOON - 61 * MINUTE, True),
        (NOON, NOON - 59 * MINUTE, False),
        (nine + 50 * MINUTE, nine - 14 * HOUR, False),
        (nine + 61 * MINUTE, nine - 14 * HOUR, True),
        (nine - 2 * HOUR, nine - 24 * HOUR, False),
    ):
        told = found(terms, at=at, came={"site": last}, reports=(replace(WELL, at=at),))
        assert told == ([("silent:site", Level.WARN)] if silent else [])


def test_a_broken_channel_is_not_called_silent_besides() -> None:
    """One cause, one alarm."""
    reports = mail(**FAULT, since=NOON - HOUR)
    terms = Terms(silent_min={"mail": 10})
    assert found(terms, reports=reports, came={"mail": NOON - HOUR}) == [("listener:mail", Level.BAD)]


def test_findings_are_folded_by_rule_and_subject() -> None:
    """The cause is both."""
    assert Finding(Rule.SILENT, "site").cause == "silent:site"


def test_listeners_that_fall_silent_together_are_one_alarm() -> None:
    """Their process is gone; of one alone it is the one."""
    accounts = {**ACCOUNTS, "bot": Account("bot", "telegram")}
    streams = frozenset({"mail", "bot"})
    gone = (replace(WELL, at=NOON - 5 * MINUTE), replace(WELL, account="bot", at=NOON - 3 * MINUTE))
    (alarm,) = judge(scene(accounts=accounts, streams=streams, reports=gone), Terms())
    assert (alarm.cause, alarm.values) == ("stale:bot, mail", {"minutes": 5})
    one = (gone[0], replace(gone[1], at=NOON))
    assert found(accounts=accounts, streams=streams, reports=one) == [("stale:mail", Level.BAD)]
