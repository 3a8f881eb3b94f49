"""Keys: under which the ledger indexes a card, and what must be read for an inquiry."""

from __future__ import annotations

from dedup.known import KnownCard, LookupKeys, Subject
from dedup.mailboxes import repaired_mailboxes
from dedup.names import read_name


def index_keys(card: KnownCard) -> tuple[str, ...]:
    """The rows a card has in the key index: its contact points, then a few keys of its name."""
    return (*sorted(card.keys), *_name_keys(card.name))


def name_tokens(name: str) -> tuple[str, ...]:
    """The tokens a name adds to the name counts, each once."""
    return tuple(dict.fromkeys(read_name(name).words))


def lookup_keys(subject: Subject) -> LookupKeys:
    """What must be read for `subject`; the same few statements however many subjects a batch has."""
    points = [point.key for point in subject.points]
    for point in subject.points:
        if point.kind == "email":
            points += [f"email:{mailbox}" for mailbox in repaired_mailboxes(point.value)]
    return LookupKeys(
        points=tuple(dict.fromkeys(points)),
        blocking=_name_keys(subject.name),
        name_tokens=name_tokens(subject.name),
        memory=memory_keys(subject),
    )


def memory_keys(subject: Subject) -> tuple[str, ...]:
    """The keys under which a human's answer about such a sender is remembered: each contact with the name."""
    name = " ".join(sorted(read_name(subject.name).words))
    return tuple(f"{point.key}|{name}" for point in subject.points)


def _name_keys(name: str) -> tuple[str, ...]:
    words = sorted(read_name(name).words)
    return (f"name:{' '.join(words)}",) if len(words) >= 3 else ()
