"""Reading a scenario: YAML in either language to one shape, every value a text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.scenarios.words import KEYS, VALUES

PARTS = ("title", "given", "when", "then")
_UNITS = {"сек": 1, "s": 1, "мин": 60, "min": 60, "ч": 3600, "h": 3600, "д": 86_400, "d": 86_400}


class Unplayable(AssertionError):
    """The file says something that nobody understands."""


@dataclass(frozen=True)
class Scenario:
    """A story: what is given, what happens step by step, what is so in the end."""

    title: str
    given: dict[str, Any]
    when: list[tuple[str, Any]]
    then: dict[str, Any]


def read_scenario(path: Path) -> Scenario:
    """The file's scenario. BaseLoader: `10:05` and `8 916...` stay what was written."""
    told = in_english(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader))
    if not isinstance(told, dict) or set(told) - set(PARTS) or not {"when", "then"} <= set(told):
        raise Unplayable(f"{path.name}: the parts are {', '.join(PARTS)} - or in Russian; here: {list(told)}")
    return Scenario(
        told.get("title", path.stem), told.get("given") or {}, steps_of(told["when"]), told["then"]
    )


def steps_of(told: Any) -> list[tuple[str, Any]]:
    """Steps: a list of mappings with one key each."""
    if not isinstance(told, list) or not all(isinstance(one, dict) and len(one) == 1 for one in told):
        raise Unplayable("steps are a list, one thing that happens a line: `- wait: 5 min`")
    return [next(iter(one.items())) for one in told]


def in_english(told: Any, key: str = "") -> Any:
    """The same with English keys and values."""
    if isinstance(told, dict):
        return {KEYS.get(name, name): in_english(value, KEYS.get(name, name)) for name, value in told.items()}
    if isinstance(told, list):
        return [in_english(one, key) for one in told]
    return VALUES.get(key, {}).get(told, told)


def seconds(told: str) -> float:
    """`5 min`, `2 часа`, `3 дня` in seconds."""
    number, _, unit = told.partition(" ")
    for begins, length in _UNITS.items():
        if unit.startswith(begins):
            return float(number.replace(",", ".")) * length
    raise Unplayable(f"how long is {told!r}? Say `5 min`, `2 h`, `3 days` - `5 мин`, `2 часа`, `3 дня`")
