"""The fold: one pass over a batch or a command; each decision sees what the ones before it changed. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from channels.base import LEAD
from crm.acceptance import Acceptance, AcceptCase, Choice, choose
from crm.owners.base import OwnerCase
from crm.owners.table import choose_owner
from crm.tasks import first_task
from dedup.known import LookupKeys, Subject
from dedup.resolver import resolve
from dedup.screening import screen_of
from intake.account import Account
from intake.clock import Millis
from intake.deal import Card, CardState, Client, Deal, DealState, Person
from intake.decision import ERASED, Changes, Decision, Identity, Reason, Resolution, Screen, Snapshot, Turn
from intake.effect import Effect, EffectKind
from intake.hours import Calendar
from intake.inquiry import Inquiry, Outcome, Parsed, State
from intake.shifts import Roster
from workers import fetched, letters, writing
from workers.auto_replies import automatic
from workers.births import (
    deal_card,
    derived,
    interaction,
    new_client,
    new_deal,
    offer_card,
    own_keys,
    reopened,
    thread_keys,
)
from workers.folding import is_loud, is_part, is_ringing, merged, turns_out_request
from workers.known import add_person, hold, known, point_keys
from workers.reopening import reopen
from workers.rules import Rules
from workers.screened import passed_on
from workers.unowned import tell_head


@dataclass(frozen=True, slots=True)
class Asked:
    """One event to decide: what it was understood as - or why it cannot be (`buried`) - and the keys it is looked
    up by. `forced` is the manager who takes it: then nothing is offered any more. `raw_id` is "" for a command;
    one that is `held` waits for what it lacks."""

    raw_id: str
    parsed: Parsed
    subject: Subject
    keys: LookupKeys
    buried: str = ""
    forced: str = ""
    held: bool = False


class Fold:
    """Reads and updates the snapshot, collects the changes."""

    def __init__(self, snapshot: Snapshot, rules: Rules, now: Millis) -> None:
        self.snapshot = snapshot
        self.changes = Changes()
        self.rules = rules
        self.now = now
        self.version = rules.version
        self.roster = Roster(snapshot.managers, snapshot.departments, rules.company)

    def take(self, asked: Asked) -> None:
        """Decide one event; a later event of a known inquiry updates it."""
        parsed = asked.parsed
        inquiry = parsed.inquiry
        before = self.snapshot.inquiries.get(inquiry.id)
        plain = Decision(inquiry.id, State.IGNORED, parsed.reason, rules_version=self.version)
        if asked.buried:
            if not before or before[1].state is State.BURIED:
                self.record(inquiry, replace(plain, state=State.BURIED, state_reason=asked.buried))
        elif before and before[1].state is not State.BURIED:
            self._continue(before, asked)
        elif parsed.fetched and parsed.outcome is Outcome.IGNORED:
            return  # what it would add to is not there
        elif parsed.outcome is Outcome.IGNORED:
            self.record(inquiry, plain)
        elif parsed.outcome is Outcome.ANSWER:
            self._answer(asked)
        elif is_part(inquiry):
            self.record(inquiry, replace(plain, state_reason="part"))
        else:
            self.decide(asked)
            self._answer_at_once(asked)
        self._fetch(asked)

    def hold_back(self, asked: Asked) -> None:
        """Nothing is known of it but an id: what it says is fetched first."""
        self.changes.effects.append(fetched.lead(asked.parsed.inquiry, self.now))

    def _answer_at_once(self, asked: Asked) -> None:
        """A robot's answer, where the account has one; the outbox knows who got one today."""
        if asked.parsed.quiet:
            return
        inquiry, decision = self.snapshot.inquiries[asked.parsed.inquiry.id]
        account, rules = self.rules.account(inquiry.account, inquiry.channel), self.rules
        told = automatic(inquiry, decision, account, self.roster, rules.company, rules.say, self.now)
        if told:
            message = writing.Message(
                derived("auto", told.key), told.key, told.text, "", told.asks, told.which
            )
            deal = (decision.deal_id, decision.client_id)
            writing.queue(self.changes, inquiry, deal, message, account, self.now)

    def _fetch(self, asked: Asked) -> None:
        """What it lacks is fetched while somebody is looking at it already."""
        if asked.parsed.lacks and (found := self.snapshot.inquiries.get(asked.parsed.inquiry.id)):
            named = self.snapshot.persons.get(found[1].person_id)
            self.changes.effects += fetched.wanted(
                found, asked.parsed.lacks, self.now, named=bool(named and named.name)
            )

    def decide(self, asked: Asked) -> None:
        """Who it is, which deal, whose: the inquiry is attached, its deal is created, or it is offered."""
        inquiry = asked.parsed.inquiry
        account = self.rules.account(inquiry.account, inquiry.channel)
        resolution = resolve(asked.subject, known(self.snapshot, asked.keys), self.rules.thresholds)
        thread = self.thread_deal(inquiry)
        if screened := None if asked.forced or thread else screen_of(inquiry, self.snapshot.screens):
            self._put_away(inquiry, screened)
            return
        client_id, person_id, identity = _who(resolution, thread)
        deals = self.client_deals(client_id)
        acceptance = choose(
            AcceptCase(inquiry, account, identity, thread, deals, self.rules.policy, self.now)
        )
        if asked.forced and acceptance.choice is Choice.OFFER:
            acceptance = Acceptance(Choice.CREATE, Reason("taken", asked.forced))
        decision = Decision(
            inquiry.id,
            State.OFFERED,
            identity=identity,
            client_id=client_id,
            person_id=person_id,
            candidates=resolution.candidates,
            reasons=(*resolution.reasons, acceptance.reason),
            rules_version=self.version,
        )
        if acceptance.choice is Choice.ATTACH:
            self.attach(inquiry, decision, self.snapshot.deals[acceptance.deal_id], asked.subject)
        elif acceptance.choice is Choice.REOPEN:
            closed, say = self.snapshot.deals[acceptance.deal_id], self.rules.say
            deal = reopen(self.snapshot, self.changes, closed, inquiry, self.due(closed.owner), self.now, say)
            self.attach(inquiry, decision, deal, asked.subject)
        elif acceptance.choice is Choice.CREATE:
            self.create(decision, account, resolution, asked)
        else:
            self._offer(inquiry, decision, account)

    def _put_away(self, inquiry: Inquiry, screen: Screen) -> None:
        """Somebody said that this sender never buys."""
        reason, rules = Reason("remembered", screen.key), self.rules
        away = Decision(
            inquiry.id, State.REJECTED, screen.reason, reasons=(reason,), rules_version=self.version
        )
        self.record(inquiry, away)
        forward = rules.rejection.forward
        self.changes.effects += passed_on(inquiry, screen.reason, forward, self.now, rules.say)

    def thread_deal(self, inquiry: Inquiry) -> Deal | None:
        """The deal of the conversation; a sender whose address is unproven cannot claim one."""
        if inquiry.authenticated is False:
            return None
        for key in thread_keys(inquiry):
            deal = self.snapshot.deals.get(self.snapshot.threads.get(key, ""))
            if deal:
                return deal
        return None

    def client_deals(self, client_id: str) -> list[Deal]:
        """The deals of a client that were read."""
        return [self.snapshot.deals[one] for one in self.snapshot.client_deals.get(client_id, ())]

    def attach(self, inquiry: Inquiry, decision: Decision, deal: Deal, subject: Subject) -> None:
        """Join the inquiry to an open deal: its feed, its card, its conversation."""
        person = self.snapshot.persons.get(decision.person_id)
        if person and inquiry.authenticated is not False:
            self._learn(person, inquiry, subject)
        joined = replace(
            decision, state=State.ATTACHED, client_id=deal.client_id, deal_id=deal.id, owner=deal.owner
        )
        self.record(inquiry, joined)
        self._feed(inquiry, deal)
        if not inquiry.history:
            self.show(inquiry, deal)

    def create(
        self, decision: Decision, account: Account, resolution: Resolution, asked: Asked, salt: str = ""
    ) -> Deal:
        """Open a deal - for the client that was found, or for a new one - with an owner, a task and a card."""
        inquiry = asked.parsed.inquiry
        client = self.snapshot.clients.get(decision.client_id)
        owner, reason, turn = self.owner(inquiry, account, client, asked.forced)
        if asked.forced or not is_ringing(inquiry):
            # whose a ringing call is will be settled when it is over (workers.calls)
            self.use_up(turn)
        if client is None:
            client = new_client(inquiry, owner, self.now)
            self.snapshot.clients[client.id] = self.changes.clients[client.id] = client
            if resolution.identity is Identity.POSSIBLE and resolution.client_id:
                pair = client.id, resolution.client_id
                self.changes.suspects[pair] = resolution.score
                self.changes.suspect_reasons[pair] = resolution.reasons
        person = self.snapshot.persons.get(decision.person_id)
        if person is None:
            person = Person(derived("person", inquiry.id), client.id, inquiry.sender.name)
            add_person(self.snapshot, self.changes, person, point_keys(asked.subject))
        else:
            self._learn(person, inquiry, asked.subject)
        number = self.snapshot.next_number
        self.snapshot.next_number = self.changes.next_number = number + 1
        deal = new_deal(inquiry, account, person, owner, number, self.now, self.rules.say, salt)
        deal = self.rules.entering(deal)
        self.keep(deal)
        self.snapshot.client_deals.setdefault(client.id, []).append(deal.id)
        self.snapshot.loads[owner] = self.snapshot.loads.get(owner, 0) + 1
        self.record(
            inquiry,
            replace(
                decision,
                state=State.CREATED,
                client_id=client.id,
                person_id=person.id,
                deal_id=deal.id,
                owner=owner,
                reasons=(*decision.reasons, reason),
            ),
        )
        self._feed(inquiry, deal)
        task = first_task(
            derived("task", deal.id), deal, inquiry, self.due(deal.owner), self.now, self.rules.say
        )
        self.snapshot.tasks[task.id] = self.changes.tasks[task.id] = task
        if not inquiry.history:
            self.show(inquiry, deal)
        return deal

    def _learn(self, person: Person, inquiry: Inquiry, subject: Subject) -> None:
        """A known person showed a further contact, or told a name that was not known yet."""
        name = inquiry.sender.name
        if name and not person.name:
            person = replace(person, name=name)
            add_person(self.snapshot, self.changes, person, point_keys(subject), new=False)
            client = self.snapshot.clients.get(person.client_id)
            if client and not client.name:
                self.snapshot.clients[client.id] = self.changes.clients[client.id] = replace(
                    client, name=name
                )
            return
        hold(self.snapshot, self.changes, person, point_keys(subject))

    def owner(
        self, inquiry: Inquiry, account: Account, client: Client | None, forced: str = "", without: str = ""
    ) -> tuple[str, Reason, Turn | None]:
        """Who is to answer for it, why, and the turn that this uses up. `without` is a deal that does not count."""
        if forced:
            return forced, Reason("owner_taken", forced), None
        pick, reason = choose_owner(self.owner_case(inquiry, account, client, without))
        return (pick.manager, reason, pick.turn) if pick else ("", reason, None)

    def owner_case(
        self, inquiry: Inquiry, account: Account, client: Client | None, without: str = ""
    ) -> OwnerCase:
        """What the owner rules are asked, as the snapshot stands."""
        deals = self.client_deals(client.id) if client else []
        return OwnerCase(
            inquiry,
            account,
            client,
            [one for one in deals if one.state is DealState.OPEN and one.id != without],
            self.roster,
            self.snapshot.turns,
            self.now,
            self.rules.owners,
            self.snapshot.loads,
        )

    def use_up(self, turn: Turn | None) -> None:
        """It was somebody's turn."""
        if turn:
            self.snapshot.turns[turn.group, turn.manager] = turn
            self.changes.turns[turn.group, turn.manager] = turn

    def _feed(self, inquiry: Inquiry, deal: Deal, direction: str = "in") -> None:
        """Put the inquiry on the deal's feed and bind its conversation to the deal."""
        one = interaction(inquiry, deal, direction)
        self.changes.interactions[one.id] = one
        for key in own_keys(inquiry):
            self.snapshot.threads[key] = self.changes.threads[key] = deal.id
        if direction == "in":
            self.changes.effects += letters.in_a_deal(inquiry, self.rules.account, self.now)

    def show(self, inquiry: Inquiry, deal: Deal) -> None:
        """Show the deal's card, or extend the one that is there, and ring."""
        card = self.snapshot.cards.get(deal.id)
        offer = self.snapshot.cards.get(inquiry.id)
        loud = is_loud(inquiry)
        if card is None and offer and offer.manager == deal.owner:
            # what was offered becomes the deal's card: the same message, edited by who made the choice
            card = replace(offer, deal_id=deal.id, client_id=deal.client_id, state=CardState.NEW)
            card, loud = replace(card, version=offer.version + 1), False
            if offer.state is CardState.CLOSED:  # it was put away, and is back
                card = self.promised(card)
        elif card is None:
            card = self.promised(deal_card(deal, inquiry.id, self.now))
            if offer:
                self.close_card(offer, inquiry.id)
        elif card.state is CardState.CLOSED:
            # the deal was closed and is open again: what is known of it now counts
            loud = card.manager != deal.owner or inquiry.id not in card.inquiry_ids
            card = self.promised(reopened(card, deal, inquiry.id, self.now))
        elif inquiry.id not in card.inquiry_ids:
            card = replace(card, inquiry_ids=(*card.inquiry_ids, inquiry.id), version=card.version + 1)
            if offer:
                self.close_card(offer, inquiry.id)
        self.ring(card, deal.id, inquiry.id, loud=loud)

    def _offer(self, inquiry: Inquiry, decision: Decision, account: Account) -> None:
        """Put the inquiry in the tray of the one who would own it."""
        owner, reason, turn = self.owner(inquiry, account, self.snapshot.clients.get(decision.client_id), "")
        self.use_up(turn)
        self.record(inquiry, replace(decision, owner=owner, reasons=(*decision.reasons, reason)))
        if not inquiry.history:
            card = offer_card(inquiry.id, owner, decision.client_id, self.now)
            self.ring(self.promised(card), inquiry.id, inquiry.id, loud=is_loud(inquiry))

    def close_card(self, card: Card, inquiry_id: str) -> None:
        """The card says that nothing is to be done with it any more."""
        closed = replace(card, state=CardState.CLOSED, version=card.version + 1)
        self.ring(closed, card.deal_id or inquiry_id, inquiry_id, loud=False)

    def ring(self, card: Card, key: str, inquiry_id: str, *, loud: bool = True) -> None:
        """Keep the card and have the relay show it; of one that waits for an owner the head is told instead."""
        if card.state not in (CardState.NEW, CardState.OFFERED):
            card = replace(card, alarm_at=None)
        self.snapshot.cards[key] = self.changes.cards[card.id] = card
        if not card.manager:
            inquiry = self.snapshot.inquiries[inquiry_id][0]
            account = self.rules.account(inquiry.account, inquiry.channel)
            if card.state is not CardState.CLOSED:
                self.changes.effects += tell_head(self.owner_case(inquiry, account, None), self.rules)
            return
        payload = {
            "card_id": card.id,
            "inquiry_id": inquiry_id,
            "touch": str(len(card.inquiry_ids)),
            "ring": "1" if loud else "0",
        }
        effect = Effect(f"card:{card.id}:{card.version}", EffectKind.CARD, card.manager, payload, self.now)
        self.changes.effects.append(effect)

    def _answer(self, asked: Asked) -> None:
        """Our own answer, seen in passing: an interaction on the deal that stops the clock."""
        inquiry = asked.parsed.inquiry
        deal = self.thread_deal(inquiry) or self._deal_of_addressee(asked)
        decision = Decision(inquiry.id, State.IGNORED, "answer", rules_version=self.version)
        if deal is None:
            self.record(inquiry, decision)
            return
        self.record(inquiry, replace(decision, client_id=deal.client_id, deal_id=deal.id, owner=deal.owner))
        echoed = writing.heard_again(self.snapshot, self.changes, asked.parsed)
        if echoed == writing.ROBOT:
            return  # nobody has answered yet
        if not echoed:
            self._feed(inquiry, deal, "out")
        if inquiry.call is None:  # what a call of ours means depends on whether they talked (workers.calls)
            self.stop_clock(deal, inquiry.occurred_at or inquiry.received_at, inquiry.id)
        card = self.snapshot.cards.get(deal.id)
        told = card.inquiry_ids if card else ()
        self.changes.effects += letters.answered(told, inquiry, self.rules.account, self.now)

    def stop_clock(self, deal: Deal, at: Millis, inquiry_id: str) -> None:
        """Somebody of ours answered: the promise is kept, the card says so."""
        if deal.first_answer_at is None:
            self.keep(replace(deal, first_answer_at=at))
        card = self.snapshot.cards.get(deal.id)
        if card and card.state is CardState.NEW:
            taken = replace(
                card, state=CardState.TAKEN, taken_by=deal.owner, taken_at=at, version=card.version + 1
            )
            self.ring(taken, deal.id, inquiry_id, loud=False)

    def _deal_of_addressee(self, asked: Asked) -> Deal | None:
        """The newest open deal of the one client whom we wrote to."""
        resolution = resolve(asked.subject, known(self.snapshot, asked.keys), self.rules.thresholds)
        if resolution.identity is not Identity.SAME:
            return None
        open_deals = [one for one in self.client_deals(resolution.client_id) if one.state is DealState.OPEN]
        return max(open_deals, key=lambda one: (one.opened_at, one.number), default=None)

    def _continue(self, before: tuple[Inquiry, Decision], asked: Asked) -> None:
        """A later event of an inquiry that is known: fold it in; the card is edited, nobody is rung."""
        inquiry, decision = before
        if decision.state_reason == ERASED:
            return
        if asked.parsed.fetched:
            self._add(before, asked)
            return
        if LEAD in asked.parsed.lacks:
            return  # what it stands for has come already
        newer = fetched.kept(inquiry, merged(inquiry, asked.parsed.inquiry))
        if turns_out_request(decision, asked.parsed, newer):
            self.decide(replace(asked, parsed=replace(asked.parsed, inquiry=newer)))
            return
        self.record(newer, decision)
        card = self.snapshot.cards.get(decision.deal_id or inquiry.id)
        if card and newer != inquiry and not newer.history:
            changed = replace(card, version=card.version + 1)
            self.ring(changed, decision.deal_id or inquiry.id, newer.id, loud=False)

    def _add(self, before: tuple[Inquiry, Decision], asked: Asked) -> None:
        """What was fetched: the card is edited where it shows any of it, and nobody is rung."""
        inquiry, decision = before
        newer = fetched.added(inquiry, asked.parsed.inquiry)
        if newer == inquiry:
            return
        self.record(newer, decision)
        person = self.snapshot.persons.get(decision.person_id) or self._only_holder(asked)
        if person and newer.authenticated is not False:
            self._learn(person, newer, asked.subject)
        card = self.snapshot.cards.get(decision.deal_id or inquiry.id)
        if card and not newer.history and fetched.shows(inquiry, newer):
            changed = replace(card, version=card.version + 1)
            self.ring(changed, decision.deal_id or inquiry.id, newer.id, loud=False)

    def _only_holder(self, asked: Asked) -> Person | None:
        """The one person who is known under the sender's contacts."""
        held = {one.person_id for key in asked.keys.points for one in self.snapshot.holders.get(key, ())}
        return self.snapshot.persons.get(held.pop()) if len(held) == 1 else None

    def record(self, inquiry: Inquiry, decision: Decision) -> None:
        """Keep an inquiry with what was decided of it."""
        self.snapshot.inquiries[inquiry.id] = (inquiry, decision)
        self.changes.inquiries[inquiry.id] = (inquiry, decision)

    def keep(self, deal: Deal) -> None:
        """Keep a deal as it is now."""
        self.snapshot.deals[deal.id] = self.changes.deals[deal.id] = deal

    def due(self, manager: str = "") -> Millis:
        """By when this manager is to take a card, in the manager's working time."""
        return self.rules.promise.due(self._calendar(manager), self.now)

    def promised(self, card: Card) -> Card:
        """The card as it is given to its manager now: the promise begins. Who has no manager has no promise yet."""
        if not card.manager:
            return replace(card, due_at=None, alarm_at=None)
        alarm = self.rules.promise.alarm(self._calendar(card.manager), self.now, len(card.asked))
        return replace(card, due_at=self.due(card.manager), alarm_at=alarm)

    def _calendar(self, manager: str) -> Calendar:
        one = self.snapshot.managers.get(manager)
        return self.roster.calendar(one) if one else Calendar()


def _who(resolution: Resolution, thread: Deal | None) -> tuple[str, str, Identity]:
    """Client, person and identity; a reply in a deal's conversation is that deal's client, whoever wrote it."""
    if resolution.identity is Identity.SAME:
        return resolution.client_id, resolution.person_id, Identity.SAME
    if thread:
        return thread.client_id, "", Identity.SAME
    return "", "", resolution.identity
