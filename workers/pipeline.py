"""The pipeline: what becomes of an inquiry. Pure: (inquiry, snapshot, rules, clock) in, decision and changes out.

A batch is a fold: each inquiry sees what the ones before it changed, so that a batch of twenty ends as twenty
batches of one.
"""

from __future__ import annotations

from base64 import b32hexencode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from crm.acceptance import Acceptance, Choice, choose
from crm.owners.base import OwnerCase
from crm.owners.table import choose_owner
from crm.tasks import MINUTE_MS, first_task
from dedup.keys import lookup_keys
from dedup.known import LookupKeys, Subject
from dedup.points import subject_of
from dedup.resolver import resolve
from intake.account import Account
from intake.clock import Millis
from intake.deal import (
    Card,
    CardState,
    Client,
    ClientKind,
    Deal,
    DealState,
    Interaction,
    Person,
)
from intake.decision import Changes, Decision, Identity, Reason, Resolution, Snapshot, Turn, Wanted
from intake.effect import Effect, EffectKind
from intake.inquiry import Inquiry, Kind, Outcome, Parsed, State
from workers.folding import merged
from workers.known import add_person, hold, known, point_keys
from workers.rules import Rules

TITLE_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Item:
    """One raw event on its way through: what it was understood as, or why it cannot be (`buried`)."""

    raw_id: str
    parsed: Parsed
    buried: str = ""
    forced: str = ""
    """the manager who takes it: nothing is offered any more"""


@dataclass(frozen=True, slots=True)
class _Asked:
    """An item with the keys it is looked up by."""

    item: Item
    subject: Subject
    keys: LookupKeys


class Pipeline:
    """Decides a batch. `wanted` says what must be read for it; `step` is what the ledger calls with the snapshot."""

    def __init__(self, items: Sequence[Item], rules: Rules, now: Millis) -> None:
        self._rules = rules
        self._now = now
        self._asked = [_ask(item, rules) for item in items]

    def wanted(self) -> Wanted:
        """All that the batch may touch."""
        return Wanted(
            keys=_each(key for one in self._asked for key in (*one.keys.points, *one.keys.blocking)),
            name_tokens=_each(word for one in self._asked for word in one.keys.name_tokens),
            memory=_each(key for one in self._asked for key in one.keys.memory),
            threads=_each(key for one in self._asked for key in thread_keys(one.item.parsed.inquiry)),
            inquiries=_each(one.item.parsed.inquiry.id for one in self._asked),
            raws=_each(one.item.raw_id for one in self._asked if one.item.raw_id),
        )

    def step(self, snapshot: Snapshot) -> Changes:
        """The changes that follow from the batch as the ledger stands."""
        changes = Changes()
        fold = _Fold(snapshot, changes, self._rules, self._now)
        for one in self._asked:
            if one.item.raw_id in snapshot.settled:
                continue
            fold.take(one)
            if one.item.raw_id:
                changes.settled[one.item.raw_id] = one.item.parsed.inquiry.id
                snapshot.settled.add(one.item.raw_id)
        return changes


class _Fold:
    """One pass over a batch: reads and updates the snapshot, collects the changes."""

    def __init__(self, snapshot: Snapshot, changes: Changes, rules: Rules, now: Millis) -> None:
        self.snapshot = snapshot
        self.changes = changes
        self.rules = rules
        self.now = now
        self.version = rules.version

    def take(self, asked: _Asked) -> None:
        """Decide one item; a later event of a known inquiry updates it."""
        item, parsed = asked.item, asked.item.parsed
        inquiry = parsed.inquiry
        before = self.snapshot.inquiries.get(inquiry.id)
        if before and not item.forced and before[1].state is not State.BURIED and not item.buried:
            self._continue(before, parsed)
        elif item.buried:
            if not before:
                self._record(
                    inquiry, Decision(inquiry.id, State.BURIED, item.buried, rules_version=self.version)
                )
        elif parsed.outcome is Outcome.IGNORED:
            self._record(
                inquiry, Decision(inquiry.id, State.IGNORED, parsed.reason, rules_version=self.version)
            )
        elif parsed.outcome is Outcome.ANSWER:
            self._answer(inquiry, asked)
        else:
            self._decide(asked)

    def _decide(self, asked: _Asked) -> None:
        inquiry = asked.item.parsed.inquiry
        account = self.rules.account(inquiry.account, inquiry.channel)
        resolution = resolve(asked.subject, known(self.snapshot, asked.keys), self.rules.thresholds)
        thread = self._thread_deal(inquiry)
        client_id, person_id, identity = self._who(resolution, thread)
        deals = [self.snapshot.deals[one] for one in self.snapshot.client_deals.get(client_id, ())]
        acceptance = choose(account, identity, thread, deals)
        if asked.item.forced and acceptance.choice is Choice.OFFER:
            acceptance = Acceptance(Choice.CREATE, Reason("taken", asked.item.forced))
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
        elif acceptance.choice is Choice.CREATE:
            self.create(inquiry, decision, account, resolution, asked)
        else:
            self._offer(inquiry, decision, account)

    def _who(self, resolution: Resolution, thread: Deal | None) -> tuple[str, str, Identity]:
        """Client, person and identity; a reply in a deal's conversation is that deal's client, whoever wrote it."""
        if resolution.identity is Identity.SAME:
            return resolution.client_id, resolution.person_id, Identity.SAME
        if thread:
            return thread.client_id, "", Identity.SAME
        return "", "", resolution.identity

    def _thread_deal(self, inquiry: Inquiry) -> Deal | None:
        """The deal of the conversation; a sender whose address is unproven cannot claim one."""
        if inquiry.authenticated is False:
            return None
        for key in thread_keys(inquiry):
            deal = self.snapshot.deals.get(self.snapshot.threads.get(key, ""))
            if deal:
                return deal
        return None

    def attach(self, inquiry: Inquiry, decision: Decision, deal: Deal, subject: Subject) -> None:
        """Join the inquiry to an open deal: its feed, its card, its conversation."""
        person = self.snapshot.persons.get(decision.person_id)
        if person and inquiry.authenticated is not False:
            hold(self.snapshot, self.changes, person, point_keys(subject))
        decision = replace(
            decision, state=State.ATTACHED, client_id=deal.client_id, deal_id=deal.id, owner=deal.owner
        )
        self._record(inquiry, decision)
        self._feed(inquiry, deal)
        if not inquiry.history:
            self._show(inquiry, deal)

    def create(
        self, inquiry: Inquiry, decision: Decision, account: Account, resolution: Resolution, asked: _Asked
    ) -> None:
        """Open a deal - for the client that was found, or for a new one - with an owner, a task and a card."""
        client = self.snapshot.clients.get(decision.client_id)
        owner, reason, turn = self._owner(inquiry, account, client, asked.item.forced)
        if client is None:
            client, person = self._new_client(inquiry, owner, asked.subject)
            if resolution.identity is Identity.POSSIBLE and resolution.client_id:
                self.changes.suspects[client.id, resolution.client_id] = resolution.score
        else:
            person = self.snapshot.persons.get(decision.person_id) or self._new_person(
                client, inquiry, asked.subject
            )
            hold(self.snapshot, self.changes, person, point_keys(asked.subject))
        if turn:
            self.snapshot.turns[turn.group, turn.manager] = turn
            self.changes.turns[turn.group, turn.manager] = turn
        deal = self._new_deal(inquiry, account, client, person, owner)
        decision = replace(
            decision,
            state=State.CREATED,
            client_id=client.id,
            person_id=person.id,
            deal_id=deal.id,
            owner=owner,
            reasons=(*decision.reasons, reason),
        )
        self._record(inquiry, decision)
        self._feed(inquiry, deal)
        task = first_task(derived("task", deal.id), deal, inquiry, self._due(), self.now, self.rules.say)
        self.changes.tasks[task.id] = task
        if not inquiry.history:
            self._show(inquiry, deal)

    def _owner(
        self, inquiry: Inquiry, account: Account, client: Client | None, forced: str
    ) -> tuple[str, Reason, Turn | None]:
        if forced:
            return forced, Reason("owner_taken", forced), None
        deals = (
            [self.snapshot.deals[one] for one in self.snapshot.client_deals.get(client.id, ())]
            if client
            else []
        )
        open_deals = [one for one in deals if one.state is DealState.OPEN]
        case = OwnerCase(
            inquiry, account, client, open_deals, self.snapshot.managers, self.snapshot.turns, self.now
        )
        pick, reason = choose_owner(case, self.rules.owners)
        return (pick.manager, reason, pick.turn) if pick else ("", reason, None)

    def _new_client(self, inquiry: Inquiry, owner: str, subject: Subject) -> tuple[Client, Person]:
        sender = inquiry.sender
        kind = ClientKind.COMPANY if sender.company or sender.inn else ClientKind.PERSON
        name = sender.company or sender.name
        client = Client(derived("client", inquiry.id), kind, name, sender.inn, owner, self.now)
        self.snapshot.clients[client.id] = self.changes.clients[client.id] = client
        return client, self._new_person(client, inquiry, subject)

    def _new_person(self, client: Client, inquiry: Inquiry, subject: Subject) -> Person:
        person = Person(derived("person", inquiry.id), client.id, inquiry.sender.name)
        add_person(self.snapshot, self.changes, person, point_keys(subject))
        return person

    def _new_deal(
        self, inquiry: Inquiry, account: Account, client: Client, person: Person, owner: str
    ) -> Deal:
        deal = Deal(
            id=derived("deal", inquiry.id),
            number=self.snapshot.next_number,
            client_id=client.id,
            person_id=person.id,
            title=self._title(inquiry),
            pipeline=account.pipeline,
            owner=owner,
            service=inquiry.service or account.service,
            account=account.id,
            opened_at=self.now,
        )
        self.snapshot.next_number += 1
        self.changes.next_number = self.snapshot.next_number
        self._keep(deal)
        self.snapshot.client_deals.setdefault(client.id, []).append(deal.id)
        return deal

    def _title(self, inquiry: Inquiry) -> str:
        words = {Kind.FORM: "Form inquiry", Kind.MESSAGE: "Message", Kind.CALL: "Call", Kind.EMAIL: "Letter"}
        said = inquiry.service or inquiry.subject or " ".join(inquiry.text.split())
        return said[:TITLE_LENGTH] or self.rules.say(words[inquiry.kind])

    def _feed(self, inquiry: Inquiry, deal: Deal) -> None:
        """Put the inquiry on the deal's feed and bind its conversation to the deal."""
        self.changes.interactions[f"i{inquiry.id}"] = Interaction(
            id=f"i{inquiry.id}",
            deal_id=deal.id,
            client_id=deal.client_id,
            inquiry_id=inquiry.id,
            kind=inquiry.kind.value,
            direction="in",
            at=inquiry.occurred_at or inquiry.received_at,
            text=inquiry.subject,
        )
        for key in own_keys(inquiry):
            self.snapshot.threads[key] = self.changes.threads[key] = deal.id

    def _show(self, inquiry: Inquiry, deal: Deal) -> None:
        """Show the deal's card, or extend the one that is there, and ring."""
        card = self.snapshot.cards.get(deal.id)
        if card is None:
            card = Card(
                id=derived("card", deal.id),
                manager=deal.owner,
                deal_id=deal.id,
                client_id=deal.client_id,
                inquiry_ids=(inquiry.id,),
                created_at=self.now,
                due_at=self._due(),
            )
        else:
            card = replace(card, inquiry_ids=(*card.inquiry_ids, inquiry.id), version=card.version + 1)
        self.ring(card, deal.id, inquiry.id)

    def _offer(self, inquiry: Inquiry, decision: Decision, account: Account) -> None:
        """Put the inquiry in the tray of the one who would own it: nothing is born until somebody takes it."""
        client = self.snapshot.clients.get(decision.client_id)
        owner, reason, turn = self._owner(inquiry, account, client, "")
        if turn:
            self.snapshot.turns[turn.group, turn.manager] = turn
            self.changes.turns[turn.group, turn.manager] = turn
        self._record(inquiry, replace(decision, owner=owner, reasons=(*decision.reasons, reason)))
        if inquiry.history:
            return
        card = Card(
            id=f"o{inquiry.id}",
            manager=owner,
            deal_id="",
            client_id=decision.client_id,
            inquiry_ids=(inquiry.id,),
            state=CardState.OFFERED,
            created_at=self.now,
            due_at=self._due(),
        )
        self.ring(card, inquiry.id, inquiry.id)

    def ring(self, card: Card, key: str, inquiry_id: str, *, loud: bool = True) -> None:
        """Keep the card and have the relay show it."""
        self.snapshot.cards[key] = self.changes.cards[card.id] = card
        payload = {
            "card_id": card.id,
            "inquiry_id": inquiry_id,
            "touch": str(len(card.inquiry_ids)),
            "ring": "1" if loud else "0",
        }
        effect = Effect(f"card:{card.id}:{card.version}", EffectKind.CARD, card.manager, payload, self.now)
        self.changes.effects.append(effect)

    def _answer(self, inquiry: Inquiry, asked: _Asked) -> None:
        """Our own answer, seen in passing: an interaction on the deal that stops the clock."""
        deal = self._thread_deal(inquiry) or self._deal_of_addressee(asked)
        decision = Decision(inquiry.id, State.IGNORED, "answer", rules_version=self.version)
        if deal is None:
            self._record(inquiry, decision)
            return
        self._record(inquiry, replace(decision, client_id=deal.client_id, deal_id=deal.id, owner=deal.owner))
        at = inquiry.occurred_at or inquiry.received_at
        self.changes.interactions[f"i{inquiry.id}"] = Interaction(
            f"i{inquiry.id}",
            deal.id,
            deal.client_id,
            inquiry.id,
            inquiry.kind.value,
            "out",
            at,
            inquiry.subject,
        )
        for key in own_keys(inquiry):
            self.snapshot.threads[key] = self.changes.threads[key] = deal.id
        self.stop_clock(deal, at, inquiry.id)

    def stop_clock(self, deal: Deal, at: Millis, inquiry_id: str) -> None:
        """Somebody of ours answered: the promise is kept, the card says so."""
        if deal.first_answer_at is None:
            self._keep(replace(deal, first_answer_at=at))
        card = self.snapshot.cards.get(deal.id)
        if card and card.state is CardState.NEW:
            taken = replace(
                card, state=CardState.TAKEN, taken_by=deal.owner, taken_at=at, version=card.version + 1
            )
            self.ring(taken, deal.id, inquiry_id, loud=False)

    def _deal_of_addressee(self, asked: _Asked) -> Deal | None:
        """The newest open deal of the one client whom we wrote to."""
        resolution = resolve(asked.subject, known(self.snapshot, asked.keys), self.rules.thresholds)
        if resolution.identity is not Identity.SAME:
            return None
        deals = [self.snapshot.deals[one] for one in self.snapshot.client_deals.get(resolution.client_id, ())]
        open_deals = [one for one in deals if one.state is DealState.OPEN]
        return max(open_deals, key=lambda one: (one.opened_at, one.number), default=None)

    def _continue(self, before: tuple[Inquiry, Decision], parsed: Parsed) -> None:
        """A later event of an inquiry that is known: fold it in, ring only when it says something new to a human."""
        inquiry, decision = before
        newer = merged(inquiry, parsed.inquiry)
        self._record(newer, decision)
        deal = self.snapshot.deals.get(decision.deal_id)
        if deal and newer != inquiry:
            card = self.snapshot.cards.get(deal.id)
            if card and not newer.history:
                self.ring(replace(card, version=card.version + 1), deal.id, newer.id, loud=False)

    def _record(self, inquiry: Inquiry, decision: Decision) -> None:
        self.snapshot.inquiries[inquiry.id] = (inquiry, decision)
        self.changes.inquiries[inquiry.id] = (inquiry, decision)

    def _keep(self, deal: Deal) -> None:
        self.snapshot.deals[deal.id] = self.changes.deals[deal.id] = deal

    def _due(self) -> Millis:
        return self.now + int(self.rules.take_min * MINUTE_MS)


def _ask(item: Item, rules: Rules) -> _Asked:
    if item.buried or item.parsed.outcome is Outcome.IGNORED:
        nobody = Subject()
        return _Asked(item, nobody, LookupKeys((), (), (), ()))
    subject = subject_of(item.parsed.inquiry, rules.company)
    return _Asked(item, subject, lookup_keys(subject))


def own_keys(inquiry: Inquiry) -> list[str]:
    """The keys that bind later messages of this conversation to its deal. A letter's id is its own everywhere;
    another channel's conversation is known within its account."""
    if inquiry.kind is Kind.EMAIL:
        return [f"email:{one}" for one in dict.fromkeys((inquiry.external_id, inquiry.thread)) if one]
    return [f"{inquiry.account}:{inquiry.thread}"] if inquiry.thread else []


def thread_keys(inquiry: Inquiry) -> list[str]:
    """The keys under which the inquiry's conversation may be known, the nearest first."""
    if inquiry.kind is Kind.EMAIL:
        nearest = (*reversed(inquiry.references), inquiry.thread, inquiry.external_id)
        return [f"email:{one}" for one in dict.fromkeys(nearest) if one]
    return own_keys(inquiry)


def derived(what: str, base: str) -> str:
    """The id of something born of `base`: always the same, so that doing it again does nothing. It begins as `base`
    does, so that it sorts by time too: lists need no other index, and rows are added at the end of the tree."""
    digest = blake2b(base.encode(), digest_size=16, person=what.encode()).digest()
    return base[:10] + b32hexencode(digest).decode().rstrip("=").lower()


def _each(keys: Iterable[str]) -> list[str]:
    return sorted(dict.fromkeys(keys))
