"""Whose an imported row may become unasked: two cards of one base stay two clients. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from dedup.compare import OPPOSING, compare_names
from dedup.names import read_name
from intake.deal import Client, ClientKind, Holding, Person
from intake.decision import Identity, Reason, Resolution, Snapshot
from intake.store.base.imports import Origin
from workers.clients.entries import Entry

LEGAL_ENTITY = "legal_entity"
"""The rule of a match by the ИНН of a legal entity alone."""
_LEGAL_INN = 10
"""Digits in it; a person's has twelve."""


def by_legal_entity(entry: Entry, snapshot: Snapshot) -> Resolution | None:
    """The firm of the row's ИНН, where there is exactly one. It is no evidence but a name: its card is its card."""
    if entry.kind is not ClientKind.COMPANY or len(entry.inn) != _LEGAL_INN:
        return None
    held = snapshot.holders.get(f"inn:{entry.inn}", ())
    firms = {one.client_id for one in held}
    if len(firms) != 1 or snapshot.clients[min(firms)].kind is not ClientKind.COMPANY:
        return None
    firm = min(firms)
    person = _person_of(snapshot, firm, entry, held)
    return Resolution(Identity.SAME, firm, person, 1.0, reasons=(Reason(LEGAL_ENTITY, entry.inn),))


def may_join(
    entry: Entry, client: Client, owner: str, resolution: Resolution, cards: Sequence[Origin]
) -> bool:
    """Whether a row that is taken for `client` may be joined to it unasked. `owner` is the row's; `cards` are the rows
    of the same base that the client is known by.

    Who keeps two cards in one base says that they are two: that they are one is for a person to say. Rows without an
    id, and clients which that base does not know yet, are joined by evidence. People of one legal entity are people of
    one client, unless it is another manager's.
    """
    if not entry.own:
        return True
    if entry.person and resolution.reasons and resolution.reasons[0].rule == LEGAL_ENTITY:
        return not owner or client.owner in ("", owner)
    return not any(map(has_id, cards))


def free_person(
    person: Person | None, client: Client, entry: Entry, cards: Sequence[Origin]
) -> Person | None:
    """The person the row is; None where that one has an id of its own in the same base already, or is the firm itself
    and the row names one of its people."""
    if person is None or (entry.own and any(one.person_id == person.id for one in cards if has_id(one))):
        return None
    itself = client.kind is ClientKind.COMPANY and person.name == client.name
    return None if itself and entry.person else person


def has_id(card: Origin) -> bool:
    """Whether the row was known by an id, not by what it said or by its deal."""
    return not card.ident.startswith(("row:", "deal:"))


def _person_of(snapshot: Snapshot, client_id: str, entry: Entry, held: Sequence[Holding]) -> str:
    """Which of a company's people the row is: the company itself, or one whose name does not oppose."""
    name = entry.person or entry.name
    for one in held:
        person = snapshot.persons[one.person_id]
        itself = person.name == snapshot.clients[client_id].name
        if itself != (not entry.person):
            continue
        if itself or compare_names(read_name(name), read_name(person.name)).agreement not in OPPOSING:
            return person.id
    return ""
