"""Shifts: who is there, who stands in, who is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intake.account import Company
from intake.deal import Department, Leave, Manager
from intake.shifts import Roster
from tests.intake.test_hours import at

NOON, NIGHT = at("2026-11-23 12:00"), at("2026-11-23 23:00")
ANNA = Manager("anna", "Анна", "retail")
BORIS = Manager("boris", "Борис", "retail")


def roster(*people: Manager, department: Department | None = None, company: Company | None = None) -> Roster:
    """These people, in one department or none."""
    return Roster(
        {one.id: one for one in people},
        {department.id: department} if department else {},
        company or Company(hours=("mon-fri 09:00-18:00",)),
    )


@pytest.mark.parametrize(
    ("one", "noon", "night"),
    [
        (ANNA, "", "off shift"),
        (replace(ANNA, state="dismissed", on_until=NIGHT + 1), "dismissed", "dismissed"),
        (replace(ANNA, state="paused"), "paused", "paused"),
        (replace(ANNA, state="paused", paused_until=NOON + 1), "paused", "off shift"),
        (replace(ANNA, state="paused", paused_until=NOON), "", "off shift"),
        (replace(ANNA, leave=Leave(NOON, NIGHT)), "on leave", "off shift"),
        (replace(ANNA, on_until=NIGHT + 1), "", ""),
        (replace(ANNA, on_until=NIGHT), "", "off shift"),
        (replace(ANNA, hours=("daily 20:00-24:00",)), "off shift", ""),
        (replace(ANNA, zone="Asia/Vladivostok"), "off shift", "off shift"),
        (replace(ANNA, leave=Leave(NOON, NIGHT), on_until=NIGHT), "on leave", "off shift"),
    ],
)
def test_who_is_on_shift(one: Manager, noon: str, night: str) -> None:
    """A dismissal ends everything, a pause and a leave outweigh the hours, what is said by hand outweighs them too."""
    here = roster(one)
    assert (here.why_off("anna", NOON), here.why_off("anna", NIGHT)) == (noon, night)


def test_the_nearest_calendar_holds() -> None:
    """The manager's own hours before the department's before the company's; likewise the zone and the holidays."""
    group = Department("retail", zone="Asia/Novosibirsk", hours=("daily 10:00-19:00",))
    own = replace(BORIS, hours=("daily 00:00-24:00",), holidays="RU")
    here = roster(ANNA, own, department=group, company=Company(hours=("mon 01:00-02:00",), holidays="KZ"))

    assert here.calendar(ANNA).hours == group.hours
    assert here.calendar(ANNA).zone == "Asia/Novosibirsk"
    assert here.calendar(ANNA).holidays == "KZ"
    assert (here.calendar(own).hours, here.calendar(own).holidays) == (own.hours, "RU")


def test_nobody_without_a_calendar_is_ever_off_shift() -> None:
    """The default."""
    assert roster(ANNA, company=Company()).why_off("anna", NIGHT) == ""


def test_a_deputy_stands_in_during_a_leave_alone() -> None:
    """Not in the night, not during a pause."""
    away = replace(ANNA, leave=Leave(NOON - 1, NOON + 1, "boris"))
    assert roster(away, BORIS).stand_in("anna", NOON) == "boris"
    assert roster(away, replace(BORIS, state="paused")).stand_in("anna", NOON) == ""
    assert roster(replace(ANNA, state="paused"), BORIS).stand_in("anna", NOON) == ""
    assert roster(away, BORIS).stand_in("boris", NOON) == "boris"


def test_deputies_of_deputies_are_followed_but_not_in_a_circle() -> None:
    """Two who stand in for each other and are both away: nobody."""
    first = replace(ANNA, leave=Leave(0, NIGHT, "boris"))
    second = replace(BORIS, leave=Leave(0, NIGHT, "vera"))
    assert roster(first, second, Manager("vera", "Вера")).stand_in("anna", NOON) == "vera"
    assert roster(first, replace(BORIS, leave=Leave(0, NIGHT, "anna"))).stand_in("anna", NOON) == ""


def test_the_head_is_found_from_near_to_far() -> None:
    """The department's, else the company's, else any; never one who has left."""
    group = Department("retail", head="anna")
    vera = Manager("vera", "Вера")
    with_head = Company(head="vera")
    assert roster(ANNA, vera, department=group, company=with_head).head("retail") == "anna"
    assert roster(ANNA, vera, department=group, company=with_head).head("other") == "vera"
    gone = replace(ANNA, state="dismissed")
    assert roster(gone, vera, department=group, company=with_head).head("retail") == "vera"
    assert roster(ANNA, department=group, company=Company()).head("other") == "anna"
    assert roster(ANNA).head("retail") == ""


@pytest.mark.parametrize(
    ("one", "back"),
    [
        (ANNA, at("2026-11-24 09:00")),
        (replace(ANNA, state="paused", paused_until=at("2026-11-24 11:00")), at("2026-11-24 11:00")),
        (replace(ANNA, leave=Leave(NOON, at("2026-11-28 12:00"))), at("2026-11-30 09:00")),
        (replace(ANNA, state="paused"), None),
        (replace(ANNA, state="dismissed"), None),
    ],
)
def test_when_somebody_is_back(one: Manager, back: int | None) -> None:
    """The first instant on shift after the night; unknown for a pause without end."""
    assert roster(one).opens("anna", NIGHT) == back
