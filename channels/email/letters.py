"""Letters as the journal takes them: whole, without their body, as a flag, or as a fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from hashlib import sha256
from typing import Any

from channels.email.answers import Listing
from intake.account import Account
from intake.inquiry import NewRaw

_WIRE_SHARE = 1.4
"""A letter on the wire is a third larger than the files in it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A letter as it was found: `validity` is the folder's UIDVALIDITY; `history`: it was there before the
    account was connected."""

    uid: int
    listed: Listing
    validity: int
    history: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """Where letters lie: the account's folder; `sent` marks the folder of our own letters."""

    account: Account
    folder: str
    sent: bool = False

    def whole(self, found: Found, letter: bytes) -> NewRaw:
        """A letter with all its bytes; they are its identity, for its UID is not, nor its Message-ID."""
        return self._raw(found, letter, f"sha256:{sha256(letter).hexdigest()}", {})

    def beheaded(self, found: Found, headers: bytes) -> NewRaw:
        """A letter over the limit: its headers alone, with a note."""
        mark = sha256(headers + str(found.listed.size).encode()).hexdigest()
        return self._raw(found, headers, f"sha256:{mark}", {"headers_only": True})

    def unreadable(self, found: Found, headers: bytes, why: str) -> NewRaw:
        """A letter the server will not give: what is known of it, to be buried for a human."""
        mark = f"uid:{self.folder}:{found.validity}:{found.uid}"
        return self._raw(found, headers, mark, {"unreadable": why})

    def answered(self, found: Found, headers: bytes) -> NewRaw:
        """The news that a letter got its \\Answered flag; the body is the headers of that letter."""
        message_id = str(BytesHeaderParser().parsebytes(headers).get("Message-ID", "")).strip()
        mark = f"answered:{sha256(headers).hexdigest()}"
        flag = {"flag": "answered", "message_id": message_id}
        return self._raw(found, headers, mark, flag)

    def _raw(self, found: Found, body: bytes, mark: str, more: dict[str, Any]) -> NewRaw:
        listed = found.listed
        head: dict[str, Any] = {
            "folder": self.folder,
            "uid": found.uid,
            "uidvalidity": found.validity,
            "internal_date": listed.arrived or None,
            "size": listed.size,
        }
        if self.sent:
            head["sent"] = True
        return NewRaw(
            account=self.account.id,
            channel=self.account.kind,
            body=body,
            head=head | more,
            external_id=mark,
            history=found.history,
        )


def too_large(listed: Listing, most_bytes: int) -> bool:
    """Whether only the headers of such a letter are kept."""
    return listed.size > most_bytes * _WIRE_SHARE


def grouped(
    uids: Sequence[int], found: dict[int, Found], alone: set[int], most_bytes: int
) -> list[list[int]]:
    """The UIDs in groups that are fetched at once: bounded in bytes; each of `alone` by itself."""
    groups: list[list[int]] = []
    room = 0
    for uid in uids:
        size = found[uid].listed.size
        if not groups or uid in alone or groups[-1][-1] in alone or size > room:
            groups.append([])
            room = most_bytes
        groups[-1].append(uid)
        room -= size
    return groups
