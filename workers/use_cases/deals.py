"""What is done with a deal's owner and tasks: given to another, a task planned, a task done with its next step."""

from __future__ import annotations

from dataclasses import replace

from crm.owners.table import choose_owner
from intake.deal import Deal, DealState, TaskState
from intake.decision import Wanted
from intake.errors import Conflict, NotFound
from intake.inquiry import Inquiry, Kind
from intake.ports import Command, Who
from workers.fold import Fold
from workers.handover import hand_over
from workers.use_cases.case import House, instant, plan_task, the_manager
from workers.use_cases.endings import has_task, open_deal


class DealCases:
    """The verbs of a deal's owner and of tasks. Each raises NotFound, Conflict, Forbidden."""

    def __init__(self, house: House) -> None:
        self._house = house

    def owner(self, command: Command, who: Who) -> None:
        """Give it to another manager."""

        def step(fold: Fold) -> None:
            deal = open_deal(fold, command.ident)
            fold.keep(hand_over(fold, deal, the_manager(fold, command.args.get("owner", "")).id, ""))

        self._house.fold(Wanted(deals=[command.ident]), step, command, who)

    def release(self, command: Command, who: Who) -> None:
        """The head lets it go to another manager - the `owner` named, else whoever's turn it is, the present one left
        out -, with a task to begin with where none is planned."""
        loads = self._house.rules().loads

        def step(fold: Fold) -> None:
            deal = open_deal(fold, command.ident)
            named = command.args.get("owner", "")
            to = the_manager(fold, named).id if named else self._next_in_turn(fold, deal)
            given = hand_over(fold, deal, to, "")
            fold.keep(given)
            if not has_task(fold, deal.id):
                plan_task(fold, given, to, "task", fold.rules.say("Get in touch with the client"), fold.due())

        self._house.fold(Wanted(deals=[command.ident], loads=loads), step, command, who)

    def _next_in_turn(self, fold: Fold, deal: Deal) -> str:
        inquiry = Inquiry(deal.id, deal.account, "", Kind.FORM, fold.now, service=deal.service)
        case = fold.owner_case(inquiry, fold.rules.account(deal.account, ""), None)
        pick, _ = choose_owner(replace(case, handed=True, but=(deal.owner,)))
        if pick is None:
            raise Conflict(fold.rules.say("nobody else is on shift"))
        fold.use_up(pick.turn)
        return pick.manager

    def plan(self, command: Command, who: Who) -> None:
        """Plan a task on it."""
        due_at = instant(command.args.get("due_at", ""))

        def step(fold: Fold) -> None:
            deal = open_deal(fold, command.ident)
            owner = the_manager(fold, command.args.get("owner", "") or deal.owner).id
            kind, text = command.args.get("kind", ""), command.args.get("text", "")
            plan_task(fold, deal, owner, kind or "task", text, due_at)
            fold.keep(deal)

        self._house.fold(Wanted(deals=[command.ident]), step, command, who)

    def done(self, command: Command, who: Who) -> None:
        """A task is done, with its `result`; then the `next` step: `plan` (`next_due_at`, `next_text`, `next_kind`; by
        `next_owner` when one is named), `hand` (the whole deal to the colleague `hand_to`), `none` (nothing is planned
        on purpose). Left out it is what the other arguments say; a deal that is left without a task turns up in every
        list of such deals."""
        args = command.args
        due_at = instant(args["next_due_at"]) if args.get("next_due_at") else 0
        if (args.get("next") == "plan" and not due_at) or (
            args.get("next") == "hand" and not args.get("hand_to")
        ):
            raise Conflict("next: plan takes next_due_at, hand takes hand_to")

        def step(fold: Fold) -> None:
            task = fold.snapshot.tasks.get(command.ident)
            if task is None:
                raise NotFound(f"no task {command.ident}")
            if task.state is TaskState.DONE:
                return
            over = replace(task, state=TaskState.DONE, result=args.get("result", ""))
            fold.snapshot.tasks[task.id] = fold.changes.tasks[task.id] = over
            deal = fold.snapshot.deals.get(task.deal_id)
            if deal is None or deal.state is not DealState.OPEN:
                return
            if args.get("hand_to"):
                deal = hand_over(fold, deal, the_manager(fold, args["hand_to"]).id, "")
            if due_at:
                owner = the_manager(fold, args.get("next_owner", "") or deal.owner or task.owner).id
                kind, text = args.get("next_kind", "") or "task", args.get("next_text", "")
                plan_task(fold, deal, owner, kind, text, due_at)

        self._house.fold(Wanted(tasks=[command.ident]), step, command, who)
