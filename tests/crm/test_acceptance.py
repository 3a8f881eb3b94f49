"""The acceptance policy, row by row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crm.acceptance import DAY_MS, AcceptCase, AcceptRule, After, Choice, Policy, choose, joinable
from crm.owners.base import Segment
from intake.account import Accept, Account
from intake.deal import Deal, DealState
from intake.decision import Identity
from intake.inquiry import Attribution, Inquiry, Kind

_DEAL = Deal("d1", 1, "c1", "p1", "Поставка", "default", "petrova")
_AUTO = Account("site", "form")
_CAME = Inquiry("i0", "site", "form", Kind.FORM, 0)


@pytest.mark.parametrize(
    ("accept", "identity", "thread", "deals", "choice", "deal_id"),
    [
        pytest.param(Accept.AUTO, Identity.NEW, None, [], Choice.CREATE, "", id="a stranger gets a deal"),
        pytest.param(Accept.AUTO, Identity.SAME, None, [_DEAL], Choice.ATTACH, "d1", id="the one open deal"),
        pytest.param(Accept.AUTO, Identity.SAME, None, [], Choice.CREATE, "", id="a client without a deal"),
        pytest.param(
            Accept.AUTO, Identity.POSSIBLE, None, [_DEAL], Choice.CREATE, "", id="a suspect's deal is not his"
        ),
        pytest.param(
            Accept.AUTO,
            Identity.SAME,
            None,
            [_DEAL, replace(_DEAL, id="d2", number=2, opened_at=5)],
            Choice.OFFER,
            "d2",
            id="several open deals: ask, the newest first",
        ),
        pytest.param(
            Accept.AUTO,
            Identity.SAME,
            replace(_DEAL, id="d9", pipeline="other"),
            [_DEAL],
            Choice.ATTACH,
            "d9",
            id="the conversation's deal, whatever its pipeline",
        ),
        pytest.param(
            Accept.AUTO,
            Identity.SAME,
            replace(_DEAL, state=DealState.LOST),
            [],
            Choice.CREATE,
            "",
            id="the conversation's deal is closed",
        ),
        pytest.param(
            Accept.ON_TAKE, Identity.NEW, None, [], Choice.OFFER, "", id="nothing is born before a take"
        ),
        pytest.param(
            Accept.ON_TAKE, Identity.SAME, None, [_DEAL], Choice.ATTACH, "d1", id="nothing has to be born"
        ),
        pytest.param(
            Accept.ASK, Identity.SAME, _DEAL, [_DEAL], Choice.OFFER, "d1", id="always the manager's choice"
        ),
    ],
)
def test_each_row_of_the_policy(
    accept: Accept, identity: Identity, thread: Deal | None, deals: list[Deal], choice: Choice, deal_id: str
) -> None:
    """The first row that knows an answer wins."""
    answer = choose(AcceptCase(_CAME, replace(_AUTO, accept=accept), identity, thread, deals))

    assert (answer.choice, answer.deal_id) == (choice, deal_id)


def test_deals_that_only_wait_for_money_or_are_elsewhere_are_not_joined() -> None:
    """Open, of the account's pipeline, and taking inquiries."""
    deals = [
        _DEAL,
        replace(_DEAL, id="closed", state=DealState.WON),
        replace(_DEAL, id="elsewhere", pipeline="retail"),
        replace(_DEAL, id="paying", takes_inquiries=False),
    ]

    assert [one.id for one in joinable(deals, "default")] == ["d1"]


_NOW = 100 * DAY_MS
_LOST = replace(_DEAL, state=DealState.LOST, closed_at=_NOW - 3 * DAY_MS, lost_reason="дорого")
_WON = replace(_LOST, state=DealState.WON, lost_reason="")
_PENDING = replace(_DEAL, lost_reason="дорого")
_PAYING = replace(_DEAL, takes_inquiries=False)


@pytest.mark.parametrize(
    ("policy", "thread", "deals", "choice", "rule"),
    [
        pytest.param(Policy(), None, [_LOST], Choice.CREATE, "no_open_deal", id="new by default"),
        pytest.param(
            Policy(after_lost=After.REOPEN), None, [_LOST], Choice.REOPEN, "reopened", id="lost: open again"
        ),
        pytest.param(
            Policy(after_lost=After.REOPEN), _LOST, [], Choice.REOPEN, "reopened", id="its own conversation"
        ),
        pytest.param(
            Policy(after_lost=After.REOPEN),
            None,
            [_WON],
            Choice.CREATE,
            "no_open_deal",
            id="won is another row",
        ),
        pytest.param(
            Policy(after_won=After.ASK),
            None,
            [_WON],
            Choice.OFFER,
            "closed_lately",
            id="won: a human is asked",
        ),
        pytest.param(
            Policy(after_lost=After.REOPEN, within_ms=2 * DAY_MS),
            None,
            [_LOST],
            Choice.CREATE,
            "no_open_deal",
            id="too long ago",
        ),
        pytest.param(
            Policy(after_lost=After.REOPEN),
            None,
            [_PENDING],
            Choice.REOPEN,
            "reopened",
            id="waits to be lost",
        ),
        pytest.param(Policy(), None, [_PENDING], Choice.CREATE, "no_open_deal", id="waits to be lost: new"),
        pytest.param(
            Policy(after_lost=After.REOPEN),
            None,
            [_LOST, replace(_DEAL, id="d2")],
            Choice.ATTACH,
            "open_deal",
            id="an open deal comes first",
        ),
        pytest.param(
            Policy(after_lost=After.REOPEN),
            None,
            [replace(_LOST, pipeline="retail")],
            Choice.CREATE,
            "no_open_deal",
            id="another pipeline's deal stays closed",
        ),
        pytest.param(Policy(), None, [_PAYING], Choice.CREATE, "no_open_deal", id="it only waits for money"),
        pytest.param(
            Policy(),
            _PAYING,
            [_PAYING],
            Choice.OFFER,
            "thread_waits",
            id="an answer to one that waits for money",
        ),
    ],
)
def test_what_follows_a_closed_deal(
    policy: Policy, thread: Deal | None, deals: list[Deal], choice: Choice, rule: str
) -> None:
    """Reopen, new, or ask, as the policy says; never silently into one that takes no inquiries."""
    answer = choose(AcceptCase(_CAME, _AUTO, Identity.SAME, thread, deals, policy=policy, now=_NOW))

    assert (answer.choice, answer.reason.rule) == (choice, rule)


def test_a_suspect_reopens_nothing() -> None:
    """Who is only perhaps the client gets a deal of their own."""
    policy = Policy(after_lost=After.REOPEN)
    answer = choose(AcceptCase(_CAME, _AUTO, Identity.POSSIBLE, None, [_LOST], policy=policy, now=_NOW))

    assert answer.choice is Choice.CREATE


@pytest.mark.parametrize(
    ("rule", "choice"),
    [
        (AcceptRule(Accept.ASK), Choice.OFFER),
        (AcceptRule(Accept.ASK, segment=Segment(accounts=("site",)), kinds=("call", "form")), Choice.OFFER),
        (AcceptRule(Accept.ASK, kinds=("call",)), Choice.CREATE),
        (AcceptRule(Accept.ON_TAKE, identities=("new",)), Choice.OFFER),
        (AcceptRule(Accept.ON_TAKE, identities=("same",)), Choice.CREATE),
        (AcceptRule(Accept.ASK, segment=Segment(services=("доставка",))), Choice.OFFER),
        (AcceptRule(Accept.ASK, segment=Segment(services=("Доставка",), sources=("yandex",))), Choice.OFFER),
        (AcceptRule(Accept.ASK, segment=Segment(services=("Доставка",), sources=("vk",))), Choice.CREATE),
    ],
)
def test_a_rule_goes_before_the_accounts_own_way(rule: AcceptRule, choice: Choice) -> None:
    """The first that fits in everything it names; what it does not name is not asked."""
    source = Attribution({"utm_source": "Yandex"})
    inquiry = Inquiry("i1", "site", "form", Kind.FORM, 0, service="Доставка", attribution=source)
    first = AcceptRule(Accept.ON_TAKE, segment=Segment(accounts=("elsewhere",)))
    case = AcceptCase(inquiry, _AUTO, Identity.NEW, policy=Policy((first, rule)))

    assert choose(case).choice is choice
