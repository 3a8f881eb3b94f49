"""What the kinds of site builders share: a submission of fields in, one form inquiry out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from channels.base import Channel, Event, Heard, HttpCall, HttpReply, Need
from channels.forms.files import attachments_of
from channels.forms.names import Role
from channels.forms.own_names import FIELDS_NEED, check_fields, own_fields
from channels.forms.posted import Pair
from channels.forms.source import attribution_of
from channels.forms.visitor import read_visitor
from channels.multipart import Part
from channels.signing import require_key
from intake.account import Account, Company
from intake.errors import Unreadable
from intake.inquiry import Inquiry, Kind, Outcome, Parsed, Raw

SECRET_NEED = Need(
    "secret",
    True,
    "a long random word: the last part of the address given to the builder, or its header X-Lead-Intake-Key",
    "длинное случайное слово: последняя часть адреса для конструктора или заголовок X-Lead-Intake-Key",
)


@dataclass(frozen=True, slots=True)
class Submission:
    """What a builder sent. `roles` are what it says itself of its fields, ahead of our guesses; `handshake`
    says why it is no submission at all; keys as in `channels.base.Event`."""

    pairs: tuple[Pair, ...]
    files: tuple[Part, ...] = ()
    roles: Mapping[str, Role] = field(default_factory=dict)
    external_id: str = ""
    content_key: str = ""
    handshake: str = ""


Reader = Callable[[HttpCall], Submission]
"""Reads a builder's request; raises Unreadable."""


class BuilderForm:
    """A builder's webhook: let in by our key, answered with `reply` whatever it holds."""

    def __init__(self, read: Reader, reply: HttpReply) -> None:
        self._read = read
        self._reply = reply

    def verify(self, call: HttpCall, account: Account) -> None:
        """The account's key, in the header or as the last part of the address. Raises Refused 401, 403."""
        require_key(call, account)

    def hear(self, call: HttpCall, account: Account) -> Heard:  # noqa: ARG002 # the protocol's shape
        """One event; what cannot be read is kept and buried, for a builder would give up on a refusal."""
        if call.method in ("GET", "HEAD", "OPTIONS") and not call.body:
            return Heard(self._reply, reason="the address is tried")
        try:
            submission = self._read(call)
        except Unreadable:
            return Heard(self._reply, (Event(),))
        if submission.handshake:
            return Heard(self._reply, reason=submission.handshake)
        return Heard(self._reply, (Event(submission.external_id, content_key=submission.content_key),))

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        """The inquiry; ignored when nothing is filled in. Raises Unreadable."""
        call = HttpCall.of_raw(raw)
        submission = self._read(call)
        roles = {**submission.roles, **own_fields(account)}
        visitor = read_visitor(submission.pairs, roles, company.region, company.own_phones)
        inquiry = Inquiry(
            id=raw.inquiry_id,
            account=account.id,
            channel=account.kind,
            kind=Kind.FORM,
            received_at=raw.received_at,
            external_id=raw.external_id,
            sender=visitor.sender,
            subject=visitor.subject,
            text=visitor.text,
            attachments=attachments_of(submission.files),
            attribution=attribution_of(visitor.attribution, call.header("referer")),
            fields=visitor.fields,
            service=visitor.service or account.service,
            history=raw.history,
        )
        if not submission.files and not any(value.strip() for _, value in submission.pairs):
            return Parsed(Outcome.IGNORED, inquiry, "empty")
        return Parsed(Outcome.ACCEPTED, inquiry)


def builder_channel(kind: str, title: str, form: BuilderForm, *, repeats: bool) -> Channel:
    """The row of a builder's kind."""
    return Channel(kind, title, (SECRET_NEED, FIELDS_NEED), form, form, check_fields, repeats=repeats)
