"""Time: instants are whole milliseconds since 1970 UTC everywhere inside; a Clock gives the present one."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol

Millis = int
"""An instant: milliseconds since 1970-01-01T00:00:00Z."""
_LETTERS = bytes(b"0123456789abcdefghijklmnopqrstuv"[value & 31] for value in range(256))


class Clock(Protocol):
    """Where the present comes from."""

    def now(self) -> Millis:
        """The present instant."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> Millis:
        """The present instant by the machine."""
        return time.time_ns() // 1_000_000


class ManualClock:
    """A clock that stands still until it is moved; for tests, replays and dry runs."""

    def __init__(self, at: Millis = 1_790_000_000_000) -> None:
        self._at = at

    def now(self) -> Millis:
        """The instant it was last set to."""
        return self._at

    def advance(self, seconds: float) -> None:
        """Move forward by `seconds`."""
        self._at += int(seconds * 1000)


def iso(at: Millis | None) -> str | None:
    """The instant as the API writes it: `2026-11-22T10:00:00.123Z`; None stays None."""
    if at is None:
        return None
    moment = datetime.fromtimestamp(at // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at % 1000:03d}Z"


def from_iso(text: str) -> Millis:
    """The instant of an ISO 8601 text; a text without a zone is read as UTC. ValueError if it is none."""
    moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def from_datetime(moment: datetime) -> Millis:
    """The instant of an aware datetime."""
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000


def to_datetime(at: Millis) -> datetime:
    """The instant as an aware datetime in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC)


def new_id(at: Millis) -> str:
    """An unguessable id that sorts by time: 36 lower-case letters and digits (10 of time, 26 with 130 random bits)."""
    return _time_letters(at) + letters(os.urandom(26))


def first_id(at: Millis) -> str:
    """What sorts before every id that is born at that instant or later, and after all earlier ones."""
    return _time_letters(at)


def letters(raw: bytes) -> str:
    """Five bits of each byte as a lower-case letter or digit; orders as those bits do."""
    return raw.translate(_LETTERS).decode("ascii")


@lru_cache(maxsize=64)
def _time_letters(at: Millis) -> str:
    # shifted by two bits, as if the 48 bits of time were the beginning of a longer number
    return letters(bytes((at << 2) >> shift & 31 for shift in range(45, -1, -5)))
