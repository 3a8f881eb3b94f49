"""The WhatsApp Cloud API, asked and told: answers to clients, files behind their ids.

The format: https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages
"""

from __future__ import annotations

from channels.base import NO_ACCESS, TOO_LATE, FetchedFile, Reply, TooLarge, Undelivered, Unfetchable, Way
from channels.calling import Answer, Caller, refusal
from channels.guard import Bounds, Guard
from channels.messages import child, children, ident, number, text_of
from intake.account import Account
from intake.errors import LeadIntakeError, Unavailable
from intake.inquiry import Inquiry

API = "https://graph.facebook.com/v23.0"
_MEND = "make a new access token of a system user"
_WINDOW = 131047
_WAITS = frozenset((4, 80007, 130429, 131056, 131048))


def way_of(account: Account, bounds: Bounds) -> Way:
    """What a number can be asked and told."""
    number_ = WhatsAppWay(account, bounds)
    return Way(replies=number_, files=number_, close=number_.close)


class WhatsAppWay:
    """`channels.base.Replies` and `Files` of a number. One sent twice arrives twice."""

    repeatable = False

    def __init__(self, account: Account, bounds: Bounds) -> None:
        self._caller = Caller(account, "WhatsApp", API)
        self._headers = {"Authorization": f"Bearer {account.option('token')}"}
        self._guard = Guard((self._caller.api,), self._caller.proxy, bounds)

    async def close(self) -> None:
        """Close its connections."""
        await self._caller.close()

    async def send(self, reply: Reply) -> str:
        """As the protocol says. After 24 hours of the client's silence WhatsApp takes templates only."""
        line = reply.inquiry.fields.get("phone_number_id", "")
        if not line:
            raise Undelivered("the message did not tell which of our numbers it came to")
        said = {"messaging_product": "whatsapp", "recipient_type": "individual", "type": "text"}
        to = reply.inquiry.sender.handles.get("whatsapp", "")
        whom = {"to": to} if to.isdigit() else {"recipient": to}
        text = {"preview_url": False, "body": reply.text}
        answer = await self._caller.call(
            "POST", f"/{line}/messages", json={**said, **whom, "text": text}, headers=self._headers
        )
        if answer.status != 200:
            raise _refusal(answer)
        return ident(next(iter(children(answer.tree, "messages")), {}), "id")

    async def file(self, inquiry: Inquiry, where: str) -> FetchedFile:  # noqa: ARG002 - the id says it all
        """As the protocol says; `where` is a media id, whose address lives for minutes."""
        answer = await self._caller.call("GET", f"/{where}", headers=self._headers)
        if answer.status != 200:
            error = _refusal(answer)
            raise Unfetchable(str(error)) if isinstance(error, Undelivered) else error
        if number(answer.tree, "file_size") > self._guard.bounds.most_bytes:
            raise TooLarge
        return await self._guard.get(text_of(answer.tree, "url"), self._headers)


def _refusal(answer: Answer) -> LeadIntakeError:
    error = child(answer.tree, "error")
    code, said = number(error, "code"), text_of(error, "message")[:200]
    if code == _WINDOW:
        return Undelivered(
            "more than 24 hours since the client wrote: WhatsApp takes no free words any more", TOO_LATE
        )
    if code in _WAITS:
        return Unavailable(f"WhatsApp asks to wait ({said})", after=answer.after or 10.0)
    if code == 190:
        return Undelivered(f"WhatsApp refuses our token ({said}): {_MEND}", NO_ACCESS)
    return refusal("WhatsApp", answer, said, _MEND)
