"""Avito, asked and told: names of those who write, answers to them, pictures and voice.

The format: https://developers.avito.ru/api-catalog/messenger/documentation
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from channels.base import NO_ACCESS, FetchedFile, Reply, Undelivered, Unfetchable, Way
from channels.calling import Answer, Caller, refusal
from channels.guard import Bounds, Guard
from channels.messages import child, children, ident, name_of, number, text_of
from intake.account import Account
from intake.inquiry import Inquiry

API = "https://api.avito.ru"
_MEND = "copy client_id and client_secret from Avito's page for developers again"
_EARLY_S = 60.0


def way_of(account: Account, bounds: Bounds) -> Way:
    """What an account can be asked and told."""
    avito = AvitoWay(account, bounds)
    return Way(replies=avito, names=avito, files=avito, close=avito.close)


class AvitoWay:
    """`channels.base.Replies`, `Names` and `Files` of an account. One sent twice arrives twice."""

    repeatable = False
    at_once = 1

    def __init__(self, account: Account, bounds: Bounds) -> None:
        self._caller = Caller(account, "Avito", API)
        self._client = {
            "client_id": account.option("client_id"),
            "client_secret": account.option("client_secret"),
        }
        self._guard = Guard((self._caller.api,), self._caller.proxy, bounds)
        self._token = ""
        self._until = 0.0
        self._asking = asyncio.Lock()

    async def close(self) -> None:
        """Close its connections."""
        await self._caller.close()

    async def send(self, reply: Reply) -> str:
        """As the protocol says."""
        us, chat = reply.inquiry.fields.get("our_id", ""), reply.inquiry.thread
        if not us:
            raise Undelivered("the message did not tell which of our accounts it came to")
        said = {"type": "text", "message": {"text": reply.text}}
        path = f"/messenger/v1/accounts/{quote(us, safe='')}/chats/{quote(chat, safe='')}/messages"
        return ident((await self._ask("POST", path, json=said)).tree, "id")

    async def names(self, inquiries: Sequence[Inquiry]) -> Mapping[str, str]:
        """As the protocol says: a chat tells who takes part in it."""
        found = {}
        for one in inquiries:
            us, who = one.fields.get("our_id", ""), one.sender.handles.get("avito", "")
            if not us or not who:
                continue
            path = f"/messenger/v2/accounts/{quote(us, safe='')}/chats/{quote(one.thread, safe='')}"
            try:
                chat = (await self._ask("GET", path)).tree
            except Undelivered as refused:
                raise Unfetchable(str(refused)) from None
            names = (text_of(user, "name") for user in children(chat, "users") if ident(user, "id") == who)
            if name := name_of(next(names, "")):
                found[one.id] = name
        return found

    async def file(self, inquiry: Inquiry, where: str) -> FetchedFile:
        """As the protocol says; `where` is an address, of a voice message its id."""
        if "://" in where:
            return await self._guard.get(where)
        us = inquiry.fields.get("our_id", "")
        path = f"/messenger/v1/accounts/{quote(us, safe='')}/getVoiceFiles"
        try:
            told = (await self._ask("GET", path, voice_ids=where)).tree
        except Undelivered as refused:
            raise Unfetchable(str(refused)) from None
        url = text_of(child(told, "voices_urls"), where)
        if not url:
            raise Unfetchable("Avito told no address of it")
        return await self._guard.get(url)

    async def _ask(self, method: str, path: str, *, json: Any = None, **query: str) -> Answer:
        for fresh in (False, True):
            headers = {"Authorization": f"Bearer {await self._signed_in(fresh=fresh)}"}
            answer = await self._caller.call(method, path, json=json, query=query, headers=headers)
            if answer.status != 401:
                break  # a token may end before its time: then once more with a new one
        if answer.status not in (200, 201):
            said = text_of(child(answer.tree, "error"), "message") or text_of(answer.tree, "message")
            raise refusal("Avito", answer, said, _MEND)
        return answer

    async def _signed_in(self, *, fresh: bool) -> str:
        """A token that holds, one question for all who wait for it."""
        async with self._asking:
            now = asyncio.get_running_loop().time()
            if fresh or not self._token or now >= self._until:
                form = {"grant_type": "client_credentials", **self._client}
                answer = await self._caller.call("POST", "/token", form=form)
                self._token = text_of(answer.tree, "access_token")
                if not self._token:
                    said = text_of(answer.tree, "error_description") or ident(answer.tree, "error")
                    if answer.status < 500 and answer.status != 429:
                        raise Undelivered(f"Avito does not sign us in ({said[:100]}): {_MEND}", NO_ACCESS)
                    raise refusal("Avito", answer, said, _MEND)
                self._until = now + max(number(answer.tree, "expires_in") - _EARLY_S, 0)
            return self._token
