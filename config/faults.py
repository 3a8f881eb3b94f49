"""What is wrong with a configuration file: each fault with its line and its mend, all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that cannot work. `line` counts from 1, 0 when it is no line's; `setting` is written as a
    person finds it: `account "site": secret`; `mend` says what to do."""

    line: int
    setting: str
    fault: str
    mend: str

    def told(self, file: str) -> str:
        """The fault as one line of text."""
        place = f"{file}:{self.line}" if self.line else file
        return f"{place}: {self.setting}: {self.fault} - {self.mend}"


class BadConfig(Exception):
    """The configuration file has faults. `faults` holds all of them, in the order of their lines."""

    def __init__(self, path: Path, faults: Sequence[Fault]) -> None:
        self.path = path
        self.faults = tuple(sorted(faults, key=lambda one: (one.line, one.setting)))
        super().__init__("\n".join(fault.told(str(path)) for fault in self.faults))
