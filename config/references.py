"""Values that point elsewhere: `env:NAME`, `file:PATH` and paths relative to the data directory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.faults import Said
from config.lines import Path as Place

_PATH_KEYS = ("ca_file",)
"""Settings that are file names themselves."""
_SQLITE = "sqlite:///"


@dataclass(slots=True)
class Resolver:
    """Puts in what the environment and files hold. What cannot be had is put down in `missing` as
    (place, fault, mend) and stands as "" meanwhile."""

    data: Path
    environ: Mapping[str, str]
    missing: list[tuple[Place, str, str]] = field(default_factory=list)

    def resolve(self, value: Any, place: Place = ()) -> Any:
        """The value with every reference in it, at any depth, put in."""
        if isinstance(value, dict):
            return {key: self.resolve(inner, (*place, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.resolve(inner, (*place, number)) for number, inner in enumerate(value)]
        if not isinstance(value, str):
            return value
        if value.startswith("env:"):
            return self._as_path(self._from_environment(place, value[4:].strip()), place)
        if value.startswith("file:"):
            return self._as_path(self._from_file(place, value[5:].strip()), place)
        return self._as_path(value, place)

    def _as_path(self, value: str, place: Place) -> str:
        if place and place[-1] in _PATH_KEYS and value:
            return str(self.data / value)
        if place == ("store", "url"):
            return at_home(value, self.data)
        return value

    def _from_environment(self, place: Place, name: str) -> str:
        value = self.environ.get(name, "")
        if not value:
            self.missing.append(
                (
                    place,
                    Said("the environment has no {name}", name=name),
                    Said("set {name}, or write the value here", name=name),
                )
            )
        return value

    def _from_file(self, place: Place, name: str) -> str:
        path = self.data / name
        try:
            value = path.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or Said("is not UTF-8 text")
            fault = Said("{path} cannot be read: {why}", path=path, why=why)
            self.missing.append((place, fault, "name a file that can"))
            return ""
        if not value:
            self.missing.append((place, Said("{path} is empty", path=path), "put the value into it"))
        return value


def at_home(url: str, data: Path) -> str:
    """A SQLite address with its relative path made absolute from the data directory; others as they are."""
    name = url.removeprefix(_SQLITE)
    if name == url or name.startswith("/") or not name:
        return url
    return f"{_SQLITE}{(data / name).absolute()}"
