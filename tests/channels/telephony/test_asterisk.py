"""Asterisk's messages: what each tells, and a call out of them in any order."""

from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.catalogue import channels_by_kind
from channels.telephony.asterisk import identify, read_message
from intake.account import Account, Company
from intake.errors import Unreadable
from intake.inquiry import Inquiry, Outcome, Parsed, Raw
from workers.folding import merged

ACCOUNT = Account("pbx", "asterisk", "demo-secret")
CALL = "1705311000.10"
TRUNK = {
    "Channel": "PJSIP/trunk-0000000a", "CallerIDNum": "79161234567", "CallerIDName": "<unknown>",
    "ConnectedLineNum": "<unknown>", "Context": "from-trunk", "Exten": "74951234567", "Uniqueid": CALL,
    "Linkedid": CALL,
}  # fmt: skip
PHONE = {
    "Channel": "PJSIP/101-0000000b", "CallerIDNum": "101", "CallerIDName": "Анна", "ConnectedLineNum": "79161234567",
    "Context": "from-internal", "Exten": "", "Uniqueid": "1705311002.11", "Linkedid": CALL,
}  # fmt: skip
DEST = {
    "DestChannel": "PJSIP/101-0000000b",
    "DestCallerIDNum": "101",
    "DestUniqueid": "1705311002.11",
    "DestLinkedid": CALL,
}


def message(event: str, *parts: dict[str, str], end: str = "\r\n", **more: str) -> bytes:
    fields = {"Event": event, "Privilege": "call,all"}
    for part in parts:
        fields |= part
    return (end.join(f"{name}: {value}" for name, value in {**fields, **more}.items()) + end * 2).encode()


def told(body: bytes) -> Parsed:
    raw = Raw("r", 1, "q1", "pbx", "asterisk", 1_790_000_000_000, body, {})
    return channels_by_kind()["asterisk"].parser.parse(raw, ACCOUNT, Company())


BEGIN = message("Newchannel", TRUNK)
DIAL = message("DialBegin", TRUNK, DEST, DialString="101/sip:101@192.0.2.7")
OTHER_GIVES_UP = message("DialEnd", TRUNK, {**DEST, "DestCallerIDNum": "102"}, DialStatus="NOANSWER")
DIALED = message("DialEnd", TRUNK, DEST, DialStatus="ANSWER")
BRIDGE = message("BridgeEnter", TRUNK, ConnectedLineNum="101", BridgeUniqueid="b1", BridgeNumChannels="1")
TOGETHER = message("BridgeEnter", PHONE, BridgeUniqueid="b1", BridgeNumChannels="2")
LEG_OVER = message("Hangup", PHONE, Cause="16")
OVER = message("Hangup", TRUNK, Cause="16", Timestamp="1705311050.250000")
CDR = message(
    "Cdr", Source="79161234567", Destination="101", DestinationContext="from-internal", UniqueID=CALL,
    Channel="PJSIP/trunk-0000000a", DestinationChannel="PJSIP/101-0000000b", StartTime="2024-01-15 12:30:00",
    AnswerTime="2024-01-15 12:30:08", EndTime="2024-01-15 12:30:50", Duration="50", BillableSeconds="42",
    Disposition="ANSWERED",
)  # fmt: skip


def inquiry(body: bytes) -> Inquiry:
    return told(body).inquiry


def test_a_call_from_a_trunk_begins() -> None:
    """The first channel tells who rings which line, and when; `<unknown>` is no name."""
    one = told(BEGIN)
    assert one.outcome is Outcome.ACCEPTED
    assert one.inquiry.sender.phones == ("+79161234567",)
    assert one.inquiry.sender.name == ""
    assert one.inquiry.recipient.line == "+74951234567"
    assert one.inquiry.occurred_at == 1_705_311_000_000
    call = one.inquiry.call
    assert call
    assert (call.id, call.direction, call.status) == (CALL, "in", "ringing")


@pytest.mark.parametrize(
    ("body", "status", "answered_by"),
    [
        (DIAL, "ringing", ""),
        (OTHER_GIVES_UP, "ringing", ""),
        (DIALED, "answered", "101"),
        (BRIDGE, "ringing", ""),
        (TOGETHER, "answered", "101"),
        (OVER, "missed", ""),
        (CDR, "answered", "101"),
        (CDR.replace(b"ANSWERED", b"NO ANSWER"), "missed", ""),
        (CDR.replace(b"DestinationChannel: PJSIP/101-0000000b", b"DestinationChannel: "), "missed", ""),
        (message("QueueCallerJoin", TRUNK, Queue="sales"), "ringing", ""),
        (
            message("AgentConnect", TRUNK, DEST, Interface="Local/101@from-queue/n", HoldTime="9"),
            "answered",
            "101",
        ),
        (message("QueueCallerAbandon", TRUNK, Queue="sales", HoldTime="25"), "missed", ""),
    ],
)
def test_what_a_message_tells(body: bytes, status: str, answered_by: str) -> None:
    """One telephone's end is not the call's; the menu's or the queue's answer is nobody's."""
    one = told(body)
    assert one.outcome is Outcome.ACCEPTED
    call = one.inquiry.call
    assert call
    assert (call.id, call.direction, call.status, call.answered_by) == (CALL, "in", status, answered_by)
    assert one.inquiry.sender.phones == ("+79161234567",)


def test_directions() -> None:
    """Extensions call out and each other; the context tells where our own number is shown."""
    inside = {**TRUNK, "CallerIDNum": "101", "Context": "from-internal", "Channel": "PJSIP/101-1"}
    out = told(message("Newchannel", {**inside, "Exten": "89161234567"}))
    assert (out.outcome, out.inquiry.sender.phones) == (Outcome.ANSWER, ("+79161234567",))
    masked = told(message("Newchannel", {**inside, "CallerIDNum": "74951234567", "Exten": "89161234567"}))
    assert (masked.outcome, masked.inquiry.sender.phones) == (Outcome.ANSWER, ("+79161234567",))
    colleague = told(message("Newchannel", {**inside, "Exten": "102"}))
    assert (colleague.outcome, colleague.reason) == (Outcome.IGNORED, "internal")
    hidden = told(message("Newchannel", {**TRUNK, "CallerIDNum": "<unknown>"}))
    assert (hidden.outcome, hidden.inquiry.sender.phones) == (Outcome.ACCEPTED, ())


@pytest.mark.parametrize(
    "body",
    [
        LEG_OVER,
        message("Newchannel", PHONE),
        message("Newchannel", {**TRUNK, "Channel": "Local/101@from-queue-0001;1"}),
        message("VarSet", TRUNK, Variable="X", Value="1"),
        message("FullyBooted", Status="Fully Booted"),
        b"Response: Success\r\nMessage: Authentication accepted\r\n\r\n",
    ],
)
def test_what_tells_nothing_of_a_call_is_service(body: bytes) -> None:
    """A leg's end, half of a Local pair, a variable, an answer to us: no event for the journal."""
    assert (told(body).outcome, told(body).reason) == (Outcome.IGNORED, "service")
    assert identify(body) is None


def test_each_message_has_its_own_id_in_its_calls_group() -> None:
    """Events of one call differ; the same message twice is one."""
    bodies = (BEGIN, DIAL, OTHER_GIVES_UP, DIALED, BRIDGE, TOGETHER, OVER, CDR)
    named = [identify(body) for body in bodies]
    assert {event.group for event in named if event} == {CALL}
    assert len({event.external_id for event in named if event}) == len(bodies)
    assert identify(BEGIN) == identify(BEGIN)


@given(st.permutations((BEGIN, DIAL, OTHER_GIVES_UP, DIALED, BRIDGE, TOGETHER, OVER, CDR)))
@settings(max_examples=60, deadline=None)
def test_f46_an_answered_call_in_any_order(order: list[bytes]) -> None:
    """A hang-up before the ring changes nothing."""
    state = reduce(merged, (replace(inquiry(body), id="q1") for body in order))
    assert state.call
    assert (state.call.status, state.call.answered_by, state.call.talk_s, state.call.wait_s) == (
        "answered",
        "101",
        42,
        8,
    )
    assert state.sender.phones == ("+79161234567",)


@given(st.permutations((BEGIN, DIAL, OTHER_GIVES_UP, OVER)))
@settings(max_examples=24, deadline=None)
def test_f46_a_missed_call_in_any_order(order: list[bytes]) -> None:
    """Nobody was bridged: missed, whatever the cause says."""
    state = reduce(merged, (replace(inquiry(body), id="q1") for body in order))
    assert state.call
    assert (state.call.status, state.call.answered_by) == ("missed", "")


def test_messages_are_read_as_they_come() -> None:
    """Bare line ends, letters of any charset, a colon in a value, a key twice; what is no message is buried."""
    assert read_message(message("Newchannel", TRUNK, end="\n"))["exten"] == "74951234567"
    assert read_message("Event: X\r\nCallerIDName: Иван".encode("cp1251"))["calleridname"] == "Иван"
    assert read_message(b"Event: X\r\nAppData: a:b: c\r\nV: 1\r\nV: 2")["appdata"] == "a:b: c"
    for body in (b"", b"GET / HTTP/1.1", b"\x00" * 100, b"a" * 1_000_000):
        with pytest.raises(Unreadable):
            told(body)


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_f60_foreign_bytes_in_a_message_do_not_crash(noise: bytes) -> None:
    """Whatever stands in a message, it is understood or set aside."""
    for body in (BEGIN.rstrip() + b"\r\nX: " + noise, CDR.replace(b"2024-01-15", noise)):
        assert told(body).inquiry.id == "q1"
