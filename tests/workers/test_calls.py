"""What calls do to their deals: clocks, tasks to call back, owners, cards - through the real parsing and fold."""

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest

from intake.deal import CardState, TaskState
from intake.store.reading.ringing import RingingCalls
from tests.workers.office import ANNA, Office, opened
from tests.workers.switchboard import (
    CLIENT,
    LINES,
    Switchboard,
    answered_at,
    card_of_deal,
    feed_of,
    give,
    planned,
    rings,
    tasks_of,
)
from workers.bootstrap import Silence
from workers.clocking.calls import EndCalls

POLICY = """
[[account]]
id = "strict"
kind = "megafon"
crm_token = "demo-secret"
min_talk_s = 10
ignore_lines = ["+74951110000"]
"""
MINUTE = 60_000
"""In milliseconds; the clock is advanced in seconds."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path, LINES + POLICY) as one:
        yield one


@pytest.fixture
def board(office: Office) -> Switchboard:
    return Switchboard(office)


def test_a_missed_call_has_a_task_and_rings_at_once(office: Office, board: Switchboard) -> None:
    """While it rings the card makes no sound of its own; missed, it does, and the task is to call back."""
    call = board.rings("c1")
    card = card_of_deal(office, call)
    assert rings(office, card.id) == 0
    board.ends("c1", "missed")
    assert rings(office, card.id) == 1
    (task,) = planned(office, call)
    assert (task.kind, task.text) == ("call_back", "Перезвонить клиенту")
    assert answered_at(office, call) is None
    assert office.deal_of(call)["inquiries"] == [call]


def test_an_answered_call_stops_the_clock_and_rings_nobody(office: Office, board: Switchboard) -> None:
    """Who took it answers for the client; nothing is to be called back; the deal has a next step."""
    call = board.rings("c1", user="boris")
    office.clock.advance(8)
    board.is_answered("c1", "anna")
    board.ends("c1", "Success", "anna", talk_s=40)
    deal, card = office.deal_of(call), card_of_deal(office, call)
    assert deal["owner"] == office.inquiry(call)["decision"]["owner"] == card.manager == "anna"
    assert (card.state, card.taken_by) == (CardState.TAKEN, "anna")
    assert answered_at(office, call) is not None
    assert rings(office, card.id) == 0
    assert [one.kind for one in planned(office, call)] == ["next_step"]
    client = office.reader.one("client", deal["client_id"])
    assert client
    assert client["owner"] == "anna"


def test_a_call_that_turns_out_answered_takes_its_task_back(office: Office, board: Switchboard) -> None:
    """The exchange says missed, then that somebody talked: the task is cancelled, with its reason."""
    call = board.misses("c1")
    board.ends("c1", "Success", "anna", talk_s=30)
    states = {one.kind: (one.state, one.result) for one in tasks_of(office, call)}
    assert states["call_back"] == (TaskState.CANCELLED, "На звонок ответили")
    assert office.deal_of(call)["owner"] == "anna"
    assert card_of_deal(office, call).state is CardState.TAKEN
    assert answered_at(office, call) is not None


def test_an_answered_call_of_a_known_client_rings_nobody(office: Office, board: Switchboard) -> None:
    """It is a touch on the client's deal; whose it is does not change with who picked up."""
    form = office.comes()
    owner, card = office.deal_of(form)["owner"], card_of_deal(office, form)
    before = rings(office, card.id)
    call = board.rings("c1")
    board.is_answered("c1", "boris" if owner == "anna" else "anna")
    board.ends("c1", "Success", "boris" if owner == "anna" else "anna", talk_s=40)
    assert office.deal_of(call)["id"] == office.deal_of(form)["id"]
    assert office.deal_of(call)["owner"] == owner
    assert rings(office, card.id) == before
    assert answered_at(office, form) is not None


def test_calling_back_closes_the_missed_call(office: Office, board: Switchboard) -> None:
    """The exchange tells of our call: the task is done, the clock stops, it is no inquiry."""
    call = board.misses("c1")
    office.clock.advance(2 * 60)
    ours = board.calls_out("o1", "Success", "boris", talk_s=35)
    done = [one for one in tasks_of(office, call) if one.kind == "call_back"]
    assert [(one.state, one.result) for one in done] == [(TaskState.DONE, "Мы перезвонили клиенту")]
    assert answered_at(office, call) is not None
    assert card_of_deal(office, call).state is CardState.TAKEN
    told = office.inquiry(ours)
    assert (told["state"], told["state_reason"]) == ("ignored", "answer")
    assert office.deal_of(call)["inquiries"] == [call]
    assert [(one.direction, one.text, one.actor) for one in feed_of(office, call)] == [
        ("in", "missed", ""),
        ("out", "answered", "boris"),
    ]


def test_ringing_the_client_is_no_answer_yet(office: Office, board: Switchboard) -> None:
    """Our call's first event stops no clock; one that nobody picked up is noted as an attempt."""
    call = board.misses("c1")
    (before,) = planned(office, call)
    board.calls_out("o1", "NotAvailable", "boris")
    (task,) = planned(office, call)
    assert answered_at(office, call) is None
    assert (task.id, task.result) == (before.id, "Мы звонили, никто не взял трубку")
    assert task.due_at >= office.clock.now() + 14 * MINUTE
    assert [(one.direction, one.text) for one in feed_of(office, call)] == [
        ("in", "missed"),
        ("out", "missed"),
    ]


def test_repeated_misses_raise_the_one_task(office: Office, board: Switchboard) -> None:
    """A client who tries again is one task that says so, and rings every time; after a talk it counts anew."""
    call = board.misses("c1")
    office.clock.advance(60)
    again = board.misses("c2")
    assert office.deal_of(again)["id"] == office.deal_of(call)["id"]
    (task,) = planned(office, call)
    assert task.text == "Перезвонить клиенту: пропущенных подряд: 2"
    assert rings(office, card_of_deal(office, call).id) == 2
    office.clock.advance(60)
    board.calls_out("o1", "Success", "anna", talk_s=20)
    office.clock.advance(60)
    board.misses("c3")
    texts = [one.text for one in planned(office, call) if one.kind == "call_back"]
    assert texts == ["Перезвонить клиенту"]


def test_a_missed_call_in_a_deal_that_somebody_has_is_a_task_at_once(
    office: Office, board: Switchboard
) -> None:
    """The client of a deal in work calls in vain: its owner gets a task, and a sound."""
    form = office.comes()
    office.do("take", form, ANNA)
    rung = rings(office, card_of_deal(office, form).id)
    board.misses("c1")
    kinds = {one.kind: one for one in planned(office, form)}
    assert kinds.keys() & {"call_back"}
    assert kinds["call_back"].owner == "anna"
    assert rings(office, card_of_deal(office, form).id) == rung + 1


def test_yesterdays_talk_told_today_closes_nothing(office: Office, board: Switchboard) -> None:
    """A talk that was before the missed call is no call back, whenever it is told."""
    board._began["old"] = office.clock.now() - 24 * 60 * MINUTE
    call = board.misses("c1")
    board.ends("old", "Success", "anna", talk_s=60, kind="out")
    board._began["older"] = office.clock.now() - 25 * 60 * MINUTE
    board.ends("older", "Success", "anna", talk_s=60)
    assert [one.kind for one in planned(office, call)] == ["call_back"]
    assert answered_at(office, call) is None


def test_a_missed_call_that_is_told_after_the_call_back_asks_for_nothing(
    office: Office, board: Switchboard
) -> None:
    """Read again from the exchange, yesterday's missed call was called back yesterday."""
    form = office.comes()
    missed_at = office.clock.now()
    office.clock.advance(5 * 60)
    board.calls_out("o1", "Success", "anna", talk_s=60)
    board._began["c1"] = missed_at
    board.ends("c1", "missed")
    assert [one.kind for one in planned(office, form)] == ["next_step"]


def test_a_ringing_call_uses_up_no_turn(office: Office, board: Switchboard) -> None:
    """Whose turn it is is settled when the call is over: answered calls cost nobody a turn."""
    board.rings("c1", phone="79160000001")
    board.is_answered("c1", "boris", phone="79160000001")
    board.ends("c1", "Success", "boris", phone="79160000001", talk_s=10)
    missed = board.misses("c2", phone="79160000002")
    assert office.deal_of(missed)["owner"] == "anna"
    assert "turn 1" in str(office.inquiry(missed)["decision"]["reasons"])


def test_what_a_person_did_while_it_rang_stays(office: Office, board: Switchboard) -> None:
    """A card that somebody took during the ringing is theirs, whoever picked up."""
    call = board.rings("c1")
    office.do("take", call, ANNA)
    board.is_answered("c1", "boris")
    assert office.deal_of(call)["owner"] == card_of_deal(office, call).manager == "anna"


def test_a_missed_call_in_the_tray_rings_and_waits(office: Office) -> None:
    """Where deals are born by a manager's hand, a ringing call is offered without a sound, a missed one with."""
    board = Switchboard(office, "reception")
    call = board.rings("c1")
    (card,) = office.cards("anna") or office.cards("boris")
    assert rings(office, card["id"]) == 0
    board.ends("c1", "missed")
    assert office.inquiry(call)["state"] == "offered"
    assert rings(office, card["id"]) == 1


def test_f47_a_missed_call_a_form_and_a_call_back(office: Office, board: Switchboard) -> None:
    """One client, one deal, three touches, one owner; the form within two minutes is no second request."""
    call = board.misses("c1")
    office.clock.advance(60)
    form = office.comes()
    office.clock.advance(60)
    other = "boris" if office.deal_of(call)["owner"] == "anna" else "anna"
    board.calls_out("o1", "Success", other, talk_s=90)
    deal = office.deal_of(call)
    assert deal["inquiries"] == [call, form]
    assert len(feed_of(office, call)) == 3
    assert {office.inquiry(one)["decision"]["owner"] for one in (call, form)} == {deal["owner"]}
    assert not [one for one in planned(office, call) if one.kind != "next_step"]


def test_f46_hidden_numbers_are_never_one_client(office: Office, board: Switchboard) -> None:
    """Two callers without a number, and one with ours: three clients."""
    calls = [
        board.misses(ident, phone=phone) for ident, phone in (("c1", "anonymous"), ("c2", ""), ("c3", ""))
    ]
    assert len({office.inquiry(one)["decision"]["client_id"] for one in calls}) == 3


def test_f46_a_transferred_call_that_goes_on_under_another_id_is_one_call(
    office: Office, board: Switchboard
) -> None:
    """MegaFon tells of the second part as a call of its own: one inquiry, with whom it ended."""
    call = board.rings("c1", user="boris")
    board.is_answered("c1", "boris")
    board.tell(
        "c1", {"cmd": "event", "type": "TRANSFERRED", "phone": CLIENT, "user": "boris", "second_callid": "c2"}
    )
    assert board.is_answered("c2", "anna") == call
    assert board.ends("c2", "Success", "anna", talk_s=70) == call
    assert board.ends("c1", "Success", "boris", talk_s=10) == call
    told = office.inquiry(call)
    assert (told["call"]["status"], told["call"]["talk_s"]) == ("answered", 70)
    assert office.deal_of(call)["inquiries"] == [call]
    # the second part's end came ahead of the word that joins it: two touches of one deal
    assert board.ends("d2", "Success", "anna", talk_s=5) != board.ends("d1", "Success", "boris", talk_s=5)


def test_f46_events_of_a_transfer_in_one_commit_are_one_call(office: Office, board: Switchboard) -> None:
    """Whichever of them stands first in it."""
    told = [
        board.heard(
            "c2", {"cmd": "history", "type": "in", "status": "Success", "phone": CLIENT, "duration": 9}
        ),
        board.heard("c1", {"cmd": "event", "type": "INCOMING", "phone": CLIENT, "user": "anna"}),
        board.heard("c1", {"cmd": "event", "type": "TRANSFERRED", "phone": CLIENT, "second_callid": "c2"}),
    ]
    assert len(set(give(office, [raw for some in told for raw in some]))) == 1


def test_f46_a_call_whose_end_never_came_counts_as_missed(office: Office, board: Switchboard) -> None:
    """An hour after the ring somebody is told to call back; a talk that is told later takes it back."""
    call, ours = board.rings("c1"), board._event("o1", "OUTGOING", CLIENT, "anna")
    clock = EndCalls(
        RingingCalls(office.instance.store), office.instance.ledger, office.instance.rules, Silence()
    )
    office.clock.advance(59 * 60)
    clock.run(office.clock.now())
    assert office.inquiry(call)["call"]["status"] == "ringing"
    office.clock.advance(2 * 60)
    for _ in range(2):
        clock.run(office.clock.now())
    told = office.inquiry(call)
    assert told["call"]["status"] == office.inquiry(ours)["call"]["status"] == "missed"
    assert [one["rule"] for one in told["decision"]["reasons"]].count("no_end") == 1
    assert rings(office, card_of_deal(office, call).id) == 1
    assert [one.kind for one in planned(office, call)] == ["call_back"]
    assert RingingCalls(office.instance.store).since(office.clock.now()) == []
    board.ends("c1", "Success", "anna", talk_s=30)
    assert office.inquiry(call)["call"]["status"] == "answered"
    assert [one.kind for one in planned(office, call)] == ["next_step"]


def test_a_call_in_the_tray_whose_end_never_came_rings(office: Office) -> None:
    """It waits for a choice, and makes its sound."""
    board = Switchboard(office, "reception")
    call = board.rings("c1")
    (card,) = office.cards("anna") or office.cards("boris")
    office.clock.advance(61 * 60)
    EndCalls(
        RingingCalls(office.instance.store), office.instance.ledger, office.instance.rules, Silence()
    ).run(office.clock.now())
    assert (office.inquiry(call)["state"], office.inquiry(call)["call"]["status"]) == ("offered", "missed")
    assert rings(office, card["id"]) == 1


@pytest.mark.servers
def test_calls_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    """Missed, missed again, tried, called back, one without an end: the same on the other database."""
    with opened(tmp_path, f'{LINES}\n[store]\nurl = "{postgres_url}"\n') as office:
        board = Switchboard(office)
        call = board.misses("c1")
        board.misses("c2")
        assert [one.text for one in planned(office, call)] == ["Перезвонить клиенту: пропущенных подряд: 2"]
        board.calls_out("o1", "NotAvailable")
        board.calls_out("o2", "Success", "anna", talk_s=30)
        assert [one.kind for one in planned(office, call)] == ["next_step"]
        board.rings("c3")
        office.clock.advance(61 * 60)
        store = office.instance.store
        EndCalls(RingingCalls(store), office.instance.ledger, office.instance.rules, Silence()).run(
            office.clock.now()
        )
        assert sorted(one.kind for one in planned(office, call)) == ["call_back", "next_step"]
        (card,) = office.cards(office.deal_of(call)["owner"])
        assert card["text"].startswith("✅")
        assert "☎ Пропущенный" in card["text"]


def test_a_talk_shorter_than_the_account_counts_is_a_missed_call(office: Office) -> None:
    """Somebody picked up and hung up: while they talk nothing is known, afterwards the client is to be called."""
    board = Switchboard(office, "strict")
    call = board.rings("c1")
    board.is_answered("c1", "anna")
    assert office.inquiry(call)["call"]["status"] == "ringing"
    board.ends("c1", "Success", "anna", talk_s=4)
    assert [one.kind for one in planned(office, call)] == ["call_back"]
    assert answered_at(office, call) is None
    ours = board.calls_out("o1", "Success", "anna", talk_s=5)
    assert office.inquiry(ours)["call"]["status"] == "missed"
    assert [one.kind for one in planned(office, call)] == ["call_back"]
    board.calls_out("o2", "Success", "anna", talk_s=50)
    assert [one.kind for one in planned(office, call)] == ["next_step"]


def test_calls_that_are_nobodys_request_ring_nobody(office: Office) -> None:
    """The support's line, colleagues among themselves: kept, with the reason, without a deal."""
    board = Switchboard(office, "strict")
    history = {"cmd": "history", "type": "in", "status": "missed", "user": "anna", "duration": 0}
    support = board.tell("s1", {**history, "phone": CLIENT, "diversion": "84951110000"})
    inside = board.tell("s2", {**history, "phone": "102", "diversion": ""})
    told = [office.inquiry(one) for one in (support, inside)]
    assert [(one["state"], one["state_reason"]) for one in told] == [
        ("ignored", "support"),
        ("ignored", "internal"),
    ]
    assert office.cards("anna") == office.cards("boris") == []


def test_f43_the_same_event_three_times_and_a_day_late_is_one(office: Office, board: Switchboard) -> None:
    """Thrice in one commit, once more the next day; and what comes for the first time a day late is taken."""
    told = {"cmd": "history", "type": "in", "status": "missed", "phone": CLIENT, "user": "", "duration": 0}
    first = give(office, board.heard("c1", told) * 3)
    assert len(set(first)) == 1
    office.clock.advance(25 * 3600)
    assert board.tell("c1", told) == first[0]
    assert len(feed_of(office, first[0])) == 1
    late = board.tell("c9", {**told, "start": "20200101T000000Z"})
    assert office.inquiry(late)["state"] == "attached"
    assert office.deal_of(late)["inquiries"] == [first[0], late]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_f46_a_call_that_was_passed_on_is_whose_it_became(
    office: Office, board: Switchboard, order: tuple[int, ...]
) -> None:
    """Boris picked up and passed it to Anna, who talked: hers, whichever of the events comes first."""
    common = {"phone": CLIENT, "direction": "in"}
    told = [
        {**common, "cmd": "event", "type": "INCOMING", "user": "boris"},
        {**common, "cmd": "event", "type": "ACCEPTED", "user": "boris"},
        {**common, "cmd": "event", "type": "ACCEPTED", "user": "anna"},
        {
            **common,
            "cmd": "history",
            "type": "in",
            "status": "Success",
            "user": "anna",
            "start": "20260921T135300Z",
            "wait": 7,
            "duration": 60,
        },
    ]
    (call,) = {board.tell("c1", told[place]) for place in order}
    deal, card = office.deal_of(call), card_of_deal(office, call)
    assert office.inquiry(call)["call"]["answered_by"] == "anna"
    assert (deal["owner"], card.manager, card.taken_by, card.state) == (
        "anna",
        "anna",
        "anna",
        CardState.TAKEN,
    )
    assert rings(office, card.id) == 0


def test_a_deal_that_a_person_gave_away_stays_given(office: Office, board: Switchboard) -> None:
    """What the exchange still tells of the call changes nothing of that."""
    call = board.rings("c1", user="boris")
    board.is_answered("c1", "boris")
    office.do("assign", call, owner="anna")
    board.ends("c1", "Success", "boris", talk_s=30)
    assert office.deal_of(call)["owner"] == card_of_deal(office, call).manager == "anna"


def test_an_answered_call_that_is_taken_from_the_tray_asks_for_no_call_back(office: Office) -> None:
    """The deal is born by a manager's hand; the client was heard already."""
    board = Switchboard(office, "reception")
    call = board.rings("c1")
    board.is_answered("c1", "anna")
    board.ends("c1", "Success", "anna", talk_s=30)
    assert office.inquiry(call)["state"] == "offered"
    office.do("take", call, ANNA)
    assert [one.kind for one in planned(office, call)] == ["next_step"]
    assert answered_at(office, call) is not None
    assert [(one.text, one.actor) for one in feed_of(office, call)] == [("answered", "anna")]


def test_a_missed_call_that_is_attached_by_hand_is_a_task_of_that_deal(office: Office) -> None:
    """And taken out of it, it is none any more than any other inquiry."""
    form = office.comes(phone="+7 916 111-22-33", name="Ольга Смирнова")
    office.do("take", form, ANNA)
    call = Switchboard(office, "reception").misses("c1")
    office.do("attach", call, ANNA, deal_id=office.deal_of(form)["id"])
    (task,) = planned(office, form)
    assert (task.kind, task.text) == ("call_back", "Перезвонить клиенту")


def test_calling_back_a_number_that_two_clients_share_closes_the_call_that_waits(
    office: Office, board: Switchboard
) -> None:
    """Who of them it was the exchange does not know; the missed call was from this number, and it was called."""
    for name in ("Иван Петров", "Ольга Смирнова"):
        taken = office.comes(name=name)
        for task in planned(office, taken):
            office.do("done", task.id, ANNA, "task", result="ок", next_due_at="2027-01-01T00:00:00Z")
    call = board.misses("c1")
    assert [one.kind for one in planned(office, call) if one.kind == "call_back"]
    ours = board.calls_out("o1", "Success", "anna", talk_s=30)
    assert not [one.kind for one in planned(office, call) if one.kind == "call_back"]
    assert office.inquiry(ours)["decision"]["deal_id"] == office.deal_of(call)["id"]
    assert feed_of(office, call)[-1].text == "answered"
