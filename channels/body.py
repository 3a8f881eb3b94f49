"""Bodies of webhooks read safely: charset, JSON and urlencoded. Bounded in depth, in count and in memory."""

from __future__ import annotations

import codecs
import json
import re
from binascii import unhexlify
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson
from yarl import query_to_pairs

from intake.errors import Unreadable

MOST_FIELDS = 1000
"""More fields, parts or values than this are no form."""
DEEPEST = 32
"""JSON may nest this many levels."""

_BIG = 1_000_000
_SLICE = 65_536
_MOST_MARKS = 100_000
_MANY_DIGITS = re.compile(rb"\d{20,}")
_MARKS = (b",", b"[", b"{", b":")
_LONE_HALF = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_ESCAPES = re.compile(rb"(?:%[0-9A-Fa-f]{2}){1,4096}")
_ENTITY = re.compile(r"&#(\d{2,7});")
_PYTHON_NAMES = {
    "windows-1251": "cp1251", "cp1251": "cp1251", "win-1251": "cp1251", "koi8-r": "koi8-r", "koi8-u": "koi8-u",
    "cp866": "cp866", "ibm866": "cp866", "iso-8859-5": "iso-8859-5", "x-mac-cyrillic": "mac-cyrillic",
    "iso-8859-1": "cp1252", "windows-1252": "cp1252", "iso-8859-15": "iso-8859-15",
    "iso-8859-2": "iso-8859-2", "windows-1250": "cp1250",
}  # fmt: skip
"""The charsets of web pages that may be declared; any other name is taken for windows-1251."""


def media_type(content_type: str) -> tuple[str, str]:
    """A Content-Type as (type in lower case, its parameters as they stand)."""
    kind, _, parameters = content_type.partition(";")
    return kind.strip().lower(), parameters


def decode(texts: Sequence[bytes], declared: str = "") -> list[str]:
    """The texts of one body in one charset: strict UTF-8, else the declared one, else windows-1251.

    UTF-8 comes first because a page's charset is often declared wrongly, and no Cyrillic text in another
    charset is valid UTF-8 throughout. Characters the page's charset lacked come as `&#128512;`.
    """
    try:
        return [text.decode("utf-8") for text in texts]
    except UnicodeDecodeError:
        charset = _PYTHON_NAMES.get(declared.strip(" \"'").lower(), "cp1251")
        return [_ENTITY.sub(_entity, text.decode(charset, "replace")) for text in texts]


def _entity(match: re.Match[str]) -> str:
    code = int(match[1])
    return chr(code) if 32 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else match[0]


def read_json(body: bytes) -> Any:
    """The value that a JSON body is; the last of a repeated key counts. Raises Unreadable."""
    if len(body) > _MOST_MARKS and sum(body.count(mark) for mark in _MARKS) > _MOST_MARKS:
        raise Unreadable("too many values in the JSON")
    try:
        # orjson makes inexact floats of integers beyond 64 bits
        tree = _patient_json(body) if _MANY_DIGITS.search(body) else orjson.loads(body)
    except orjson.JSONDecodeError:
        tree = _patient_json(body)
    if body.count(b"{") + body.count(b"[") > DEEPEST:
        _refuse_depth(tree)
    return tree


def _patient_json(body: bytes) -> Any:
    """JSON as hand-written templates make it: a BOM, another charset, bare line ends, half an emoji."""
    text = decode([body.removeprefix(b"\xef\xbb\xbf")])[0]
    try:
        return json.loads(
            _LONE_HALF.sub("\N{REPLACEMENT CHARACTER}", text), strict=False, parse_constant=_refuse
        )
    except RecursionError:
        raise Unreadable("the JSON is nested too deep") from None
    except ValueError as error:
        reason = str(error) if isinstance(error, json.JSONDecodeError) else "a number is not one"
        raise Unreadable(f"broken JSON: {reason}") from None


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _refuse_depth(tree: Any) -> None:
    level = [tree] if isinstance(tree, dict | list) else []
    for _ in range(DEEPEST):
        nodes = (child for node in level for child in (node.values() if isinstance(node, dict) else node))
        level = [node for node in nodes if isinstance(node, dict | list)]
        if not level:
            return
    raise Unreadable(f"the JSON is nested deeper than {DEEPEST} levels")


def read_urlencoded(body: bytes, declared: str = "") -> list[tuple[str, str]]:
    """Name-value pairs in their order, blank values kept. `declared` is a charset. Raises Unreadable."""
    if body.count(b"&") >= MOST_FIELDS:
        raise Unreadable(f"more than {MOST_FIELDS} fields")
    try:
        pairs = query_to_pairs(str(body, "utf-8")) if len(body) < _BIG else _in_slices(body)
    except UnicodeDecodeError:
        return _in_other_charset(body, declared)
    # bytes that are no UTF-8 were replaced: read it again in the charset it may have
    return _in_other_charset(body, declared) if holds(pairs, "\N{REPLACEMENT CHARACTER}") else pairs


def holds(pairs: Iterable[tuple[str, str]], character: str) -> bool:
    """Whether a character stands in any name or value."""
    for name, value in pairs:  # noqa: SIM110 - half the time of any() on a small form, and it runs for each
        if character in name or character in value:
            return True
    return False


def _stretches(body: bytes) -> Iterator[tuple[int, int]]:
    """Where each name-value pair begins and ends."""
    start = 0
    while start <= len(body):
        end = body.find(b"&", start)
        end = len(body) if end < 0 else end
        if end > start:
            yield start, end
        start = end + 1


def _in_slices(body: bytes) -> list[tuple[str, str]]:
    """The pairs of a big body, read slice by slice: so it is not in memory several times over.
    Raises UnicodeDecodeError."""
    pairs = []
    for start, end in _stretches(body):
        equals = body.find(b"=", start, end)
        middle = equals if equals >= 0 else end
        pairs.append((_text(body, start, middle), _text(body, middle + 1, end)))
    return pairs


def _text(body: bytes, start: int, end: int) -> str:
    """The text that an encoded stretch of a body is."""
    told: list[str] = []
    decoder = codecs.getincrementaldecoder("utf-8")()
    while start < end:
        stop = min(start + _SLICE, end)
        # an escape is not cut in two
        cut = body.rfind(b"%", stop - 2, stop) if stop < end else -1
        stop = cut if cut > start else stop
        told.append(decoder.decode(_unquoted(body[start:stop])))
        start = stop
    return "".join([*told, decoder.decode(b"", final=True)])


def _unquoted(piece: bytes) -> bytes:
    return _ESCAPES.sub(_unescaped, piece.replace(b"+", b" "))


def _in_other_charset(body: bytes, declared: str) -> list[tuple[str, str]]:
    texts: list[bytes] = []
    for start, end in _stretches(body):
        name, _, value = body[start:end].partition(b"=")
        texts += (_unquoted(name), _unquoted(value))
    named = next(
        (value for name, value in zip(texts[::2], texts[1::2], strict=True) if name == b"_charset_"), b""
    )
    decoded = decode(texts, named.decode("ascii", "replace") or declared)
    return list(zip(decoded[::2], decoded[1::2], strict=True))


def _unescaped(match: re.Match[bytes]) -> bytes:
    return unhexlify(match[0].replace(b"%", b""))
