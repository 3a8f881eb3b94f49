"""What a manager says of what is theirs: not now, the next in turn has it; called back, as nobody else saw."""

from __future__ import annotations

from dataclasses import replace

from crm.call_backs import NEXT_STEP, next_step, waiting
from crm.owners.table import choose_owner
from intake.calls import Standing
from intake.deal import DealState, Interaction, TaskState
from intake.decision import Reason
from intake.errors import Conflict
from intake.inquiry import Inquiry, Kind, State
from intake.ports import Command, Who
from workers.births import derived
from workers.fold import Fold
from workers.handover import hand_over, hand_over_offer
from workers.use_cases.case import House, current, the_deal, the_manager


class PassingCases:
    """The verbs `decline` and `called_back` of an inquiry. Each raises NotFound, Conflict, Forbidden."""

    def __init__(self, house: House) -> None:
        self._house = house

    def decline(self, command: Command, who: Who) -> None:
        """Not now: it goes to the next in turn at once, with a promise begun anew. It is nobody's miss."""
        _, wanted, _ = self._house.asked(command.ident)

        def step(fold: Fold) -> None:
            inquiry, decision = current(fold, command.ident)
            me = the_manager(fold, who.manager)
            if decision.owner != me.id:
                holder = fold.snapshot.managers.get(decision.owner)
                name = holder.name if holder else decision.owner
                raise Conflict(fold.rules.say("{name} answers for it now").format(name=name))
            to, reason = _next_in_turn(fold, inquiry, me.id)
            declined = (*decision.reasons, Reason("owner_declined", me.id), reason)
            fold.record(inquiry, replace(decision, reasons=declined))
            offer = fold.snapshot.cards.get(inquiry.id)
            if decision.state is State.OFFERED and offer:
                hand_over_offer(fold, offer, to)
                return
            deal = the_deal(fold, decision.deal_id)
            if deal.state is not DealState.OPEN:
                raise Conflict(f"№ {deal.number}: {fold.rules.say('this deal is closed')}")
            hand_over(fold, deal, to, inquiry.id)

        self._house.fold(wanted, step, command, who)

    def called_back(self, command: Command, who: Who) -> None:
        """The manager called the client, as they say: no telephone exchange of ours saw it. The clock stops."""
        _, wanted, _ = self._house.asked(command.ident)

        def step(fold: Fold) -> None:
            inquiry, decision = current(fold, command.ident)
            me = the_manager(fold, who.manager)
            deal = the_deal(fold, decision.deal_id)
            said = fold.rules.say("called back: said, not seen")
            call = Interaction(
                id=derived("said", f"{inquiry.id}{fold.now}"),
                deal_id=deal.id,
                client_id=deal.client_id,
                inquiry_id="",  # no call that we saw
                kind=Kind.CALL.value,
                direction="out",
                at=fold.now,
                text=Standing.ANSWERED.value,
                actor=me.id,
            )
            fold.changes.interactions[call.id] = call
            for task in waiting(fold.snapshot.tasks.values(), deal):
                done = replace(task, state=TaskState.DONE, result=said)
                fold.snapshot.tasks[task.id] = fold.changes.tasks[task.id] = done
            if not any(
                one.deal_id == deal.id and one.state is TaskState.PLANNED
                for one in fold.snapshot.tasks.values()
            ):
                ident = derived(NEXT_STEP, f"{inquiry.id}{fold.now}")
                fold.changes.tasks[ident] = next_step(ident, deal, fold.now, fold.rules.say)
            fold.stop_clock(deal, fold.now, inquiry.id)
            card = fold.snapshot.cards.get(deal.id)
            if card and card.id not in fold.changes.cards:
                fold.ring(replace(card, version=card.version + 1), deal.id, inquiry.id, loud=False)

        self._house.fold(wanted, step, command, who)


def _next_in_turn(fold: Fold, inquiry: Inquiry, but: str) -> tuple[str, Reason]:
    """Who is next when `but` cannot. Whose client it is does not matter now: they just said no. Raises Conflict."""
    account = fold.rules.account(inquiry.account, inquiry.channel)
    case = replace(fold.owner_case(inquiry, account, None), handed=True, but=(but,))
    pick, reason = choose_owner(case)
    if pick is None:
        raise Conflict(fold.rules.say("nobody else is there now: hand it over to somebody, or keep it"))
    fold.use_up(pick.turn)
    return pick.manager, reason
