"""How deals go on and end: stages with what they ask for, the deal's own fields, won, lost - the head agreeing."""

from __future__ import annotations

from dataclasses import replace

from crm.outcomes import state_of
from crm.pipelines import FIELDS, Stage, missing
from intake.contact import read_email, read_phone
from intake.deal import Client, Deal, DealState, TaskState
from intake.decision import Wanted
from intake.effect import Effect, EffectKind
from intake.errors import Conflict
from intake.ports import Command, Who
from workers.fold import Fold
from workers.known import hold
from workers.use_cases.case import House, the_deal

_MANAGER = "manager"


class EndingCases:
    """The verbs `stage`, `edit`, `won`, `lost`, `approve_loss`, `refuse_loss` of a deal. Each raises NotFound,
    Conflict, Forbidden."""

    def __init__(self, house: House) -> None:
        self._house = house

    def stage(self, command: Command, who: Who) -> None:
        """Move it to a stage of its pipeline, by id or name. What the stage asks for must be there: what is missing
        is said. A pipeline without stages takes any word."""

        def step(fold: Fold) -> None:
            deal = open_deal(fold, command.ident)
            fold.keep(moved(fold, deal, command.args["stage"]))
            _show_again(fold, deal)

        self._house.fold(Wanted(deals=[command.ident], contacts=True), step, command, who)

    def edit(self, command: Command, who: Who) -> None:
        """Write what is known of it: `title`, `amount`, `service`; of its client `client`, `inn`; of its person
        `phone`, `email`. Whatever is not named stays; "" empties nothing."""
        told = {name: value for name, value in command.args.items() if value}

        def step(fold: Fold) -> None:
            deal = open_deal(fold, command.ident)
            amount = number_of(told["amount"]) if "amount" in told else deal.amount
            title, service = told.get("title", deal.title), told.get("service", deal.service)
            fold.keep(replace(deal, title=title, service=service, amount=amount))
            _edit_client(fold, deal, told)
            _add_contacts(fold, deal, told)
            _show_again(fold, deal)

        self._house.fold(Wanted(deals=[command.ident], contacts=True), step, command, who)

    def won(self, command: Command, who: Who) -> None:
        """Close it as won, with its `amount`."""
        amount = command.args.get("amount", "")

        def step(fold: Fold) -> None:
            deal = closed(fold, open_deal(fold, command.ident), DealState.WON)
            fold.keep(replace(deal, lost_reason="", amount=number_of(amount) if amount else deal.amount))

        self._house.fold(Wanted(deals=[command.ident]), step, command, who)

    def lost(self, command: Command, who: Who) -> None:
        """Close it as lost, with the reason. Where the head agrees to losses, a manager's word waits for the head: the
        deal stays open with its tasks, `lost_reason` says why it is to be lost."""
        reason = command.args.get("lost_reason", "") or command.args.get("reason", "")
        if not reason:
            raise Conflict("say why it is lost: lost_reason")

        def step(fold: Fold) -> None:
            deal = open_deal(fold, command.ident)
            head = fold.roster.head(_department(fold, deal.owner))
            if not fold.rules.loss_approved or who.role != _MANAGER or head in ("", who.manager):
                fold.keep(replace(closed(fold, deal, DealState.LOST), lost_reason=reason))
                return
            deal = replace(deal, lost_reason=reason)
            fold.keep(deal)
            _tell(fold, head, "loss", deal, fold.rules.say("№ {number} is to be called lost: {reason}"))
            _show_again(fold, deal)

        self._house.fold(Wanted(deals=[command.ident]), step, command, who)

    def outcome(self, command: Command, who: Who) -> None:
        """What another system says of it, in one call, as often as it likes: `stage`, `amount`, `state` (open, won,
        lost, or that system's own word for it), `lost_reason`. What the deal is already changes nothing; a stage that
        ours does not know is kept as it is called there."""
        args = command.args
        state = state_of(args.get("state", "")) or (
            None if args.get("state") else state_of(args.get("stage", ""))
        )
        if args.get("state") and state is None:
            raise Conflict(f"state: open, won or lost is wanted, not {args['state'][:40]!r}")

        def step(fold: Fold) -> None:
            deal = the_deal(fold, command.ident)
            if args.get("amount"):
                deal = replace(deal, amount=number_of(args["amount"]))
            if args.get("stage"):
                deal = _staged(fold, deal, args["stage"])
            if state is not None and state is not deal.state:
                deal = _ended(fold, deal, state, args.get("lost_reason", ""))
            fold.keep(deal)
            if deal.state is DealState.OPEN:
                _show_again(fold, deal)

        self._house.fold(Wanted(deals=[command.ident]), step, command, who)

    def approve_loss(self, command: Command, who: Who) -> None:
        """The head agrees: it is lost, for the reason that was given."""

        def step(fold: Fold) -> None:
            deal = _waiting_for_loss(fold, command.ident)
            fold.keep(replace(closed(fold, deal, DealState.LOST), lost_reason=deal.lost_reason))

        self._house.fold(Wanted(deals=[command.ident]), step, command, who)

    def refuse_loss(self, command: Command, who: Who) -> None:
        """The head does not agree: it goes on; its owner is told, with the head's `reason`."""

        def step(fold: Fold) -> None:
            deal = _waiting_for_loss(fold, command.ident)
            fold.keep(replace(deal, lost_reason=""))
            said = fold.rules.say("№ {number} goes on: the head does not call it lost. {reason}")
            _tell(fold, deal.owner, "kept", replace(deal, lost_reason=command.args.get("reason", "")), said)
            _show_again(fold, deal)

        self._house.fold(Wanted(deals=[command.ident]), step, command, who)


def open_deal(fold: Fold, deal_id: str) -> Deal:
    """The deal, while it is open. Raises NotFound, Conflict."""
    deal = the_deal(fold, deal_id)
    if deal.state is not DealState.OPEN:
        raise Conflict(f"№ {deal.number}: {fold.rules.say('this deal is closed')}")
    return deal


def closed(fold: Fold, deal: Deal, state: DealState) -> Deal:
    """The deal in its last state: its planned tasks are cancelled, its card says so."""
    for task in list(fold.snapshot.tasks.values()):
        if task.deal_id == deal.id and task.state is TaskState.PLANNED:
            done = replace(task, state=TaskState.CANCELLED, result=state.value)
            fold.snapshot.tasks[task.id] = fold.changes.tasks[task.id] = done
    card = fold.snapshot.cards.get(deal.id)
    if card:
        fold.close_card(card, card.inquiry_ids[-1])
    return replace(deal, state=state, closed_at=fold.now)


def moved(fold: Fold, deal: Deal, told: str) -> Deal:
    """The deal in that stage. Raises Conflict: no such stage, or what is missing for it."""
    say, pipeline = fold.rules.say, fold.rules.pipelines.get(deal.pipeline)
    if pipeline is None or not pipeline.stages:
        return replace(deal, stage=told)
    stage = pipeline.stage(told)
    if stage is None:
        known = ", ".join(one.name or one.id for one in pipeline.stages)
        raise Conflict(
            say("there is no stage “{stage}”; there are: {known}").format(stage=told[:60], known=known)
        )
    if lacking := missing_for(fold, deal, stage):
        named = ", ".join(say(FIELDS[one]) for one in lacking)
        raise Conflict(
            say("for the stage “{stage}” is missing: {fields}").format(
                stage=stage.name or stage.id, fields=named
            )
        )
    return replace(deal, stage=stage.id, takes_inquiries=stage.takes_inquiries)


def _staged(fold: Fold, deal: Deal, told: str) -> Deal:
    pipeline = fold.rules.pipelines.get(deal.pipeline)
    stage = pipeline.stage(told) if pipeline else None
    if stage is None:
        return replace(deal, stage=told)
    return replace(deal, stage=stage.id, takes_inquiries=stage.takes_inquiries)


def _ended(fold: Fold, deal: Deal, state: DealState, reason: str) -> Deal:
    """The deal in the state that is told: closed, closed otherwise, or open again."""
    if state is DealState.OPEN:
        return replace(deal, state=state, closed_at=None, lost_reason="")
    ended = closed(fold, deal, state) if deal.state is DealState.OPEN else replace(deal, state=state)
    return replace(ended, lost_reason=(reason or deal.lost_reason) if state is DealState.LOST else "")


def missing_for(fold: Fold, deal: Deal, stage: Stage) -> list[str]:
    """What the stage asks for and nobody has told of this deal (names of FIELDS). The fold has read its contacts."""
    of_client = [one.id for one in fold.snapshot.persons.values() if one.client_id == deal.client_id]
    points = {key for person in of_client for key in fold.snapshot.person_keys.get(person, ())}
    return missing(
        stage, deal, fold.snapshot.clients.get(deal.client_id), points, planned=has_task(fold, deal.id)
    )


def has_task(fold: Fold, deal_id: str) -> bool:
    """Whether something is planned on the deal."""
    tasks = fold.snapshot.tasks.values()
    return any(one.deal_id == deal_id and one.state is TaskState.PLANNED for one in tasks)


def number_of(text: str) -> float:
    """An amount as people write it: `12 500,50`. Raises Conflict."""
    try:
        amount = float(text.replace(",", ".").replace(" ", "").replace("\u00a0", ""))
    except ValueError:
        raise Conflict(f"amount: a number is wanted, not {text[:40]}") from None
    if not 0 <= amount < 1e15:
        raise Conflict(f"amount: a number from 0 to 10^15 is wanted, not {text[:40]}")
    return amount


def _edit_client(fold: Fold, deal: Deal, told: dict[str, str]) -> None:
    client = fold.snapshot.clients.get(deal.client_id) or Client(deal.client_id)
    changed = replace(client, name=told.get("client", client.name), inn=told.get("inn", client.inn))
    if changed != client:
        fold.snapshot.clients[client.id] = fold.changes.clients[client.id] = changed


def _add_contacts(fold: Fold, deal: Deal, told: dict[str, str]) -> None:
    """A phone, an e-mail of the deal's person - or of the client's first one - is known from now on."""
    keys: list[str] = []
    if "phone" in told:
        phone = read_phone(told["phone"], fold.rules.company.region)
        if phone is None:
            raise Conflict(fold.rules.say("this is no phone number: {text}").format(text=told["phone"][:40]))
        keys.append(f"phone:{phone.number}")
    if "email" in told:
        email = read_email(told["email"])
        if email is None:
            raise Conflict(
                fold.rules.say("this is no e-mail address: {text}").format(text=told["email"][:60])
            )
        keys.append(f"email:{email}")
    persons = [one for one in fold.snapshot.persons.values() if one.client_id == deal.client_id]
    person = next((one for one in persons if one.id == deal.person_id), persons[0] if persons else None)
    if keys and person is None:
        raise Conflict(fold.rules.say("this client has nobody who could have a contact"))
    if keys and person:
        hold(fold.snapshot, fold.changes, person, keys)


def _waiting_for_loss(fold: Fold, deal_id: str) -> Deal:
    deal = open_deal(fold, deal_id)
    if not deal.lost_reason:
        raise Conflict(f"№ {deal.number}: {fold.rules.say('nobody asked to call it lost')}")
    return deal


def _department(fold: Fold, manager: str) -> str:
    found = fold.snapshot.managers.get(manager)
    return found.department if found else ""


def _tell(fold: Fold, to: str, what: str, deal: Deal, said: str) -> None:
    """A line to a manager about a deal; its title may name a client, so a group reads the number alone."""
    if not to:
        return
    subject = said.format(number=deal.number, reason=deal.lost_reason).strip()
    card = fold.snapshot.cards.get(deal.id)
    page = f"/inquiries/{card.inquiry_ids[-1]}" if card else "/inquiries"
    payload = {"subject": subject, "text": deal.title, "pages": page}
    key = f"{what}:{deal.id}:{fold.now}"
    fold.changes.effects.append(Effect(key, EffectKind.NOTICE, to, payload, fold.now))


def _show_again(fold: Fold, deal: Deal) -> None:
    """The card is edited, nobody is rung."""
    card = fold.snapshot.cards.get(deal.id)
    if card:
        fold.ring(replace(card, version=card.version + 1), deal.id, card.inquiry_ids[-1], loud=False)
