"""What exchanges send, read patiently: fields, numbers, seconds and instants in all the ways they are written."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from channels.base import HttpCall, HttpReply
from channels.body import media_type, read_json, read_urlencoded
from channels.multipart import Part, read_multipart
from intake.account import Account, Company
from intake.clock import Millis, from_datetime
from intake.errors import Refused, Unreadable

Fields = Mapping[str, Any]
"""The fields of one event by the provider's own names."""

HIDDEN = frozenset(
    ("anonymous", "unknown", "private", "restricted", "unavailable", "withheld", "hidden", "null", "none")
)
"""What stands in place of a number that the caller does not show: never a number, never a key."""

_LONGEST_ID = 180
_LONGEST_SHORT = 6
_NOTHING = frozenset(("", "null", "none", "undefined", "nan"))
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}")
_SCHEME = re.compile(r"(?:sips?|tel):", re.IGNORECASE)
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})")
_RUSSIAN_DATE = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})[ T,]+(.+)")
_EARLIEST, _LATEST = 946_684_800_000, 4_102_444_800_000
"""The years 2000 and 2100: an instant outside them is a mistake."""
_MOST_S = 10_000_000


@dataclass(frozen=True, slots=True)
class Local:
    """Where the exchange stands: the zone of times that name none, the region of numbers without a country."""

    zone: ZoneInfo
    region: str

    def moment(self, value: Any) -> Millis | None:
        """The instant of an epoch (seconds, milliseconds or microseconds) or of a written date; None if none."""
        written = text(value)
        if not written or len(written) > 40:
            return None
        try:
            return _within(_epoch(float(written)))
        except ValueError:
            pass
        try:
            return _within(self._written(written))
        except (ValueError, OverflowError):
            return None

    def _written(self, written: str) -> Millis:
        russian = _RUSSIAN_DATE.fullmatch(written)
        if russian:
            written = f"{russian[3]}-{russian[2]}-{russian[1]} {russian[4]}"
        moment = datetime.fromisoformat(written.replace("Z", "+00:00"))
        return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=self.zone))


def local_of(account: Account, company: Company) -> Local:
    """The zone of the account's `timezone`, else the company's; the company's region."""
    return Local(_zone(account.option("timezone") or company.timezone), company.region)


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # `check` has told of it; a call is worth more than its hour
        return ZoneInfo("UTC")


def _epoch(number: float) -> Millis:
    if number >= 1e14:
        return int(number // 1000)
    return int(number) if number >= 1e11 else round(number * 1000)


def _within(at: Millis) -> Millis | None:
    return at if _EARLIEST <= at <= _LATEST else None


def text(value: Any) -> str:
    """A field as trimmed text; what says "nothing" and what is no plain value is ""."""
    if isinstance(value, str):
        plain = value.replace("\0", "").strip() if value else ""
        return "" if plain.lower() in _NOTHING or _TEMPLATE.fullmatch(plain) else plain
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(value) if isinstance(value, int) else f"{value:.6f}".rstrip("0").rstrip(".")


def first(fields: Fields, *names: str) -> str:
    """The first of the fields that says something, as text."""
    for name in names:
        if found := text(fields.get(name)):
            return found
    return ""


def truth(value: Any) -> bool:
    """Whether a flag is set: true, 1, yes."""
    return value is True or text(value).lower() in ("1", "true", "yes", "y", "да")


def seconds(value: Any) -> int | None:
    """Whole seconds out of a number or `1:02:03`; None when nothing sensible is told."""
    written = text(value)
    if clock := _CLOCK.fullmatch(written):
        return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + int(clock[3])
    try:
        number = float(written)
    except ValueError:
        return None
    return int(number) if 0 <= number <= _MOST_S else None


def whole(value: Any) -> int | None:
    """An integer however it is written; None if it is none."""
    written = text(value)
    return int(written) if written.lstrip("-").isdecimal() and len(written) < 19 else None


def between(start: Millis | None, end: Millis | None) -> int | None:
    """Whole seconds from one instant to another; None when either is unknown or they are swapped."""
    return (end - start) // 1000 if start is not None and end is not None and end >= start else None


def number(value: Any) -> str:
    """A number as it may be dialled: without `sip:`, host and parameters; "" when it is hidden."""
    plain = _SCHEME.sub("", text(value), count=1).partition("@")[0].partition(";")[0].strip(' "<>')
    return "" if plain.lower() in HIDDEN else plain


def is_short(dialled: str) -> bool:
    """Whether a number is an extension of ours rather than somebody's telephone."""
    return dialled.isdecimal() and len(dialled) <= _LONGEST_SHORT


def web_address(value: Any) -> str | None:
    """A link to a recording, if it is one. Whether it may be fetched is the fetcher's to say."""
    link = text(value)
    is_one = link.startswith(("https://", "http://")) and len(link) <= 2000
    return link if is_one and link.isprintable() and " " not in link else None


def event_id(*parts: Any) -> str:
    """The parts as one id that the journal can hold; "" when the first of them, the call's id, is missing."""
    named = [text(part) for part in parts]
    if not named[0]:
        return ""
    joined = ":".join(named)
    return joined if len(joined) <= _LONGEST_ID else hashlib.sha256(joined.encode()).hexdigest()


def call_key(value: Any) -> str:
    """The whole call's id as a key of bounded length."""
    return event_id(value)


def digest(body: bytes) -> str:
    """What tells one body from another, where a provider numbers nothing."""
    return hashlib.sha256(body).hexdigest()[:16]


def read_pairs(call: HttpCall) -> list[tuple[str, str]]:
    """The fields of a form post, urlencoded or multipart, then those of the query. Raises Unreadable."""
    kind, parameters = media_type(call.header("content-type"))
    pairs: list[tuple[str, str]] = []
    if kind == "multipart/form-data":
        pairs += [(part.name, part.text) for part in _parts(parameters, call.body) if part.filename is None]
    elif call.body.strip():
        pairs += read_urlencoded(call.body.strip())
    return pairs + read_urlencoded(call.query.encode()) if call.query else pairs


def _parts(parameters: str, body: bytes) -> list[Part]:
    try:
        return read_multipart(parameters, body)
    except Unreadable:
        # a boundary declared otherwise than it is written: the first line tells
        return read_multipart("", body)


def read_fields(call: HttpCall) -> dict[str, Any]:
    """The fields of a request, whether JSON or a form; the first of a repeated name counts. Raises Unreadable."""
    body = call.body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if body[:1] in (b"{", b"[") or media_type(call.header("content-type"))[0].endswith("json"):
        tree = read_json(body) if body else {}
        if isinstance(tree, list) and len(tree) == 1:
            tree = tree[0]
        if not isinstance(tree, dict):
            raise Unreadable("the JSON is no object")
        return {**dict(read_urlencoded(call.query.encode())), **tree} if call.query else tree
    return first_of(read_pairs(call))


def first_of(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Pairs by name; the first of a repeated name counts."""
    fields: dict[str, Any] = {}
    for name, value in pairs:
        fields.setdefault(name, value)
    return fields


def json_reply(told: Mapping[str, Any]) -> HttpReply:
    """An answer in JSON."""
    headers = (("Content-Type", "application/json; charset=utf-8"),)
    return HttpReply(200, orjson.dumps(told).decode(), headers)


def only(pairs: Iterable[tuple[str, str]], name: str) -> str:
    """The one value of a field that a signature depends on. Raises Refused 403 when it stands there twice
    and differs: what is checked must be what is read."""
    values = {value for key, value in pairs if key == name}
    if len(values) > 1:
        raise Refused(403, f"{name} is given twice")
    return next(iter(values), "")


def below(tree: Any, *path: str) -> Fields:
    """The object that stands below a path of names; an empty one when there is none."""
    for step in path:
        tree = tree.get(step) if isinstance(tree, Mapping) else None
    return tree if isinstance(tree, Mapping) else {}
