"""Reading a mapping's tables: each fault is told with its place and its mend, and reading goes on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from channels.custom.paths import Path, read_path
from channels.custom.values import FORMS, TIMES, LookUp, Rule

_RULE_KEYS = (
    "path", "first", "all", "value", "strip_prefix", "split", "as", "look_up", "table", "otherwise", "join", "zone",
)  # fmt: skip
_PATH_HELP = 'write it like "lead.phone", "answers[*].q", "?token" or "header:x-id"; quote names with dots: "\\"a.b\\""'


@dataclass(slots=True)
class Reader:
    """Reads values out of tables; what is wrong goes into `faults` as (setting, fault, mend)."""

    faults: list[tuple[str, str, str]] = field(default_factory=list)

    def fault(self, place: str, said: str, mend: str) -> None:
        """Note one fault."""
        self.faults.append((place, said, mend))

    def known(self, table: Mapping[str, Any], place: str, names: Iterable[str]) -> None:
        """Tell of every key of `table` that is none of `names`."""
        names = tuple(names)
        for key in table:
            if key not in names:
                near = get_close_matches(str(key), names, 1)
                mend = f'did you mean "{near[0]}"?' if near else f"use some of: {', '.join(names)}"
                self.fault(f"{place}.{key}", "there is no such setting", mend)

    def table(self, value: Any, place: str) -> Mapping[str, Any]:
        """A table; anything else is a fault and read as an empty one."""
        if isinstance(value, Mapping):
            return value
        if value is not None:
            self.fault(place, "is not a table", f"write [account.{place}] with its settings below")
        return {}

    def tables(self, value: Any, place: str) -> list[tuple[str, Mapping[str, Any]]]:
        """One table or a list of them, each with its place."""
        if isinstance(value, list | tuple):
            return [(f"{place}[{n}]", self.table(one, f"{place}[{n}]")) for n, one in enumerate(value)]
        return [(place, self.table(value, place))] if value is not None else []

    def text(self, table: Mapping[str, Any], name: str, place: str, default: str = "") -> str:
        """A text; a number will do."""
        value = table.get(name, default)
        if isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        self.fault(f"{place}.{name}", "is not a text", f'write {name} = "..."')
        return default

    def words(self, value: Any, place: str) -> tuple[str, ...]:
        """A text or a list of texts; none at all for None."""
        if value is None:
            return ()
        if isinstance(value, str):
            return (value,)
        if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
            return tuple(value)
        self.fault(place, "is neither a text nor a list of texts", 'write "..." or ["...", "..."]')
        return ()

    def path(self, value: Any, place: str) -> Path | None:
        """A path, or None when there is none or it cannot be read."""
        if not isinstance(value, str):
            if value is not None:
                self.fault(place, "is no path", _PATH_HELP)
            return None
        try:
            return read_path(value)
        except ValueError as error:
            self.fault(place, str(error), _PATH_HELP)
            return None

    def paths(self, value: Any, place: str) -> tuple[Path, ...]:
        """Several paths."""
        found = (self.path(one, place) for one in self.words(value, place))
        return tuple(path for path in found if path is not None)

    def rule(self, value: Any, place: str, *, time: bool = False) -> Rule | None:
        """A rule: a path, a list of paths of which the first that leads to something counts, or a table.
        `time`: it tells a moment, so that `as` may name a time's form. None when there is none."""
        if value is None:
            return None
        if isinstance(value, str | list | tuple):
            return Rule(self.paths(value, place), first=True)
        if not isinstance(value, Mapping):
            self.fault(place, "is neither a path nor a table", 'write "lead.phone" or {path = "lead.phone"}')
            return None
        table = value
        self.known(table, place, _RULE_KEYS)
        sources = [name for name in ("path", "first", "all", "value") if name in table]
        if not [name for name in sources if name != "value"] and "value" not in table:
            self.fault(
                place, "says nowhere what to read", 'write path = "...", first = [...] or value = "..."'
            )
        if len([name for name in sources if name != "value"]) > 1:
            self.fault(place, f"has {' and '.join(sources)} at once", "leave one of them")
        name = next((name for name in sources if name != "value"), "path")
        forms, times = self._forms(table.get("as"), f"{place}.as", time=time)
        return Rule(
            paths=self.paths(table.get(name), f"{place}.{name}"),
            first=name == "first",
            constant=self.text(table, "value", place),
            strip_prefix=self.words(table.get("strip_prefix"), f"{place}.strip_prefix"),
            split=self.text(table, "split", place),
            forms=forms,
            look_up=self._look_up(table.get("look_up"), f"{place}.look_up"),
            table=self._texts(table["table"], f"{place}.table") if "table" in table else None,
            otherwise=self.text(table, "otherwise", place) if "otherwise" in table else None,
            join=self.text(table, "join", place) if "join" in table else None,
            times=times,
            zone=self._zone(table, place),
        )

    def _forms(self, value: Any, place: str, *, time: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The words of `as`, those of times apart."""
        words = self.words(value, place)
        times = tuple(word for word in words if word in TIMES or "%" in word)
        forms = tuple(word for word in words if word in FORMS)
        for word in words:
            if word not in times and word not in forms:
                self.fault(
                    place, f'nothing can be made "{word}"', f"use some of: {_said(FORMS)}, {_said(TIMES)}"
                )
        if times and not time:
            self.fault(place, "a time is read only for occurred_at and call.ended_at", "take it away")
        return forms, times

    def _look_up(self, value: Any, place: str) -> LookUp | None:
        if value is None:
            return None
        table = self.table(value, place)
        self.known(table, place, ("items", "key", "value", "or"))
        items, key, told = (
            self.path(table.get(name), f"{place}.{name}") for name in ("items", "key", "value")
        )
        if items is None or key is None or told is None:
            self.fault(place, "is not whole", 'write {items = "$.fields[*]", key = "id", value = "title"}')
            return None
        return LookUp(items, key, told, self.path(table.get("or"), f"{place}.or"))

    def _texts(self, value: Any, place: str) -> Mapping[str, str]:
        table = self.table(value, place)
        return {str(key): self.text(table, key, place) for key in table}

    def _zone(self, table: Mapping[str, Any], place: str) -> ZoneInfo | None:
        name = self.text(table, "zone", place)
        if not name:
            return None
        try:
            return ZoneInfo(name)
        except (ValueError, OSError, LookupError):
            self.fault(f"{place}.zone", f'no time zone is called "{name}"', 'write it like "Europe/Moscow"')
            return None


def _said(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))
