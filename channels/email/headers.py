"""A letter's headers: split without loss, encoded words (RFC 2047) and parameters (RFC 2231) decoded."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from channels.email.charsets import clean, decode

_LONGEST_VALUE = 65_536
"""A header's value is read this far: a megabyte in one line is an attack or an accident."""
_LONGEST_BLOCK = 4_000_000
_LONGEST_DECODED = 16_384
_MOST_HEADERS = 2_000
_NAME = re.compile(rb"[!-9;-~]{1,120}[ \t]{0,8}:")
_WORD = re.compile(r"=\?([\w.:+-]{1,40})(?:\*[\w-]{0,20})?\?([bBqQ])\?((?:[^?]|\?(?!=)){0,2000}+)\?=")
_PARAMETER = re.compile(r";\s{0,50}([^\s=;]{1,80})\s{0,50}=\s{0,50}(\"(?:[^\"\\]|\\.)*+\"|[^;]*+)")
_SECTION = re.compile(r"(.+?)\*(\d{1,3})?(\*)?")
_CHARSET = re.compile(rb"\ncontent-type:[^:]{0,200}?charset=\"?([\w-]{2,40})", re.IGNORECASE)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")


@dataclass(frozen=True, slots=True)
class Headers:
    """The headers of a letter or a part, in their order: (lower-case name, value as it stands, unfolded)."""

    pairs: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """The first value of that (lower-case) name, undecoded, or ""."""
        return next((value for key, value in self.pairs if key == name), "")

    def all(self, name: str) -> list[str]:
        """All values of that name, topmost first."""
        return [value for key, value in self.pairs if key == name]

    def text(self, name: str) -> str:
        """The first value of that name as a person reads it, on one line."""
        return " ".join(decode_words(self.get(name)).split())

    def has(self, *names: str) -> bool:
        """Whether any of these headers is there."""
        return any(key in names for key, _ in self.pairs)


def parse_headers(block: bytes | memoryview) -> Headers:
    """The headers of a block that ends before the empty line. Lines that are no headers are taken as folded."""
    pairs: list[tuple[str, list[bytes]]] = []
    length = 0
    for line in _lines(bytes(block[:_LONGEST_BLOCK])):
        match = None if line[:1] in b" \t" else _NAME.match(line)
        if match and len(pairs) < _MOST_HEADERS:
            name = match.group().rstrip(b": \t").decode("ascii").lower()
            pairs.append((name, [line[match.end() : match.end() + _LONGEST_VALUE]]))
            length = len(line)
        elif pairs and length < _LONGEST_VALUE and match is None:
            pairs[-1][1].append(line[: _LONGEST_VALUE - length])
            length += len(line)
    declared = _CHARSET.search(block[:_LONGEST_VALUE])
    charset = declared[1].decode("ascii") if declared else ""
    return Headers(tuple((name, _text(b"\n".join(lines), charset)) for name, lines in pairs))


def _lines(block: bytes) -> Iterator[bytes]:
    yield from block.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")


def _text(value: bytes, charset: str) -> str:
    """A value with 8-bit bytes is in the body's charset more often than not."""
    return clean(_unfold(decode(value) if value.isascii() else decode(value, charset)))


def _unfold(value: str) -> str:
    return " ".join(line.strip() for line in value.split("\n")).strip()


def decode_words(value: str) -> str:
    """`value` with its encoded words read; neighbours of one charset are joined first, for mailers cut letters
    in two. What cannot be read stays as it is."""
    value = value[:_LONGEST_DECODED]
    if "=?" not in value:
        return value
    out: list[str] = []
    waiting = b""
    charset = ""
    at = 0
    for match in _WORD.finditer(value):
        gap = value[at : match.start()]
        at = match.end()
        name = match[1].lower()
        if waiting and (gap.strip() or name != charset):
            out.append(decode(waiting, charset))
            waiting = b""
            if gap.strip():
                out.append(gap)
        elif not waiting and (gap.strip() or not out):
            out.append(gap)
        charset = name
        waiting += _word_bytes(match[2], match[3])
    if waiting:
        out.append(decode(waiting, charset))
    out.append(value[at:])
    return clean("".join(out))


def _word_bytes(encoding: str, text: str) -> bytes:
    if encoding in "qQ":
        spaced = text.replace("_", " ").encode("utf-8", "surrogateescape")
        return binascii.a2b_qp(spaced)
    return unbase64(text.encode("utf-8", "surrogateescape"))


def unbase64(data: bytes | memoryview) -> bytes:
    """Base64 as far as it can be read: foreign characters are skipped, missing padding is added."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        kept = _NOT_BASE64.sub(b"", bytes(data))
        kept = kept[: len(kept) - 1] if len(kept) % 4 == 1 else kept
        return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


@dataclass(frozen=True, slots=True)
class Field:
    """A structured header: its `main` word, lower-cased, and its parameters by lower-case name."""

    main: str
    parameters: dict[str, str]


def parse_field(value: str) -> Field:
    """A Content-Type or Content-Disposition value with RFC 2231 sections joined and decoded."""
    value = value[:_LONGEST_DECODED]
    main, _, _ = value.partition(";")
    found: dict[str, str] = {}
    sections: dict[str, list[tuple[int, bool, str]]] = {}
    for match in _PARAMETER.finditer(value):
        name, given = match[1].lower(), _unquote(match[2])
        section = _SECTION.fullmatch(name)
        if section:
            pieces = sections.setdefault(section[1], [])
            pieces.append((int(section[2] or 0), bool(section[3]) or section[2] is None, given))
        else:
            found.setdefault(name, given)
    for name, pieces in sections.items():
        found[name] = _join(pieces)
    return Field(
        main.strip().strip("\"'").lower(), {name: decode_words(text) for name, text in found.items()}
    )


def _unquote(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] == '"':
        return re.sub(r"\\([\\\"])", r"\1", value[1:-1])
    return value.strip('"')


def _join(pieces: list[tuple[int, bool, str]]) -> str:
    """RFC 2231: `name*0*=utf-8'ru'%D0...; name*1*=...`; percent-encoded pieces beside plain ones."""
    charset = ""
    data = b""
    for order, (_, encoded, text) in enumerate(sorted(pieces)):
        rest = text
        if order == 0 and encoded and text.count("'") >= 2:
            charset, _, rest = text.split("'", 2)
        data += unquote_to_bytes(rest) if encoded else rest.encode("utf-8", "surrogateescape")
    return decode(data, charset)
