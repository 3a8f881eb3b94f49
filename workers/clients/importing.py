"""What a batch of rows makes of the base: joined, added, changed - decided by the workers' own resolver. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from crm.tasks import MINUTE_MS
from dashboard.pages.words import RULES
from dashboard.pages.words import told as in_words
from dedup.resolver import resolve
from intake.clock import Millis, new_id, to_datetime
from intake.deal import Client, ClientKind, Deal, DealState, Person, Task
from intake.decision import Identity, Resolution, Wanted
from intake.store.base.imports import Batch, Known, Origin, own_person_id
from workers.births import TITLE_LENGTH, derived
from workers.clients.belonging import by_legal_entity, free_person, may_join
from workers.clients.entries import Entry, marks_of
from workers.known import add_card, add_person, hold, known
from workers.rules import Rules

FIRST_LOOK_MS = 7 * 24 * 60 * MINUTE_MS
"""An open deal has a task: for one that is imported, to look at it within a week."""


class Outcome(StrEnum):
    """What became of a row."""

    ADDED = "added"
    JOINED = "joined"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Told:
    """A row's line in the report. `why` holds no contact and no name: the report outlives an erasure."""

    place: int
    outcome: Outcome
    client_id: str = ""
    why: str = ""


def wanted_for(entries: Sequence[Entry]) -> Wanted:
    """All that these rows may touch."""
    keys = {key for one in entries for key in (*one.keys.points, *one.keys.blocking)}
    return Wanted(
        keys=sorted(keys),
        name_tokens=sorted({word for one in entries for word in one.keys.name_tokens}),
        memory=sorted({key for one in entries for key in one.keys.memory}),
    )


def _why(resolution: Resolution) -> str:
    """The rules that spoke, in words; what they saw is left out, for the report outlives an erasure."""
    return "; ".join(dict.fromkeys(in_words(RULES, one.rule, str) for one in resolution.reasons))


class Import:
    """Decides rows one after the other; each sees what the ones before it made of the base."""

    def __init__(self, base: Known, owners: Mapping[str, str], rules: Rules, now: Millis) -> None:
        self.batch = Batch()
        self._base = base
        self._snapshot = base.snapshot
        self._origins = dict(base.origins)
        self._cards = {client_id: list(cards) for client_id, cards in base.cards.items()}
        self._owners = owners
        self._rules = rules
        self._now = now

    def next(self) -> None:
        """What was decided so far is written: the next rows are a batch of their own."""
        self._snapshot.deals |= self.batch.changes.deals
        self.batch = Batch()

    def take(self, entry: Entry) -> Told:
        """Decide one row."""
        before = self._origins.get(entry.ident)
        before = before or self._exported(entry)
        if before and before.digest == entry.digest:
            return Told(entry.place, Outcome.UNCHANGED, before.client_id)
        dead = self._base.erased
        erased = next((dead[one] for one in marks_of(entry) if one in dead), None) if dead else None
        if erased is not None:
            return Told(
                entry.place, Outcome.REFUSED, why=f"erased for good on {to_datetime(erased):%Y-%m-%d}"
            )
        remarks = [] if not entry.owner or self._owner(entry) else ["owner not known"]
        if before and before.person_id in self._snapshot.persons:
            told = self._change(entry, before)
        elif entry.further_of and (first := self._origin(entry.further_of)):
            told = self._further(entry, self._snapshot.persons[first.person_id].client_id)
        else:
            told = self._resolve(entry)
        return replace(told, why="; ".join(filter(None, (told.why, *remarks))))

    def _resolve(self, entry: Entry) -> Told:
        resolution = self._who(entry)
        client = self._snapshot.clients.get(resolution.client_id)
        cards = self._cards_of(resolution.client_id)
        same = resolution.identity is Identity.SAME
        if client and same and may_join(entry, client, self._owner(entry), resolution, cards):
            found = self._snapshot.persons.get(resolution.person_id)
            return self._join(entry, client, free_person(found, client, entry, cards), _why(resolution))
        client = self._new_client(entry)
        person = self._new_person(entry, client)
        why = ""
        if resolution.client_id:
            pair = client.id, resolution.client_id
            self.batch.changes.suspects[pair] = resolution.score
            self.batch.changes.suspect_reasons[pair] = resolution.reasons
            why = f"perhaps the same as {resolution.client_id}: {_why(resolution)}"
        self._keep(entry, client, person, self._deal(entry, client, person, ""))
        return Told(entry.place, Outcome.ADDED, client.id, why)

    def _join(self, entry: Entry, client: Client, found: Person | None, why: str) -> Told:
        """The row is a client who is there: a person of it, or one more."""
        self._touch(client.id)
        person = found or self._new_person(entry, client)
        if found:
            self._learn(found, entry)
        client = self._complete(client, entry)
        self._keep(entry, client, person, self._deal(entry, client, person, ""))
        return Told(entry.place, Outcome.JOINED, client.id, why)

    def _further(self, entry: Entry, client_id: str) -> Told:
        """A further row of a card: another of its people, or another deal of one who is there."""
        name = entry.person or entry.name
        mine = [one for one in self._snapshot.persons.values() if one.client_id == client_id]
        found = next((one for one in mine if one.name == name), None)
        return self._join(entry, self._snapshot.clients[client_id], found, "a further row of its id")

    def _who(self, entry: Entry) -> Resolution:
        """The resolver's answer; a legal entity's ИНН answers by itself."""
        firm = by_legal_entity(entry, self._snapshot)
        if firm:
            return firm
        held = self._snapshot.holders
        if not self._snapshot.verdicts and not any(
            key in held for key in (*entry.keys.points, *entry.keys.blocking)
        ):
            return Resolution(Identity.NEW)
        return resolve(entry.subject, known(self._snapshot, entry.keys), self._rules.thresholds)

    def _origin(self, ident: str) -> Origin | None:
        """The row of that id, as this batch or the base has it."""
        found = self._origins.get(ident)
        return found if found and found.person_id in self._snapshot.persons else None

    def _exported(self, entry: Entry) -> Origin | None:
        """A row of our own export, known by its person's id here; such a row needs no record of where it came from."""
        person = self._snapshot.persons.get(own_person_id(entry.ident))
        return Origin("", entry.ident, person.client_id, person.id, "", "") if person else None

    def _cards_of(self, client_id: str) -> list[Origin]:
        """The rows of the same base that a client is known by."""
        return self._cards.get(client_id, [])

    def _change(self, entry: Entry, before: Origin) -> Told:
        """The row says something else than last time."""
        person = self._snapshot.persons[before.person_id]
        client = self._snapshot.clients[person.client_id]
        self._touch(client.id)
        changes = self.batch.changes
        written = (len(changes.holdings), len(changes.persons), dict(changes.clients), dict(changes.deals))
        name = entry.person or entry.name
        if name and name != person.name:
            renamed = replace(person, name=name)
            keys = list(self._snapshot.person_keys.get(person.id, ()))
            add_person(self._snapshot, changes, renamed, [*keys, *entry.points], new=False)
            if client.name in ("", person.name):
                client = self._put(replace(client, name=name))
            person = renamed
        told = [one for one in entry.points if before.source or one != f"inn:{client.inn}"]
        hold(self._snapshot, changes, person, told)
        fresh = replace(
            client,
            name=entry.name if entry.name and client.kind is ClientKind.COMPANY else client.name,
            inn=entry.inn or client.inn,
            owner=self._owner(entry) or client.owner,
        )
        client = self._put(fresh) if fresh != client else client
        deal = self._deal(entry, client, person, before.deal_id)
        if before.source:
            self._keep(entry, client, person, deal)
        same = written == (
            len(changes.holdings),
            len(changes.persons),
            changes.clients,
            changes.deals,
        )
        return Told(entry.place, Outcome.UNCHANGED if same else Outcome.CHANGED, client.id)

    def _learn(self, person: Person, entry: Entry) -> None:
        name = entry.person or entry.name
        if name and not person.name:
            add_person(
                self._snapshot, self.batch.changes, replace(person, name=name), entry.points, new=False
            )
        else:
            hold(self._snapshot, self.batch.changes, person, entry.points)

    def _complete(self, client: Client, entry: Entry) -> Client:
        """What the client had not, the row brings."""
        owner = client.owner or self._owner(entry)
        fuller = replace(client, name=client.name or entry.name, inn=client.inn or entry.inn, owner=owner)
        return self._put(fuller) if fuller != client else client

    def _new_client(self, entry: Entry) -> Client:
        ident = new_id(self._now)
        return self._put(Client(ident, entry.kind, entry.name, entry.inn, self._owner(entry), self._now))

    def _new_person(self, entry: Entry, client: Client) -> Person:
        person = Person(new_id(self._now), client.id, entry.person or entry.name)
        add_card(self._snapshot, self.batch.changes, person, entry.card_keys, entry.keys.name_tokens)
        return person

    def _put(self, client: Client) -> Client:
        self._snapshot.clients[client.id] = self.batch.changes.clients[client.id] = client
        return client

    def _touch(self, client_id: str) -> None:
        if client_id not in self.batch.changes.clients:
            self.batch.touched.setdefault(client_id, self._snapshot.clients[client_id])

    def _owner(self, entry: Entry) -> str:
        return self._owners.get(" ".join(entry.owner.casefold().split()), "")

    def _deal(self, entry: Entry, client: Client, person: Person, deal_id: str) -> str:
        """The row's deal: opened once, kept up to date while it is open here too, closed when it is closed there."""
        if entry.deal is None:
            return deal_id
        told, before = entry.deal, self._snapshot.deals.get(deal_id)
        if before is None and (deal_id or told.state != "open"):
            return deal_id
        if before is not None and before.state is not DealState.OPEN:
            return deal_id
        deal = before or Deal(
            id=new_id(self._now),
            number=0,
            client_id=client.id,
            person_id=person.id,
            title="",
            pipeline="",
            owner=self._owner(entry) or client.owner,
            opened_at=self._now,
        )
        newer = replace(
            deal,
            title=told.title[:TITLE_LENGTH],
            stage=told.stage,
            pipeline=told.pipeline,
            amount=told.amount if told.amount is not None else deal.amount,
            owner=deal.owner or self._owner(entry),
            state=DealState(told.state),
            closed_at=None if told.state == "open" else self._now,
        )
        if newer != before:
            self._snapshot.deals[newer.id] = self.batch.changes.deals[newer.id] = newer
        if before is None:
            text = self._rules.say("look through an imported deal")
            task = Task(
                derived("task", newer.id),
                newer.id,
                newer.owner,
                "task",
                text,
                self._now + FIRST_LOOK_MS,
                created_at=self._now,
            )
            self.batch.changes.tasks[task.id] = task
        return newer.id

    def _keep(self, entry: Entry, client: Client, person: Person, deal_id: str) -> None:
        one = Origin(entry.source, entry.ident, client.id, person.id, deal_id, entry.digest)
        self.batch.origins[entry.ident] = self._origins[entry.ident] = one
        self._cards.setdefault(client.id, []).append(one)
