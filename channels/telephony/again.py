"""Reading an exchange's list of calls again: each call as the event that would have told of its end.

What the list says is put into the exchange's own words for such an event, so that it is understood in one place and
the journal knows again what came by itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import orjson

from channels.base import Channel, HttpCall, Past
from channels.calling import Answer, Caller
from channels.telephony.wire import Local, local_of
from intake.account import Account, Company
from intake.clock import Millis, to_datetime
from intake.errors import ConfigFault, Unavailable

DAY_MS = 86_400_000
_BATCH = 100
_FORM = (("content-type", "application/x-www-form-urlencoded"),)
_JSON = (("content-type", "application/json"),)


@dataclass(frozen=True, slots=True)
class Listed:
    """A call of the list: when it began, and the request that would have told of it."""

    at: Millis
    call: HttpCall


class CallsAgain(ABC):
    """`channels.base.BackFill` for an exchange, a day at a time. The list's times are those of the account's
    `timezone`."""

    name: ClassVar[str]
    """The provider's, for messages."""
    api: ClassVar[str] = ""

    def __init__(self, account: Account, channel: Channel) -> None:
        self.account = account
        self.local: Local = local_of(account, Company())
        self._channel = channel

    async def read(self, since: Millis, until: Millis) -> AsyncIterator[Sequence[Past]]:
        """As the protocol says."""
        caller = Caller(self.account, self.name, self.api)
        try:
            for begin in range(since, until + 1, DAY_MS):
                end = min(begin + DAY_MS - 1, until)
                listed = [one for one in await self.calls(caller, begin, end) if begin <= one.at <= end]
                listed.sort(key=lambda one: one.at)
                for at in range(0, len(listed), _BATCH):
                    yield [past for one in listed[at : at + _BATCH] for past in self._past(one)]
        finally:
            await caller.close()

    @abstractmethod
    async def calls(self, caller: Caller, since: Millis, until: Millis) -> Sequence[Listed]:
        """The calls of a day or less; those of other times may be among them. Raises Unavailable."""

    def _past(self, one: Listed) -> list[Past]:
        webhook = self._channel.webhook
        if webhook is None:
            return []
        raws = webhook.hear(one.call, self.account).raws(one.call, self.account)
        return [Past(one.at, raw) for raw in raws]


def needed(account: Account, option: str, why: str) -> str:
    """An option without which nothing can be read again. Raises ConfigFault."""
    value = account.option(option)
    if not value:
        raise ConfigFault(f"account {account.id}: set {option} - {why} - to read its calls again")
    return value


def posted(fields: Mapping[str, str], path: str = "") -> HttpCall:
    """An event as a form."""
    return HttpCall("POST", path, "", _FORM, urlencode(fields).encode())


def posted_json(tree: Mapping[str, object], path: str = "") -> HttpCall:
    """An event as JSON."""
    return HttpCall("POST", path, "", _JSON, orjson.dumps(tree))


def accepted(name: str, answer: Answer) -> Answer:
    """The answer, when it is a good one. Raises Unavailable, ConfigFault for a key that is refused."""
    if answer.status in (401, 403):
        raise ConfigFault(f"{name} refuses our key ({answer.status}): make a new one in its cabinet")
    if answer.status == 429:
        raise Unavailable(f"{name} asks to wait", after=answer.after or 60.0)
    if answer.status >= 300:
        raise Unavailable(f"{name} answers {answer.status}", after=answer.after)
    return answer


def table(name: str, body: bytes, separator: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """A list of calls in lines of columns, without a heading. Raises Unavailable for what is no such list."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unavailable(f"{name} answers with no list of calls") from None
    rows = []
    for line in text.splitlines():
        cells = [cell.strip().strip('"') for cell in line.split(separator)]
        if len(cells) < len(columns) - 1:
            continue  # an empty line, or an older exchange's footer
        rows.append(dict(zip(columns, cells, strict=False)))
    return rows


def written(at: Millis, zone: ZoneInfo) -> str:
    """An instant as the exchange's list takes it, in its own zone: `2026-11-22 10:00:00`."""
    return f"{to_datetime(at).astimezone(zone):%Y-%m-%d %H:%M:%S}"
