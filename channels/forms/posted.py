"""A posted form as name-value pairs and files, whatever it was written in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from operator import itemgetter
from typing import Any

from channels.body import MOST_FIELDS, decode, holds, media_type, read_json, read_urlencoded
from channels.forms.files import inline_file, is_inline
from channels.forms.names import Role, meaning_of
from channels.multipart import Part, read_multipart
from intake.errors import Unreadable

Pair = tuple[str, str]
"""(name, value). A nested name is written with dots: `contact[phone]` and {"contact": {"phone": ..}}
are both `contact.phone`; `size[]` and `size[0]` are `size`."""

_LABELS = ("label", "title", "question", "q", "name", "key", "code", "field", "id")
_VALUES = ("value", "values", "answer", "a", "string_value")
_CHARSET = re.compile(r'charset\s*=\s*"?([\w.\-]{1,40})', re.IGNORECASE)
_LONGEST_NAME = 500
_SLICE = 65_536
_NO_ID = frozenset(("", "0", "null", "undefined", "none", "nan", "-"))
_LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Posted:
    """What was posted: fields in their order, and files."""

    pairs: tuple[Pair, ...]
    files: tuple[Part, ...] = ()

    def content_key(self) -> str:
        """A digest equal for equal content, whatever its encoding, boundary, order and one-time tokens."""
        told = sorted(pair for pair in self.pairs if not _is_noise(pair[0]))
        digest = blake2b(digest_size=16)
        for name, value in told:
            # the lengths keep apart what would read alike run together
            digest.update(f"{len(name)}:{len(value)}:{name}".encode("utf-8", "replace"))
            for start in range(0, len(value), _SLICE):
                digest.update(value[start : start + _SLICE].encode("utf-8", "replace"))
        for file in self.files:
            digest.update(repr((file.name, file.filename, file.content.nbytes)).encode("utf-8", "replace"))
            digest.update(file.content)
        return digest.hexdigest()


def request_id(pairs: Iterable[Pair]) -> str:
    """The sender's own id of this submission among its fields, or ""."""
    for name, value in pairs:
        meaning = meaning_of(name)
        if meaning and meaning.role is Role.REQUEST_ID:
            found = value.strip()
            if len(found) <= _LONGEST_ID and found.lower() not in _NO_ID:
                return found
    return ""


def _is_noise(name: str) -> bool:
    meaning = meaning_of(name)
    return meaning is not None and meaning.role is Role.NOISE


def read_posted(content_type: str, body: bytes, query: str = "") -> Posted:
    """The form that a body is, and what its address says besides (`?utm_source=...`).

    Raises Unreadable with a one-line reason: broken, too deep, too many fields, NUL bytes, a content type
    that is no form's, or nothing at all.
    """
    posted = _read(*media_type(content_type), body)
    if not posted.pairs and not posted.files:
        raise Unreadable("the form is empty")
    if query:
        besides = _plain_pairs(read_urlencoded(query.encode()))
        posted = replace(posted, pairs=(*posted.pairs, *besides))
    if len(posted.pairs) > MOST_FIELDS:
        raise Unreadable(f"more than {MOST_FIELDS} fields")
    if holds(posted.pairs, "\0"):
        raise Unreadable("a NUL byte in a field")
    return posted


def _read(kind: str, parameters: str, body: bytes) -> Posted:
    if kind == "multipart/form-data":
        return _from_parts(read_multipart(parameters, body))
    is_json = body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
    if kind in ("application/json", "text/json") or kind.endswith("+json"):
        is_json = True
    elif kind not in ("application/x-www-form-urlencoded", "text/plain", ""):
        shown = re.sub(r"[^\w/.+\-]", "", kind)[:60]
        raise Unreadable(f"content type {shown!r}: send JSON, urlencoded or multipart/form-data")
    if is_json:
        pairs = tuple(_from_json(read_json(body)))
        files = tuple(file for name, value in pairs if (file := inline_file(name, value)))
        return Posted(pairs if not files else tuple(pair for pair in pairs if not is_inline(pair[1])), files)
    declared = next(iter(_CHARSET.findall(parameters)), "")
    if kind == "text/plain" and b"\n" in body.strip():
        return Posted(tuple(_from_lines(body, declared)))
    return Posted(tuple(_plain_pairs(read_urlencoded(body.strip(), declared))))


def _from_parts(parts: Iterable[Part]) -> Posted:
    pairs, files = [], []
    for part in parts:
        if part.filename is None:
            pairs.append((part.name, part.text))
        elif part.filename or part.content.nbytes:
            files.append(part)  # a file input left alone comes as an empty file without a name
        else:
            pairs.append((part.name, ""))
    return Posted(tuple(_plain_pairs(pairs)), tuple(files))


def _from_lines(body: bytes, declared: str) -> Iterator[Pair]:
    """An HTML form with enctype=text/plain: a field a line."""
    (text,) = decode([body], declared)
    lines = text.splitlines()
    if len(lines) > MOST_FIELDS or "=" not in lines[0]:
        raise Unreadable("text/plain that is neither JSON nor name=value lines")
    for line in lines:
        name, equals, value = line.partition("=")
        yield (plain_name(name), value) if equals else ("message", line)


def _plain_pairs(pairs: list[Pair]) -> Iterable[Pair]:
    if not holds(pairs, "[") and max(map(len, map(itemgetter(0), pairs)), default=0) < _LONGEST_NAME:
        return pairs
    if any(name.endswith("[value]") for name, _ in pairs):
        return flat_pairs(nest(pairs), "")
    return ((plain_name(name), value) for name, value in pairs)


def plain_name(name: str) -> str:
    """A field's name with brackets written as dots, and without a list's `[]` or `[0]` at its end."""
    if "[" not in name:
        return name[:_LONGEST_NAME]
    steps = name[:_LONGEST_NAME].replace("]", "").split("[")
    while len(steps) > 1 and (not steps[-1] or steps[-1].isdecimal()):
        steps.pop()
    return ".".join(step for step in steps if step)


def nest(pairs: Iterable[Pair]) -> dict[str, Any]:
    """PHP's `fields[x][value]` names as nested dicts."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        *parents, leaf = name[:_LONGEST_NAME].replace("]", "").split("[")
        node = tree
        for step in parents[:32]:
            below = node.setdefault(step, {})
            if not isinstance(below, dict):
                below = node[step] = {"": below}
            node = below
        while leaf in node:
            leaf += "_"  # repeated names stay apart
        node[leaf] = value
    return tree


def _from_json(tree: Any) -> Iterator[Pair]:
    if isinstance(tree, dict) or (isinstance(tree, list) and tree and _are_named(tree)):
        return flat_pairs(tree, "")
    raise Unreadable("the JSON is not an object")


def flat_pairs(node: Any, name: str) -> Iterator[Pair]:
    """What a tree of dicts and lists holds, as pairs below `name`; lists of named values by those names."""
    if isinstance(node, dict):
        if node and name and _are_named(list(node.values()), labelled=True):
            for key, child in node.items():
                yield from flat_pairs(_value(child), _label(child) or str(key))
            return
        for key, child in node.items():
            yield from flat_pairs(child, f"{name}.{key}" if name else str(key))
    elif isinstance(node, list):
        named = _are_named(node)
        for index, child in enumerate(node):
            if named:
                yield from flat_pairs(_value(child), _label(child))
            else:
                yield from flat_pairs(child, f"{name}.{index}" if isinstance(child, dict | list) else name)
    elif node is not None:
        text = node if isinstance(node, str) else str(node).lower() if isinstance(node, bool) else str(node)
        yield name[:_LONGEST_NAME], text


def _are_named(nodes: list[Any], *, labelled: bool = False) -> bool:
    """Whether every one is a {"name": .., "value": ..} of some sort; `labelled`: the key may be the name."""
    return bool(nodes) and all(
        isinstance(node, dict) and any(key in node for key in _VALUES) and (labelled or bool(_label(node)))
        for node in nodes
    )


def _value(node: Mapping[str, Any]) -> Any:
    return next(node[key] for key in _VALUES if key in node)


def _label(node: Mapping[str, Any]) -> str:
    """The name that says most: one we know, else the one written for people."""
    labels = [label for key in _LABELS if isinstance(label := node.get(key), str) and label]
    return next((label for label in labels if meaning_of(label)), labels[0] if labels else "")
