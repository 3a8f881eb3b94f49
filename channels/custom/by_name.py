"""The subtrees of a request whose fields are understood by their names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from channels.custom.paths import Path, Scene, find
from channels.custom.rules import Rules
from channels.forms.posted import Pair, flat_pairs

_HERE = "here"


def by_name(rules: Rules, scene: Scene) -> Iterator[Pair]:
    """The fields of the subtrees that are understood by name; none is read twice."""
    read = set(rules.stems())
    prefixes = tuple(name[:-1] for name in rules.drop if name.endswith("*"))
    for path in rules.by_name:
        stem = path.stem()
        below = {one[len(stem) :] for one in read if one[: len(stem)] == stem}
        for node in find(path, scene):
            kept = _pruned(_unfolded(node) if stem[-1:] == ("utm",) else node, below)
            for name, told in _flattened(kept, stem, path):
                if not prefixes or not name.startswith(prefixes):
                    yield name, told
        read.add(stem)


def _flattened(node: Any, stem: tuple[str, ...], path: Path) -> Iterator[Pair]:
    """The subtree's fields, named as seen from within it."""
    if not isinstance(node, dict):
        yield from flat_pairs(node, path.text)
    elif not stem:
        yield from flat_pairs(node, "")
    elif stem[-1] == "utm":
        yield from flat_pairs(node, "utm")  # {"utm": {"source": ..}} says by its own name what its fields are
    else:
        for name, told in flat_pairs(node, _HERE):
            yield name.removeprefix(f"{_HERE}."), told


def _unfolded(node: Any) -> Any:
    """Tags that came as one text: `utm_source=ya&utm_medium=cpc`."""
    return (
        dict(parse_qsl(node, max_num_fields=100)) if isinstance(node, str) and node.count("&") < 100 else node
    )


def _pruned(node: Any, gone: set[tuple[str, ...]]) -> Any:
    """The node without what stands at any of these paths."""
    if not isinstance(node, dict) or not gone:
        return node
    kept = {}
    for name, below in node.items():
        tails = {one[1:] for one in gone if one and one[0] == name}
        if () not in tails:
            kept[name] = _pruned(below, tails)
    return kept
