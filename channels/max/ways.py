"""MAX, asked and told: answers to clients, files at their addresses.

The format: https://dev.max.ru/docs-api/methods/POST/messages
"""

from __future__ import annotations

from typing import Any

from channels.base import BLOCKED, FetchedFile, Reply, Undelivered, Unfetchable, Way
from channels.calling import Answer, Caller, refusal
from channels.guard import Bounds, Guard
from channels.messages import child, ident, text_of
from intake.account import Account
from intake.errors import LeadIntakeError
from intake.inquiry import Inquiry

API = "https://platform-api2.max.ru"
_MEND = "copy the bot's token from the platform for partners again"
_GONE = ("chat.denied", "dialog.suspended", "chat.not.found", "user.not.found", "dialog.not.found")


def way_of(account: Account, bounds: Bounds) -> Way:
    """What a bot can be asked and told."""
    bot = MaxWay(account, bounds)
    return Way(replies=bot, files=bot, close=bot.close)


class MaxApi:
    """A bot's methods."""

    def __init__(self, account: Account, timeout_s: float | None = None) -> None:
        self.caller = Caller(account, "MAX", API, timeout_s)
        # no Bearer: the token stands alone
        self._headers = {"Authorization": account.option("token")}

    async def ask(
        self, method: str, path: str, *, json: Any = None, timeout_s: float | None = None, **query: str
    ) -> Answer:
        """A good answer. Raises Undelivered, Unavailable, Unsure."""
        answer = await self.caller.call(
            method, path, query=query, json=json, headers=self._headers, timeout_s=timeout_s
        )
        if answer.status != 200:
            raise refused(answer)
        return answer


class MaxWay:
    """`channels.base.Replies` and `Files` of a bot. MAX knows no message again: one sent twice arrives twice."""

    repeatable = False

    def __init__(self, account: Account, bounds: Bounds) -> None:
        self._api = MaxApi(account)
        self._guard = Guard((self._api.caller.api,), self._api.caller.proxy, bounds, self._api.caller.ca_file)

    async def close(self) -> None:
        """Close its connections."""
        await self._api.caller.close()

    async def send(self, reply: Reply) -> str:
        """As the protocol says."""
        chat, _, member = reply.inquiry.thread.partition(":")
        said: dict[str, Any] = {"text": reply.text}
        if member and (beneath := reply.inquiry.fields.get("message_id")):
            said["link"] = {"type": "reply", "mid": beneath}
        if reply.asks_contact and not member:
            button = {"type": "request_contact", "text": reply.asks_contact}
            said["attachments"] = [{"type": "inline_keyboard", "payload": {"buttons": [[button]]}}]
        sent = await self._api.ask("POST", "/messages", json=said, chat_id=chat)
        return ident(child(sent.tree, "message", "body"), "mid")

    async def file(self, inquiry: Inquiry, where: str) -> FetchedFile:  # noqa: ARG002 - the address says it all
        """As the protocol says; `where` is an address, of some files only a token."""
        if "://" not in where:
            raise Unfetchable("MAX told no address of it")
        return await self._guard.get(where)


def refused(answer: Answer) -> LeadIntakeError:
    """What a refusal means: by the error's own word, else by the status."""
    word, said = ident(answer.tree, "code"), text_of(answer.tree, "message")
    if word in _GONE:
        return Undelivered(f"the client has stopped the bot ({word})", BLOCKED)
    return refusal("MAX", answer, said or word, _MEND)
