"""Folder names: quoted so that nothing can be slipped in, in the wire's modified UTF-7, found by their use."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from intake.errors import ConfigFault

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# LIST (\HasNoChildren \Sent) "." "INBOX.Sent"
_LISTED = re.compile(rb'^\((?P<flags>[^)]*)\) (?P<separator>NIL|"(?:[^"\\]|\\.)*") (?P<name>.*)$', re.DOTALL)
_SENT_NAMES = frozenset(
    {
        "sent",
        "sent items",
        "sent messages",
        "sent mail",
        "sent-mail",
        "outbox.sent",
        "отправленные",
        "отправленные письма",
        "отправленные элементы",
    }
)
"""What a sent folder is called where the server does not say which it is."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the box. `name` is as people read it, `uses` its special uses in lower case (`\\sent`)."""

    name: str
    uses: frozenset[str]
    separator: str


def quoted(text: str) -> str:
    """A text as an IMAP quoted string. Raises ConfigFault for control characters: they would end the command."""
    if _CONTROL.search(text):
        raise ConfigFault("a mailbox setting holds control characters: write the plain name")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def on_wire(name: str) -> str:
    """A folder's name as a command's argument: modified UTF-7 (RFC 3501, 5.1.3), quoted."""
    return quoted(encode_name(name))


def encode_name(name: str) -> str:
    """The name in modified UTF-7."""
    out: list[str] = []
    for run in re.findall(r"[\x20-\x7e]+|[^\x20-\x7e]+", name):
        if run[0] <= "\x7e" and run[0] >= " ":
            out.append(run.replace("&", "&-"))
        else:
            coded = b64encode(run.encode("utf-16-be", "surrogatepass")).decode().rstrip("=")
            out.append("&" + coded.replace("/", ",") + "-")
    return "".join(out)


def decode_name(name: str) -> str:
    """A name of the wire as people read it; what is no modified UTF-7 stays as it is."""

    def read(match: re.Match[str]) -> str:
        coded = match.group(1)
        if not coded:
            return "&"
        padded = coded.replace(",", "/") + "=" * (-len(coded) % 4)
        try:
            return b64decode(padded, validate=True).decode("utf-16-be")
        except ValueError:
            return match.group(0)

    return re.sub(r"&([A-Za-z0-9+,]*)-", read, name)


def read_listed(lines: Iterable[bytes | bytearray]) -> list[Folder]:
    """The folders of a LIST answer. A name may come as a literal of its own."""
    found: list[Folder] = []
    awaited: re.Match[bytes] | None = None
    for line in lines:
        if isinstance(line, bytearray):
            if awaited:
                found.append(_folder(awaited, bytes(line)))
            awaited = None
            continue
        match = _LISTED.match(line)
        if match and re.fullmatch(rb"\{\d+\}", match["name"]):
            awaited = match
        elif match:
            found.append(_folder(match, _unquoted(match["name"].strip())))
    return found


def find_sent(folders: Iterable[Folder]) -> str:
    """The sent folder's name: by its special use (RFC 6154), else by the usual names; "" when there is none."""
    known = list(folders)
    for folder in known:
        if "\\sent" in folder.uses:
            return folder.name
    for folder in known:
        last = folder.name.rsplit(folder.separator, 1)[-1] if folder.separator else folder.name
        if last.lower() in _SENT_NAMES and "\\noselect" not in folder.uses:
            return folder.name
    return ""


def _folder(match: re.Match[bytes], name: bytes) -> Folder:
    separator = _unquoted(match["separator"]).decode("ascii", "replace")
    uses = frozenset(match["flags"].decode("ascii", "replace").lower().split())
    return Folder(decode_name(name.decode("utf-8", "replace")), uses, "" if separator == "NIL" else separator)


def _unquoted(text: bytes) -> bytes:
    if len(text) >= 2 and text[:1] == b'"' and text[-1:] == b'"':
        return re.sub(rb"\\(.)", rb"\1", text[1:-1])
    return text
