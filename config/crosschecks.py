"""What only shows across tables: ids given twice, departments that are nobody's, our numbers."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from phonenumbers import NumberParseException, is_possible_number, parse

from config.faults import Said
from config.lines import Path as Place

_LISTS = ("account", "department", "manager")
_REFERENCES = (
    ("account", "department", "department"),
    ("manager", "department", "department"),
    ("segment", "department", "department"),
)
_SINGLE = (("owners", "qualifier", "department"),)
"""(table, key, the table whose id it names). Managers may be in the ledger alone: `check` asks there."""

Told = tuple[Place, str, str]
"""Where, the fault, the mend."""


def tables(document: dict[str, Any], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The numbered tables of a list, as far as they are tables."""
    found = document.get(name)
    for number, table in enumerate(found if isinstance(found, list) else ()):
        if isinstance(table, dict):
            yield number, table


def cross_faults(document: dict[str, Any]) -> Iterator[Told]:
    """Every fault between the tables of a document that need not be valid otherwise."""
    ids = {name: [table.get("id") for _, table in tables(document, name)] for name in _LISTS}
    for name in _LISTS:
        yield from _doubled(document, name)
    for name, key, target in _REFERENCES:
        known = [one for one in ids[target] if isinstance(one, str)]
        for number, table in tables(document, name):
            wanted = table.get(key, "")
            if isinstance(wanted, str) and wanted and wanted not in known:
                yield (name, number, key), _nobody(target, wanted), _one_of(target, wanted, known)
    yield from _own_phones(document)
    for single, key, target in _SINGLE:
        known = [one for one in ids[target] if isinstance(one, str)]
        found = document.get(single)
        wanted = found.get(key, "") if isinstance(found, dict) else ""
        if isinstance(wanted, str) and wanted and wanted not in known:
            yield (single, key), _nobody(target, wanted), _one_of(target, wanted, known)


def _doubled(document: dict[str, Any], name: str) -> Iterator[Told]:
    seen: set[str] = set()
    for number, table in tables(document, name):
        id_ = table.get("id")
        if not isinstance(id_, str):
            continue
        if id_ in seen:
            yield (
                (name, number, "id"),
                Said('there is another {table} "{id}"', table=name, id=id_),
                "give each an id of its own",
            )
        seen.add(id_)


def _nobody(target: str, wanted: str) -> str:
    return Said('there is no {table} "{id}"', table=target, id=wanted)


def _one_of(target: str, wanted: str, known: list[str]) -> str:
    close = get_close_matches(wanted, known, n=1)
    if close:
        return Said('write "{id}"', id=close[0])
    if not known:
        return Said("add a [[{table}]] with this id", table=target)
    return Said("add a [[{table}]] with this id, or write one of: {ids}", table=target, ids=", ".join(known))


def _own_phones(document: dict[str, Any]) -> Iterator[Told]:
    company = document.get("company")
    if not isinstance(company, dict) or not isinstance(company.get("own_phones"), list):
        return
    for position, phone in enumerate(company["own_phones"]):
        if isinstance(phone, str) and not _is_phone(phone, str(company.get("region", "RU"))):
            place = ("company", "own_phones", position)
            yield place, Said('"{phone}" is no phone number', phone=phone), 'write it like "+74951234567"'


def _is_phone(text: str, region: str) -> bool:
    try:
        return is_possible_number(parse(text, region))
    except NumberParseException:
        return False
