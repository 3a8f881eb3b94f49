"""Keys: under which the ledger indexes a card, and what must be read for an inquiry."""

from __future__ import annotations

from dedup.companies import is_company
from dedup.known import KnownCard, LookupKeys, Subject
from dedup.mailboxes import repaired_mailboxes
from dedup.names import Name, Reading, read_name, surname_stems

NAME_KEYS = 3
"""Keys a full name has in the index; what is asked for has as many for each given name it may be."""


_MIDDLING, _LONG, _SLIPS = 6, 8, 2


def index_keys(card: KnownCard) -> tuple[str, ...]:
    """The rows a card has in the key index: its contact points, and for a full name (given name, patronymic,
    surname) three keys: the name itself, and two that each survive a slip in the other's half of the surname."""
    return (
        *sorted(card.keys),
        *(_name_keys(read_name(card.name))[:NAME_KEYS] if not is_company(card.name) else ()),
    )


def name_tokens(name: str) -> tuple[str, ...]:
    """The tokens a name adds to the name counts: its surname, without the ending that tells a man's from a woman's."""
    return tuple(f"s:{root}" for root in surname_stems(read_name(name).first) if len(root) >= 2)


def lookup_keys(subject: Subject) -> LookupKeys:
    """What must be read for `subject`; the same few statements however many subjects a batch has."""
    points = [point.key for point in subject.points]
    for point in subject.points:
        if point.kind == "email":
            points += [f"email:{mailbox}" for mailbox in repaired_mailboxes(point.value)]
    return LookupKeys(
        points=tuple(dict.fromkeys(points)),
        blocking=_name_keys(read_name(subject.name)),
        name_tokens=name_tokens(subject.name),
        memory=memory_keys(subject),
    )


def memory_keys(subject: Subject) -> tuple[str, ...]:
    """The keys under which a human's answer about such a sender is remembered: each contact with the name."""
    name = " ".join(sorted(read_name(subject.name).text.split()))
    return tuple(f"{point.key}|{name}" for point in subject.points)


def is_full_name(key: str) -> bool:
    """Whether a key is a whole name's, and not one of the two that hold half of its surname."""
    return key.startswith("name:") and "|<" not in key and "|>" not in key


def full_name_key(name: Name) -> str:
    """The key all cards of one full name share, "" for a name that is not full."""
    keys = _name_keys(name)
    return keys[0] if keys else ""


def _name_keys(name: Name) -> tuple[str, ...]:
    """Three keys a possible full name: the exact one, then by the surname's beginning and by its end."""
    reading = name.first
    stems = surname_stems(reading)
    if not (reading.given and reading.father and len(stems) == 1 and not reading.guess):
        return ()
    keys: list[str] = []
    for given in sorted(reading.given)[:3]:
        keys += _keys_of(given, reading, stems[0])
    return tuple(keys)


def name_keys(known: str, root: str) -> tuple[str, str, str]:
    """The three keys of a full name whose given name and patronymic are `known` (`GIVEN|FATHER`). They stand side by
    side in the index: one page to read and to write instead of three."""
    size = len(root)
    return _exact(known, root), _begins(known, root, size), _ends(known, root, size)


def _exact(known: str, root: str) -> str:
    return f"name:{known}|{root}"


# Where a slip of the pen spoils one half of a surname the other one stands, so the two do not overlap; they are as
# long as that allows, for half of the country ends in -ov.
def _begins(known: str, root: str, size: int) -> str:
    return f"name:{known}|<{root[: 2 if size < _MIDDLING else 3 if size < _LONG else 4]}"


def _ends(known: str, root: str, size: int) -> str:
    return f"name:{known}|>{root[-3 if size < _MIDDLING + 1 else -4 :]}"


def _keys_of(given: str, reading: Reading, root: str) -> list[str]:
    """The three keys of the index, and what else is asked for: the halves that a card has whose surname is a letter or
    two longer or shorter."""
    known = f"{given}|{reading.father}"
    sizes = range(len(root) - _SLIPS, len(root) + _SLIPS + 1)
    others = [half(known, root, size) for half in (_begins, _ends) for size in sizes]
    return list(dict.fromkeys((*name_keys(known, root), *others)))
