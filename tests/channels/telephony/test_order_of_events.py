"""The events of one call in any order, repeated, passed on: the call ends in the same state."""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.catalogue import channels_by_kind
from intake.inquiry import Attribution, Call, Inquiry, Kind, Parsed, Recipient, Sender
from tests.channels.contract import COMPANY, raws_of, samples, setup_of
from workers.folding import is_part, merged

AT = 1_790_000_000_000
WORDS = st.sampled_from(("", "101", "102", "9031234567"))
TIMES = st.none() | st.integers(AT, AT + 3)
COUNTS = st.none() | st.integers(0, 3)
TABLES = st.dictionaries(st.sampled_from(("a", "b")), st.sampled_from(("1", "22")), max_size=2)


@st.composite
def events(draw: st.DrawFn) -> Inquiry:
    """What any event of one call may tell."""
    phones = draw(st.sampled_from(((), ("+79161234567",), ("+79161234568",))))
    directions = st.sampled_from(("", "in", "out", "internal"))
    call = Call(
        "c1",
        direction=draw(directions),
        status=draw(st.sampled_from(("", "ringing", "answered", "missed", "failed"))),
        answered_by=draw(WORDS),
        answered_at=draw(TIMES),
        talk_s=draw(COUNTS),
        wait_s=draw(COUNTS),
        ended_at=draw(TIMES),
        recording_url=draw(st.none() | st.sampled_from(("https://a.example/1", "https://a.example/2"))),
        client_told=draw(directions) if phones else "",
    )
    return Inquiry(
        id="q1",
        account="ats",
        channel="mango",
        kind=Kind.CALL,
        received_at=AT,
        external_id="c1",
        occurred_at=draw(TIMES),
        sender=Sender(name=draw(st.sampled_from(("", "Иван", "Иван Петров"))), phones=phones),
        recipient=Recipient(line=draw(WORDS), extension=draw(WORDS)),
        call=call,
        text=draw(st.sampled_from(("", "да", "нет"))),
        attribution=Attribution(utm=draw(TABLES), page_url=draw(WORDS)),
        fields=draw(TABLES),
        history=draw(st.booleans()),
    )


def folded(told: Sequence[Inquiry]) -> Inquiry:
    return reduce(merged, told)


@given(
    st.lists(events(), min_size=2, max_size=6).flatmap(
        lambda told: st.tuples(st.just(told), st.permutations(told))
    )
)
@settings(max_examples=400, deadline=None)
def test_f46_any_order_of_events_ends_in_the_same_state(orders: tuple[list[Inquiry], list[Inquiry]]) -> None:
    """What became of a call does not depend on what came first."""
    told, shuffled = orders
    assert folded(shuffled) == folded(told)


@given(st.lists(events(), min_size=1, max_size=4), events())
@settings(deadline=None)
def test_f46_a_repeated_event_changes_nothing(told: list[Inquiry], one: Inquiry) -> None:
    """Yesterday's events sent again leave the call as it was."""
    state = folded([one, *told])
    assert merged(state, one) == state
    assert merged(state, state) == state


@given(events(), events())
@settings(deadline=None)
def test_f46_nothing_goes_back(one: Inquiry, other: Inquiry) -> None:
    """ringing < failed < missed < answered; what was known stays known."""
    ranks = ("", "ringing", "failed", "missed", "answered")
    both = merged(one, other).call
    assert both
    assert one.call
    assert other.call
    assert ranks.index(both.status) == max(ranks.index(one.call.status), ranks.index(other.call.status))
    assert bool(both.answered_by) == bool(one.call.answered_by or other.call.answered_by)
    assert (both.recording_url is None) == (one.call.recording_url is other.call.recording_url is None)


CALLS = {
    "mango/answered": (
        ("call_connected_ivr", "call_appeared_employee", "call_connected_employee", "call_disconnected_leg",
         "recording_completed", "summary_answered"),
        {"status": "answered", "answered_by": "101", "talk_s": 38, "wait_s": 12},
    ),
    "mango/missed": (
        ("call_connected_ivr", "call_appeared_employee", "call_disconnected_leg", "summary_missed"),
        {"status": "missed", "answered_by": "", "talk_s": 0},
    ),
    "mango/passed_on_among_colleagues": (
        ("call_connected_employee", "call_internal", "summary_answered"),
        {"status": "answered", "answered_by": "101", "direction": "in"},
    ),
    "mango/passed_on_to_a_telephone_outside": (
        ("call_connected_employee", "call_outgoing"),
        {"status": "answered", "answered_by": "101", "direction": "in"},
    ),
    "zadarma/answered": (
        ("start", "internal_rings", "answer", "end_answered", "record"),
        {"status": "answered", "answered_by": "101", "talk_s": 42},
    ),
    "zadarma/missed": (("start", "internal_rings", "end_no_answer"), {"status": "missed", "talk_s": 0}),
    "megafon/answered": (
        ("event_incoming", "event_cancelled", "event_accepted", "event_transferred", "event_completed",
         "history_success"),
        {"status": "answered", "answered_by": "101", "talk_s": 42,
         "recording_url": "https://records.example/2a9b7e.mp3"},
    ),
    "megafon/missed": (("event_incoming", "event_cancelled", "history_missed"), {"status": "missed", "wait_s": 25}),
    "sipuni/answered": (
        ("call_to_the_line", "call", "leg_hang_up", "answer", "hang_up_answered"),
        {"status": "answered", "answered_by": "101", "talk_s": 42, "wait_s": 8},
    ),
    "sipuni/missed": (("call", "leg_hang_up", "hang_up_no_answer"), {"status": "missed"}),
    "uis/answered": (
        ("incoming", "answered", "call_finished", "novofon_record", "novofon_call_end_bare"),
        {"status": "answered", "answered_by": "101", "talk_s": 42,
         "recording_url": "https://media.novofon.example/998677427/abc.mp3"},
    ),
    "uis/missed": (("incoming", "lost", "novofon_call_end_bare"), {"status": "missed", "wait_s": 25}),
    "beeline/one_of_the_group_gave_up": (
        ("received", "released_unanswered", "answered", "released_answered"),
        {"status": "answered", "answered_by": "9031234567", "talk_s": 42},
    ),
    "rostelecom/answered": (("new", "connected", "disconnected", "end"), {"status": "answered", "answered_by": "101"}),
    "telphin/answered": (("dial_in", "answer", "hangup_answered"), {"status": "answered", "talk_s": 42}),
    "binotel/answered": (("received", "answered", "completed"), {"status": "answered", "answered_by": "904"}),
    "calltouch/answered": (("connected", "completed"), {"status": "answered", "talk_s": 42}),
    "roistat/missed": (("dial", "after_no_answer"), {"status": "missed"}),
}  # fmt: skip


def parsed(kind: str, names: Sequence[str]) -> list[Parsed]:
    channel, account = channels_by_kind()[kind], setup_of(kind).account
    assert channel.webhook is not None
    found = {sample.path.stem: sample.call for sample in samples(channel)}
    groups, told = set(), []
    for name in names:
        heard = channel.webhook.hear(found[name], account)
        groups |= {event.group for event in heard.events}
        told += [channel.parser.parse(raw, account, COMPANY) for raw in raws_of(heard, found[name], account)]
    assert len(groups) == 1
    assert "" not in groups
    return told


@pytest.mark.parametrize("name", CALLS)
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_f46_a_call_as_its_exchange_tells_it(name: str, data: st.DataObject) -> None:
    """One call whose hang-up comes before its ring, with parts repeated: the same result and the same client."""
    names, expected = CALLS[name]
    told = [replace(one.inquiry, id="q1") for one in parsed(name.partition("/")[0], names)]
    order = data.draw(st.permutations(told))
    repeated = data.draw(st.lists(st.sampled_from(told), max_size=3))
    state = folded([*order, *repeated])
    assert state.call
    assert {field: getattr(state.call, field) for field in expected} == expected
    assert state.sender.phones[0] in ("+79161234567", "+380971532839")
    assert state == folded(told)


def test_f46_parts_of_a_call_are_no_request_by_themselves() -> None:
    """A record or a bare end says neither who rang nor how it went; a hidden number's ring is a request."""
    kinds = {"mango": "recording_completed", "zadarma": "record", "uis": "novofon_call_end_bare"}
    assert all(is_part(parsed(kind, [name])[0].inquiry) for kind, name in kinds.items())
    asked = {"mango": "call_hidden_number", "zadarma": "start_hidden", "sipuni": "hidden", "uis": "lost"}
    assert not any(is_part(parsed(kind, [name])[0].inquiry) for kind, name in asked.items())
