"""Reading a configuration file: values put in, every fault found at once, each with its line and its mend."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from config.crosschecks import cross_faults, tables
from config.faults import BadConfig, Fault, Said
from config.lines import LineIndex, index_lines
from config.lines import Path as Place
from config.references import Resolver, at_home
from config.settings import AccountSettings, Settings
from config.starter import Language
from config.telling import named, told

_AT_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of a file. `settings` is None when it has faults; `accounts` holds those accounts that
    are sound by themselves with their number in the file, so that more can be said about them; `language` is
    the company's as far as it can be read, else ""."""

    path: Path
    settings: Settings | None
    faults: tuple[Fault, ...]
    lines: LineIndex = field(default_factory=LineIndex)
    accounts: tuple[tuple[int, AccountSettings], ...] = ()
    language: str = ""

    def line(self, *place: str | int) -> int:
        """The line of a setting: `line("account", 0, "secret")`."""
        return self.lines.of(place)


def load(path: Path, data: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of the file. Raises BadConfig with every fault there is."""
    reading = read(path, data, environ)
    if reading.settings is None:
        raise BadConfig(path, reading.faults)
    return reading.settings


def read(path: Path, data: Path, environ: Mapping[str, str] | None = None) -> Reading:
    """The settings of the file, or all its faults. Relative paths in it are relative to `data`;
    `environ` is where env:NAME is looked up, the process's own by default."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        document = tomllib.loads(text)
    except OSError as error:
        return _unread(
            path, 0, Said("cannot be read: {why}", why=error.strerror), "name another with --config"
        )
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return _unread(path, line, "is not UTF-8", "save the file in the encoding UTF-8")
    except tomllib.TOMLDecodeError as error:
        return _unread(path, *_syntax_fault(str(error), text))
    return _checked(
        path, document, index_lines(text), Resolver(data, os.environ if environ is None else environ)
    )


def _unread(path: Path, line: int, fault: str, mend: str) -> Reading:
    return Reading(path, None, (Fault(line, "the file", fault, mend),))


def _syntax_fault(message: str, text: str) -> tuple[int, str, str]:
    """Line, fault and mend of what the TOML reader says; it stops at the first thing it cannot read."""
    found = _AT_LINE.search(message)
    line = int(found[1]) if found and found[1] else text.count("\n") + 1
    fault = _AT_LINE.sub("", message)
    return line, Said("is no TOML here: {why}", why=fault), "mend this line; texts stand in straight quotes"


def _checked(path: Path, document: dict[str, Any], lines: LineIndex, resolver: Resolver) -> Reading:
    resolved = resolver.resolve(document)
    missing = {place for place, _, _ in resolver.missing}
    faults = [Fault(lines.of(place), named(place, resolved), *words) for place, *words in resolver.missing]
    settings: Settings | None = None
    try:
        settings = Settings.model_validate(resolved)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            place = _place(detail["loc"], resolved)
            if place not in missing:
                faults.append(Fault(lines.of(place), named(place, resolved), *told(detail)))
    faults.extend(
        Fault(lines.of(place), named(place, resolved), *words) for place, *words in cross_faults(resolved)
    )
    accounts = tuple(_sound_accounts(resolved))
    if settings is not None and not faults:
        home = settings.store.model_copy(update={"url": at_home(settings.store.url, resolver.data)})
        settings = settings.model_copy(update={"store": home})
        return Reading(path, settings, (), lines, accounts, settings.company.language)
    ordered = tuple(sorted(set(faults), key=lambda one: (one.line, one.setting)))
    return Reading(path, None, ordered, lines, accounts, _language(resolved))


def _language(document: dict[str, Any]) -> str:
    company = document.get("company")
    said = company.get("language") if isinstance(company, dict) else ""
    return str(said) if said in get_args(Language) else ""


def _sound_accounts(document: dict[str, Any]) -> Iterator[tuple[int, AccountSettings]]:
    for number, table in tables(document, "account"):
        try:
            yield number, AccountSettings.model_validate(table)
        except ValidationError:
            continue  # its faults are told already


def _place(loc: tuple[int | str, ...], document: dict[str, Any]) -> Place:
    """Where pydantic's location stands in the document: without the names of union members."""
    place: list[str | int] = []
    here: Any = document
    for part in loc:
        if isinstance(here, dict) and isinstance(part, str):
            place.append(part)
            here = here.get(part)
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            place.append(part)
            here = here[part]
    return tuple(place)
