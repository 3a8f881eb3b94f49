"""F54: who takes turns with whom, over thousands of inquiries with shifts, leaves and daily limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from random import Random

import pytest

from crm.owners.base import Assignment, OwnerCase
from crm.owners.table import choose_owner
from intake.account import Account, Company
from intake.clock import ManualClock, Millis
from intake.deal import Client, Leave, Manager
from intake.decision import Turn
from intake.inquiry import Inquiry, Kind
from intake.shifts import Roster

SITE = Account("site", "form")
DAY_MS = 86_400_000
TRIPLE = ("mon-fri 09:00-18:00",)


def seven(start: Millis) -> list[Manager]:
    """Seven managers: three of the same hours and limit, two around the clock, one at night, one with a leave."""
    return [
        Manager("anna", "Анна", hours=TRIPLE, capacity=20),
        Manager("boris", "Борис", hours=TRIPLE, capacity=20),
        Manager("vera", "Вера", hours=TRIPLE, capacity=20),
        Manager("gleb", "Глеб"),
        Manager("dina", "Дина"),
        Manager("egor", "Егор", hours=("daily 20:00-08:00",)),
        Manager("zoya", "Зоя", leave=Leave(start + 2 * DAY_MS, start + 5 * DAY_MS, "gleb")),
    ]


ALIKE = (("anna", "boris", "vera"), ("gleb", "dina"))


@dataclass
class Floor:
    """A sales floor: the clock, the turns, who was given how many, who has waited how long."""

    random: Random
    how: Assignment
    clock: ManualClock
    people: list[Manager]
    turns: dict[tuple[str, str], Turn]
    given: Counter[str]
    waited: Counter[str]

    def comes(self) -> None:
        """An inquiry; one in four is a returning client of somebody's."""
        self.clock.advance(self.random.expovariate(1 / 90))
        now = self.clock.now()
        client = None
        if self.random.random() < 0.25:
            client = Client("c", owner=self.random.choice(self.people).id)
        roster = Roster({one.id: one for one in self.people}, {}, Company())
        case = OwnerCase(
            Inquiry("i", "site", "form", Kind.FORM, now), SITE, client, (), roster, self.turns, now, self.how
        )
        pick, reason = choose_owner(case)
        if pick is None:
            return
        assert roster.why_off(pick.manager, now) == ""
        if pick.turn is None:
            assert reason.rule == "owner_client_owner"
            return
        assert pick.turn.given <= (roster.managers[pick.manager].capacity or pick.turn.given)
        self.turns[pick.turn.group, pick.turn.manager] = pick.turn
        self.given[pick.manager] += 1
        skipped = {one.split(":")[0] for one in case.skipped}
        for one in self.people:
            if one.id == pick.manager or one.id in skipped:
                self.waited[one.id] = 0
            else:
                self.waited[one.id] += 1


def floor(seed: int, rule: str) -> Floor:
    """A fresh floor."""
    clock = ManualClock()
    how = Assignment(("client_owner", rule))
    return Floor(Random(seed), how, clock, seven(clock.now()), {}, Counter(), Counter())


def gaps(of: Floor) -> Iterator[tuple[str, str, int]]:
    """By how many turns each two who were alike differ."""
    for group in ALIKE:
        for one, other in combinations(group, 2):
            yield one, other, abs(of.given[one] - of.given[other])


@pytest.mark.parametrize("rule", ["round_robin", "weighted"])
@pytest.mark.parametrize("seed", [1, 2])
def test_f54_a_thousand_inquiries_are_shared_evenly_among_the_equally_eligible(seed: int, rule: str) -> None:
    """At no time does anybody have two turns more than one who was there at the same times; nobody who is there
    waits longer than two rounds; limits hold; returning clients use up no turns."""
    here = floor(seed, rule)
    for _ in range(1000):
        here.comes()
        assert all(gap <= 1 for _, _, gap in gaps(here)), here.given
        assert max(here.waited.values()) <= 2 * len(here.people)
    assert all(here.given[one.id] for one in here.people)


@pytest.mark.nightly
@pytest.mark.parametrize("rule", ["round_robin", "weighted"])
@pytest.mark.parametrize("seed", range(20))
def test_f54_ten_thousand_inquiries_are_shared_evenly(seed: int, rule: str) -> None:
    """The same over ten days."""
    here = floor(seed, rule)
    for _ in range(10_000):
        here.comes()
        assert all(gap <= 1 for _, _, gap in gaps(here)), here.given
        assert max(here.waited.values()) <= 2 * len(here.people)


@pytest.mark.parametrize("rule", ["round_robin", "weighted"])
@pytest.mark.parametrize("seed", range(3))
def test_f54_pauses_by_hand_shift_no_turns(seed: int, rule: str) -> None:
    """People who come and go at random; two who come and go together stay together."""
    here = floor(seed, rule)
    for number in range(600):
        if number % 7 == 0:
            away = {one.id for one in here.people if here.random.random() < 0.4}
            away -= {"boris", "dina"}
            away |= {two for one, two in (("anna", "boris"), ("gleb", "dina")) if one in away}
            here.people = [
                replace(one, state="paused" if one.id in away else "active") for one in here.people
            ]
        here.comes()
        assert abs(here.given["anna"] - here.given["boris"]) <= 1, here.given
        assert abs(here.given["gleb"] - here.given["dina"]) <= 1, here.given
