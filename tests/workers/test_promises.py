"""The promise: reminders, the next in turn, the head; what has no owner; timers over restarts and outages."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from intake.errors import Conflict
from intake.ports import Who
from intake.store.schema import effect
from intake.store.timers import SqlTimers
from tests.workers.office import ANNA, BORIS, Office, opened
from workers.bootstrap import Silence
from workers.clocking.promises import HandOut, KeepPromises

PEOPLE = """
[[manager]]
id = "vera"
name = "Вера Орлова"

[[manager]]
id = "head"
name = "Глеб Руководитель"
weight = 0

[company]
head = "head"
"""
MINUTE = 60


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Callable[..., Office]]:
    """Opens an office with four people and some settings."""
    with ExitStack() as open_ones:
        yield lambda settings="": open_ones.enter_context(opened(tmp_path, PEOPLE + settings))


@pytest.fixture(params=["sqlite", "postgresql"])
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    """Anna, Boris, Vera, and the head, on either database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    with opened(tmp_path, PEOPLE + (f'[store]\nurl = "{url}"\n' if url else "")) as office:
        yield office


def duties(office: Office) -> tuple[KeepPromises, HandOut]:
    """A clock's duties, fresh as after a restart."""
    given = (
        office.instance.ledger,
        SqlTimers(office.instance.store),
        lambda: office.instance.rules,
        Silence(),
        office.clock,
    )
    return KeepPromises(*given), HandOut(*given)


def passes(office: Office, minutes: float, step_s: float = 10.0) -> None:
    """Time goes by while a clock runs."""
    both = duties(office)
    for _ in range(round(minutes * 60 / step_s)):
        office.clock.advance(step_s)
        for duty in both:
            duty.run(office.clock.now())


def effects(office: Office, prefix: str) -> list[Any]:
    """The effects whose key begins so, oldest first."""
    with office.instance.store.ledger.connect() as connection:
        rows = connection.execute(select(effect).order_by(effect.c.id)).all()
    return [row for row in rows if row.key.startswith(prefix)]


def owner(office: Office, ident: str) -> str:
    """Who answers for the inquiry; the deal says the same."""
    told = office.inquiry(ident)
    if told["decision"]["deal_id"]:
        assert office.deal_of(ident)["owner"] == told["decision"]["owner"]
    return str(told["decision"]["owner"])


def test_who_does_not_take_is_reminded_once_then_the_next_then_the_head(office: Office) -> None:
    """At 80 % a reminder, at 100 % the next in turn, after as long again the head; nothing further ever."""
    ident = office.comes()
    assert owner(office, ident) == "anna"

    passes(office, 3.9)
    assert effects(office, "remind:") == []
    passes(office, 0.2)
    assert [(row.target, row.kind) for row in effects(office, "remind:")] == [("anna", "card")]
    passes(office, 0.8)
    assert owner(office, ident) == "anna"
    passes(office, 0.2)
    assert owner(office, ident) == "boris"
    assert office.cards("anna") == []
    (card,) = office.cards("boris")
    assert card["state"] == "new"

    passes(office, 4.7)
    assert owner(office, ident) == "boris"
    passes(office, 0.3)
    assert owner(office, ident) == "head"
    passes(office, 60)

    assert owner(office, ident) == "head"
    assert len(effects(office, "remind:")) == 1
    rules = [one["rule"] for one in office.inquiry(ident)["decision"]["reasons"]]
    assert rules[-5:] == ["owner_round_robin", "not_taken", "owner_round_robin", "not_taken", "owner_head"]


def test_the_next_one_used_up_a_turn_and_the_client_who_was_born_goes_along(office: Office) -> None:
    """After anna's went to boris it is vera's turn; the client will be boris's next time too."""
    ident = office.comes()
    passes(office, 5.1)
    assert owner(office, office.comes(phone="+79160000002")) == "vera"
    client = office.reader.one("client", office.inquiry(ident)["decision"]["client_id"])
    assert client
    assert client["owner"] == "boris"


@pytest.mark.parametrize("by", ["take", "owner", "won", "reject"])
def test_what_is_done_with_a_card_stops_its_clock(office: Office, by: str) -> None:
    """Taking it, closing the deal, putting it away. A hand-over by hand begins the promise anew."""
    ident = office.comes()
    passes(office, 4.5)
    deal = office.deal_of(ident)["id"]
    if by == "take":
        office.do("take", ident)
    elif by == "reject":
        office.do("reject", ident, reason="spam")
    elif by == "won":
        office.do("won", deal, what="deal")
    else:
        office.do("owner", deal, what="deal", owner="vera")
    passes(office, 4)

    assert len(effects(office, "remind:")) == (2 if by == "owner" else 1)
    assert office.reader.one("deal", deal)["owner"] == ("vera" if by == "owner" else "anna")  # type: ignore[index]


def test_an_answer_seen_in_the_sent_folder_stops_the_clock(office: Office) -> None:
    """Opening the card does not; the letter does."""
    ident = office.letter("Сколько стоит?", Message_ID="<q@example.org>")
    office.reader.one("card", office.cards("anna")[0]["id"])
    passes(office, 2)
    office.letter("Сто рублей", "Re: Вопрос", "Sent", From="sales@example.ru", In_Reply_To="<q@example.org>")
    passes(office, 20)
    assert owner(office, ident) == "anna"
    assert effects(office, "remind:") == []


def test_a_further_touch_does_not_begin_the_promise_anew(office: Office) -> None:
    """The client who writes again has waited since the first time."""
    ident = office.comes()
    passes(office, 4.5)
    office.comes()
    passes(office, 0.7)
    assert owner(office, ident) == "boris"


def test_an_offered_inquiry_is_offered_to_the_next_one(office: Office) -> None:
    """The former card is closed and says who has it now; a tap on the new one makes the deal."""
    ident = office.comes("tray")
    passes(office, 5.1)
    assert office.inquiry(ident)["state"] == "offered"
    assert owner(office, ident) == "boris"
    assert office.cards("anna") == []
    (card,) = office.cards("boris")
    assert card["state"] == "offered"
    former = office.reader.listing("cards", {"manager": "anna"}, 10, "").items
    assert "Борис Иванов" in former[0]["text"]

    office.do("take", ident, BORIS)
    assert owner(office, ident) == "boris"
    assert office.cards("boris")[0]["state"] == "taken"


def test_f51_a_tap_after_the_escalation_meets_one_owner(office: Office) -> None:
    """Who presses late may still take it as long as nobody has; who comes after that is told whose it is."""
    ident = office.comes()
    passes(office, 5.1)
    office.do("take", ident, ANNA)
    assert owner(office, ident) == "anna"
    with pytest.raises(Conflict, match="Анна Петрова"):
        office.do("take", ident, BORIS)
    passes(office, 30)
    assert owner(office, ident) == "anna"


def test_with_nobody_else_there_the_head_is_next(office: Office) -> None:
    """No second owner, no waiting for one."""
    for away in ("boris", "vera"):
        office.do("pause", away, what="manager")
    ident = office.comes()
    passes(office, 5.1)
    assert owner(office, ident) == "head"


def test_working_minutes_alone_count(floor: Callable[..., Office]) -> None:
    """What comes two minutes before the evening is escalated three minutes into the morning."""
    office = floor()
    for one in ("anna", "boris", "vera"):
        office.do("terms", one, what="manager", hours="mon-fri 09:00-18:00")
    office.clock.advance(45 * MINUTE)  # 17:58 on a Monday in Moscow
    ident = office.comes()
    passes(office, 15 * 60, step_s=60)
    assert owner(office, ident) == "anna"
    passes(office, 6)
    assert owner(office, ident) == "boris"


def test_the_settings_make_the_promise(floor: Callable[..., Office]) -> None:
    """Fifteen minutes, no reminder, the head at once."""
    office = floor('[promise]\ntake_min = 15\nremind_at = 1.0\nthen = ["head"]\n')
    ident = office.comes()
    passes(office, 14.9)
    assert owner(office, ident) == "anna"
    passes(office, 0.3)
    assert owner(office, ident) == "head"
    assert effects(office, "remind:") == []


def test_many_reminders_at_once_are_one_message(floor: Callable[..., Office]) -> None:
    """Of ten cards that wait for anna she is told in one line with their numbers."""
    office = floor()
    for away in ("boris", "vera"):
        office.do("pause", away, what="manager")
    idents = [office.waits(phone=f"+791600000{number:02}", name="") for number in range(10)]
    office.processor.process()
    passes(office, 4.1)
    (told,) = effects(office, "remind:")
    assert (told.kind, told.target) == ("notice", "anna")
    assert "№ 10" in told.payload
    assert len(idents) == 10


def test_f56_an_outage_of_the_clock_fires_each_timer_once_and_collapses_what_was_missed(
    office: Office,
) -> None:
    """Two hours without a clock: no reminder for what is long past, one owner more for each, not two; the rest of
    the way is as ever."""
    idents = [office.comes(phone=f"+791600000{number:02}") for number in range(6)]
    office.clock.advance(2 * 3600)
    before = Counter(row.target for row in effects(office, "card:"))
    passes(office, 0.5)

    owners = [owner(office, one) for one in idents]
    for former, now in zip(["anna", "boris", "vera"] * 2, owners, strict=True):
        assert now != former
        assert now != "head"
    assert effects(office, "remind:") == []
    after = Counter(row.target for row in effects(office, "card:"))
    assert sum(after.values()) - sum(before.values()) == 12, "each: the former card closed, the new one shown"

    passes(office, 5)
    assert {owner(office, one) for one in idents} == {"head"}


def test_f56_two_clocks_at_once_do_everything_once(office: Office) -> None:
    """Both find the same alarms; the ledger's turnstile lets the second one see that it is done."""
    idents = [office.comes(phone=f"+791600000{number:02}") for number in range(8)]
    office.clock.advance(5 * MINUTE + 1)
    start = threading.Barrier(2)

    def run() -> None:
        keep, _ = duties(office)
        start.wait()
        keep.run(office.clock.now())

    clocks = [threading.Thread(target=run) for _ in range(2)]
    for one in clocks:
        one.start()
    for one in clocks:
        one.join()

    for ident in idents:
        rules = [one["rule"] for one in office.inquiry(ident)["decision"]["reasons"]]
        assert rules.count("not_taken") == 1
    assert SqlTimers(office.instance.store).alarms(office.clock.now(), 10) == []


def test_f55_with_nobody_on_shift_it_waits_and_the_head_is_told_at_once(office: Office) -> None:
    """Once for all that comes; oldest first when somebody is there; the promise begins then."""
    for away in ("anna", "boris", "vera", "head"):
        office.do("pause", away, what="manager")
    idents = [office.comes(phone=f"+791600000{number:02}") for number in range(3)]
    assert [owner(office, one) for one in idents] == ["", "", ""]
    (told,) = effects(office, "nobody:")
    assert (told.target, told.kind) == ("head", "notice")
    passes(office, 30)
    assert [owner(office, one) for one in idents] == ["", "", ""]
    assert effects(office, "remind:") == []

    office.do("resume", "vera", what="manager")
    office.do("resume", "boris", what="manager")
    passes(office, 0.2)
    assert [owner(office, one) for one in idents] == ["boris", "vera", "boris"]
    (first, *_) = [one for one in office.cards("boris") if one["inquiry_ids"] == [idents[0]]]
    assert first["state"] == "new"
    assert first["due_at"]
    client = office.reader.one("client", office.inquiry(idents[0])["decision"]["client_id"])
    assert client
    assert client["owner"] == "boris"
    assert [task["owner"] for task in office.deal_of(idents[0])["tasks"]] == ["boris"]
    passes(office, 4)
    assert sorted(row.target for row in effects(office, "remind:")) == ["boris", "boris", "vera"]


def test_f55_night_inquiries_are_handed_out_in_the_morning_by_turn(floor: Callable[..., Office]) -> None:
    """The oldest first; a returning client's goes to the client's owner."""
    office = floor()
    for one in ("anna", "boris", "vera", "head"):
        office.do("terms", one, what="manager", hours="daily 09:00-18:00")
    known = office.comes(phone="+79160000099")
    assert owner(office, known) == "anna"
    office.do("won", office.deal_of(known)["id"], what="deal")
    office.clock.advance(5 * 3600)
    idents = [office.comes(phone=f"+791600000{number:02}") for number in range(4)]
    again = office.comes(phone="+79160000099")
    assert {owner(office, one) for one in [*idents, again]} == {""}
    passes(office, 11 * 60, step_s=60)
    passes(office, 60, step_s=30)
    assert owner(office, again) in ("anna", "head", "boris", "vera")
    reasons = [one["rule"] for one in office.inquiry(again)["decision"]["reasons"]]
    assert "owner_client_owner" in reasons
    firsts = [
        next(
            one["evidence"]
            for one in office.inquiry(ident)["decision"]["reasons"]
            if one["rule"] == "owner_round_robin"
        ).split()[0]
        for ident in idents
    ]
    assert firsts == ["boris", "vera", "anna", "boris"]


def test_f55_all_full_waits_for_the_next_day(floor: Callable[..., Office]) -> None:
    """A limit is a limit; the head is told that all are full."""
    office = floor()
    for one in ("anna", "boris", "vera"):
        office.do("terms", one, what="manager", capacity="1")
    idents = [office.comes(phone=f"+791600000{number:02}") for number in range(4)]
    assert [owner(office, one) for one in idents] == ["anna", "boris", "vera", ""]
    assert len(effects(office, "nobody:head")) == 1
    for ident, who in zip(idents, ("anna", "boris", "vera"), strict=False):
        office.do("take", ident, Who(who, "manager", who))
    passes(office, 8 * 60, step_s=60)
    assert owner(office, idents[3]) != ""


def test_who_takes_what_has_no_owner_has_it(office: Office) -> None:
    """The head, from the alarm."""
    for away in ("anna", "boris", "vera", "head"):
        office.do("pause", away, what="manager")
    ident = office.comes()
    office.do("take", ident, Who("head", "manager", "head"))
    assert owner(office, ident) == "head"
    passes(office, 10)
    assert office.cards("head")[0]["state"] == "taken"


def test_f52_a_touch_on_the_deal_of_who_left_finds_another_owner(office: Office) -> None:
    """However it came that the deal was left behind."""
    ident = office.comes()
    with office.instance.store.ledger.begin() as connection:
        connection.exec_driver_sql("UPDATE manager SET state = 'dismissed' WHERE id = 'anna'")
    again = office.comes()
    assert office.inquiry(again)["state"] == "attached"
    assert owner(office, again) == owner(office, ident) == "boris"
    assert office.cards("boris")[0]["inquiry_ids"] == [ident, again]


def test_a_touch_during_a_leave_brings_the_deal_to_the_deputy(office: Office) -> None:
    """The deputy sees the whole story; why is on record."""
    ident = office.comes()
    office.do("take", ident)
    office.do("leave", "anna", what="manager", until="2027-01-01T00:00:00Z", deputy="vera")
    again = office.comes()
    assert owner(office, again) == owner(office, ident) == "vera"
    assert office.inquiry(again)["decision"]["reasons"][-1] == {
        "rule": "owner_deputy",
        "evidence": "anna",
        "weight": 0.0,
    }
