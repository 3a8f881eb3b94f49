"""The acceptance policy, row by row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crm.acceptance import Choice, choose, joinable
from intake.account import Accept, Account
from intake.deal import Deal, DealState
from intake.decision import Identity

_DEAL = Deal("d1", 1, "c1", "p1", "Поставка", "default", "petrova")
_AUTO = Account("site", "form")


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
    answer = choose(replace(_AUTO, accept=accept), identity, thread, deals)

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
