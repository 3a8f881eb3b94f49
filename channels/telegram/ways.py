"""Telegram, asked and told: answers to clients, files behind their ids.

The format: https://core.telegram.org/bots/api#sendmessage, https://core.telegram.org/bots/api#getfile
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from channels.base import BLOCKED, NO_ACCESS, FetchedFile, Reply, TooLarge, Undelivered, Unfetchable, Way
from channels.calling import Answer, Caller, refusal
from channels.guard import Bounds, Guard
from channels.messages import Node, child, ident, number, text_of
from intake.account import Account
from intake.errors import LeadIntakeError, Unavailable
from intake.inquiry import Inquiry

API = "https://api.telegram.org"
_MEND = "copy the bot's token from @BotFather again"


def way_of(account: Account, bounds: Bounds) -> Way:
    """What a bot can be asked and told."""
    bot = TelegramWay(account, bounds)
    return Way(replies=bot, files=bot, close=bot.close)


class TelegramWay:
    """`channels.base.Replies` and `Files` of a bot. Telegram knows no message again: one sent twice arrives twice."""

    repeatable = False

    def __init__(self, account: Account, bounds: Bounds) -> None:
        self._caller = Caller(account, "Telegram", API)
        self._token = account.option("token")
        self._guard = Guard((self._caller.api,), self._caller.proxy, bounds)

    async def close(self) -> None:
        """Close its connections."""
        await self._caller.close()

    async def send(self, reply: Reply) -> str:
        """As the protocol says: into the dialog, or under the client's message in a group."""
        fields, (chat, _, member) = reply.inquiry.fields, reply.inquiry.thread.partition(":")
        asked: dict[str, Any] = {
            "chat_id": chat,
            "text": reply.text,
            "link_preview_options": {"is_disabled": True},
        }
        if through := fields.get("business_connection_id"):
            asked["business_connection_id"] = through
        if member and (beneath := fields.get("message_id", "")).isdigit():
            asked["reply_parameters"] = {"message_id": int(beneath), "allow_sending_without_reply": True}
        if reply.asks_contact and not member and not through:
            button = {"text": reply.asks_contact, "request_contact": True}
            asked["reply_markup"] = {
                "keyboard": [[button]],
                "resize_keyboard": True,
                "one_time_keyboard": True,
            }
        return ident(await self._ask("sendMessage", asked), "message_id")

    async def file(self, inquiry: Inquiry, where: str) -> FetchedFile:  # noqa: ARG002 - the id says it all
        """As the protocol says; `where` is a file's id."""
        try:
            told = await self._ask("getFile", {"file_id": where})
        except Undelivered as refused:
            if "too big" in str(refused).lower():
                raise TooLarge from None
            raise Unfetchable(str(refused)) from None
        if number(told, "file_size") > self._guard.bounds.most_bytes:
            raise TooLarge
        path = text_of(told, "file_path")
        if not path or path.startswith("/"):
            raise Unfetchable("the Bot API server keeps the file on its own disk")
        return await self._guard.get(f"{self._caller.api}/file/bot{self._token}/{quote(path)}")

    async def _ask(self, method: str, asked: Node) -> Node:
        answer = await self._caller.call("POST", f"/bot{self._token}/{method}", json=asked)
        if answer.status != 200 or answer.tree.get("ok") is not True:
            raise _refusal(answer)
        return child(answer.tree, "result")


def _refusal(answer: Answer) -> LeadIntakeError:
    said = text_of(answer.tree, "description")
    wait = number(child(answer.tree, "parameters"), "retry_after")
    if wait or answer.status == 429:
        return Unavailable("Telegram asks to wait", after=float(wait or 5))
    if answer.status == 403:
        return Undelivered(f"the client has blocked the bot ({said[:100]})", BLOCKED)
    if answer.status == 404 and not said.startswith("Bad"):
        return Undelivered(f"Telegram does not know the bot's token: {_MEND}", NO_ACCESS)
    return refusal("Telegram", answer, said, _MEND)
