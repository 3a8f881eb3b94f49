"""Stand-ins for the APIs of VK, MAX, Telegram (the clients' bot), Wazzup, Avito, WhatsApp and Meta's lead forms.

Each speaks the documented protocol as far as we use it, and misbehaves on demand."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

TOKEN = "100:demo-secret"


@dataclass(frozen=True)
class Asked:
    """One request: the method, the path, what it said (query, form or JSON), its headers."""

    verb: str
    path: str
    said: Mapping[str, Any]
    headers: Mapping[str, str]


Fault = Callable[[Asked], Awaitable[web.StreamResponse | None]]


def answers(status: int, tree: Any = None, **headers: str) -> Fault:
    """A fault: that answer instead."""

    async def fault(asked: Asked) -> web.StreamResponse:
        if isinstance(tree, bytes):
            return web.Response(status=status, body=tree, headers=headers)
        return web.json_response(tree or {}, status=status, headers=headers)

    return fault


async def silence(asked: Asked) -> None:
    """A fault: taken, carried out, and then no answer for longer than anybody waits."""


class Providers:
    """`async with Providers() as there`: all of them on `there.url`; `there.asked` is what they were asked.

    `faults` are what happens to the next requests, in order, None meaning nothing; `late` holds after a `silence`.
    """

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.faults: deque[Fault | None] = deque()
        self.files: dict[str, bytes] = {"a.jpg": b"\xff\xd8 a picture", "voice.ogg": b"OggS a voice"}
        self.people: dict[str, str] = {"8080": "Иван Петров"}
        self.sent: list[tuple[str, str, str]] = []
        """(provider, to whom, what), each message once however often it was sent under its key."""
        self.lead: dict[str, Any] = {
            "id": "700",
            "created_time": "2026-11-22T10:00:00+0000",
            "form_id": "55",
            "field_data": [
                {"name": "full_name", "values": ["Иван Петров"]},
                {"name": "phone_number", "values": ["+79162073155"]},
            ],
        }
        self._keys: set[str] = set()

    async def __aenter__(self) -> Providers:
        app = web.Application(client_max_size=30_000_000)
        app.router.add_route("*", "/{rest:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def calls(self, part: str) -> list[Asked]:
        """The requests whose path holds that."""
        return [one for one in self.asked if part in one.path]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        said: dict[str, Any] = dict(request.query)
        if request.content_type == "application/json" and request.can_read_body:
            said |= await request.json()
        elif request.can_read_body:
            said |= dict(await request.post())
        asked = Asked(request.method, request.path, said, dict(request.headers))
        self.asked.append(asked)
        fault = self.faults.popleft() if self.faults else None
        if fault is not None and fault is not silence:
            answered = await fault(asked)
            if answered is not None:
                return answered
        answer = self._answer(asked)
        if fault is silence:
            await asyncio.sleep(30)
        return answer

    def _answer(self, asked: Asked) -> web.StreamResponse:
        parts = asked.path.strip("/").split("/")
        if parts[0] == "files" or parts[:2] == ["file", f"bot{TOKEN}"]:
            content = self.files.get(parts[-1])
            return web.Response(body=content) if content else web.Response(status=404)
        for mark, answer in _ROUTES:
            if mark in asked.path:
                return web.json_response(answer(self, asked))
        return web.json_response({}, status=404)

    def _take(self, who: str, to: object, text: object, key: object = None) -> None:
        if key is not None and str(key) in self._keys:
            return
        self._keys.add(str(key))
        self.sent.append((who, str(to), str(text)))


def _vk_users(there: Providers, asked: Asked) -> Any:
    names = ((one, there.people.get(one, "")) for one in asked.said["user_ids"].split(","))
    return {
        "response": [
            {"id": int(one), "first_name": name.partition(" ")[0], "last_name": name.partition(" ")[2]}
            for one, name in names
        ]
    }


def _vk_send(there: Providers, asked: Asked) -> Any:
    there._take("vk", asked.said["peer_id"], asked.said["message"], asked.said["random_id"])
    return {"response": 41}


def _telegram_send(there: Providers, asked: Asked) -> Any:
    there._take("telegram", asked.said["chat_id"], asked.said["text"], f"telegram{len(there.asked)}")
    return {"ok": True, "result": {"message_id": 42, "chat": {"id": asked.said["chat_id"]}}}


def _telegram_file(there: Providers, asked: Asked) -> Any:
    return {"ok": True, "result": {"file_id": asked.said["file_id"], "file_path": "photos/a.jpg"}}


def _max_send(there: Providers, asked: Asked) -> Any:
    there._take("max", asked.said.get("chat_id"), asked.said["text"], f"max{len(there.asked)}")
    return {"message": {"body": {"mid": "mid.42"}}}


def _wazzup_send(there: Providers, asked: Asked) -> Any:
    there._take("wazzup", asked.said["chatId"], asked.said["text"], asked.said["crmMessageId"])
    return {"messageId": "w42"}


def _avito_chat(there: Providers, asked: Asked) -> Any:
    if asked.verb == "POST":
        there._take("avito", asked.path.split("/")[-2], asked.said["message"]["text"], f"a{len(there.asked)}")
        return {"id": "a42"}
    return {"users": [{"id": int(one), "name": name} for one, name in there.people.items()]}


def _whatsapp_send(there: Providers, asked: Asked) -> Any:
    there._take("whatsapp", asked.said["to"], asked.said["text"]["body"], f"wa{len(there.asked)}")
    return {"messages": [{"id": "wamid.42"}]}


def _facebook_send(there: Providers, asked: Asked) -> Any:
    there._take(
        "facebook", asked.said["recipient"]["id"], asked.said["message"]["text"], f"f{len(there.asked)}"
    )
    return {"message_id": "mid.f42"}


_ROUTES: tuple[tuple[str, Callable[[Providers, Asked], Any]], ...] = (
    ("/method/users.get", _vk_users),
    ("/method/messages.send", _vk_send),
    (f"/bot{TOKEN}/sendMessage", _telegram_send),
    (f"/bot{TOKEN}/getFile", _telegram_file),
    ("/v3/message", _wazzup_send),
    ("/messenger/v", _avito_chat),
    ("/token", lambda _, __: {"access_token": "demo-secret-1", "expires_in": 86400}),
    ("/12345/messages", _whatsapp_send),
    ("/media77", lambda there, _: {"url": f"{there.url}/files/a.jpg", "file_size": 14}),
    ("/me/messages", _facebook_send),
    ("/messages", _max_send),
    ("/8080", lambda there, _: {"name": there.people["8080"]}),
    ("/700", lambda there, _: there.lead),
)
