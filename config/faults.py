"""What is wrong with a configuration file: each fault with its line and its mend, all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic_core import PydanticCustomError

Translate = Callable[[str], str]
"""Gives a template in the reader's language."""


class Said(str):
    """A text for people that remembers the template it was made of, so that it can be said in another language.

    As a text it is the English one.
    """

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, **values: object) -> Self:
        """The template with its values put in."""
        made = super().__new__(cls, template.format(**values))
        made.template, made.values = template, values
        return made


def in_words(text: str, translate: Translate) -> str:
    """The text in the reader's language, the values put in likewise."""
    if not isinstance(text, Said):
        return translate(text)
    values = {
        name: in_words(one, translate) if isinstance(one, Said) else one for name, one in text.values.items()
    }
    return translate(text.template).format(**values)


def unfit(fault: str, mend: str, **values: object) -> PydanticCustomError:
    """A validation error that carries its own mend; told by `config.telling`."""
    texts: dict[str, Any] = {"fault": Said(fault, **values), "mend": Said(mend, **values)}
    return PydanticCustomError("told", "{fault}", texts)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that cannot work. `line` counts from 1, 0 when it is no line's; `setting` is written as a
    person finds it: `account "site": secret`; `mend` says what to do."""

    line: int
    setting: str
    fault: str
    mend: str

    def told(self, file: str, translate: Translate = str) -> str:
        """The fault as one line of text."""
        place = f"{file}:{self.line}" if self.line else file
        fault, mend = in_words(self.fault, translate), in_words(self.mend, translate)
        return f"{place}: {self.setting}: {fault} - {mend}"


class BadConfig(Exception):
    """The configuration file has faults. `faults` holds all of them, in the order of their lines."""

    def __init__(self, path: Path, faults: Sequence[Fault]) -> None:
        self.path = path
        self.faults = tuple(sorted(faults, key=lambda one: (one.line, one.setting)))
        super().__init__("\n".join(fault.told(str(path)) for fault in self.faults))
