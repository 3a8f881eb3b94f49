"""What is done with an inquiry: take, attach, create, detach, reject, accept, assign, replay, drop."""

from __future__ import annotations

from dataclasses import replace

from crm.owners.table import choose_owner
from dedup.keys import memory_keys
from dedup.screening import DOMAIN, SENDER, remembered, sender_keys
from intake.deal import CardState, Deal, DealState, TaskState
from intake.decision import Decision, Identity, Reason, Resolution, Verdict, Wanted
from intake.errors import Conflict, NotFound
from intake.inquiry import Inquiry, State
from intake.ports import Command, Who
from workers.births import derived, feed_id, offer_card
from workers.fold import Asked, Fold
from workers.handover import hand_over, hand_over_offer, mark_taken
from workers.screened import passed_on
from workers.use_cases.case import House, current, instant, plan_task, the_deal, the_manager
from workers.use_cases.screens import forget, remember

_IN_A_DEAL = (State.ATTACHED, State.CREATED)
_PUT_AWAY = (State.IGNORED, State.REJECTED)


class InquiryCases:
    """The verbs of an inquiry. Each raises NotFound, Conflict, Forbidden."""

    def __init__(self, house: House) -> None:
        self._house = house

    def take(self, command: Command, who: Who) -> None:
        """It is mine: an offered one becomes a deal, a deal's card is taken. Twice is once."""
        asked, wanted, _ = self._house.asked(command.ident, forced=who.manager)

        def step(fold: Fold) -> None:
            manager = the_manager(fold, who.manager)
            _, decision = current(fold, command.ident)
            offered = decision.state is State.OFFERED
            if offered:
                fold.decide(asked)
                _, decision = current(fold, command.ident)
            deal = self._open_deal(fold, decision)
            card = fold.snapshot.cards.get(deal.id)
            if card and card.state is CardState.TAKEN:
                if card.taken_by != manager.id and not offered:
                    raise Conflict(self._taken_by(fold, card.taken_by, card.taken_at or 0))
                return
            deal = hand_over(fold, deal, manager.id, command.ident, loud=False)
            card = fold.snapshot.cards.get(deal.id)
            if card:
                mark_taken(fold, card, manager.id)

        self._house.fold(wanted, step, command, who)

    def attach(self, command: Command, who: Who) -> None:
        """It belongs to that deal; with `task_due_at` a task is planned on it besides."""
        told = command.args.get("task_due_at", "")
        due_at = instant(told) if told else None
        asked, wanted, decision = self._house.asked(command.ident)
        target = command.args.get("deal_id", "") or self._likely(asked, decision)
        wanted = replace(wanted, deals=[*wanted.deals, target])

        def step(fold: Fold) -> None:
            inquiry, decision = current(fold, command.ident)
            deal = the_deal(fold, target)
            if deal.state is not DealState.OPEN:
                raise Conflict(f"№ {deal.number}: {self._say('this deal is closed')}")
            if decision.deal_id == deal.id:
                return
            self._leave(fold, inquiry, decision, f"№ {deal.number}")
            plain = replace(decision, person_id="", client_id="", deal_id="", state_reason="")
            fold.attach(inquiry, plain, deal, asked.subject)
            self._chosen(fold, deal, who)
            if due_at is not None:
                text = command.args.get("task_text", "") or self._say("Answer the client")
                plan_task(fold, deal, deal.owner, "task", text, due_at)

        self._house.fold(wanted, step, command, who)

    def create(self, command: Command, who: Who) -> None:
        """It is a deal of its own."""
        asked, wanted, _ = self._house.asked(command.ident)

        def step(fold: Fold) -> None:
            inquiry, decision = current(fold, command.ident)
            if decision.state is State.CREATED:
                return
            owner = who.manager or decision.owner
            if owner:
                the_manager(fold, owner)
            self._leave(fold, inquiry, decision, self._say("a deal of its own"))
            account = fold.rules.account(inquiry.account, inquiry.channel)
            unsure = Resolution(decision.identity or Identity.NEW)
            plain = replace(decision, state_reason="", deal_id="")
            deal = fold.create(plain, account, unsure, replace(asked, forced=owner), salt=f":{fold.now}")
            title, service = command.args.get("title", ""), command.args.get("service", "")
            fold.keep(replace(deal, title=title or deal.title, service=service or deal.service))
            self._chosen(fold, deal, who)

        self._house.fold(wanted, step, command, who)

    def detach(self, command: Command, who: Who) -> None:
        """It does not belong to its deal: it is offered again. With `wrong_client` it is not this client's either,
        and that is remembered."""
        asked, wanted, _ = self._house.asked(command.ident)

        def step(fold: Fold) -> None:
            inquiry, decision = current(fold, command.ident)
            if decision.state not in _IN_A_DEAL:
                raise Conflict(self._say("it is in no deal"))
            self._leave(fold, inquiry, decision, self._say("detached"))
            if command.args.get("wrong_client", "") == "1":
                for key in memory_keys(asked.subject):
                    verdict = Verdict(key, decision.client_id, "", False, fold.now, who.name)
                    fold.changes.verdicts.append(verdict)
                nobody = replace(decision, client_id="", person_id="", identity=Identity.NEW, candidates=())
                decision = replace(nobody, reasons=(Reason("told_different", who.name),))
            self._offer_again(fold, inquiry, decision)

        self._house.fold(wanted, step, command, who)

    def reject(self, command: Command, who: Who) -> None:
        """Not a sale. A deal that was born of it alone is closed with it."""
        _, wanted, _ = self._house.asked(command.ident)
        reason = command.args.get("reason", "") or "other"

        def step(fold: Fold) -> None:
            inquiry, decision = current(fold, command.ident)
            rejection, say = fold.rules.rejection, fold.rules.say
            what = command.args.get("remember", "") or rejection.remember.get(reason, "")
            if what in (SENDER, DOMAIN):
                remember(fold, remembered(inquiry, what), reason, who)
            if decision.state is State.REJECTED:
                return
            fold.changes.effects += passed_on(inquiry, reason, rejection.forward, fold.now, say)
            self._leave(fold, inquiry, decision, reason)
            card = fold.snapshot.cards.get(inquiry.id)
            if card:
                fold.close_card(card, inquiry.id)
            fold.record(inquiry, replace(decision, state=State.REJECTED, state_reason=reason, deal_id=""))

        self._house.fold(wanted, step, command, who)

    def accept(self, command: Command, who: Who) -> None:
        """An ignored or rejected one is an inquiry after all: it is decided as if it had just come."""
        asked, wanted, _ = self._house.asked(command.ident)
        # the deal that was born of it is open again, its card says so
        wanted = replace(wanted, deals=[*wanted.deals, derived("deal", command.ident)])

        def step(fold: Fold) -> None:
            _, decision = current(fold, command.ident)
            if decision.state not in _PUT_AWAY:
                raise Conflict(self._say("it is an inquiry already"))
            forget(fold, sender_keys(asked.parsed.inquiry))
            inquiry = replace(asked.parsed.inquiry, history=False)
            offer = fold.snapshot.cards.get(inquiry.id)
            if decision.state is State.REJECTED and offer:
                self._offer_again(fold, inquiry, decision, loud=who.manager != decision.owner)
                return
            # who put it away has it back; what nobody had is anybody's
            owner = fold.snapshot.managers.get(decision.owner)
            forced = owner.id if owner and owner.state != "dismissed" else ""
            again = replace(asked, parsed=replace(asked.parsed, inquiry=inquiry), forced=forced)
            fold.decide(again)

        self._house.fold(wanted, step, command, who)

    def assign(self, command: Command, who: Who) -> None:
        """Another manager is to answer for it."""
        self._give(command, who, command.args.get("owner", ""))

    def pass_on(self, command: Command, who: Who) -> None:
        """Whoever's turn it is by the rules is to answer for it, the present owner left out: an operator hands over
        what was qualified. Raises Conflict when nobody else is there."""
        self._give(command, who, None)

    def _give(self, command: Command, who: Who, named: str | None) -> None:
        _, wanted, _ = self._house.asked(command.ident)

        def step(fold: Fold) -> None:
            inquiry, decision = current(fold, command.ident)
            owner = self._by_turn(fold, inquiry, decision) if named is None else the_manager(fold, named).id
            decision = fold.snapshot.inquiries[inquiry.id][1]
            offer = fold.snapshot.cards.get(inquiry.id)
            if decision.state is State.OFFERED:
                fold.record(inquiry, replace(decision, owner=owner))
                if offer:
                    hand_over_offer(fold, offer, owner)
                return
            hand_over(fold, self._open_deal(fold, decision), owner, inquiry.id)

        self._house.fold(wanted, step, command, who)

    def _by_turn(self, fold: Fold, inquiry: Inquiry, decision: Decision) -> str:
        """Whose turn it is when the present owner hands it over; the turn is used up, the reason kept."""
        account = fold.rules.account(inquiry.account, inquiry.channel)
        plain = fold.owner_case(inquiry, account, None)
        pick, reason = choose_owner(replace(plain, handed=True, but=(decision.owner,)))
        if pick is None:
            raise Conflict(self._say("nobody else is on shift"))
        fold.use_up(pick.turn)
        fold.record(inquiry, replace(decision, reasons=(*decision.reasons, reason)))
        return pick.manager

    def replay(self, command: Command, who: Who) -> None:
        """Work it out again from what came: for a buried one whose cause is mended."""
        _, wanted, _ = self._house.asked(command.ident)

        def step(fold: Fold) -> None:
            fold.changes.unsettled.append(command.ident)

        self._house.fold(wanted, step, command, who)
        raw_ids = self._house.replays.again([command.ident])
        if not raw_ids:
            raise NotFound("what came is no longer kept: there is nothing to replay")
        self._house.bell.ring(raw_ids)

    def drop(self, command: Command, who: Who) -> None:
        """A buried one is of no use: rejected, with its reason kept."""
        _, wanted, _ = self._house.asked(command.ident)

        def step(fold: Fold) -> None:
            inquiry, decision = current(fold, command.ident)
            if decision.state is not State.BURIED:
                raise Conflict(self._say("it is not buried"))
            fold.record(inquiry, replace(decision, state=State.REJECTED))

        self._house.fold(wanted, step, command, who)

    def _leave(self, fold: Fold, inquiry: Inquiry, decision: Decision, why: str) -> None:
        """Take the inquiry out of its deal; a deal that was born of it alone is closed."""
        deal = fold.snapshot.deals.get(decision.deal_id)
        if deal is None:
            return
        fold.changes.gone_interactions.append(feed_id(inquiry.id))
        card = fold.snapshot.cards.get(deal.id)
        others = [one for one in card.inquiry_ids if one != inquiry.id] if card else []
        if decision.state is State.CREATED and not others:
            fold.keep(replace(deal, state=DealState.LOST, lost_reason=why, closed_at=fold.now))
            for task in list(fold.snapshot.tasks.values()):
                if task.deal_id == deal.id and task.state is TaskState.PLANNED:
                    fold.changes.tasks[task.id] = replace(task, state=TaskState.CANCELLED, result=why)
            if card:
                fold.close_card(card, inquiry.id)
        elif card:
            left = replace(card, inquiry_ids=tuple(others) or card.inquiry_ids, version=card.version + 1)
            fold.ring(left, deal.id, inquiry.id, loud=False)

    def _chosen(self, fold: Fold, deal: Deal, who: Who) -> None:
        """Whose deal it is has chosen, and thereby taken it."""
        card = fold.snapshot.cards.get(deal.id)
        if who.manager == deal.owner and card and card.state is CardState.NEW:
            mark_taken(fold, card, who.manager)

    def _offer_again(self, fold: Fold, inquiry: Inquiry, decision: Decision, *, loud: bool = True) -> None:
        offered = replace(decision, state=State.OFFERED, state_reason="", deal_id="")
        fold.record(inquiry, offered)
        before = fold.snapshot.cards.get(inquiry.id)
        card = offer_card(inquiry.id, offered.owner, offered.client_id, fold.now)
        if before:
            card = replace(card, version=before.version + 1)
        fold.ring(fold.promised(card), inquiry.id, inquiry.id, loud=loud)

    def _open_deal(self, fold: Fold, decision: Decision) -> Deal:
        if decision.state not in _IN_A_DEAL:
            raise Conflict(f"{self._say('it is in no deal')}: {decision.state.value}")
        deal = the_deal(fold, decision.deal_id)
        if deal.state is not DealState.OPEN:
            raise Conflict(f"№ {deal.number}: {self._say('this deal is closed')}")
        return deal

    def _likely(self, asked: Asked, decision: Decision) -> str:
        """The open deal it most likely belongs to. Raises NotFound when there is none."""
        look = self._house.ledger.look(Wanted(clients=[decision.client_id])) if decision.client_id else None
        deals = [one for one in look.deals.values() if one.state is DealState.OPEN] if look else []
        if not deals:
            raise NotFound(f"{asked.parsed.inquiry.id}: {self._say('name the deal it belongs to')}: deal_id")
        return max(deals, key=lambda one: (one.opened_at, one.number)).id

    def _taken_by(self, fold: Fold, manager_id: str, at: int) -> str:
        manager = fold.snapshot.managers.get(manager_id)
        said = self._say("{name} has it since {time}")
        return said.format(name=manager.name if manager else manager_id, time=self._house.time(at))

    def _say(self, text: str) -> str:
        return self._house.rules().say(text)
