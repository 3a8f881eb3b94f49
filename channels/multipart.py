"""multipart/form-data read in one pass over the body: parts are views of it, never copies of a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from channels.body import MOST_FIELDS, decode
from intake.errors import Unreadable

_LONGEST_HEAD = 16_384
_BOUNDARY = re.compile(r'boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;,"]{1,200}))', re.IGNORECASE)
_CHARSET = re.compile(r'charset\s*=\s*"?([\w.\-]{1,40})', re.IGNORECASE)
_PARAMETER = re.compile(rb';\s*([\w!#$&+\-^`|~]{1,40}\*?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))')
_QUOTED = re.compile(rb'\\(["\\])')


@dataclass(frozen=True, slots=True)
class Part:
    """One part. `filename` is None for an ordinary field, whose value is `text`; a file's bytes are in
    `content`, a view of the body."""

    name: str
    text: str
    filename: str | None
    type: str
    content: memoryview


@dataclass(frozen=True, slots=True)
class _Piece:
    name: bytes
    filename: bytes | None
    type: str
    content: memoryview


def read_multipart(parameters: str, body: bytes) -> list[Part]:
    """The parts of a body, in order; `parameters` are those of its Content-Type. Raises Unreadable for a
    body that is cut, has no boundary, has too many parts or a part without a name."""
    view = memoryview(body)
    pieces = [
        _piece(head, view[start:end]) for head, start, end in _pieces(body, _boundary(parameters, body))
    ]
    texts = [bytes(piece.content) if piece.filename is None else piece.filename for piece in pieces]
    named = next((bytes(piece.content) for piece in pieces if piece.name == b"_charset_"), b"")
    declared = named.decode("ascii", "replace") or next(iter(_CHARSET.findall(parameters)), "")
    decoded = decode(
        [text for piece, text in zip(pieces, texts, strict=True) for text in (piece.name, text)], declared
    )
    return [
        Part(name, "", text, piece.type, piece.content)
        if piece.filename is not None
        else Part(name, text, None, piece.type, piece.content[:0])
        for piece, name, text in zip(pieces, decoded[::2], decoded[1::2], strict=True)
    ]


def _boundary(parameters: str, body: bytes) -> bytes:
    match = _BOUNDARY.search(parameters)
    if match:
        return (match[1] or match[2]).encode("utf-8")
    # some senders forget to declare it: the first line tells
    line, _, _ = body[:210].partition(b"\n")
    if line.startswith(b"--") and len(line) > 4:
        return line[2:].rstrip(b"\r ")
    raise Unreadable("multipart without a boundary")


def _pieces(body: bytes, boundary: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(the part's header lines, where its content starts, where it ends)."""
    mark = b"--" + boundary
    at = 0 if body.startswith(mark) else body.find(b"\n" + mark) + 1
    if not body.startswith(mark, at):
        raise Unreadable("the multipart body does not hold its boundary")
    after = at + len(mark)
    for _ in range(MOST_FIELDS + 1):
        if body.startswith(b"--", after):
            return
        line_end = body.find(b"\n", after, after + 100)
        newline = b"\r\n" if body[line_end - 1 : line_end] == b"\r" else b"\n"
        head_end = body.find(newline * 2, line_end + 1 - len(newline), after + _LONGEST_HEAD)
        if line_end < 0 or head_end < 0:
            raise Unreadable("the multipart body is cut or a part's header is too long")
        start = head_end + 2 * len(newline)
        end = _next_mark(body, newline + mark, start - len(newline))
        yield body[line_end + 1 : head_end], start, max(start, end)
        after = end + len(newline) + len(mark)
    raise Unreadable(f"more than {MOST_FIELDS} parts")


def _next_mark(body: bytes, mark: bytes, at: int) -> int:
    while (at := body.find(mark, at)) >= 0:
        # a longer line that only begins like the boundary is content
        if body.startswith((b"\r\n", b"\n", b"--", b" ", b"\t"), at + len(mark)):
            return at
        at += 1
    raise Unreadable("the multipart body is cut")


def _piece(head: bytes, content: memoryview) -> _Piece:
    disposition, kind = b"", ""
    for line in head.splitlines():
        name, _, value = line.partition(b":")
        match name.strip().lower():
            case b"content-disposition":
                disposition = value
            case b"content-type":
                kind = value.decode("latin-1").partition(";")[0].strip().lower()
    parameters = {
        found[0].lower(): _QUOTED.sub(rb"\1", found[1]) if found[1] else found[2]
        for found in _PARAMETER.findall(disposition)
    }
    field = parameters.get(b"name")
    if field is None:
        raise Unreadable("a multipart part without a name")
    return _Piece(_unescape(field), _filename(parameters), kind, content)


def _filename(parameters: dict[bytes, bytes]) -> bytes | None:
    extended = parameters.get(b"filename*")
    if extended is not None:
        charset, _, value = extended.partition(b"'")
        text = value.partition(b"'")[2].decode("ascii", "replace")
        known = {b"utf-8": "utf-8", b"windows-1251": "cp1251", b"iso-8859-1": "latin-1"}
        return unquote(text, known.get(charset.lower(), "utf-8"), "replace").encode("utf-8")
    name = parameters.get(b"filename")
    return None if name is None else _unescape(name)


def _unescape(name: bytes) -> bytes:
    """Browsers write a quote and line ends in a name as percent signs."""
    return name.replace(b"%22", b'"').replace(b"%0D", b"\r").replace(b"%0A", b"\n")
