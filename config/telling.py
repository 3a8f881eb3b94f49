"""How a validation error is told: the setting as a person finds it, the fault, the mend - never the value."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from config.faults import Said
from config.lines import Path as Place
from config.settings import Settings

_LISTS = ("account", "department", "manager", "segment")


def named(place: Place, document: dict[str, Any]) -> str:
    """The setting as a person finds it: `account "site": secret`, `notify.telegram.api`."""
    if place and place[0] in _LISTS and len(place) > 1 and isinstance(place[1], int):
        table = document[str(place[0])][place[1]]
        id_ = table.get("id") if isinstance(table, dict) else None
        owner = f'{place[0]} "{id_}"' if isinstance(id_, str) and id_ else f"{place[0]} {place[1] + 1}"
        rest = _dotted(place[2:])
        return f"{owner}: {rest}" if rest else owner
    return _dotted(place) or "the file"


def _dotted(place: Place) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")


_MENDS = {
    "missing": ("is missing", "write it"),
    "string_type": ("is not a text", "put it into quotes"),
    "int_parsing": ("is not a whole number", "write digits only"),
    "int_type": ("is not a whole number", "write digits only"),
    "int_from_float": ("is not a whole number", "write it without a fraction"),
    "float_parsing": ("is not a number", "write a number"),
    "float_type": ("is not a number", "write a number"),
    "tuple_type": ("is not a list", 'write it in square brackets: ["...", "..."]'),
    "model_type": ("is not a table", "give it a header of its own in square brackets"),
    "model_attributes_type": ("is not a table", "give it a header of its own in square brackets"),
    "string_pattern_mismatch": ("is not written as it should be", 'write it like "22:00-08:00"'),
    "date_from_datetime_parsing": ("is no date", 'write "now" or a date like 2026-11-22'),
    "date_parsing": ("is no date", 'write "now" or a date like 2026-11-22'),
    "date_type": ("is no date", 'write "now" or a date like 2026-11-22'),
    "datetime_from_date_parsing": ("is no date", 'write "now" or a date like 2026-11-22'),
    "datetime_parsing": ("is no date", 'write "now" or a date like 2026-11-22'),
    "datetime_type": ("is no date", 'write "now" or a date like 2026-11-22'),
}


_BOUNDS = {
    "greater_than": ("input should be greater than {bound}", "gt"),
    "greater_than_equal": ("input should be greater than or equal to {bound}", "ge"),
    "less_than": ("input should be less than {bound}", "lt"),
    "less_than_equal": ("input should be less than or equal to {bound}", "le"),
}


def told(detail: ErrorDetails) -> tuple[str, str]:
    """(fault, mend) of a validation error, never with the value: it may be a secret."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "told":
        return context["fault"], context["mend"]
    if kind == "extra_forbidden":
        return "there is no such setting", _nearest(detail["loc"])
    if kind == "literal_error":
        if str(context["expected"]) == "'now'":
            return _MENDS["date_parsing"]
        return "is none of the words that fit", Said("write {words}", words=context["expected"])
    if kind in _BOUNDS:
        fault, bound = _BOUNDS[kind]
        return Said(fault, bound=context[bound]), "write a value that fits"
    return _MENDS.get(kind) or (detail["msg"][:1].lower() + detail["msg"][1:], "write a value that fits")


def _nearest(loc: tuple[int | str, ...]) -> str:
    """The mend of an unknown key: the known one most like it, or all known ones."""
    names = _known_keys(loc[:-1])
    close = get_close_matches(str(loc[-1]), names, n=1)
    if close:
        return Said("write {words}", words=close[0])
    return Said("remove it; known here: {names}", names=", ".join(names))


def _known_keys(loc: tuple[int | str, ...]) -> list[str]:
    model: type[BaseModel] = Settings
    for part in loc:
        if isinstance(part, int):
            continue
        known = {(info.alias or name): info.annotation for name, info in model.model_fields.items()}
        inner = [one for one in _classes(known[part]) if issubclass(one, BaseModel)]
        model = inner[0]
    return [info.alias or name for name, info in model.model_fields.items()]


def _classes(annotation: Any) -> Iterator[type]:
    """The classes an annotation is made of: `tuple[A, ...]` and `A | None` give A among others."""
    if isinstance(annotation, type) and not getattr(annotation, "__args__", ()):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _classes(inner)
