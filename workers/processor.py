"""The processor: takes events from the journal, parses them, has the ledger fold them, settles them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

import structlog

from channels.base import LEAD, Channel
from channels.templates import AUTO_REPLY, GREETING
from intake.account import Account, Company
from intake.clock import Clock
from intake.decision import Changes
from intake.errors import Unavailable, Unreadable
from intake.inquiry import Attachment, Inquiry, Kind, Outcome, Parsed, Raw
from intake.ports import Bell, Journal, Ledger
from workers import fetched
from workers.pipeline import Item, Pipeline
from workers.rules import Rules

BATCH = 256
ALONE_AFTER = 2
"""An event that was tried so often without an end goes alone: it may be the one that kills us."""
BURIED_AFTER = 4
RETRY_MS = 1_000
HELD_MS = 45_000
"""So long an event that brought only an id waits for what it stands for; then it is decided as it is."""


class Attachments(Protocol):
    """Where files go before the decision that names them is committed."""

    def put(self, content: bytes) -> str:
        """Keep the file; its key. Raises OSError."""
        ...


class Processor:
    """What a worker does, whoever woke it. One batch at a time in a process; many processes may run."""

    def __init__(
        self,
        name: str,
        journal: Journal,
        ledger: Ledger,
        bell: Bell,
        clock: Clock,
        channels: dict[str, Channel],
        attachments: Attachments,
        rules: Callable[[], Rules],
    ) -> None:
        self._name = name
        self._journal = journal
        self._ledger = ledger
        self._bell = bell
        self._clock = clock
        self._channels = channels
        self._attachments = attachments
        self._rules = rules
        self._busy = threading.Lock()
        self._log = structlog.get_logger()

    def process(self, raw_ids: Sequence[str] = ()) -> int:
        """Work until nothing is left to claim: first `raw_ids`, then whatever waits. Returns how many were done.

        Raises Unavailable when a database does not answer; what was claimed is given back.
        """
        done = 0
        with self._busy:
            if raw_ids:
                done += self._batch(raw_ids)
            while more := self._batch(()):
                done += more
        return done

    def _batch(self, raw_ids: Sequence[str]) -> int:
        raws = self._journal.claim(self._name, self._clock.now(), ids=raw_ids, limit=BATCH)
        if not raws:
            return 0
        rules = self._rules()
        suspicious = [one for one in raws if one.attempts > ALONE_AFTER]
        together = [one for one in raws if one.attempts <= ALONE_AFTER]
        try:
            for group in [together, *([one] for one in suspicious)]:
                if group:
                    self._run(group, rules)
        except Unavailable:
            # those that were settled before are gone from the list, the others are tried again soon - or, when
            # the journal is away too, once their lease has run out
            with suppress(Unavailable):
                self._journal.release([raw.id for raw in raws], self._clock.now() + RETRY_MS)
            raise
        return len(raws)

    def _run(self, raws: Sequence[Raw], rules: Rules) -> None:
        """Fold a batch; when it fails for a reason of its own, halve it until the poisonous one is alone."""
        self._fold(raws, [self._read(raw, rules) for raw in raws], rules)

    def _fold(self, raws: Sequence[Raw], items: Sequence[Item], rules: Rules) -> None:
        try:
            pipeline = Pipeline(items, rules, self._clock.now())
            changes = self._ledger.fold(pipeline.wanted(), pipeline.step)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, one event must not stop the others
            self._halve(raws, items, rules, error)
            return
        self._finish(raws, items, changes)

    def _halve(self, raws: Sequence[Raw], items: Sequence[Item], rules: Rules, error: Exception) -> None:
        if len(raws) > 1:
            middle = len(raws) // 2
            self._fold(raws[:middle], items[:middle], rules)
            self._fold(raws[middle:], items[middle:], rules)
            return
        self._log.error("inquiry_buried", raw=raws[0].id, error=type(error).__name__)
        buried = Item(raws[0].id, items[0].parsed, buried=f"{type(error).__name__}: {str(error)[:200]}")
        pipeline = Pipeline([buried], rules, self._clock.now())
        self._finish(raws, [buried], self._ledger.fold(pipeline.wanted(), pipeline.step))

    def _finish(self, raws: Sequence[Raw], items: Sequence[Item], changes: Changes) -> None:
        if changes.effects:
            self._bell.ring_relay()
        held = {one.raw_id for one in items if one.held and one.raw_id not in changes.settled}
        for raw in raws:
            if raw.id in held:
                self._journal.release([raw.id], raw.received_at + HELD_MS)
        self._journal.settle([raw.id for raw in raws if raw.id not in held])

    def _read(self, raw: Raw, rules: Rules) -> Item:
        """Parse one event. What cannot be read is buried with its reason, its bytes stay in the journal."""
        if raw.attempts > BURIED_AFTER:
            return Item(
                raw.id, _as_is(raw), buried=f"given up after {raw.attempts - 1} attempts that never ended"
            )
        channel = self._channels.get(raw.channel)
        if channel is None:
            return Item(raw.id, _as_is(raw), buried=f"no such kind here: {raw.channel}")
        account = rules.account(raw.account, raw.channel)
        try:
            parsed = self._understood(raw, channel, account, rules.company)
            held = LEAD in parsed.lacks and self._clock.now() < raw.received_at + HELD_MS
            return Item(raw.id, self._with_files(parsed), held=held)
        except Unreadable as error:
            return Item(raw.id, _as_is(raw), buried=str(error))
        except Exception as error:  # noqa: BLE001  a parser's bug buries one event, with its reason
            self._log.error("parser_failed", raw=raw.id, channel=raw.channel, error=type(error).__name__)
            return Item(
                raw.id, _as_is(raw), buried=f"parser failed: {type(error).__name__}: {str(error)[:200]}"
            )

    def _understood(self, raw: Raw, channel: Channel, account: Account, company: Company) -> Parsed:
        """What the event means; what was fetched is read in our own words, a lead in its provider's."""
        if fetched.is_ours(raw):
            return fetched.read(raw)
        parsed = channel.parser.parse(raw, account, company)
        if fetched.is_lead(raw):
            return replace(parsed, fetched=True)
        if parsed.outcome is not Outcome.ACCEPTED:
            return parsed
        lacks = tuple(channel.lacks(parsed.inquiry, account)) if channel.lacks else ()
        # whether a robot may answer is asked only where one would
        writes = AUTO_REPLY in account.options or GREETING in account.options
        if not writes or channel.unanswerable is None or channel.unanswerable(parsed.inquiry, account):
            return replace(parsed, lacks=lacks) if lacks else parsed
        return replace(parsed, lacks=lacks, quiet=channel.quiet is not None and channel.quiet(raw))

    def _with_files(self, parsed: Parsed) -> Parsed:
        inquiry = parsed.inquiry
        if not inquiry.attachments:
            return parsed
        return replace(
            parsed, inquiry=replace(inquiry, attachments=tuple(map(self._stored, inquiry.attachments)))
        )

    def _stored(self, one: Attachment) -> Attachment:
        """The attachment without its bytes; when the disk refuses, the inquiry goes on without the file."""
        if one.content is None:
            return one
        try:
            return replace(one, content=None, stored=self._attachments.put(one.content))
        except OSError as error:
            self._log.error("attachment_not_stored", size=one.size, reason=error.strerror)
            return replace(one, content=None, note="attachment not accepted")


def _as_is(raw: Raw) -> Parsed:
    """What is known of an event that nobody could read."""
    kind = Kind.EMAIL if raw.channel == "email" else Kind.MESSAGE
    return Parsed(
        Outcome.ACCEPTED,
        Inquiry(
            id=raw.inquiry_id,
            account=raw.account,
            channel=raw.channel,
            kind=kind,
            received_at=raw.received_at,
            external_id=raw.external_id,
            history=raw.history,
        ),
    )
