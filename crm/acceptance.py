"""The acceptance policy: which deal an inquiry joins, whether a new one is opened, or whether a human is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from intake.account import Accept, Account
from intake.deal import Deal, DealState
from intake.decision import Identity, Reason


class Choice(StrEnum):
    """What to do with an inquiry."""

    ATTACH = "attach"
    CREATE = "create"
    OFFER = "offer"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The policy's answer. `deal_id` is the deal to join, or the one a human is most likely to choose."""

    choice: Choice
    reason: Reason
    deal_id: str = ""


def choose(account: Account, identity: Identity, thread: Deal | None, deals: Sequence[Deal]) -> Acceptance:
    """What becomes of an inquiry of `account`.

    `thread` is the deal its conversation belongs to, `deals` are the client's, in any state and pipeline.
    The rows are asked in their order; the first that knows an answer wins.
    """
    if account.accept is Accept.ASK:
        likely = thread.id if thread else ""
        return Acceptance(Choice.OFFER, Reason("accept_ask", account.id), likely)
    if thread and thread.state is DealState.OPEN:
        return Acceptance(Choice.ATTACH, Reason("thread", f"№ {thread.number}"), thread.id)
    open_deals = joinable(deals, account.pipeline) if identity is Identity.SAME else []
    if len(open_deals) == 1:
        only = open_deals[0]
        return Acceptance(Choice.ATTACH, Reason("open_deal", f"№ {only.number}"), only.id)
    if open_deals:
        numbers = ", ".join(f"№ {one.number}" for one in open_deals)
        newest = max(open_deals, key=lambda one: (one.opened_at, one.number))
        return Acceptance(Choice.OFFER, Reason("several_open_deals", numbers), newest.id)
    if account.accept is Accept.ON_TAKE:
        return Acceptance(Choice.OFFER, Reason("accept_on_take", account.id))
    return Acceptance(Choice.CREATE, Reason("no_open_deal", account.pipeline))


def joinable(deals: Sequence[Deal], pipeline: str) -> list[Deal]:
    """The deals an inquiry may join: open, of that pipeline, not waiting only for money or closed to inquiries."""
    return [
        one
        for one in deals
        if one.state is DealState.OPEN and one.pipeline == pipeline and one.takes_inquiries
    ]
