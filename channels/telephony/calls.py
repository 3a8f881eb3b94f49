"""What one event tells of a call, in our words, and the inquiry it becomes; what all exchanges have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar
from zoneinfo import ZoneInfo

from channels.base import Event, Heard, HttpCall, HttpReply, Need
from channels.signing import require_key
from channels.telephony.wire import Fields, Local, is_short, local_of, number, read_fields
from intake.account import Account, Company
from intake.clock import Millis
from intake.contact import read_phone
from intake.errors import Unreadable
from intake.inquiry import Attribution, Call, Inquiry, Kind, Outcome, Parsed, Raw, Recipient, Sender


class Direction(StrEnum):
    """Who rang whom. `UNKNOWN` is an event that does not say: it is never guessed at."""

    IN = "in"
    OUT = "out"
    INTERNAL = "internal"
    UNKNOWN = ""


class Status(StrEnum):
    """How far a call has come. `UNKNOWN` is an event that says nothing of it, such as a recording's."""

    RINGING = "ringing"
    ANSWERED = "answered"
    MISSED = "missed"
    FAILED = "failed"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One event of a call. `client` and `line` are numbers as the exchange writes them, theirs and ours;
    `extension` is whom of ours it rings, `answered_by` who took it and `answered_at` when; seconds are whole.
    `is_lead` marks an outgoing call that was not ours: others rang the client, and pass on what they want."""

    id: str
    direction: Direction
    status: Status = Status.RINGING
    client: str = ""
    name: str = ""
    line: str = ""
    extension: str = ""
    answered_by: str = ""
    answered_at: Millis | None = None
    occurred_at: Millis | None = None
    ended_at: Millis | None = None
    talk_s: int | None = None
    wait_s: int | None = None
    recording_url: str | None = None
    is_lead: bool = False
    text: str = ""
    subject: str = ""
    company: str = ""
    emails: tuple[str, ...] = ()
    attribution: Attribution = field(default_factory=Attribution)
    fields: Mapping[str, str] = field(default_factory=dict)


class PbxHook(ABC):
    """A kind told by HTTP that has no signature: the account's secret stands in the header or at the path's end.

    A provider's file says how an event is named (`identify`), what it tells (`understand`) and what the
    exchange expects to be answered (`answer`: an empty 200, unless it wants more).
    """

    answer: ClassVar[HttpReply] = HttpReply(200, "")

    def verify(self, call: HttpCall, account: Account) -> None:
        """Let in who knows the secret. Raises Refused 401, 403."""
        require_key(call, account)

    def hear(self, call: HttpCall, account: Account) -> Heard:  # noqa: ARG002 - the shape of a Webhook
        """Name the event and answer it. What cannot be read is kept for a human, and answered like the rest:
        an exchange that meets errors falls silent. A bare request is somebody trying the address."""
        try:
            fields = self.fields(call)
        except Unreadable:
            return Heard(self.answer, (Event(),))
        if not fields:
            return Heard(self.answer, reason="probe")
        found = self.identify(fields)
        return Heard(self.answer, (found,)) if isinstance(found, Event) else found

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        """The call as this event tells it. Raises Unreadable."""
        fields = self.fields(HttpCall.of_raw(raw))
        told = self.understand(fields, local_of(account, company))
        return conclude(raw, account, company, told) if told else service(raw, account)

    def fields(self, call: HttpCall) -> Fields:
        """The request's fields. Raises Unreadable."""
        return read_fields(call)

    @abstractmethod
    def identify(self, fields: Fields) -> Event | Heard:
        """The event's id, unique among all events of all calls, and its call's id as the group. An event that
        tells nothing of a call has no group. A question or a handshake is no event: what it is answered."""

    @abstractmethod
    def understand(self, fields: Fields, local: Local) -> CallEvent | None:
        """What the event tells; None when it is nothing of a call's."""


def conclude(raw: Raw, account: Account, company: Company, told: CallEvent) -> Parsed:
    """The inquiry that a call is. Calls among ourselves and on lines that are not for sales are ignored; our
    own call to a client is an answer; of a hidden number nothing is made up."""
    inquiry = _inquiry(raw, account, company, told)
    if told.direction is Direction.INTERNAL:
        return Parsed(Outcome.IGNORED, inquiry, "internal")
    if told.direction is Direction.OUT and not told.is_lead:
        return Parsed(Outcome.ANSWER, inquiry)
    if _is_ignored(inquiry.recipient.line, account, company):
        return Parsed(Outcome.IGNORED, inquiry, "support")
    return Parsed(Outcome.ACCEPTED, inquiry)


def service(raw: Raw, account: Account) -> Parsed:
    """An event that is nothing of a call's: kept, answered, and nobody's inquiry."""
    inquiry = Inquiry(
        id=raw.inquiry_id,
        account=account.id,
        channel=account.kind,
        kind=Kind.CALL,
        received_at=raw.received_at,
        external_id=raw.external_id,
        history=raw.history,
    )
    return Parsed(Outcome.IGNORED, inquiry, "service")


def _inquiry(raw: Raw, account: Account, company: Company, told: CallEvent) -> Inquiry:
    status, sender = _status(told, account), _sender(told, company)
    return Inquiry(
        id=raw.inquiry_id,
        account=account.id,
        channel=account.kind,
        kind=Kind.CALL,
        received_at=raw.received_at,
        external_id=told.id,
        occurred_at=told.occurred_at,
        sender=sender,
        recipient=Recipient(line=_line(told.line, company.region), extension=told.extension),
        subject=told.subject,
        text=told.text,
        call=Call(
            id=told.id,
            direction=told.direction.value,
            status=status.value,
            answered_by=told.answered_by,
            answered_at=told.answered_at if told.answered_by else None,
            talk_s=told.talk_s,
            wait_s=told.wait_s,
            ended_at=told.ended_at,
            recording_url=told.recording_url,
            client_told=told.direction.value if sender.phones else "",
        ),
        attribution=told.attribution,
        fields={name: value for name, value in told.fields.items() if value},
        service=account.service,
        history=raw.history,
    )


def _status(told: CallEvent, account: Account) -> Status:
    """An answer that was shorter than the account's `min_talk_s` was none; while they talk it is not known."""
    least = least_talk_s(account)
    if told.status is not Status.ANSWERED or not least:
        return told.status
    if told.talk_s is None:
        return Status.ANSWERED if told.ended_at is not None else Status.RINGING
    return Status.ANSWERED if told.talk_s >= least else Status.MISSED


def _sender(told: CallEvent, company: Company) -> Sender:
    dialled = number(told.client)
    phone = read_phone(dialled, company.region) if not is_short(dialled) else None
    if told.direction is Direction.INTERNAL:
        phone = None
    return Sender(
        name=told.name if any(letter.isalpha() for letter in told.name) else "",
        phones=(phone.number,) if phone else (),
        emails=told.emails,
        company=told.company,
    )


def _line(written: str, region: str) -> str:
    dialled = number(written)
    if not dialled or is_short(dialled):
        return ""
    phone = read_phone(dialled, region)
    return phone.number if phone else dialled


def _is_ignored(line: str, account: Account, company: Company) -> bool:
    lines = account.options.get("ignore_lines", ())
    return (
        bool(line)
        and isinstance(lines, list | tuple)
        and any(_line(str(one), company.region) == line for one in lines)
    )


def least_talk_s(account: Account) -> int:
    """The account's `min_talk_s`; 0 when there is none."""
    value = account.options.get("min_talk_s", 0)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


SECRET = Need(
    "secret",
    True,
    "the last part of the address given to the exchange, or its header X-Lead-Intake-Key",
    "последняя часть адреса, указанного АТС, или заголовок X-Lead-Intake-Key",
)

API = (
    Need("api", False, "another address of the API", "другой адрес API"),
    Need("proxy", False, "the way to it, socks5://...", "путь к нему, socks5://..."),
)
"""Where the list of calls is read again."""

INTRODUCE = Need(
    "introduce",
    False,
    "false: an exchange that asks who calls is never told; by default it gets the client's name and the owner's "
    "extension",
    "false: на вопрос АТС, кто звонит, не отвечать; обычно ей сообщаются имя клиента и добавочный ответственного",
)

_COMMON = (
    Need(
        "timezone",
        False,
        "the zone of the exchange's own times, the company's by default",
        "часовой пояс времени АТС, обычно пояс компании",
    ),
    Need(
        "min_talk_s",
        False,
        "an answered call shorter than this counts as missed",
        "отвеченный звонок короче этого считается пропущенным",
    ),
    Need(
        "no_end_min",
        False,
        "a call whose end was not told after so many minutes counts as missed, 60 by default; 0: never",
        "звонок, о конце которого не сообщили за столько минут, считается пропущенным, обычно 60; 0: никогда",
    ),
    Need(
        "ignore_lines",
        False,
        "our numbers that are not for sales",
        "наши номера, звонки на которые не для продаж",
    ),
)


def call_needs(*own: Need) -> tuple[Need, ...]:
    """A telephony kind's settings: its own and those that all have."""
    return (*own, *_COMMON)


def check_calls(account: Account) -> Sequence[tuple[str, str, str]]:
    """The faults of the settings that all telephony kinds have, as (setting, fault, mend)."""
    faults: list[tuple[str, str, str]] = []
    zone = account.options.get("timezone", "UTC")
    try:
        ZoneInfo(str(zone))
    except (KeyError, ValueError, OSError):
        faults.append(("timezone", "is no time zone", 'write it like "Europe/Moscow"'))
    if account.options.get("min_talk_s", 0) not in (0, least_talk_s(account)):
        faults.append(("min_talk_s", "is not a number of seconds", "write min_talk_s = 5"))
    minutes = account.options.get("no_end_min", 0)
    if not isinstance(minutes, int) or isinstance(minutes, bool) or minutes < 0:
        faults.append(("no_end_min", "is not a number of minutes", "write no_end_min = 60"))
    if not isinstance(account.options.get("introduce", False), bool):
        faults.append(("introduce", "is neither true nor false", "write introduce = true"))
    lines = account.options.get("ignore_lines", [])
    if not isinstance(lines, list | tuple) or not all(isinstance(one, str) for one in lines):
        mend = 'write ignore_lines = ["+74951234567"]'
        faults.append(("ignore_lines", "is not a list of numbers", mend))
    return faults
