"""A rule of a mapping: where a value stands, and how it is made ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from channels.custom.paths import Path, Scene, find
from channels.forms.visitor import clean, read_phones
from intake.clock import Millis, from_datetime
from intake.contact import find_emails

_LATEST = 32_503_680_000_000
"""The year 3000: a larger number is no moment."""
_MOST_SECONDS_DIGITS = 11
_NUMERIC_TIMES = frozenset(("epoch", "ms"))


@dataclass(frozen=True, slots=True)
class LookUp:
    """A table inside the request itself: `items` with a key and a value each. A key that is not there becomes
    what stands at `fallback`, else stays."""

    items: Path
    key: Path
    value: Path
    fallback: Path | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """How one thing is found and made ours. The steps come in the order of these fields: of the `paths` all,
    or only the first that leads to something; else the `constant`; `strip_prefix`, `split`, each of `forms`,
    `look_up`, `table` with `otherwise`, `join`. `times` and `zone` are for moments."""

    paths: tuple[Path, ...] = ()
    first: bool = False
    constant: str = ""
    strip_prefix: tuple[str, ...] = ()
    split: str = ""
    forms: tuple[str, ...] = ()
    look_up: LookUp | None = None
    table: Mapping[str, str] | None = None
    otherwise: str | None = None
    join: str | None = None
    times: tuple[str, ...] = ()
    zone: ZoneInfo | None = None


def texts(rule: Rule, scene: Scene, region: str = "RU") -> list[str]:
    """The values that the rule finds, blank ones left out. `region` is for phones without a country."""
    found = _found(rule, scene)
    if rule.strip_prefix:
        found = [_without(told, rule.strip_prefix) for told in found]
    if rule.split:
        found = [piece.strip() for told in found for piece in told.split(rule.split)]
    for name in rule.forms:
        found = [made for told in found for made in _FORMS[name](told, region)]
    if rule.look_up is not None:
        known = _looked_up(rule.look_up, scene)
        spare = text(Rule((rule.look_up.fallback,)), scene) if rule.look_up.fallback else ""
        found = [known.get(told) or spare or told for told in found]
    if rule.table is not None:
        found = [_mapped(told, rule.table, rule.otherwise) for told in found]
    found = [told for told in found if told]
    if rule.join is not None and found:
        return [rule.join.join(found)]
    return found


def text(rule: Rule | None, scene: Scene, region: str = "RU") -> str:
    """The first value that the rule finds, or ""."""
    if rule is None:
        return ""
    found = texts(rule, scene, region)
    return found[0] if found else ""


def moment(rule: Rule | None, scene: Scene, zone: ZoneInfo) -> Millis | None:
    """The instant that the rule finds: by its `times`, else as seconds, milliseconds or ISO 8601 by its looks.
    A time without a zone is read in the rule's, else in `zone`. None for nothing, or nothing readable."""
    for told in texts(rule, scene) if rule else ():
        for how in (rule.times if rule else ()) or (_looks_like(told),):
            at = _moment(told, how, (rule.zone if rule else None) or zone)
            if at is not None:
                return at
    return None


def seconds(told: str) -> int | None:
    """Whole seconds out of `30`, `30.6`, `1:30` or `00:01:30`; None if it is none of these."""
    total = 0.0
    for piece in told.split(":")[:3]:
        if not piece.replace(".", "", 1).isdecimal() or len(piece) > _MOST_SECONDS_DIGITS:
            return None
        total = total * 60 + float(piece)
    return int(total)


def plain(node: Any) -> Iterable[str]:
    """The texts that a node of the tree is: itself, or each of a list."""
    if isinstance(node, str):
        yield clean(node)
    elif isinstance(node, bool):
        yield str(node).lower()
    elif isinstance(node, int):
        yield str(node)
    elif isinstance(node, float):
        yield str(int(node)) if node.is_integer() else str(node)
    elif isinstance(node, list):
        for one in node:
            yield from plain(one)
    elif isinstance(node, dict) and "#text" in node:
        yield from plain(node["#text"])


def _found(rule: Rule, scene: Scene) -> list[str]:
    found: list[str] = []
    for path in rule.paths:
        found += [told for node in find(path, scene) for told in plain(node) if told]
        if found and rule.first:
            break
    return found if found or not rule.constant else [rule.constant]


def _without(told: str, prefixes: Iterable[str]) -> str:
    for prefix in prefixes:
        if told.startswith(prefix):
            return told[len(prefix) :].strip()
    return told


def _mapped(told: str, table: Mapping[str, str], otherwise: str | None) -> str:
    if told in table:
        return table[told]
    return told if otherwise is None else otherwise


def _looked_up(look_up: LookUp, scene: Scene) -> Mapping[str, str]:
    """The table by its keys, built once a request."""
    name = f"{look_up.items.text} {look_up.key.text} {look_up.value.text}"
    known = scene.tables.get(name)
    if known is None:
        key, value = Rule((look_up.key,)), Rule((look_up.value,))
        items = [scene.at(item) for item in find(look_up.items, scene)]
        known = scene.tables[name] = {text(key, item): text(value, item) for item in items}
        known.pop("", None)
    return known


def _looks_like(told: str) -> str:
    if told.replace(".", "", 1).isdecimal():
        return "epoch" if len(told.partition(".")[0]) <= _MOST_SECONDS_DIGITS else "ms"
    return "iso"


def _moment(told: str, how: str, zone: ZoneInfo) -> Millis | None:
    try:
        if how in _NUMERIC_TIMES:
            at = int(float(told[:20]) * (1000 if how == "epoch" else 1))
        else:
            read = (
                datetime.fromisoformat(told.replace("Z", "+00:00"))
                if how == "iso"
                else datetime.strptime(told, how)  # noqa: DTZ007 # the zone is put in below
            )
            at = from_datetime(read if read.tzinfo else read.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        return None
    return at if 0 < at < _LATEST else None


def _phones(told: str, region: str) -> Iterable[str]:
    return [phone.number for phone in read_phones(told, region)]


_FORMS: Mapping[str, Callable[[str, str], Iterable[str]]] = MappingProxyType(
    {
        "lower": lambda told, _: (told.lower(),),
        "upper": lambda told, _: (told.upper(),),
        "digits": lambda told, _: ("".join(char for char in told if char in "0123456789"),),
        "phone": _phones,
        "email": lambda told, _: find_emails(told),
    }
)
FORMS = frozenset(_FORMS)
"""What a value can be made by the word `as`, times apart."""
TIMES = frozenset((*_NUMERIC_TIMES, "iso"))
