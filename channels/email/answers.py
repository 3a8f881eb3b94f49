"""What a mail server answers, read: folder states, searches, fetched letters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from intake.clock import Millis, from_datetime

_CODE = re.compile(rb"\[(UIDVALIDITY|UIDNEXT) (\d+)\]", re.IGNORECASE)
_STATUS = re.compile(rb"\b(MESSAGES|UIDVALIDITY|UIDNEXT) (\d+)", re.IGNORECASE)
_EXISTS = re.compile(rb"^(\d+) EXISTS$", re.IGNORECASE)
_FETCH = re.compile(rb"^\d+ FETCH \(", re.IGNORECASE)
_UID = re.compile(rb"[( ]UID (\d+)", re.IGNORECASE)
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)", re.IGNORECASE)
_ARRIVED = re.compile(rb'\bINTERNALDATE "([^"]+)"', re.IGNORECASE)
_SHORT_BODY = re.compile(rb'BODY\[[^\]]*\](?:<\d+>)? "((?:[^"\\]|\\.)*)"', re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class FolderState:
    """What a folder says of itself. Parts the server does not tell are None."""

    letters: int
    validity: int | None
    next_uid: int | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A letter as the server lists it: its size in bytes, when it arrived by the server's clock."""

    size: int
    arrived: Millis


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter of a FETCH answer; what was not asked for is None."""

    uid: int
    listing: Listing | None
    body: bytes | None


def uid_set(uids: Sequence[int]) -> str:
    """The UIDs as a command's argument, runs joined: `3:7,9`. They must rise."""
    parts: list[str] = []
    first = last = uids[0]
    for uid in [*uids[1:], 0]:
        if uid == last + 1:
            last = uid
            continue
        parts.append(str(first) if first == last else f"{first}:{last}")
        first = last = uid
    return ",".join(parts)


def read_state(lines: Iterable[bytes | bytearray]) -> FolderState:
    """The answer to SELECT or EXAMINE."""
    letters = 0
    codes: dict[bytes, int] = {}
    for line in lines:
        exists = _EXISTS.match(line)
        if exists:
            letters = int(exists[1])
        codes.update({name.upper(): int(number) for name, number in _CODE.findall(line)})
    return FolderState(letters, codes.get(b"UIDVALIDITY"), codes.get(b"UIDNEXT"))


def read_status(lines: Iterable[bytes | bytearray]) -> FolderState:
    """The answer to STATUS."""
    # a folder's name may look like an answer: what counts stands in the last parentheses
    tails = [bytes(line).rpartition(b"(")[2] for line in lines if b"(" in line]
    codes = {name.upper(): int(number) for tail in tails for name, number in _STATUS.findall(tail)}
    return FolderState(codes.get(b"MESSAGES", 0), codes.get(b"UIDVALIDITY"), codes.get(b"UIDNEXT"))


def read_found(lines: Iterable[bytes | bytearray]) -> list[int]:
    """The UIDs of a SEARCH answer, rising, each once."""
    found: set[int] = set()
    for line in lines:
        words = line.split()
        if words and all(word.isdigit() for word in words):
            found.update(int(word) for word in words)
    return sorted(found)


def read_fetched(lines: Iterable[bytes | bytearray]) -> list[Letter]:
    """The letters of a FETCH answer. Literals come as bytearrays behind the line that announced them."""
    letters: list[Letter] = []
    text, body = b"", None
    for line in [*lines, b"0 FETCH ("]:
        if isinstance(line, bytearray):
            body = bytes(line)
        elif _FETCH.match(line):
            letters += _letter(text, body)
            text, body = bytes(line), None
        else:
            text += b" " + line
    return letters


def _letter(text: bytes, body: bytes | None) -> list[Letter]:
    short = _SHORT_BODY.search(text) if body is None else None
    if short:
        body = re.sub(rb"\\(.)", rb"\1", short[1], flags=re.DOTALL)
        text = text[: short.start()] + text[short.end() :]
    uid, size = _UID.search(text), _SIZE.search(text)
    if not uid:
        return []
    listing = Listing(int(size[1]), _arrived(text)) if size else None
    return [Letter(int(uid[1]), listing, body)]


def _arrived(text: bytes) -> Millis:
    found = _ARRIVED.search(text)
    if not found:
        return 0
    try:
        return from_datetime(datetime.strptime(found[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z"))
    except ValueError:
        return 0
