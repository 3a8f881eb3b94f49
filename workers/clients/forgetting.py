"""Forgetting a person: erased everywhere, with an act; the tombstone keeps replays and imports from bringing them
back."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson

from dedup.keys import memory_keys, name_tokens
from dedup.points import points, subject
from intake.account import Company
from intake.clock import Clock, Millis, iso
from intake.effect import Effect, EffectKind
from intake.errors import Conflict, NotFound
from intake.inquiry import Sender
from intake.ports import Outbox
from intake.store.attachments import LocalAttachments
from intake.store.base.erasing import Found, SqlErasing
from intake.store.outbox import SqlOutbox
from workers.bootstrap import Instance
from workers.clients.entries import mark

RECORD = "forgotten.jsonl"
"""In the data directory: who was erased, by id. A restore of an older copy erases them again."""


@dataclass(frozen=True, slots=True)
class Act:
    """What was destroyed, for the record. Nothing of the person can be read from it."""

    ident: str
    at: Millis
    who: str
    people: int
    contacts: int
    inquiries: int
    events: int
    files: int

    def told(self, say: Callable[[str], str], company: str) -> str:
        """The act's text."""
        lines = (
            f"{say('Act of the destruction of personal data')} № {self.ident}",
            f"{say('Company')}: {company}",
            f"{say('When')}: {iso(self.at)}",
            f"{say('By whom')}: {self.who}",
            f"{say('People')}: {self.people}",
            f"{say('Contacts')}: {self.contacts}",
            f"{say('Inquiries')}: {self.inquiries}",
            f"{say('Original messages')}: {self.events}",
            f"{say('Files')}: {self.files}",
            say(
                "Names, contacts, texts, original messages and files were overwritten and cannot be restored."
            ),
        )
        return "\n".join(lines)


class Forgetting:
    """Erases clients and people."""

    def __init__(
        self,
        erasing: SqlErasing,
        outbox: Outbox,
        files: LocalAttachments,
        company: Company,
        clock: Clock,
        data: Path,
    ) -> None:
        self._erasing = erasing
        self._outbox = outbox
        self._files = files
        self._company = company
        self._clock = clock
        self._data = data

    def forget(self, ident: str, who: str) -> Act:
        """Erase a client or a person; again it takes away what came since. Raises NotFound, Conflict, Unavailable."""
        found = self._erasing.find(ident)
        senders = list(self._known_as(found))
        digests = self._digests(found, senders)
        self._remember(ident, digests)
        return self._destroy(ident, who, found, senders, digests)

    def again(self, who: str) -> list[Act]:
        """Erase once more all who were ever erased here: for an older copy that was restored. Raises Unavailable."""
        path, acts = self._data / RECORD, []
        records = path.read_bytes().splitlines() if path.exists() else []
        for record in map(orjson.loads, records):
            self._erasing.bury(record["digests"], self._clock.now())
            with suppress(NotFound, Conflict):
                found = self._erasing.find(record["ident"])
                senders = list(self._known_as(found))
                acts.append(
                    self._destroy(record["ident"], who, found, senders, self._digests(found, senders))
                )
        return acts

    def _destroy(self, ident: str, who: str, found: Found, senders: list[Sender], digests: list[str]) -> Act:
        now = self._clock.now()
        self._erasing.bury(digests, now)
        memory = [key for sender in senders for key in memory_keys(subject(sender, self._company))]
        tokens = Counter(token for name in found.names.values() for token in name_tokens(name))
        events = self._erasing.erase(found, memory, tokens, who, ident, now)
        files = sum(map(self._files.remove, found.files))
        self._outbox.add([_shown_anew(card, manager, found, now) for card, manager in found.cards])
        contacts = sum(1 for key in found.keys if not key.startswith("name"))
        return Act(ident, now, who, len(found.names), contacts, len(found.inquiries), events, files)

    def scrub(self) -> None:
        """Rewrite the databases so that no older version of a row is left in their files."""
        self._erasing.scrub()

    def _known_as(self, found: Found) -> Iterator[Sender]:
        """Every name with every contact they were known under."""
        phones, emails, handles = [], [], {}
        for key in found.keys:
            kind, _, value = key.partition(":")
            if kind == "phone":
                phones.append(value)
            elif kind == "email":
                emails.append(value)
            elif kind == "handle":
                messenger, _, ident = value.partition(":")
                handles[messenger] = ident
        for sender in found.senders:
            phones += sender["phones"]
            emails += sender["emails"]
            handles |= sender["handles"]
        names = {*found.names.values(), *(sender["name"] for sender in found.senders)}
        for name in sorted(names):
            yield Sender(name, tuple(phones), (), tuple(emails), handles)

    def _digests(self, found: Found, senders: list[Sender]) -> list[str]:
        """A contact that others hold too is marked together with the name alone."""
        told = [
            f"outside:{source}:{ident}" for source, ident in found.origins if not ident.startswith("row:")
        ]
        told += [key for key in found.keys if key not in found.shared and not key.startswith("name")]
        for sender in senders:
            who = subject(sender, self._company)
            told += memory_keys(who) if sender.name else ()
            told += [
                point.key
                for point in points(sender, self._company)
                if found.whole and point.key not in found.shared and point.key in found.keys
            ]
        return [mark(one) for one in dict.fromkeys(told)]

    def _remember(self, ident: str, digests: list[str]) -> None:
        line = orjson.dumps({"ident": ident, "at": self._clock.now(), "digests": digests}) + b"\n"
        with (self._data / RECORD).open("ab") as record:
            record.write(line)
            record.flush()
            os.fsync(record.fileno())


def forgetting_of(instance: Instance) -> Forgetting:
    """What erases in this instance."""
    data = instance.place.data.absolute()
    return Forgetting(
        SqlErasing(instance.store),
        SqlOutbox(instance.store),
        LocalAttachments(data / "attachments"),
        instance.company,
        instance.clock,
        data,
    )


def _shown_anew(card: str, manager: str, found: Found, now: Millis) -> Effect:
    """The messenger's message that shows the card is edited too."""
    payload = {"card_id": card, "inquiry_id": next(iter(found.inquiries), ""), "touch": "1", "ring": "0"}
    return Effect(f"card:{card}:forget:{now}", EffectKind.CARD, manager, payload, now)
