"""Paths into a request: `lead.contacts[0].phone`, `answers[*].q`, `"Ф.И.О."`, `$.form.id`, `?token`, `header:x-id`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from channels.base import HttpCall

_STEP = re.compile(r'\.?(?:"([^"]*)"|([^.\[\]"]+))|\[(\d{1,6}|\*)\]')
_MOST_FOUND = 1000

Step = str | int | None
"""A name, a place in a list, or None for every one of a list."""


@dataclass(frozen=True, slots=True)
class Path:
    """A path as it was written, and its steps. `source` is "item", "root" (`$.`), "query" or "header"."""

    text: str
    source: str
    steps: tuple[Step, ...]

    def stem(self) -> tuple[str, ...]:
        """The names before the first list; () if the path does not go into the item by names."""
        names: list[str] = []
        for step in self.steps if self.source == "item" else ():
            if not isinstance(step, str):
                break
            names.append(step)
        return tuple(names)


@dataclass(slots=True)
class Scene:
    """A request while it is read: its whole tree, the item that is looked at now, the call itself."""

    root: Any
    item: Any
    call: HttpCall
    tables: dict[str, dict[str, str]] = field(default_factory=dict)
    """Look-up tables of this request, built once each."""

    def at(self, item: Any) -> Scene:
        """The same request, looking at another item."""
        return Scene(self.root, item, self.call, self.tables)


def read_path(text: str) -> Path:
    """The path that a text is. ValueError with the reason if it is none."""
    if text.startswith("?"):
        return Path(text, "query", (text[1:],))
    if text.startswith("header:"):
        return Path(text, "header", (text[7:].strip().lower(),))
    source, rest = ("root", text[1:]) if text == "$" or text.startswith(("$.", "$[")) else ("item", text)
    steps: list[Step] = []
    at = 0
    while at < len(rest):
        match = _STEP.match(rest, at)
        if match is None or (rest[at] != "." and match[3] is None and at > 0):
            raise ValueError(f"{rest[at:]!r} is no step of a path")
        quoted, name, place = match.groups()
        if place is not None:
            steps.append(None if place == "*" else int(place))
        else:
            steps.append(quoted if quoted is not None else name)
        at = match.end()
    return Path(text, source, tuple(steps))


def find(path: Path, scene: Scene) -> list[Any]:
    """Everything the path leads to, at most a thousand. A name on a list is looked for in each of its items."""
    if path.source == "query":
        return [value for name, value in scene.call.query_pairs() if name == path.steps[0]]
    if path.source == "header":
        return [value for name, value in scene.call.headers if name == path.steps[0]]
    nodes = [scene.root if path.source == "root" else scene.item]
    for step in path.steps:
        nodes = [found for node in nodes for found in _below(node, step)][:_MOST_FOUND]
        if not nodes:
            break
    return nodes


def _below(node: Any, step: Step) -> Iterator[Any]:
    if isinstance(step, str):
        if isinstance(node, dict):
            if step in node:
                yield node[step]
        elif isinstance(node, list):
            for one in node:
                if isinstance(one, dict) and step in one:
                    yield one[step]
        return
    several = _several(node)
    if step is None:
        yield from several
    elif step < len(several):
        yield several[step]


def _several(node: Any) -> list[Any]:
    """A list, PHP's {"0": .., "1": ..}, or a single one where a list was expected, as in XML."""
    if isinstance(node, list):
        return node
    if isinstance(node, dict) and node and all(key.isdecimal() for key in node):
        return list(node.values())
    return [] if node is None or node in ("", {}) else [node]
