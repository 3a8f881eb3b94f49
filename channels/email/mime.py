"""A letter's bytes cut into its parts: one pass, no recursion, bounded by parts and by bytes looked at.

Python's own parser holds a letter several times over, recurses with its nesting and stops at broken
headers; here the parts are views into the one copy of the bytes, and what is broken is read as text.
Formats: RFC 5322, RFC 2045, RFC 2046.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

from channels.email.headers import Field, Headers, parse_field, parse_headers, unbase64

_MOST_PARTS = 1_000
_DEEPEST = 1_200
_MOST_DELIMITERS = 20_000
_HEADER_END = re.compile(rb"\r?\n\r?\n|\r\r")
_FIRST_HEADER = re.compile(rb"[!-9;-~]{1,120}[ \t]*:")
_SNIFFED = re.compile(rb"\n--([^\r\n]{4,100})\r?\n")
_UU_LINE = re.compile(rb"(?:\A|\n)begin(?:-base64)? [0-7]{3,4} [^\r\n]+\r?\n")


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf of a letter. `body` is a view of its encoded bytes; `inside` names the multiparts around it,
    outermost first (the nearest 8 of them)."""

    headers: Headers
    content: Field
    disposition: Field
    body: memoryview
    inside: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """Its media type, lower case, always with a slash."""
        return self.content.main if "/" in self.content.main else "text/plain"

    def data(self, most: int | None = None) -> bytes:
        """Its decoded bytes; only about the first `most` when given."""
        body = self.body if most is None else self.body[: most * 3]
        encoding = self.headers.get("content-transfer-encoding").strip().lower()
        if encoding.startswith("base64"):
            return unbase64(body)
        if encoding.startswith("quoted-printable"):
            return binascii.a2b_qp(body)
        if encoding in {"x-uuencode", "uuencode", "x-uue", "uue"}:
            return unuu(bytes(body))
        return bytes(body)


@dataclass(frozen=True, slots=True)
class _Task:
    """A stretch of bytes still to be read as one part."""

    start: int
    end: int
    depth: int
    inside: tuple[str, ...]


def split_letter(raw: bytes) -> tuple[Headers, Field, tuple[Part, ...]]:
    """A letter's headers, its Content-Type, and its leaves in their order."""
    if b"\n" not in raw and b"\r" in raw:  # lines of an old Macintosh
        raw = raw.replace(b"\r", b"\n")
    view = memoryview(raw)
    start = _skip_envelope(raw)
    top: tuple[Headers, Field] | None = None
    leaves: list[Part] = []
    budget = 64 * len(raw) + 100_000_000
    waiting = [_Task(start, len(raw), 0, ())]
    while waiting and len(leaves) < _MOST_PARTS and budget > 0:
        task = waiting.pop()
        budget -= task.end - task.start
        headers, body = _head_and_body(raw, task, strict=task.depth > 0)
        content = parse_field(headers.get("content-type"))
        if top is None:
            top = headers, content
        children = _children(raw, body, task, content) if content.main.startswith("multipart/") else []
        if children:
            waiting.extend(reversed(children[:_MOST_PARTS]))
            continue
        disposition = parse_field(headers.get("content-disposition"))
        leaves.append(Part(headers, content, disposition, view[body : task.end], task.inside))
    headers, content = top or (Headers(), Field("", {}))
    return headers, content, tuple(leaves)


def _skip_envelope(raw: bytes) -> int:
    """Where the headers begin: behind a byte order mark, empty lines and an mbox separator."""
    at = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    while at < len(raw) and raw[at : at + 1] in (b"\r", b"\n"):
        at += 1
    if raw[at : at + 5] == b"From " or raw[at : at + 6] == b">From ":
        newline = raw.find(b"\n", at)
        return newline + 1 if newline >= 0 else at
    return at


def _head_and_body(raw: bytes, task: _Task, *, strict: bool) -> tuple[Headers, int]:
    """The headers at the start of a stretch and where its body begins."""
    start = task.start
    if raw[start : start + 1] in (b"\r", b"\n"):  # no headers at all
        return Headers(), start + (2 if raw[start : start + 2] == b"\r\n" else 1)
    if not _FIRST_HEADER.match(raw, start, task.end) and (strict or not _any_header(raw, task)):
        return Headers(), start
    match = _HEADER_END.search(raw, start, task.end)
    end, body = (match.start(), match.end()) if match else (task.end, task.end)
    return parse_headers(memoryview(raw)[start:end]), body


def _any_header(raw: bytes, task: _Task) -> bool:
    """Whether a letter that does not begin with a header has one among its first lines."""
    return any(_FIRST_HEADER.match(line) for line in raw[task.start : task.start + 2_000].split(b"\n")[:10])


def _children(raw: bytes, body: int, task: _Task, content: Field) -> list[_Task]:
    """The stretches between a multipart's boundaries; none when it has no usable boundary."""
    if task.depth >= _DEEPEST:
        return []
    inside = (*task.inside, content.main)[-8:]
    boundary = content.parameters.get("boundary", "").encode("utf-8", "replace").rstrip()
    spans = _between(raw, body, task.end, boundary) if boundary else []
    if not spans:
        sniffed = _SNIFFED.search(raw, max(body - 1, 0), min(task.end, body + 20_000))
        spans = _between(raw, body, task.end, sniffed[1].rstrip()) if sniffed else []
    return [_Task(start, end, task.depth + 1, inside) for start, end in spans]


def _between(raw: bytes, start: int, end: int, boundary: bytes) -> list[tuple[int, int]]:
    """Spans between the lines `--boundary`; the last one runs to the end when the closing line is missing."""
    mark = b"--" + boundary
    spans: list[tuple[int, int]] = []
    opened = -1
    at = start if raw.startswith(mark, start) else _next(raw, mark, start, end)
    for _ in range(_MOST_DELIMITERS):
        if at < 0:
            break
        line_end = raw.find(b"\n", at, end)
        line_end = end if line_end < 0 else line_end
        rest = raw[at + len(mark) : min(line_end, at + len(mark) + 80)].strip()
        if rest in (b"", b"--"):
            if opened >= 0:
                spans.append((opened, max(opened, _before_newline(raw, at))))
            opened = min(line_end + 1, end) if not rest else -1
            if rest or len(spans) >= _MOST_PARTS:
                break
        at = _next(raw, mark, line_end, end)
    if opened >= 0 and opened < end and len(spans) < _MOST_PARTS:
        spans.append((opened, end))
    return spans


def _next(raw: bytes, mark: bytes, start: int, end: int) -> int:
    found = raw.find(b"\n" + mark, max(start - 1, 0), end)
    return found + 1 if found >= 0 else -1


def _before_newline(raw: bytes, at: int) -> int:
    """The end of a body whose delimiter line begins at `at`: the newline before it is the delimiter's."""
    at -= 1
    return at - 1 if at > 0 and raw[at - 1 : at] == b"\r" else at


def unuu(data: bytes) -> bytes:
    """Uuencoded bytes, as far as they can be read; data without a `begin` line is read from its start."""
    match = _UU_LINE.search(data)
    out: list[bytes] = []
    for uu_line in data[match.end() if match else 0 :].split(b"\n"):
        line = uu_line.rstrip(b"\r")
        if line in (b"end", b"`"):
            break
        if not line:
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            count = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
            try:
                out.append(binascii.a2b_uu(line[:count]))
            except binascii.Error:
                break
    return b"".join(out)
