"""What the messenger kinds share: a provider's JSON read without trusting it, and the inquiry a message becomes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from mimetypes import MimeTypes
from typing import Any

from channels.base import FILES, NAME, Event, Heard, HttpCall, HttpReply
from channels.body import read_json
from intake.account import Account
from intake.clock import Millis, from_iso, iso
from intake.contact import read_phone
from intake.errors import Refused, Unreadable
from intake.inquiry import Attachment, Inquiry, Kind, Outcome, Parsed, Raw

Node = Mapping[str, Any]
"""An object of a provider's JSON."""

TAKE, IGNORE = "take", "ignore"
"""What a policy setting may say."""

NOTHING: Node = {}
MOST_FILES = 50
_MOST_CHILDREN = 1000
_LONGEST_ID = 200
_LONGEST_NAME = 200
_LONGEST_FILE_NAME = 120
_LATEST_MS = 253_402_300_799_000
"""The last second of the year 9999."""
_TYPES = MimeTypes()
"""Python's own list: what this machine happens to know of file types decides nothing."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
_TYPE = re.compile(r"[a-z0-9!#$&^_.+\-]{1,60}/[a-z0-9!#$&^_.+\-]{1,80}")


def read_object(body: bytes) -> Node:
    """The object that a webhook's body is, whatever content type it claims. Raises Unreadable."""
    tree = read_json(body)
    if not isinstance(tree, dict):
        raise Unreadable("the JSON is not an object")
    return tree


def heard_object(call: HttpCall) -> Node | None:
    """The object of a POST at the door; None when it cannot be read: the worker then buries it with the reason,
    for a provider that is told 400 only sends the same again. Raises Refused 405 for another method."""
    if call.method != "POST":
        raise Refused(405, "messages are sent with POST")
    try:
        return read_object(call.body)
    except Unreadable:
        return None


def unreadable(reply: HttpReply) -> Heard:
    """What the door makes of an authenticated body that nobody can read."""
    return Heard(reply, (Event(),), "unreadable")


def child(node: Any, *names: str) -> Node:
    """The object below `node` at the path of `names`; an empty one when there is none."""
    for name in names:
        node = node.get(name) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else NOTHING


def children(node: Any, *names: str) -> list[Node]:
    """The objects in the list below `node` at the path of `names`, at most a thousand."""
    for name in names:
        node = node.get(name) if isinstance(node, dict) else None
    return [one for one in node[:_MOST_CHILDREN] if isinstance(one, dict)] if isinstance(node, list) else []


def text_of(node: Node, name: str) -> str:
    """A text as it was written, without control characters; "" when there is none or it is blank."""
    value = node.get(name)
    if not isinstance(value, str) or not value.strip():
        return ""
    return _CONTROL.sub("", value)


def ident(node: Node, *names: str) -> str:
    """The first id among `names` as an opaque text: numbers digit by digit, never through floats; else ""."""
    for name in names:
        value = node.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value) if value.bit_length() < 512 else ""
        if isinstance(value, str) and value.strip():
            return _CONTROL.sub("", value.strip())[:_LONGEST_ID]
    return ""


def number(node: Node, name: str) -> int:
    """A whole number that is not negative; 0 when there is none."""
    value = node.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63 else 0


def at_seconds(node: Node, name: str) -> Millis | None:
    """The instant of a field in seconds since 1970; milliseconds are recognised by their size."""
    value = number(node, name)
    at = value if value > 100_000_000_000 else value * 1000
    return at if 0 < at <= _LATEST_MS else None


def at_iso(node: Node, name: str) -> Millis | None:
    """The instant of a field in ISO 8601."""
    try:
        at = from_iso(text_of(node, name))
    except (ValueError, OverflowError):
        return None
    return at if 0 < at <= _LATEST_MS else None


def name_of(*parts: str) -> str:
    """A person's name of its parts, in one line."""
    return " ".join(" ".join(parts).split())[:_LONGEST_NAME]


def phones_of(digits: str, region: str) -> tuple[str, ...]:
    """The phone that a provider writes in international digits, with or without "+"; none when it is none."""
    plain = digits.strip()
    phone = read_phone(plain if plain.startswith("+") else f"+{plain}", region) if plain else None
    return (phone.number,) if phone else ()


def typed_phones(text: str, region: str) -> tuple[str, ...]:
    """The phone that somebody typed into a field for phones."""
    phone = read_phone(text, region) if text else None
    return (phone.number,) if phone else ()


def policy_faults(account: Account, *settings: str) -> list[tuple[str, str, str]]:
    """The faults of settings that say `take` or `ignore`, as (setting, fault, mend)."""
    return [
        (setting, "is neither ignore nor take", f'write {setting} = "{IGNORE}" or "{TAKE}"')
        for setting in settings
        if account.options.get(setting, TAKE) not in (IGNORE, TAKE)
    ]


DELETED = "deleted"
"""The field of an inquiry whose writer took the message back, with the moment where it is told."""


def taken_back(inquiry: Inquiry, at: Millis | None) -> Parsed:
    """What a deletion is: nobody's inquiry by itself, a note on the message it takes back. What was written stays."""
    return Parsed(
        Outcome.IGNORED, replace(inquiry, fields={**inquiry.fields, DELETED: iso(at) or "yes"}), "service"
    )


def answered_with(*settings: str) -> Callable[[Inquiry, Account], str]:
    """`Channel.unanswerable` of a messenger whose account needs these settings to write."""

    def why(inquiry: Inquiry, account: Account) -> str:
        if not inquiry.thread or inquiry.fields.get("comment_on"):
            return "it stands in no conversation that could be answered: call"
        if not all(ident(account.options, name) for name in settings):
            return "the account has no token to answer with: call"
        return ""

    return why


def lacking(*settings: str, name: bool = False) -> Callable[[Inquiry, Account], Sequence[str]]:
    """`Channel.lacks` of a messenger that can be asked by an account with these settings: files that are only told
    of, and, where it tells no `name` by itself, the sender's."""

    def lacks(inquiry: Inquiry, account: Account) -> Sequence[str]:
        if not all(ident(account.options, setting) for setting in settings):
            return ()
        unnamed = name and not inquiry.sender.name and inquiry.sender.handles
        return (*((NAME,) if unnamed else ()), *((FILES,) if unfetched(inquiry) else ()))

    return lacks


def unfetched(inquiry: Inquiry) -> list[tuple[int, str]]:
    """The files that are only told of: their place among the attachments, counted from 1, and where each is."""
    return [
        (place, where)
        for place, one in enumerate(inquiry.attachments, 1)
        if not one.stored and not one.note and (where := inquiry.fields.get(f"file_{place}", ""))
    ]


def polling_faults(account: Account, *settings: str) -> list[tuple[str, str, str]]:
    """The faults of an account that is polled, or told by its webhook: then the webhook's `settings` must be there."""
    polling = account.options.get("polling", False)
    if not isinstance(polling, bool):
        return [("polling", "is neither true nor false", "write polling = true, without quotes")]
    if polling:
        return []
    given = {"secret": account.secret}
    return [
        (name, "is missing: the webhook cannot be heard", f'write {name} = "env:NAME", or polling = true')
        for name in settings
        if not (given.get(name) or account.option(name))
    ]


def begun(raw: Raw, account: Account, kind: Kind = Kind.MESSAGE) -> Inquiry:
    """The inquiry of a raw event, as far as every kind knows it."""
    return Inquiry(
        id=raw.inquiry_id,
        account=account.id,
        channel=account.kind,
        kind=kind,
        received_at=raw.received_at,
        external_id=raw.external_id,
        service=account.service,
        history=raw.history,
    )


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that a message tells of without bringing it. `where` is the provider's id or address of it."""

    name: str
    type: str
    size: int
    where: str


def file_of(node: Node, where: str, usual: str, kind: str) -> SentFile:
    """A file of which the provider says `file_name`, `mime_type` and `file_size`, or leaves them out."""
    told = text_of(node, "mime_type").lower().partition(";")[0].strip()
    return SentFile(
        name=safe_name(text_of(node, "file_name")) or usual,
        type=told if _TYPE.fullmatch(told) else kind,
        size=number(node, "file_size"),
        where=where,
    )


def type_of(name: str, usual: str = "application/octet-stream") -> str:
    """The media type of a file by its name."""
    return _TYPES.guess_type(name)[0] or usual


def attached(files: Iterable[SentFile]) -> tuple[tuple[Attachment, ...], dict[str, str]]:
    """The files as attachments without content, and the fields that say where each is to be fetched."""
    listed = list(files)[:MOST_FILES]
    fields = {f"file_{place}": file.where for place, file in enumerate(listed, 1) if file.where}
    return tuple(Attachment(file.name, file.type, file.size) for file in listed), fields


def safe_name(name: str) -> str:
    """A file name without folders, control and direction characters; "" when nothing is left."""
    last = re.split(r"[/\\]", name)[-1]
    # Cf: marks that turn the reading direction make "gpj.exe" look like a picture
    visible = "".join(one for one in last if unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    plain = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", visible)).strip(" .")
    stem, dot, extension = plain.rpartition(".")
    if len(plain) > _LONGEST_FILE_NAME and dot and stem:
        return f"{stem[: _LONGEST_FILE_NAME - 11]}.{extension[:10]}"
    return plain[:_LONGEST_FILE_NAME]


def place_of(latitude: Any, longitude: Any) -> str:
    """A place as "55.75,37.62", or "" when either is no number."""
    pair = (latitude, longitude)
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in pair):
        return ""
    return f"{latitude},{longitude}"


def filled(**fields: str) -> dict[str, str]:
    """The fields that say something."""
    return {name: value for name, value in fields.items() if value}
