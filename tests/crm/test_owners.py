"""The assignment strategies: one contract for all of them, then each one's own facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.owners.base import OwnerCase, OwnerRule
from crm.owners.table import DEFAULT_RULES, OWNER_RULES, choose_owner
from intake.account import Account
from intake.deal import Client, Deal, Manager
from intake.decision import Turn
from intake.inquiry import Call, Inquiry, Kind
from intake.shifts import Roster

_SITE = Account("site", "form")
_INQUIRY = Inquiry("i1", "site", "form", Kind.FORM, 1000)
_PEOPLE = (
    Manager("anna", "Анна", extension="101"),
    Manager("boris", "Борис", department="retail"),
    Manager("vera", "Вера", department="retail"),
)


def case(
    people: Sequence[Manager] = _PEOPLE,
    inquiry: Inquiry = _INQUIRY,
    account: Account = _SITE,
    client: Client | None = None,
    deals: Sequence[Deal] = (),
    turns: dict[tuple[str, str], Turn] | None = None,
) -> OwnerCase:
    """A case with everybody on duty."""
    roster = Roster({one.id: one for one in people})
    return OwnerCase(inquiry, account, client, deals, roster, turns or {}, 5000)


@pytest.mark.parametrize("rule", OWNER_RULES.values(), ids=OWNER_RULES)
def test_no_rule_ever_picks_who_is_away(rule: OwnerRule) -> None:
    """Dismissed and paused people are given nothing, whatever speaks for them."""
    away = [replace(_PEOPLE[0], state="dismissed"), replace(_PEOPLE[1], state="paused")]
    call = replace(_INQUIRY, call=Call("c", answered_by="101"))
    deal = Deal("d", 1, "c", "p", "t", "default", "boris")
    given_case = case(away, call, Account("box", "email", owner="anna"), Client("c", owner="anna"), [deal])

    assert rule.pick(given_case) is None


def test_who_answered_the_call_comes_first() -> None:
    """By the extension."""
    call = replace(_INQUIRY, kind=Kind.CALL, call=Call("c", status="answered", answered_by="101"))
    pick, reason = choose_owner(case(inquiry=call, client=Client("c", owner="vera")), DEFAULT_RULES)

    assert pick
    assert pick.manager == "anna"
    assert reason.rule == "owner_answered_by"


def test_a_returning_client_uses_up_no_turn() -> None:
    """The client's owner is picked; whose turn it is stays as it was."""
    pick, _ = choose_owner(case(client=Client("c", owner="vera")), DEFAULT_RULES)

    assert pick
    assert (pick.manager, pick.turn) == ("vera", None)


def test_who_was_skipped_is_told() -> None:
    """The reason names who was passed over and why."""
    people = [replace(_PEOPLE[0], state="paused", paused_until=9000), *_PEOPLE[1:]]
    pick, reason = choose_owner(case(people, client=Client("c", owner="anna")), DEFAULT_RULES)

    assert pick
    assert pick.manager == "boris"
    assert "skipped anna: paused" in reason.evidence


def test_a_pause_that_is_over_counts_no_more() -> None:
    """Paused until an instant in the past is on duty."""
    people = [replace(_PEOPLE[0], state="paused", paused_until=4000)]

    assert choose_owner(case(people), DEFAULT_RULES)[0]


def test_a_department_shares_its_own() -> None:
    """Only its members take turns."""
    retail = Account("site", "form", department="retail")

    assert choose_owner(case(account=retail), DEFAULT_RULES)[0].manager == "boris"  # type: ignore[union-attr]


def test_with_nobody_on_duty_nobody_is_picked_and_it_is_said() -> None:
    """The inquiry is not lost: it has no owner yet, and the reason says why."""
    pick, reason = choose_owner(case([replace(one, state="paused") for one in _PEOPLE]), DEFAULT_RULES)

    assert pick is None
    assert reason.rule == "owner_nobody"


@given(st.lists(st.sets(st.sampled_from([one.id for one in _PEOPLE]), max_size=2), max_size=60))
def test_among_those_always_on_duty_no_two_differ_by_more_than_one_turn(absences: list[set[str]]) -> None:
    """Whoever else comes and goes."""
    turns: dict[tuple[str, str], Turn] = {}
    given_turns: Counter[str] = Counter({one.id: 0 for one in _PEOPLE})
    ever_away = set().union(*absences) if absences else set()
    for away in absences:
        people = [replace(one, state="paused") if one.id in away else one for one in _PEOPLE]
        pick, _ = choose_owner(case(people, turns=turns), DEFAULT_RULES)
        assert pick
        assert pick.turn
        assert pick.manager not in away
        turns[pick.turn.group, pick.turn.manager] = pick.turn
        given_turns[pick.manager] += 1

    always = [given_turns[one.id] for one in _PEOPLE if one.id not in ever_away]
    assert max(always, default=0) - min(always, default=0) <= 1
