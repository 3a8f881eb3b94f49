"""The assignment strategies: one contract for all of them, then each one's own facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.owners.base import Assignment, OwnerCase, OwnerRule, Segment
from crm.owners.table import OWNER_RULES, choose_owner, line_of
from intake.account import Account
from intake.deal import Client, Deal, Manager
from intake.decision import Turn
from intake.inquiry import Attribution, Call, Inquiry, Kind, Recipient, Sender
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
    how: Assignment | None = None,
) -> OwnerCase:
    """A case with everybody on duty."""
    roster = Roster({one.id: one for one in people})
    return OwnerCase(inquiry, account, client, deals, roster, turns or {}, 5000, how or Assignment())


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
    pick, reason = choose_owner(case(inquiry=call, client=Client("c", owner="vera")))

    assert pick
    assert pick.manager == "anna"
    assert reason.rule == "owner_answered_by"


@pytest.mark.parametrize("told", ["101", "anna", "АННА"])
def test_whoever_picks_up_is_at_work(told: str) -> None:
    """A pause or the end of a shift takes no call away from who answered it; extension, login and name are told."""
    people = [replace(_PEOPLE[0], name="Анна", state="paused"), *_PEOPLE[1:]]
    call = replace(_INQUIRY, kind=Kind.CALL, call=Call("c", status="answered", answered_by=told))
    pick, _ = choose_owner(case(people, inquiry=call))

    assert pick
    assert pick.manager == "anna"


def test_a_returning_client_uses_up_no_turn() -> None:
    """The client's owner is picked; whose turn it is stays as it was."""
    pick, _ = choose_owner(case(client=Client("c", owner="vera")))

    assert pick
    assert (pick.manager, pick.turn) == ("vera", None)


def test_who_was_skipped_is_told() -> None:
    """The reason names who was passed over and why."""
    people = [replace(_PEOPLE[0], state="paused", paused_until=9000), *_PEOPLE[1:]]
    pick, reason = choose_owner(case(people, client=Client("c", owner="anna")))

    assert pick
    assert pick.manager == "boris"
    assert "skipped anna: paused" in reason.evidence


def test_a_pause_that_is_over_counts_no_more() -> None:
    """Paused until an instant in the past is on duty."""
    people = [replace(_PEOPLE[0], state="paused", paused_until=4000)]

    assert choose_owner(case(people))[0]


def test_a_department_shares_its_own() -> None:
    """Only its members take turns."""
    retail = Account("site", "form", department="retail")

    assert choose_owner(case(account=retail))[0].manager == "boris"  # type: ignore[union-attr]


def test_with_nobody_on_duty_nobody_is_picked_and_it_is_said() -> None:
    """The inquiry is not lost: it has no owner yet, and the reason says why."""
    pick, reason = choose_owner(case([replace(one, state="paused") for one in _PEOPLE]))

    assert pick is None
    assert reason.rule == "owner_nobody"


RETAIL = Segment(services=("Доставка",), department="retail")


def picked(of: OwnerCase) -> tuple[str, str]:
    """Who, and the evidence."""
    pick, reason = choose_owner(of)
    return pick.manager if pick else "", reason.evidence


@pytest.mark.parametrize(
    ("segment", "inquiry", "fits"),
    [
        (Segment(services=("доставка",)), replace(_INQUIRY, service="Доставка"), True),
        (Segment(services=("Доставка",)), _INQUIRY, False),
        (Segment(accounts=("site",)), _INQUIRY, True),
        (Segment(phones=("+7495",)), replace(_INQUIRY, sender=Sender(phones=("+74951234567",))), True),
        (Segment(phones=("KZ",)), replace(_INQUIRY, sender=Sender(phones=("+77012345678",))), True),
        (Segment(phones=("KZ",)), replace(_INQUIRY, sender=Sender(phones=("+79161234567",))), False),
        (Segment(lines=("+74950000000",)), replace(_INQUIRY, recipient=Recipient(line="+74950000000")), True),
        (
            Segment(sources=("yandex.ru",)),
            replace(_INQUIRY, attribution=Attribution(referrer="https://www.yandex.ru/s?q=1")),
            True,
        ),
        (
            Segment(sources=("google",), utm=(("utm_campaign", "Brand"),)),
            replace(_INQUIRY, attribution=Attribution(utm={"utm_source": "google", "utm_campaign": "brand"})),
            True,
        ),
        (
            Segment(utm=(("utm_campaign", "brand"),)),
            replace(_INQUIRY, attribution=Attribution(utm={"utm_campaign": "other"})),
            False,
        ),
        (Segment(languages=("en",)), replace(_INQUIRY, text="Do you ship to Riga?"), True),
        (Segment(languages=("en",)), replace(_INQUIRY, text="Сколько стоит доставка DHL?"), False),
        (Segment(languages=("en",)), replace(_INQUIRY, fields={"language_code": "en-GB"}), True),
        (Segment(languages=("ru",)), replace(_INQUIRY, text="12345"), False),
        (Segment(sources=("x",)), replace(_INQUIRY, attribution=Attribution(referrer="http://[")), False),
    ],
)
def test_a_segment_fits_by_all_it_asks_for(segment: Segment, inquiry: Inquiry, fits: bool) -> None:
    """What it leaves out it does not ask for; letters may be large or small."""
    rows = Assignment(("segment", "round_robin"), (replace(segment, department="retail"),))
    assert ("segment: " in picked(case(inquiry=inquiry, how=rows))[1]) is fits


def test_a_segment_names_the_department_whose_turn_it_is() -> None:
    """The first fitting row; the turn is that department's."""
    how = Assignment(("segment", "round_robin"), (RETAIL, Segment(department="nowhere")))
    pick, reason = choose_owner(case(inquiry=replace(_INQUIRY, service="доставка"), how=how))

    assert pick
    assert pick.turn
    assert (pick.manager, pick.turn.group) == ("boris", "round_robin:retail")
    assert reason.evidence == "boris (retail: turn 1); segment: service доставка"


def test_skills_narrow_the_group_to_who_can() -> None:
    """All the skills that fitting segments ask for; where nobody has them everybody stays in question."""
    people = [_PEOPLE[0], _PEOPLE[1], replace(_PEOPLE[2], skills=("English", "1C"))]
    how = Assignment(("skills", "round_robin"), (Segment(languages=("en",), skills=("english",)),))
    english = replace(_INQUIRY, text="Hello there")

    assert picked(case(people, english, how=how))[0] == "vera"
    assert picked(case(people, how=how))[0] == "anna"
    assert picked(case(inquiry=english, how=how)) == (
        "anna",
        "anna (all: turn 1); skills: nobody has english",
    )


def test_an_operator_qualifies_first_and_hands_over_by_the_rules_that_follow() -> None:
    """Operators have no turns among the others."""
    people = [replace(_PEOPLE[0], department="operators"), *_PEOPLE[1:]]
    how = Assignment(("client_owner", "qualifier", "round_robin"), qualifier="operators")

    assert picked(case(people, how=how))[0] == "anna"
    handed = replace(case(people, how=how), handed=True, but=("anna",))
    assert picked(handed)[0] == "boris"
    known = case(people, client=Client("c", owner="vera"), how=how)
    assert picked(known)[0] == "vera", "a returning client needs no qualifying"
    asleep = case([replace(people[0], state="paused"), *people[1:]], how=how)
    assert picked(asleep)[0] == "boris", "nobody is there to qualify: the others do"


def test_a_returning_client_may_be_kept_for_the_owner_who_is_away() -> None:
    """`forced`: not for one who was dismissed."""
    how = Assignment(("client_owner", "round_robin"), forced=True)
    away = [replace(_PEOPLE[0], state="paused"), *_PEOPLE[1:]]
    gone = [replace(_PEOPLE[0], state="dismissed"), *_PEOPLE[1:]]
    client = Client("c", name="Иван", owner="anna")

    assert picked(case(away, client=client, how=how)) == ("anna", "anna (Иван, forced, paused)")
    assert picked(case(gone, client=client, how=how))[0] == "boris"


def test_the_one_with_the_fewest_open_deals_is_next() -> None:
    """Of equals the one who has waited longest."""
    how = Assignment(("least_loaded",))
    loads = {"anna": 3, "boris": 1, "vera": 2}
    assert picked(replace(case(how=how), loads=loads)) == ("boris", "boris (all: open deals 1, turn 1)")
    even = {("least_loaded:", "anna"): Turn("least_loaded:", "anna", 7)}
    assert picked(replace(case(how=how, turns=even), loads={}))[0] == "boris"


def test_shares_follow_the_weights() -> None:
    """Weights 3, 2 and 1 of 600: 300, 200 and 100 turns, at no time far from it."""
    people = [replace(one, weight=weight) for one, weight in zip(_PEOPLE, (3, 2, 1), strict=True)]
    turns: dict[tuple[str, str], Turn] = {}
    given_turns: Counter[str] = Counter()
    for number in range(1, 601):
        pick, _ = choose_owner(case(people, turns=turns, how=Assignment(("weighted",))))
        assert pick
        assert pick.turn
        turns[pick.turn.group, pick.turn.manager] = pick.turn
        given_turns[pick.manager] += 1
        for one, weight in (("anna", 3), ("boris", 2), ("vera", 1)):
            assert abs(given_turns[one] - number * weight / 6) < 2
    assert [given_turns[one.id] for one in people] == [300, 200, 100]


def test_who_was_away_catches_nothing_up_with_shares() -> None:
    """After fifty turns without her vera is given one in three."""
    how, turns = Assignment(("weighted",)), {}
    given_turns: Counter[str] = Counter()
    for number in range(110):
        people = [*_PEOPLE[:2], replace(_PEOPLE[2], state="paused" if number < 50 else "active")]
        pick, _ = choose_owner(case(people, turns=turns, how=how))
        assert pick
        assert pick.turn
        turns[pick.turn.group, pick.turn.manager] = pick.turn
        given_turns[pick.manager] += number >= 50
    assert max(given_turns.values()) - min(given_turns.values()) <= 1


def test_the_line_is_the_order_in_which_turns_come() -> None:
    """For each way to share; who is away is not in it."""
    turns = {("round_robin:", "anna"): Turn("round_robin:", "anna", 1)}
    assert line_of(case(turns=turns)) == ["boris", "vera", "anna"]
    assert line_of(replace(case(how=Assignment(("least_loaded",))), loads={"anna": 2, "boris": 1})) == [
        "vera",
        "boris",
        "anna",
    ]
    away = [replace(_PEOPLE[0], state="paused"), *_PEOPLE[1:]]
    assert line_of(case(away, turns=turns)) == ["boris", "vera"]


@given(st.lists(st.sets(st.sampled_from([one.id for one in _PEOPLE]), max_size=2), max_size=60))
def test_among_those_always_on_duty_no_two_differ_by_more_than_one_turn(absences: list[set[str]]) -> None:
    """Whoever else comes and goes."""
    turns: dict[tuple[str, str], Turn] = {}
    given_turns: Counter[str] = Counter({one.id: 0 for one in _PEOPLE})
    ever_away = set().union(*absences) if absences else set()
    for away in absences:
        people = [replace(one, state="paused") if one.id in away else one for one in _PEOPLE]
        pick, _ = choose_owner(case(people, turns=turns))
        assert pick
        assert pick.turn
        assert pick.manager not in away
        turns[pick.turn.group, pick.turn.manager] = pick.turn
        given_turns[pick.manager] += 1

    always = [given_turns[one.id] for one in _PEOPLE if one.id not in ever_away]
    assert max(always, default=0) - min(always, default=0) <= 1
