"""Facebook Messenger and Instagram, asked and told: names of those who write, answers to them, files.

The format: https://developers.facebook.com/docs/messenger-platform/reference/send-api
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from channels.base import BLOCKED, NO_ACCESS, TOO_LATE, FetchedFile, Reply, Undelivered, Unfetchable, Way
from channels.calling import Answer, Caller, refusal
from channels.guard import Bounds, Guard
from channels.messages import child, ident, name_of, number, text_of
from intake.account import Account
from intake.errors import LeadIntakeError, Unavailable
from intake.inquiry import Inquiry

API = "https://graph.facebook.com/v23.0"
_MEND = "make a new token of the page"
_WAITS = frozenset((1, 2, 4, 17, 32, 613))
_OUTSIDE_THE_WINDOW = 2018278
_NOT_THERE = 551


def way_of(account: Account, bounds: Bounds) -> Way:
    """What a page can be asked and told; without a token only files can be fetched."""
    page = FacebookWay(account, bounds)
    known = page if account.option("token") else None
    return Way(replies=known, names=known, files=page, close=page.close)


class FacebookWay:
    """`channels.base.Replies`, `Names` and `Files` of a page. One sent twice arrives twice."""

    repeatable = False
    at_once = 1

    def __init__(self, account: Account, bounds: Bounds) -> None:
        self._caller = Caller(account, "Meta", API)
        self._headers = {"Authorization": f"Bearer {account.option('token')}"}
        self._guard = Guard((self._caller.api,), self._caller.proxy, bounds)

    async def close(self) -> None:
        """Close its connections."""
        await self._caller.close()

    async def send(self, reply: Reply) -> str:
        """As the protocol says; after 24 hours of the client's silence Meta takes no more."""
        said = {
            "recipient": {"id": reply.inquiry.thread},
            "messaging_type": "RESPONSE",
            "message": {"text": reply.text},
        }
        answer = await self._caller.call("POST", "/me/messages", json=said, headers=self._headers)
        if answer.status != 200:
            raise _refusal(answer)
        return ident(answer.tree, "message_id")

    async def names(self, inquiries: Sequence[Inquiry]) -> Mapping[str, str]:
        """As the protocol says, one by one."""
        found = {}
        for one in inquiries:
            user = next(iter(one.sender.handles.values()), "")
            answer = await self._caller.call(
                "GET", f"/{quote(user, safe='')}", query={"fields": "name"}, headers=self._headers
            )
            if answer.status != 200:
                error = _refusal(answer)
                raise Unfetchable(str(error)) if isinstance(error, Undelivered) else error
            if name := name_of(text_of(answer.tree, "name")):
                found[one.id] = name
        return found

    async def file(self, inquiry: Inquiry, where: str) -> FetchedFile:  # noqa: ARG002 - the address says it all
        """As the protocol says; `where` is an address."""
        if "://" not in where:
            raise Unfetchable("Meta told no address of it")
        return await self._guard.get(where)


def _refusal(answer: Answer) -> LeadIntakeError:
    error = child(answer.tree, "error")
    code, said = number(error, "code"), text_of(error, "message")[:200]
    if number(error, "error_subcode") == _OUTSIDE_THE_WINDOW:
        return Undelivered(f"more than 24 hours since the client wrote ({said})", TOO_LATE)
    if code == _NOT_THERE:
        return Undelivered(f"the client takes no messages ({said})", BLOCKED)
    if code in _WAITS:
        return Unavailable(f"Meta asks to wait ({said})", after=answer.after or 10.0)
    if code == 190:
        return Undelivered(f"Meta refuses our token ({said}): {_MEND}", NO_ACCESS)
    return refusal("Meta", answer, said, _MEND)
