"""A stand-in Bot API server: checks what the real one checks, and keeps what each chat shows."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from aiohttp import web

TOKEN = "1000:demo-secret"
_TAGS = {"b", "strong", "i", "em", "u", "s", "code", "pre", "a", "blockquote", "tg-spoiler", "span"}


@dataclass
class ShownMessage:
    """A message as the chat shows it now. `edits` counts how often it was changed."""

    chat: str
    id: int
    text: str
    html: str
    buttons: list[list[dict[str, Any]]]
    reply_to: int | None = None
    silent: bool = False
    edits: int = 0


@dataclass
class Call:
    """One request, in order. `at` is monotonic seconds."""

    at: float
    method: str
    params: dict[str, Any]
    answered: bool = False


class ApiError(Exception):
    """What the server answers instead."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


Fault = Callable[[str, dict[str, Any]], Awaitable[web.StreamResponse | None]]


class _Entities(HTMLParser):
    """Telegram's HTML: few tags, all closed in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.open: list[str] = []
        self.entities = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            raise ApiError(400, f'Bad Request: can\'t parse entities: Unsupported start tag "{tag}"')
        self.open.append(tag)
        self.entities += 1

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise ApiError(400, "Bad Request: can't parse entities: Unexpected end tag")

    def handle_data(self, data: str) -> None:
        self.text += data


def parse_html(html: str) -> str:
    """The text of a message; raises ApiError as the real server answers."""
    if re.search(r"&(?!(?:amp|lt|gt|quot|#\d+|#x[0-9a-f]+);)", html):
        raise ApiError(400, "Bad Request: can't parse entities: unescaped ampersand")
    parser = _Entities()
    parser.feed(html)
    parser.close()
    if parser.open:
        raise ApiError(400, "Bad Request: can't parse entities: Can't find end tag")
    if parser.entities > 100:
        raise ApiError(400, "stand-in: more than 100 entities, the rest would be dropped silently")
    return parser.text


@dataclass
class BotApi:
    """The server's state. `delay_s` is waited before each answer; `fault` may answer in the server's stead;
    `blocked` chats have blocked the bot. Updates put into `updates` are given out by getUpdates, until a later offset
    confirms them; while a `webhook` is set nobody may ask. `name` is the bot's."""

    delay_s: float = 0.0
    fault: Fault | None = None
    blocked: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    calls: list[Call] = field(default_factory=list)
    messages: dict[str, dict[int, ShownMessage]] = field(default_factory=dict)
    updates: deque[dict[str, Any]] = field(default_factory=deque)
    answers: list[dict[str, Any]] = field(default_factory=list)
    webhook: bool = False
    name: str = "demo_bot"
    kind: str = "telegram"
    url: str = ""
    _next: int = 100
    _updates: int = 0
    _poll: int = 0
    _pushed: asyncio.Event = field(default_factory=asyncio.Event)

    def chat(self, chat: str) -> list[ShownMessage]:
        """What the chat shows, top to bottom."""
        return list(self.messages.get(chat, {}).values())

    def done(self, *methods: str) -> list[Call]:
        """The calls of these methods that were answered with success."""
        return [call for call in self.calls if call.method in methods and call.answered]

    def press(self, by: str, data: str, chat: str = "") -> str:
        """Somebody presses a button with that data in a chat (their own by default); the query's id. It is pressed
        under the message that has such a button."""
        self._updates += 1
        query = f"query-{self._updates}"
        where = int(chat or by)
        under = [one.id for one in self.chat(str(where)) if data in _data_of(one)]
        message = {
            "message_id": under[-1] if under else 1,
            "date": 0,
            "chat": {"id": where, "type": "private"},
        }
        pressed = {"id": query, "from": _person(by), "message": message, "chat_instance": "1", "data": data}
        self._push({"callback_query": pressed})
        return query

    def write(self, by: str, text: str, reply_to: int | None = None) -> None:
        """Somebody writes a line to the bot alone."""
        self._updates += 1
        message = {"message_id": self._updates, "date": 0, "from": _person(by), "text": text}
        if reply_to is not None:
            message["reply_to_message"] = {"message_id": reply_to}
        self._push({"message": message | {"chat": {"id": int(by), "type": "private"}}})

    def toast(self, query: str) -> str | None:
        """What was shown over the screen after that press, None as long as nothing was."""
        told = [one for one in self.answers if one["callback_query_id"] == query]
        return str(told[-1].get("text", "")) if told else None

    def _push(self, update: dict[str, Any]) -> None:
        self.updates.append({"update_id": 5000 + self._updates} | update)
        self._pushed.set()

    async def until(self, hold: Callable[[], bool], timeout_s: float = 20.0) -> None:
        """Wait until something holds; fail when it does not come to hold."""
        end = time.monotonic() + timeout_s
        while not hold():
            assert time.monotonic() < end, f"did not come: {[(one.method, one.params) for one in self.calls]}"
            await asyncio.sleep(0.005)

    # what the server does

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        params: dict[str, Any] = dict(request.query)
        if request.can_read_body:
            if request.content_type == "application/json":
                params |= await request.json()
            else:
                params |= dict(await request.post())
        call = Call(time.monotonic(), method, params)
        self.calls.append(call)
        if request.match_info["token"] != TOKEN:
            return _error(ApiError(401, "Unauthorized"))
        if self.fault is not None and (answer := await self.fault(method, params)) is not None:
            return answer
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        try:
            if method == "getUpdates":
                await self._long_poll(params)
            result = self.perform(method, params)
        except ApiError as error:
            return _error(error)
        call.answered = True
        return web.json_response({"ok": True, "result": result})

    def perform(self, method: str, params: dict[str, Any]) -> Any:
        """Do it; the result as JSON. Raises ApiError."""
        known = {
            "getMe": self._me,
            "sendMessage": self._send,
            "editMessageText": self._edit,
            "editMessageReplyMarkup": self._edit,
            "answerCallbackQuery": self._answer,
            "getUpdates": self._given,
            "deleteWebhook": lambda _: True,
        }
        if method not in known:
            raise ApiError(404, "Not Found: method not found")
        return known[method](params)

    def _me(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"id": 1000, "is_bot": True, "first_name": "Demo", "username": self.name}

    def _send(self, params: dict[str, Any]) -> dict[str, Any]:
        chat = self._open_chat(params)
        text, buttons = _text(params), _buttons(params)
        reply = json.loads(params.get("reply_parameters") or "{}").get("message_id")
        if reply is not None and int(reply) not in self.messages.get(chat, {}):
            raise ApiError(400, "Bad Request: message to be replied not found")
        self._next += 1
        silent = str(params.get("disable_notification", "")).lower() == "true"
        shown = ShownMessage(chat, self._next, text, str(params["text"]), buttons, reply, silent)
        self.messages.setdefault(chat, {})[shown.id] = shown
        return _message(shown)

    def _edit(self, params: dict[str, Any]) -> dict[str, Any]:
        chat = self._open_chat(params)
        shown = self.messages.get(chat, {}).get(int(params["message_id"]))
        if shown is None:
            raise ApiError(400, "Bad Request: message to edit not found")
        text = _text(params) if "text" in params else shown.text
        buttons = _buttons(params)
        if (text, buttons) == (shown.text, shown.buttons):
            raise ApiError(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly"
                " the same as a current content and reply markup of the message",
            )
        shown.text, shown.buttons, shown.edits = text, buttons, shown.edits + 1
        shown.html = str(params.get("text", shown.html))
        return _message(shown)

    def _answer(self, params: dict[str, Any]) -> bool:
        if len(str(params.get("text", ""))) > 200:
            raise ApiError(400, "Bad Request: MESSAGE_TOO_LONG")
        self.answers.append(params)
        return True

    async def _long_poll(self, params: dict[str, Any]) -> None:
        """Wait for updates. A second asker ends the first one's question, as the real server does."""
        if self.webhook:
            raise ApiError(409, "Conflict: can't use getUpdates method while webhook is active")
        self._poll += 1
        mine = self._poll
        self._pushed.set()
        end = time.monotonic() + int(params.get("timeout") or 0)
        while not self._given(params) and (left := end - time.monotonic()) > 0:
            self._pushed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._pushed.wait(), left)
            if self._poll != mine:
                self._pushed.set()
                raise ApiError(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is"
                    " running",
                )

    def _given(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        offset = int(params.get("offset") or 0)
        while self.updates and self.updates[0]["update_id"] < offset:
            self.updates.popleft()
        return list(self.updates)[: int(params.get("limit") or 100)]

    def _open_chat(self, params: dict[str, Any]) -> str:
        chat = str(params.get("chat_id", ""))
        if chat in self.unknown or not re.fullmatch(r"-?\d+", chat):
            raise ApiError(400, "Bad Request: chat not found")
        if chat in self.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        return chat


def _data_of(shown: ShownMessage) -> set[str]:
    return {str(one.get("callback_data", "")) for row in shown.buttons for one in row}


def _person(ident: str) -> dict[str, Any]:
    return {"id": int(ident), "is_bot": False, "first_name": "A"}


def _text(params: dict[str, Any]) -> str:
    raw = str(params.get("text", ""))
    text = parse_html(raw) if params.get("parse_mode") == "HTML" else raw
    if not text.strip():
        raise ApiError(400, "Bad Request: message text is empty")
    if len(text.encode("utf-16-le")) // 2 > 4096:
        raise ApiError(400, "Bad Request: message is too long")
    return text


def _buttons(params: dict[str, Any]) -> list[list[dict[str, Any]]]:
    rows: list[list[dict[str, Any]]] = json.loads(params.get("reply_markup") or "{}").get(
        "inline_keyboard", []
    )
    for button in (one for row in rows for one in row):
        data = button.get("callback_data")
        if data is not None and not 1 <= len(data.encode()) <= 64:
            raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
        if not button.get("text"):
            raise ApiError(400, "Bad Request: text buttons are unallowed in the inline keyboard")
    return rows


def _message(shown: ShownMessage) -> dict[str, Any]:
    chat = {
        "id": int(shown.chat),
        "type": "private" if int(shown.chat) > 0 else "supergroup",
        "first_name": "A",
    }
    return {"message_id": shown.id, "date": int(time.time()), "chat": chat, "text": shown.text}


def _error(error: ApiError) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
    if error.parameters:
        body["parameters"] = error.parameters
    return web.json_response(body, status=error.code)


def too_fast(seconds: int) -> web.Response:
    """The answer to who calls too often."""
    return _error(ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds))


def server_fault() -> web.Response:
    """The answer of a server in trouble."""
    return _error(ApiError(502, "Bad Gateway"))


class Standing:
    """`async with Standing() as api`: the server on a free port of the loopback."""

    def __init__(self) -> None:
        self.api = BotApi()

    async def __aenter__(self) -> BotApi:
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self.api.handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.api.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self.api

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
