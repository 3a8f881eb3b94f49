"""What the resolver is shown of a snapshot, and what a new person adds to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dedup.keys import index_keys, name_tokens
from dedup.known import Known, KnownCard, LookupKeys, Subject, Verdict
from intake.deal import Client, ClientKind, Holding, Person
from intake.decision import Changes, Snapshot


def known(snapshot: Snapshot, keys: LookupKeys) -> Known:
    """The resolver's view of the snapshot under these keys."""
    by_key: dict[str, Sequence[KnownCard]] = {}
    holders: dict[str, int] = {}
    for key in (*keys.points, *keys.blocking):
        held = snapshot.holders.get(key)
        if held:
            by_key[key] = [_card(snapshot, one) for one in held]
            holders[key] = snapshot.holder_counts.get(key, 1)
    counts = {word: snapshot.name_counts[word] for word in keys.name_tokens if word in snapshot.name_counts}
    verdicts = {
        key: [Verdict(one.client_id, one.same, one.person_id) for one in snapshot.verdicts[key]]
        for key in keys.memory
        if key in snapshot.verdicts
    }
    return Known(by_key, holders, counts, snapshot.known_cards, verdicts)


def _card(snapshot: Snapshot, held: Holding) -> KnownCard:
    client = snapshot.clients.get(held.client_id) or Client(held.client_id)
    person = snapshot.persons.get(held.person_id)
    company = client.name if client.kind is ClientKind.COMPANY else ""
    return KnownCard(
        client_id=held.client_id,
        person_id=held.person_id,
        name=person.name if person else client.name,
        kind=client.kind,
        company=company,
        inn=client.inn,
        owner=client.owner,
        keys=frozenset(snapshot.person_keys.get(held.person_id, ())),
    )


def add_person(
    snapshot: Snapshot, changes: Changes, person: Person, keys: Iterable[str], *, new: bool = True
) -> None:
    """Make a person known by name and contacts, to the batch and to the ledger; not `new`: the name is."""
    client = snapshot.clients[person.client_id]
    company = client.name if client.kind is ClientKind.COMPANY else ""
    card = KnownCard(
        person.client_id, person.id, person.name, client.kind, company, client.inn, keys=frozenset(keys)
    )
    add_card(snapshot, changes, person, index_keys(card), name_tokens(person.name), new=new)


def add_card(
    snapshot: Snapshot,
    changes: Changes,
    person: Person,
    keys: Iterable[str],
    tokens: Iterable[str],
    *,
    new: bool = True,
) -> None:
    """As `add_person`, where the keys of the card and the tokens of the name are known already."""
    snapshot.persons[person.id] = changes.persons[person.id] = person
    changes.new_cards += new
    snapshot.known_cards += new
    for word in tokens:
        changes.name_tokens[word] = changes.name_tokens.get(word, 0) + 1
        snapshot.name_counts[word] = snapshot.name_counts.get(word, 0) + 1
    hold(snapshot, changes, person, keys)


def hold(snapshot: Snapshot, changes: Changes, person: Person, keys: Iterable[str]) -> None:
    """Make a person known under these keys; those held already stay as they are."""
    held = snapshot.person_keys.setdefault(person.id, set())
    for key in keys:
        if key in held:
            continue
        held.add(key)
        one = Holding(key, person.id, person.client_id)
        changes.holdings[key, person.id] = one
        others = snapshot.holders.setdefault(key, [])
        if all(other.client_id != person.client_id for other in others):
            snapshot.holder_counts[key] = snapshot.holder_counts.get(key, 0) + 1
        others.append(one)


def point_keys(subject: Subject) -> list[str]:
    """The keys of the contacts that are evidence."""
    return [point.key for point in subject.points]
