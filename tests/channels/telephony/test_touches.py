"""A client who calls, calls again and writes: every touch on one deal, with one owner."""

from dataclasses import replace

from intake.account import Account
from intake.deal import Manager
from intake.decision import Snapshot
from intake.inquiry import Inquiry, Kind, Outcome, Parsed, Sender
from tests.channels.contract import COMPANY
from tests.channels.telephony.test_order_of_events import parsed
from workers.pipeline import Item, Pipeline
from workers.rules import Rules

NOW = 1_790_000_000_000
PHONE = "+79161234567"


def item(name: str, told: Parsed, inquiry: str) -> Item:
    return Item(name, replace(told, inquiry=replace(told.inquiry, id=inquiry)))


def test_f47_a_missed_call_a_second_one_and_a_form_are_one_request() -> None:
    """Three touches, one client, one deal; the owner is the first one's, whoever took the second call."""
    rules = Rules(COMPANY, {"mango": Account("mango", "mango"), "site": Account("site", "form")})
    (missed,), (ring, answered) = (
        parsed("sipuni", ["hang_up_no_answer"]),
        parsed("mango", ["call_appeared_employee", "summary_answered"]),
    )
    form = Inquiry("q3", "site", "form", Kind.FORM, NOW, sender=Sender("Иван", (PHONE,)), text="Перезвоните")
    anna, ivan = Manager("anna", "Анна", extension="105"), Manager("ivan", "Иван", extension="101")
    snapshot = Snapshot(managers={"anna": anna, "ivan": ivan})
    items = [
        item("r1", missed, "q1"),
        item("r2", ring, "q2"),
        item("r3", answered, "q2"),
        Item("r4", Parsed(Outcome.ACCEPTED, form)),
    ]
    changes = Pipeline(items, rules, NOW).step(snapshot)
    (deal,) = snapshot.deals.values()
    assert len(snapshot.clients) == 1
    assert set(snapshot.inquiries) == {"q1", "q2", "q3"}
    assert len({decision.deal_id for _, decision in snapshot.inquiries.values()}) == 1
    assert {decision.owner for _, decision in snapshot.inquiries.values()} == {deal.owner}
    assert len(changes.interactions) == 3
    called = snapshot.inquiries["q2"][0].call
    assert called
    assert (called.status, called.answered_by) == ("answered", "101")
