"""Wazzup24, told: answers to clients; files lie at addresses that Wazzup names.

The format: https://wazzup24.ru/help/api-ru/otpravka-soobshhenij/
"""

from __future__ import annotations

from channels.base import NO_ACCESS, FetchedFile, Reply, Undelivered, Way
from channels.calling import Answer, Caller, refusal
from channels.guard import Bounds, Guard
from channels.messages import ident, text_of
from intake.account import Account
from intake.errors import LeadIntakeError
from intake.inquiry import Inquiry

API = "https://api.wazzup24.com"
_MEND = "copy the API key from Wazzup's settings again"


def way_of(account: Account, bounds: Bounds) -> Way:
    """What an account can be told; without an API key only files can be fetched."""
    wazzup = WazzupWay(account, bounds)
    replies = wazzup if account.option("token") else None
    return Way(replies=replies, files=wazzup, close=wazzup.close)


class WazzupWay:
    """`channels.base.Replies` and `Files` of an account."""

    repeatable = True

    def __init__(self, account: Account, bounds: Bounds) -> None:
        self._caller = Caller(account, "Wazzup", API)
        self._headers = {"Authorization": f"Bearer {account.option('token')}"}
        self._guard = Guard((self._caller.api,), self._caller.proxy, bounds)

    async def close(self) -> None:
        """Close its connections."""
        await self._caller.close()

    async def send(self, reply: Reply) -> str:
        """As the protocol says: Wazzup knows a message again by our id of it."""
        fields, (chat, _, _) = reply.inquiry.fields, reply.inquiry.thread.partition(":")
        said = {
            "channelId": fields.get("channel_id", ""),
            "chatType": fields.get("chat_type", ""),
            "chatId": chat,
            "text": reply.text,
            "crmMessageId": reply.key,
        }
        answer = await self._caller.call("POST", "/v3/message", json=said, headers=self._headers)
        if answer.status in (200, 201):
            return ident(answer.tree, "messageId")
        if ident(answer.tree, "error") == "repeatedCrmMessageId":
            return ""  # it had gone before
        raise _refusal(answer)

    async def file(self, inquiry: Inquiry, where: str) -> FetchedFile:  # noqa: ARG002 - the address says it all
        """As the protocol says; `where` is an address."""
        return await self._guard.get(where)


def _refusal(answer: Answer) -> LeadIntakeError:
    word, said = ident(answer.tree, "error"), text_of(answer.tree, "description")
    if word in ("CHANNEL_NOT_FOUND", "CHANNEL_BLOCKED", "CHANNEL_NO_MONEY"):
        return Undelivered(f"Wazzup's channel does not work ({word}): look into Wazzup", NO_ACCESS)
    return refusal("Wazzup", answer, said or word, _MEND)
