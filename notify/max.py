"""MAX: the managers' messenger and its ear, over the Bot API of dev.max.ru. Texts go out without markup."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notify.base import Button, Failure, Gone, Notice, Shown, Trouble
from notify.calling import Answer, Calls
from notify.hearing import Heard, Other, Pressed, Said
from notify.options import Limits, MaxOptions, NotifyOptions
from notify.pace import Pace
from notify.plaintext import cut, unlinked
from notify.polled import Polled

LONGEST = 4000
"""Signs of a message's text."""
LONGEST_TOAST = 200
_A_ROW = 7
_POLL_MORE_S = 10
_TYPES = "message_callback,message_created,bot_started"


def make(options: NotifyOptions) -> Max | None:
    """The messenger, when it is configured."""
    return Max(options.max, options.limits) if options.max else None


class Max:
    """`notify.base.Messenger` over MAX's Bot API. An address is a user's id; that of a chat begins with a minus.

    Format: https://dev.max.ru/docs-api
    """

    name = "max"
    edits = True
    warm_s = 50.0

    def __init__(self, settings: MaxOptions, limits: Limits, pace: Pace | None = None) -> None:
        self._api = _Api(settings)
        self._pace = pace or Pace(limits)

    def public(self, address: str) -> bool:
        """Chats of several people have negative ids."""
        return address.startswith("-")

    def wait_s(self, address: str) -> float:
        """What the limits, and pauses we were asked for, leave to wait."""
        return self._pace.wait_s(address, group=self.public(address))

    async def send(self, address: str, notice: Notice) -> Shown | Failure:
        """POST /messages."""
        shown = await self._say("POST", address, _to(address), _body(notice))
        return Failure(Trouble.CLOSED, "MAX knows no such chat") if isinstance(shown, Gone) else shown

    async def edit(self, address: str, message_id: str, notice: Notice) -> Shown | Gone | Failure:
        """PUT /messages."""
        query = {"message_id": message_id}
        shown = await self._say("PUT", address, query, _body(notice) | {"notify": False})
        return Shown(message_id) if isinstance(shown, Shown) else shown

    async def ring(self, address: str, message_id: str, notice: Notice) -> Shown | Gone | Failure:
        """A short answer to the card; its own text alone, for the card stands above it."""
        first = notice.plain.split("\n", 1)[0]
        body = {"text": _text(first), "link": {"type": "reply", "mid": message_id}, "notify": True}
        return await self._say("POST", address, _to(address), body)

    async def check(self) -> Failure | None:
        """GET /me."""
        told = await self._api.ask("GET", "/me")
        return told if isinstance(told, Failure) else None

    async def close(self) -> None:
        """Close the session."""
        await self._api.calls.close()

    def ear(self) -> MaxEar:
        """What hears its buttons and lines."""
        return MaxEar(self._api)

    async def _say(
        self, method: str, address: str, query: Mapping[str, str], body: Mapping[str, Any]
    ) -> Shown | Gone | Failure:
        await self._pace.turn(address, group=self.public(address))
        told = await self._api.ask(method, "/messages", query, body)
        if isinstance(told, Failure):
            if told.trouble is Trouble.SLOW_DOWN and told.after:
                self._pace.slow_down(address, told.after, group=self.public(address))
            if told.reason == _NO_MESSAGE:
                return Gone()
            return told
        return Shown(str(((told.get("message") or {}).get("body") or {}).get("mid", "")))


class MaxEar:
    """`notify.hearing.Ear` over MAX's long poll; the events have no number, the marker says how far we are."""

    def __init__(self, api: _Api) -> None:
        self._api = api
        self._polled = Polled()

    async def hear(self, first: int, wait_s: int) -> list[Heard] | Failure:
        """GET /updates."""
        if left := self._polled.left(first):
            return left
        query = {"timeout": str(wait_s), "types": _TYPES, "limit": "100"}
        if self._polled.reached:
            query["marker"] = self._polled.reached
        told = await self._api.ask("GET", "/updates", query, more_s=wait_s + _POLL_MORE_S)
        if isinstance(told, Failure):
            return told
        updates = told.get("updates")
        marker = told.get("marker")
        place = self._polled.reached if marker is None else str(marker)
        return self._polled.take([_heard(one) for one in updates or () if isinstance(one, Mapping)], place)

    async def answer(self, pressed: Pressed, text: str, *, alert: bool = False) -> Failure | None:
        """POST /answers; it takes no empty text, and unanswered the button goes on waiting."""
        del alert
        query, body = {"callback_id": pressed.query}, {"notification": cut(text, LONGEST_TOAST) or "…"}
        told = await self._api.ask("POST", "/answers", query, body)
        return told if isinstance(told, Failure) else None

    def place(self, done: int) -> str:
        """The marker behind what is done."""
        self._polled.left(done)
        return self._polled.reached

    def go_on(self, place: str) -> None:
        """From that marker."""
        self._polled = Polled(place)

    async def door(self) -> str | Failure:
        """https://dev.max.ru/docs: a link with a payload begins the dialogue with it."""
        told = await self._api.ask("GET", "/me")
        return told if isinstance(told, Failure) else f"https://max.ru/{told.get('username', '')}?start="


_NOBODY = ("chat.denied", "chat.not.found", "dialog.not.found", "user.not.found")
_NO_MESSAGE = "MAX knows no such message"


class _Api:
    """The calls, each as a JSON object or a Failure."""

    def __init__(self, settings: MaxOptions) -> None:
        self._url = settings.api.rstrip("/")
        self._token = settings.token
        self.calls = Calls(
            "MAX", "notify.max", proxy=settings.proxy, timeout_s=settings.timeout_s, ca_file=settings.ca_file
        )

    async def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        more_s: float = 0.0,
    ) -> Mapping[str, Any] | Failure:
        """One call."""
        told = await self.calls.call(
            method,
            self._url + path,
            query=query,
            json=body,
            headers={"Authorization": self._token},
            more_s=more_s,
        )
        return told if isinstance(told, Failure) else _read(told)


def _read(answer: Answer) -> Mapping[str, Any] | Failure:
    """https://dev.max.ru/docs-api: errors are {code, message}; some calls answer {success: false, message}."""
    body = answer.body if isinstance(answer.body, Mapping) else {}
    said = " ".join(str(body.get("message") or body.get("code") or "").split())[:200]
    if answer.status == 200 and body.get("success") is not False:
        if isinstance(answer.body, Mapping):
            return answer.body
        return Failure(
            Trouble.AWAY, "MAX's answer could not be read; is notify.max.api its Bot API?", unsure=True
        )
    if answer.status == 429:
        wait = answer.wait_s or 1.0
        return Failure(Trouble.SLOW_DOWN, f"MAX asks to wait {wait:.0f} s", after=wait)
    return Failure(*_refusal(answer.status, str(body.get("code", "")), said))


def _refusal(status: int, code: str, said: str) -> tuple[Trouble, str]:
    if status == 401:
        return Trouble.LOCKED, "MAX does not know the bot's token: set notify.max.token anew"
    if status >= 500:
        return Trouble.AWAY, f"MAX is in trouble ({status})"
    if status == 403 or code in _NOBODY:
        return Trouble.CLOSED, f"MAX: the manager cannot be reached there ({said})"
    if status == 404:
        return Trouble.WRONG, _NO_MESSAGE
    return Trouble.WRONG, f"MAX does not take it ({status} {said})"


def _to(address: str) -> dict[str, str]:
    return {"chat_id": address} if address.startswith("-") else {"user_id": address}


def _text(plain: str) -> str:
    return cut(unlinked(plain), LONGEST)


def _body(notice: Notice) -> dict[str, Any]:
    """The keyboard is named even when there is none: else the old one would stay."""
    rows = [
        [_button(one) for one in row[at : at + _A_ROW]]
        for row in notice.rows
        for at in range(0, len(row), _A_ROW)
    ]
    keyboard = [{"type": "inline_keyboard", "payload": {"buttons": rows}}] if rows else []
    return {"text": _text(notice.plain), "attachments": keyboard, "notify": not notice.silent}


def _button(button: Button) -> dict[str, str]:
    if button.url:
        return {"type": "link", "text": button.label, "url": button.url}
    return {"type": "callback", "text": button.label, "payload": button.data}


def _heard(update: Mapping[str, Any]) -> Pressed | Said | Other:
    """What is built otherwise is none of ours."""
    try:
        kind = update.get("update_type")
        if kind == "message_callback":
            return _pressed(update["callback"], update.get("message") or {})
        if kind == "bot_started":
            return Said(0, str(update["user"]["user_id"]), f"/start {update.get('payload') or ''}".strip())
        if kind == "message_created":
            message = update["message"]
            if message["recipient"].get("chat_type") == "dialog" and not message["sender"].get("is_bot"):
                answered = str(((message.get("link") or {}).get("message") or {}).get("mid", ""))
                text = str(message["body"].get("text") or "")
                return Said(0, str(message["sender"]["user_id"]), text, answered)
    except (KeyError, TypeError, AttributeError):
        return Other(0)
    return Other(0)


def _pressed(callback: Mapping[str, Any], message: Mapping[str, Any]) -> Pressed:
    sender = str(callback["user"]["user_id"])
    recipient = message.get("recipient") or {}
    group = recipient.get("chat_type") in ("chat", "channel")
    return Pressed(
        number=0,
        query=str(callback["callback_id"]),
        sender=sender,
        chat=str(recipient["chat_id"]) if group else sender,
        data=str(callback.get("payload") or ""),
        message=str((message.get("body") or {}).get("mid", "")),
    )
