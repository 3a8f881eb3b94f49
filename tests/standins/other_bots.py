"""Stand-in servers of MAX and of VK for managers' bots: they check what the real ones check, and keep what each chat
shows. Their faces are those of `tests.standins.bot_api.BotApi`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "demo-secret"
GROUP = "77"


@dataclass
class Message:
    """A message as the chat shows it now. Buttons are those of the Bot API's shape: `text`, `callback_data`, `url`."""

    chat: str
    id: str
    text: str
    buttons: list[list[dict[str, Any]]]
    reply_to: str | None = None
    silent: bool = False
    edits: int = 0


@dataclass
class Call:
    """One request, in order."""

    method: str
    params: dict[str, Any]
    answered: bool = False


Fault = Callable[[str, dict[str, Any]], Awaitable[web.StreamResponse | None]]


class Refused(Exception):
    """What the server answers instead: a status and a body."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


@dataclass
class OtherBot:
    """What both servers keep. `fault` may answer in the server's stead; `blocked` take no messages."""

    fault: Fault | None = None
    blocked: set[str] = field(default_factory=set)
    calls: list[Call] = field(default_factory=list)
    messages: dict[str, dict[str, Message]] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    updates: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
    kind: str = ""
    _next: int = 100
    _queries: int = 0
    _pushed: asyncio.Event = field(default_factory=asyncio.Event)

    def chat(self, chat: str) -> list[Message]:
        """What the chat shows, top to bottom."""
        return list(self.messages.get(chat, {}).values())

    def toast(self, query: str) -> str | None:
        """What was shown over the screen after that press, None as long as nothing was."""
        return self.answers.get(query)

    async def until(self, hold: Callable[[], bool], timeout_s: float = 20.0) -> None:
        """Wait until something holds; fail when it does not come to hold."""
        end = time.monotonic() + timeout_s
        while not hold():
            assert time.monotonic() < end, f"did not come: {[one.method for one in self.calls]}"
            await asyncio.sleep(0.005)

    def add_to(self, app: web.Application) -> None:
        """Serve it in `app`."""
        raise NotImplementedError

    def under(self, chat: str, data: str) -> str:
        """The newest message of the chat that has such a button, "" for none."""
        found = [
            one.id
            for one in self.chat(chat)
            if any(b.get("callback_data") == data for row in one.buttons for b in row)
        ]
        return found[-1] if found else ""

    def show(self, chat: str, text: str, buttons: list[list[dict[str, Any]]], **more: Any) -> Message:
        """A new message."""
        if chat in self.blocked:
            raise Refused(*self.closed())
        self._next += 1
        shown = Message(
            chat, f"{self.kind}{self._next}" if self.kind == "max" else str(self._next), text, buttons, **more
        )
        self.messages.setdefault(chat, {})[shown.id] = shown
        return shown

    def closed(self) -> tuple[int, dict[str, Any]]:
        """How a blocked chat is told."""
        raise NotImplementedError

    def push(self, update: dict[str, Any]) -> str:
        """Something happened in a chat; a fresh id for it."""
        self.updates.append(update)
        self._pushed.set()
        return str(len(self.updates))

    async def wait(self, start: int, seconds: float) -> list[dict[str, Any]]:
        """What came after the first `start` ones, once there is something."""
        end = time.monotonic() + seconds
        while len(self.updates) <= start and (left := end - time.monotonic()) > 0:
            self._pushed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._pushed.wait(), left)
        return self.updates[start:]

    async def answered(
        self,
        request: web.Request,
        do: Callable[[str, dict[str, Any]], Awaitable[Any]],
        method: str,
        params: dict[str, Any],
    ) -> web.StreamResponse:
        """The flow of every call."""
        call = Call(method, params)
        self.calls.append(call)
        if self.fault is not None and (answer := await self.fault(method, params)) is not None:
            return answer
        try:
            body = await do(method, params)
        except Refused as refused:
            return web.json_response(refused.body, status=refused.status)
        call.answered = True
        return web.json_response(body)


@dataclass
class MaxApi(OtherBot):
    """MAX's Bot API."""

    kind: str = "max"

    def add_to(self, app: web.Application) -> None:
        """All below the root."""
        app.router.add_route("*", "/{path:.*}", self.handle)

    def closed(self) -> tuple[int, dict[str, Any]]:
        """As the server tells it."""
        return 403, {"code": "chat.denied", "message": "the dialog is suspended"}

    def press(self, by: str, data: str, chat: str = "") -> str:
        """Somebody presses; the callback's id."""
        self._queries += 1
        query, where = f"callback-{self._queries}", chat or by
        kind = "chat" if where.startswith("-") else "dialog"
        recipient = {
            "chat_id": int(where) if kind == "chat" else 5_000_000_000_000_000_000,
            "chat_type": kind,
        }
        message = {"recipient": recipient, "body": {"mid": self.under(where, data), "seq": 1, "text": ""}}
        callback = {"timestamp": 1, "callback_id": query, "payload": data, "user": _max_user(by)}
        self.push(
            {"update_type": "message_callback", "timestamp": 1, "callback": callback, "message": message}
        )
        return query

    def write(self, by: str, text: str, reply_to: str = "") -> None:
        """Somebody writes a line to the bot alone; `/start secret` is a link that was followed."""
        if text.startswith("/start "):
            started = {"chat_id": 9, "user": _max_user(by), "payload": text.removeprefix("/start ")}
            self.push({"update_type": "bot_started", "timestamp": 1} | started)
            return
        message: dict[str, Any] = {
            "sender": _max_user(by),
            "recipient": {"chat_id": 9, "chat_type": "dialog", "user_id": 1},
            "body": {"mid": f"in{len(self.updates)}", "seq": 1, "text": text},
        }
        if reply_to:
            message["link"] = {"type": "reply", "message": {"mid": reply_to}}
        self.push({"update_type": "message_created", "timestamp": 1, "message": message})

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call."""
        params: dict[str, Any] = dict(request.query)
        if request.can_read_body:
            params |= await request.json()
        if request.headers.get("Authorization") != TOKEN:
            return web.json_response({"code": "verify.token", "message": "Invalid access_token"}, status=401)
        return await self.answered(request, self.perform, f"{request.method} {request.path}", params)

    async def perform(self, method: str, params: dict[str, Any]) -> Any:
        """Do it. Raises Refused."""
        if method == "GET /me":
            return {"user_id": 1, "first_name": "Demo", "username": "demo_bot", "is_bot": True}
        if method == "GET /updates":
            start = int(params.get("marker") or max(0, len(self.updates) - 1))
            came = await self.wait(start, float(params["timeout"]))
            return {"updates": came, "marker": start + len(came)}
        if method == "POST /answers":
            self.answers[params["callback_id"]] = str(params.get("notification", ""))
            return {"success": True}
        text, buttons = str(params["text"]), _max_buttons(params)
        if not text.strip() or len(text) > 4000:
            raise Refused(400, {"code": "proto.payload", "message": "text: size must be between 0 and 4000"})
        if method == "POST /messages":
            chat = str(params.get("chat_id") or params["user_id"])
            link = (params.get("link") or {}).get("mid")
            if link is not None and link not in self.messages.get(chat, {}):
                raise Refused(404, {"code": "message.not.found", "message": "no such message"})
            shown = self.show(chat, text, buttons, reply_to=link, silent=not params.get("notify", True))
            return {"message": {"body": {"mid": shown.id, "seq": 1, "text": text}}}
        if method == "PUT /messages":
            found = next(
                (c[params["message_id"]] for c in self.messages.values() if params["message_id"] in c), None
            )
            if found is None:
                raise Refused(404, {"code": "message.not.found", "message": "no such message"})
            found.text, found.buttons, found.edits = text, buttons, found.edits + 1
            return {"success": True}
        raise Refused(404, {"code": "not.found", "message": "path not found"})


@dataclass
class VkApi(OtherBot):
    """VK's API and the long poll of a community."""

    kind: str = "vk"
    sent: dict[tuple[str, str], Message] = field(default_factory=dict)

    def add_to(self, app: web.Application) -> None:
        """Methods, and the long poll's own server."""
        app.router.add_post("/method/{method}", self.handle)
        app.router.add_get("/lp", self.poll)

    def closed(self) -> tuple[int, dict[str, Any]]:
        """As the server tells it."""
        return 200, _vk_error(901, "Can't send messages for users without permission")

    def press(self, by: str, data: str, chat: str = "") -> str:
        """Somebody presses; the event's id."""
        self._queries += 1
        query, where = f"event-{self._queries}", chat or by
        event = {
            "user_id": int(by),
            "peer_id": int(where),
            "event_id": query,
            "payload": {"d": data},
            "conversation_message_id": int(self.under(where, data) or 0),
        }
        self.push({"type": "message_event", "object": event, "group_id": int(GROUP), "event_id": f"e{query}"})
        return query

    def write(self, by: str, text: str, reply_to: str = "") -> None:
        """Somebody writes a line to the community; `/start secret` is a link that was followed."""
        message: dict[str, Any] = {"from_id": int(by), "peer_id": int(by), "text": text, "id": 1, "out": 0}
        if text.startswith("/start "):
            message |= {"text": "Начать", "ref": text.removeprefix("/start ")}
        if reply_to:
            message["reply_message"] = {"conversation_message_id": int(reply_to), "text": ""}
        told = {"message": message, "client_info": {}}
        self.push(
            {"type": "message_new", "object": told, "group_id": int(GROUP), "event_id": f"m{self._queries}"}
        )

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One method."""
        params: dict[str, Any] = {name: str(value) for name, value in (await request.post()).items()}
        if params.get("access_token") != TOKEN or not params.get("v"):
            return web.json_response(_vk_error(5, "User authorization failed: invalid access_token (4)."))
        return await self.answered(request, self.perform, request.match_info["method"], params)

    async def perform(self, method: str, params: dict[str, Any]) -> Any:
        """Do it. Raises Refused."""
        if method == "groups.getById":
            return {"response": {"groups": [{"id": int(GROUP)}]}}
        if method == "groups.getLongPollServer":
            return {"response": {"key": "k1", "server": f"{self.url}/lp", "ts": str(len(self.updates))}}
        if method == "messages.sendMessageEventAnswer":
            told = json.loads(params.get("event_data") or "{}")
            if len(str(told.get("text", ""))) > 90:
                raise Refused(200, _vk_error(100, "event_data: text is too long"))
            self.answers[params["event_id"]] = str(told.get("text", ""))
            return {"response": 1}
        if len(params["message"]) > 4096 or not params["message"].strip():
            raise Refused(200, _vk_error(914, "Message is too long"))
        buttons = _vk_buttons(params)
        if method == "messages.send":
            return {"response": [self._send(params, buttons)]}
        if method == "messages.edit":
            found = self.messages.get(params["peer_id"], {}).get(params["conversation_message_id"])
            if found is None:
                raise Refused(200, _vk_error(910, "Can't edit this message"))
            found.text, found.buttons, found.edits = params["message"], buttons, found.edits + 1
            return {"response": 1}
        raise Refused(200, _vk_error(3, "Unknown method passed"))

    def _send(self, params: dict[str, Any], buttons: list[list[dict[str, Any]]]) -> dict[str, Any]:
        chat, number = params["peer_ids"], params["random_id"]
        assert int(number) != 0, "random_id 0 protects from nothing"
        try:
            known = self.sent.get((chat, number))
            reply = json.loads(params.get("forward") or "{}").get("conversation_message_ids", [None])[0]
            shown = known or self.show(
                chat, params["message"], buttons, reply_to=str(reply) if reply else None
            )
        except Refused:
            return {
                "peer_id": int(chat),
                "message_id": 0,
                "error": {"code": 901, "description": "no permission"},
            }
        self.sent[chat, number] = shown
        return {"peer_id": int(chat), "message_id": int(shown.id), "conversation_message_id": int(shown.id)}

    async def poll(self, request: web.Request) -> web.StreamResponse:
        """act=a_check."""
        self.calls.append(Call("a_check", dict(request.query)))
        if (
            self.fault is not None
            and (answer := await self.fault("a_check", dict(request.query))) is not None
        ):
            return answer
        start = int(request.query["ts"])
        came = await self.wait(start, float(request.query["wait"]))
        return web.json_response({"ts": str(start + len(came)), "updates": came})


def _max_user(ident: str) -> dict[str, Any]:
    return {"user_id": int(ident), "first_name": "A", "is_bot": False}


def _max_buttons(params: dict[str, Any]) -> list[list[dict[str, Any]]]:
    found = [one for one in params.get("attachments") or () if one["type"] == "inline_keyboard"]
    rows = found[0]["payload"]["buttons"] if found else []
    if len(rows) > 30 or any(len(row) > 7 for row in rows):
        raise Refused(400, {"code": "proto.payload", "message": "too many buttons"})
    return [
        [
            {"text": one["text"], "url": one["url"]}
            if one["type"] == "link"
            else {"text": one["text"], "callback_data": one["payload"]}
            for one in row
        ]
        for row in rows
    ]


def _vk_buttons(params: dict[str, Any]) -> list[list[dict[str, Any]]]:
    keyboard = json.loads(params.get("keyboard") or '{"inline": true, "buttons": []}')
    rows: list[list[dict[str, Any]]] = keyboard["buttons"]
    actions = [one["action"] for row in rows for one in row]
    if len(actions) > 10 or len(rows) > 6 or any(len(row) > 5 for row in rows):
        raise Refused(200, _vk_error(911, "Keyboard format is invalid: too many buttons"))
    if any(len(one["label"]) > 40 or len(one.get("payload", "").encode()) > 255 for one in actions):
        raise Refused(200, _vk_error(911, "Keyboard format is invalid: label or payload is too long"))
    return [
        [
            {"text": one["action"]["label"], "url": one["action"]["link"]}
            if one["action"]["type"] == "open_link"
            else {
                "text": one["action"]["label"],
                "callback_data": json.loads(one["action"]["payload"])["d"],
            }
            for one in row
        ]
        for row in rows
    ]


def _vk_error(code: int, message: str) -> dict[str, Any]:
    return {"error": {"error_code": code, "error_msg": message, "request_params": []}}


class StandingBot:
    """`async with StandingBot(VkApi()) as api`: the server on a free port of the loopback."""

    def __init__(self, api: OtherBot) -> None:
        self.api = api

    async def __aenter__(self) -> Any:
        app = web.Application()
        self.api.add_to(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.api.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self.api

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
