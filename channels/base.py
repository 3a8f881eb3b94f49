"""What a channel is: HttpCall -> Heard at the door, Raw -> Parsed in the worker. No web framework in sight."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl

from intake.account import Account, Company
from intake.clock import Clock, Millis
from intake.errors import LeadIntakeError, Unavailable
from intake.inquiry import Inquiry, NewRaw, Parsed, Raw
from intake.ports import Cursors, Door, HealthReport

RECEIPT = "{receipt}"
"""Stands in a reply's body or Location where the web face puts the first event's receipt."""


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One HTTP request as it came. `path` is what follows `/in/<account>` (without the leading slash
    and without a secret segment); header names are lower case, in order, repeats kept."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    remote: str = ""

    def header(self, name: str) -> str:
        """The first header of that (lower-case) name, or ""."""
        for key, value in self.headers:  # a plain loop: this runs several times a request
            if key == name:
                return value
        return ""

    def query_pairs(self) -> list[tuple[str, str]]:
        """The query string as name-value pairs."""
        return parse_qsl(self.query, keep_blank_values=True)

    def head(self) -> dict[str, Any]:
        """What the journal keeps beside the body."""
        return {
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": [list(pair) for pair in self.headers],
            "remote": self.remote,
        }

    @classmethod
    def of_raw(cls, raw: Raw) -> HttpCall:
        """The request that a raw event was."""
        head = raw.head
        headers = tuple((str(name), str(value)) for name, value in head.get("headers", ()))
        return cls(
            method=str(head.get("method", "POST")),
            path=str(head.get("path", "")),
            query=str(head.get("query", "")),
            headers=headers,
            body=raw.body,
            remote=str(head.get("remote", "")),
        )


@dataclass(frozen=True, slots=True)
class HttpReply:
    """The answer the sender expects. `body` and header values may hold RECEIPT."""

    status: int = 200
    body: str = ""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/plain; charset=utf-8"),)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing a request tells of. `external_id`, `group`, `part`, `content_key` and `joins` as in NewRaw."""

    external_id: str = ""
    group: str = ""
    part: int = 0
    content_key: str = ""
    joins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who the ledger says is calling: the client's name, and the extension of the owner if that is on shift."""

    name: str = ""
    extension: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the door understood: the events to journal and the answer to give once they are on disk.
    No events: a handshake or something not for us, answered and forgotten, with the `reason`.

    `question` is the number that an exchange asks about while its caller waits - who is it, whom to ring - as
    the exchange writes it; whoever knows the ledger answers it with the kind's `introduce`. `reply` is what is
    said when nobody knows, or not in time."""

    reply: HttpReply
    events: tuple[Event, ...] = ()
    reason: str = ""
    question: str = ""

    def raws(self, call: HttpCall, account: Account) -> list[NewRaw]:
        """The events as the journal takes them."""
        head = call.head()
        return [
            NewRaw(
                account=account.id,
                channel=account.kind,
                body=call.body,
                head=head,
                external_id=event.external_id,
                group=event.group,
                part=event.part,
                content_key=event.content_key,
                joins=event.joins,
            )
            for event in self.events
        ]


class Webhook(Protocol):
    """A kind that is told by HTTP. All methods are pure: no clock, no network, no store. The web face
    calls verify, then hear; `lead-intake parse` without an account calls hear alone."""

    def verify(self, call: HttpCall, account: Account) -> None:
        """Check the secret or signature over the raw bytes, in constant time. Raises Refused (401, 403).
        A handshake that carries no secret passes."""
        ...

    def hear(self, call: HttpCall, account: Account) -> Heard:
        """Name the events of a verified call, and the answer to give. Raises Refused for a malformed one
        (400, 413) of our own kinds; must not depend on the account's secret being set."""
        ...

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        """What the raw event means. Raises Unreadable; an unknown word of the provider never raises."""
        ...


class Parser(Protocol):
    """The worker's half of a kind that is read from a stream (a mailbox, a long poll)."""

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        """As Webhook.parse."""
        ...


@dataclass(frozen=True, slots=True)
class Listening:
    """What a stream is given to listen with. `report` tells how the source does and returns when it is noted;
    `most_bytes` is the size above which only the head of an event is kept."""

    account: Account
    door: Door
    cursors: Cursors
    clock: Clock
    report: Callable[[HealthReport], Awaitable[None]]
    most_bytes: int = 25 * 1_048_576


class Stream(Protocol):
    """A kind that is listened to: a mailbox, a long poll, a PBX's socket. One instance an account, kept over
    its restarts."""

    async def listen(self, listening: Listening) -> None:
        """Read the source until cancelled: what is new goes through the door together with its cursor, and
        is confirmed to the source only after that. Returns or raises LeadIntakeError when the source is gone;
        it is then called again, after a back-off of at least the error's `after` seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Condition:
    """What a source answered when it was asked how it does. `said` is for people, in English; `backlog` counts
    what waits there for us, `expires` says when a `token`, a `subscription` or a `certificate` ends. What does
    not work is told by raising LeadIntakeError with its mend; what works but not as it should (an address that
    the provider cannot reach) is `trouble`."""

    said: str
    trouble: str = ""
    backlog: int | None = None
    expires: Mapping[str, Millis] = field(default_factory=dict)


Probe = Callable[[Account, Company], Awaitable[Condition]]
"""Asks an account's source how it does: signs in, looks, changes nothing. Raises LeadIntakeError in plain words."""


@dataclass(frozen=True, slots=True)
class Past:
    """An event of the past as the door takes it, and when it happened, by the source's clock."""

    at: Millis
    raw: NewRaw


class BackFill(Protocol):
    """A source that can be asked again for what it told before: its call list, its folder, its history of leads."""

    def read(self, since: Millis, until: Millis) -> AsyncIterator[Sequence[Past]]:
        """The events of that time, oldest first, in batches small enough for one commit each.

        Each bears the ids that it had, or would have had, when it came by itself - the same `external_id`, or
        the same `group` - so that the journal knows it again; whoever reads decides what is history. Raises
        Unavailable when the source does not answer; reading again from the same date is always safe.
        """


@dataclass(frozen=True, slots=True)
class Reply:
    """What is written to a client. The `inquiry` it answers says where it goes; `key` recognises the message when it
    is sent once more, where the messenger can; `asks_contact` is the label of a button that sends the client's own
    contact, "" for none; a `robot` wrote it when nobody typed it."""

    inquiry: Inquiry
    text: str
    key: str
    asks_contact: str = ""
    robot: bool = False


NOT_TAKEN = "the messenger does not take the message"
BLOCKED = "the client has blocked us or closed the conversation"
NO_ACCESS = "our access to the messenger does not work: tell the administrator"
TOO_LATE = "too much time has passed since the client wrote: the messenger takes no more"
"""Why a message was not delivered, as a manager is told; translated where it is told."""


class Undelivered(LeadIntakeError):
    """The messenger will not take this message, however often it is sent. The message is for who runs the system,
    `phrase` (NOT_TAKEN, BLOCKED, ...) for the manager."""

    def __init__(self, message: str = "", phrase: str = NOT_TAKEN) -> None:
        super().__init__(message)
        self.phrase = phrase


class Unsure(Unavailable):
    """The messenger broke off: whether the message went is not known."""


class Replies(Protocol):
    """How an account writes to its clients; one instance an account. `repeatable` says that a message sent twice
    under one key arrives once."""

    repeatable: bool

    async def send(self, reply: Reply) -> str:
        """Send it; the messenger's id of the message, "" when it tells none. Raises Undelivered with the reason,
        Unsure, Unavailable (with `after` where the messenger says when)."""
        ...


class Unfetchable(LeadIntakeError):
    """This is not there to be fetched; asking again changes nothing."""


class TooLarge(Unfetchable):
    """The file is larger than we take."""


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A file: its bytes, and its media type as the server names it, "" when it does not."""

    content: bytes = field(repr=False)
    type: str = ""


class Names(Protocol):
    """How the names of senders are asked for. `at_once` is how many inquiries one question may be about."""

    at_once: int

    async def names(self, inquiries: Sequence[Inquiry]) -> Mapping[str, str]:
        """The senders' names, by inquiry id; those nobody knows are left out. Raises Unfetchable when the provider
        will not tell us, Unavailable."""
        ...


class Files(Protocol):
    """How the files that a message tells of are fetched."""

    async def file(self, inquiry: Inquiry, where: str) -> FetchedFile:
        """The file; `where` is what the inquiry's field `file_<n>` says. Raises Unfetchable, TooLarge, Unavailable."""
        ...


class Leads(Protocol):
    """How what a webhook told only the id of is asked for."""

    async def lead(self, inquiry: Inquiry) -> bytes:
        """The provider's own words, which the kind's parser reads as it reads a webhook's; the inquiry is as far
        known as the webhook told. Raises Unfetchable, Unavailable."""
        ...

    def untold(self, inquiry: Inquiry, reason: str) -> bytes:
        """What to read instead when nobody will ever tell, with the reason."""
        ...


@dataclass(frozen=True, slots=True)
class Way:
    """What can be asked of an account's provider, and told to it, beside what it tells us by itself."""

    replies: Replies | None = None
    names: Names | None = None
    files: Files | None = None
    leads: Leads | None = None
    close: Callable[[], Awaitable[None]] | None = None


NAME, FILES, LEAD = "name", "files", "lead"
"""What may be missing of an inquiry until it is fetched."""


@dataclass(frozen=True, slots=True)
class Need:
    """A setting a kind needs or knows: its `name` in the account's table, whether it is `required`, `why`
    in English and Russian (a short phrase each)."""

    name: str
    required: bool
    why: str
    why_ru: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A row of CHANNELS: the kind's name, how it is reached, what it needs.

    `webhook` hears HTTP; `parser` understands raw events (a webhook is its own parser); `check` returns
    the faults of an account's settings as (setting, fault, mend) triples. A `public` kind may be posted
    to by visitors' browsers: an account of it without a secret is limited by address. `repeats` says
    whether senders come again after a 503; for those who do not, the door may use its spool. `explain` tells
    whoever writes an account's settings what they found nothing for in a request, a line each. `introduce` is
    how the kind answers the `question` of a Heard. `unanswerable` tells why nothing can be written back to an
    inquiry of this kind, "" when it can be; a kind without it takes no answers. `lacks` tells what of an inquiry is
    to be fetched afterwards: some of NAME, FILES, LEAD; how, says `channels.ways`. `quiet` tells of an event that
    no robot may answer it. `proof_in_body` is the setting
    whose value each body carries as its proof: it is masked in what is kept.
    """

    kind: str
    title: str
    needs: tuple[Need, ...]
    parser: Parser
    webhook: Webhook | None = None
    check: Callable[[Account], Sequence[tuple[str, str, str]]] | None = None
    public: bool = False
    repeats: bool = True
    explain: Callable[[HttpCall, Account], Sequence[str]] | None = None
    introduce: Callable[[Caller, Account], HttpReply] | None = None
    proof_in_body: str = ""
    unanswerable: Callable[[Inquiry, Account], str] | None = None
    lacks: Callable[[Inquiry, Account], Sequence[str]] | None = None
    quiet: Callable[[Raw], bool] | None = None


def needs_by_name(channel: Channel) -> Mapping[str, Need]:
    """The channel's settings by name."""
    return {need.name: need for need in channel.needs}
