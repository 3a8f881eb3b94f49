"""One call is one inquiry and one deal, whichever of its events comes first."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.account import Account
from intake.decision import Snapshot
from intake.inquiry import Outcome, Parsed, Sender, State
from tests.channels.contract import COMPANY
from tests.channels.telephony.test_order_of_events import CALLS, parsed
from workers.pipeline import Item, Pipeline
from workers.rules import Rules

NOW = 1_790_000_000_000


def decided(told: list[Parsed]) -> Snapshot:
    """What the ledger holds after a batch of these events of one call."""
    rules = Rules(COMPANY, {"ats": Account("ats", "mango")})
    items = [
        Item(f"r{place}", replace(one, inquiry=replace(one.inquiry, id="q1", account="ats")))
        for place, one in enumerate(told)
    ]
    snapshot = Snapshot()
    Pipeline(items, rules, NOW).step(snapshot)
    return snapshot


@pytest.mark.parametrize("name", CALLS)
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_f46_one_call_is_one_deal_in_any_order(name: str, data: st.DataObject) -> None:
    """A record, a colleague's leg or a hang-up may come first: one client, one deal, the right result."""
    names, expected = CALLS[name]
    told = parsed(name.partition("/")[0], names)
    snapshot = decided(data.draw(st.permutations(told)))
    assert len(snapshot.deals) == len(snapshot.clients) == len(snapshot.cards) == 1
    ((inquiry, decision),) = snapshot.inquiries.values()
    assert decision.state is State.CREATED
    assert inquiry.call
    assert inquiry.call.status == expected["status"]


@pytest.mark.parametrize("phones", [(), ("+74950000000",)], ids=["hidden", "our own"])
def test_f46_calls_without_a_number_of_their_own_are_not_one_client(phones: tuple[str, ...]) -> None:
    """Two anonymous callers are two clients; so are two whom an exchange shows under our own number."""
    (hidden,) = parsed("zadarma", ["start_hidden"])
    hidden = replace(hidden, inquiry=replace(hidden.inquiry, sender=Sender(phones=phones)))
    rules = Rules(COMPANY, {"ats": Account("ats", "zadarma")})
    items = [
        Item(f"r{one}", replace(hidden, inquiry=replace(hidden.inquiry, id=f"q{one}", account="ats")))
        for one in range(2)
    ]
    snapshot = Snapshot()
    Pipeline(items, rules, NOW).step(snapshot)
    assert len(snapshot.clients) == 2


def test_our_own_call_is_never_a_deal() -> None:
    """An outgoing call that nobody asked for and colleagues' talk open nothing."""
    for kind, name in (
        ("mango", "summary_outgoing"),
        ("megafon", "history_outgoing"),
        ("sipuni", "internal"),
    ):
        told = parsed(kind, [name])
        assert told[0].outcome in (Outcome.ANSWER, Outcome.IGNORED)
        assert not decided(told).deals


def test_a_record_alone_is_kept_and_rings_nobody() -> None:
    """A part of a call whose other events never came is ignored with its reason."""
    snapshot = decided(parsed("mango", ["recording_completed"]))
    ((_, decision),) = snapshot.inquiries.values()
    assert (decision.state, decision.state_reason) == (State.IGNORED, "part")
    assert not snapshot.cards
