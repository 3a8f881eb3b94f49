"""A further inquiry on the deal of somebody who is not there: the deputy, or whose turn it is, gets the deal. Pure."""

from __future__ import annotations

from dataclasses import replace

from intake.deal import DealState
from intake.decision import Reason
from intake.inquiry import State
from intake.shifts import DISMISSED, ON_LEAVE
from workers.fold import Fold
from workers.handover import hand_over


def follow_absence(fold: Fold, inquiry_id: str) -> None:
    """After an inquiry joined a deal: an owner who left is replaced by the rules; during a leave the deputy takes
    the deal over. Who merely sleeps keeps what is theirs."""
    found = fold.snapshot.inquiries.get(inquiry_id)
    if found is None or found[1].state is not State.ATTACHED or found[0].history:
        return
    inquiry, decision = found
    deal = fold.snapshot.deals.get(decision.deal_id)
    if deal is None or deal.state is not DealState.OPEN or not deal.owner:
        return
    why = fold.roster.why_off(deal.owner, fold.now)
    if why == ON_LEAVE:
        to, reason = fold.roster.stand_in(deal.owner, fold.now), Reason("owner_deputy", deal.owner)
    elif why == DISMISSED:
        client = fold.snapshot.clients.get(deal.client_id)
        account = fold.rules.account(inquiry.account, inquiry.channel)
        to, reason, turn = fold.owner(inquiry, account, client, without=deal.id)
        fold.use_up(turn)
    else:
        return
    if not to or to == deal.owner:
        return
    fold.record(inquiry, replace(decision, reasons=(*decision.reasons, reason)))
    hand_over(fold, deal, to, inquiry.id)
