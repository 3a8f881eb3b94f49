"""The body of any webhook as one tree of dicts, lists and texts: JSON, XML, an urlencoded or a multipart form."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from channels.base import HttpCall
from channels.body import media_type, read_json, read_urlencoded
from channels.custom.xml import read_xml
from channels.multipart import Part, read_multipart
from intake.errors import Unreadable

_CHARSET = re.compile(r'charset\s*=\s*"?([\w.\-]{1,40})', re.IGNORECASE)
_LONGEST_NAME = 500
_DEEPEST_NAME = 32


@dataclass(frozen=True, slots=True)
class Told:
    """What a request holds: a tree, and the files of a multipart form."""

    tree: Any
    files: tuple[Part, ...] = ()


def read_told(call: HttpCall) -> Told:
    """The request's tree, whatever it was written in. Without a body its query is the form. Raises Unreadable."""
    kind, parameters = media_type(call.header("content-type"))
    start = call.body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if not start:
        return Told(tree_of(call.query_pairs()))
    if kind == "multipart/form-data":
        parts = read_multipart(parameters, call.body)
        pairs = [(part.name, part.text) for part in parts if part.filename is None]
        return Told(tree_of(pairs), tuple(part for part in parts if part.filename))
    if start in (b"{", b"["):
        return Told(read_json(call.body))
    if start == b"<":
        return Told(read_xml(call.body))
    if "json" in kind or "xml" in kind:
        raise Unreadable(f"the body is not what its content type {'JSON' if 'json' in kind else 'XML'} says")
    declared = next(iter(_CHARSET.findall(parameters)), "")
    return Told(tree_of(read_urlencoded(call.body.strip(), declared)))


def tree_of(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`data[client][name]=..` as nested dicts; repeated names and `a[]` as lists; a field that holds JSON as
    what it holds."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        steps = name[:_LONGEST_NAME].replace("]", "").split("[")[:_DEEPEST_NAME]
        if len(steps) > 1 and not steps[-1]:
            steps.pop()
        *parents, leaf = steps
        node = tree
        for step in parents:
            below = node.get(step)
            if not isinstance(below, dict):
                below = node[step] = {} if below is None else {"": below}
            node = below
        node[leaf] = _with(node.get(leaf), _inner(value))
    return tree


def _with(old: Any, value: Any) -> Any:
    if old is None:
        return value
    return [*old, value] if isinstance(old, list) else [old, value]


def _inner(value: str) -> Any:
    if value[:1] not in ("{", "[") or value[-1:] not in ("}", "]"):
        return value
    try:
        return read_json(value.encode("utf-8", "replace"))
    except Unreadable:
        return value
