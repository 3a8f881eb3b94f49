"""VK: a community as the managers' messenger and its ear, over VK's API and long poll. Texts go out without markup."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from secrets import randbits
from typing import Any

import orjson

from notify.base import Button, Failure, Gone, Notice, Shown, Trouble
from notify.calling import Calls
from notify.hearing import Heard, Other, Pressed, Said
from notify.options import Limits, NotifyOptions, VkOptions
from notify.pace import Pace
from notify.plaintext import cut, unlinked
from notify.polled import Polled

VERSION = "5.199"
LONGEST = 4096
LONGEST_LABEL = 40
LONGEST_TOAST = 90
MOST_BUTTONS = 10
MOST_ROWS = 6
_GROUP_PEERS = 2_000_000_000
_POLL_MORE_S = 10
_MENTION = re.compile(r"([\[@*])(?=\w)")
_JOINER = "\u2060"

# the numbers are VK's: https://dev.vk.com/reference/errors; the first row that has it tells it
_TOLD: tuple[tuple[frozenset[int], Trouble, str], ...] = (
    (frozenset({5, 27, 28}), Trouble.LOCKED, "VK does not know the token: set notify.vk.token anew"),
    (frozenset({15, 203}), Trouble.LOCKED, "VK: the token may not do that; it needs messages and manage"),
    (
        frozenset({7, 901, 902, 936, 983}),
        Trouble.CLOSED,
        "VK: the manager does not take the community's messages",
    ),
    (frozenset({1, 10, 14}), Trouble.AWAY, "VK is in trouble"),
)
_TOO_FAST = {6: 1.0, 9: 10.0, 29: 60.0}
_GONE = frozenset({909, 910, 920, 921})


def make(options: NotifyOptions) -> Vk | None:
    """The messenger, when it is configured."""
    return Vk(options.vk, options.limits) if options.vk else None


class Vk:
    """`notify.base.Messenger` over a community's messages. An address is a user's id; a conversation's is above
    2 000 000 000. A message is known by its number within the conversation.

    Format: https://dev.vk.com/method/messages
    """

    name = "vk"
    edits = True
    warm_s = 50.0

    def __init__(self, settings: VkOptions, limits: Limits, pace: Pace | None = None) -> None:
        self._api = _Api(settings)
        self._pace = pace or Pace(limits)

    def public(self, address: str) -> bool:
        """Conversations of several people have high numbers."""
        return address.isdigit() and int(address) > _GROUP_PEERS

    def wait_s(self, address: str) -> float:
        """What the limits, and pauses we were asked for, leave to wait."""
        return self._pace.wait_s(address, group=self.public(address))

    async def send(self, address: str, notice: Notice) -> Shown | Failure:
        """messages.send. What has a key is shown once, however often it is sent within the hour."""
        shown = await self._say(address, notice.key, {**_body(notice.plain), **_keyboard(notice)})
        return Failure(Trouble.WRONG, "VK knows no such message") if isinstance(shown, Gone) else shown

    async def edit(self, address: str, message_id: str, notice: Notice) -> Shown | Gone | Failure:
        """messages.edit; what is too old to be edited is gone."""
        where = {"peer_id": address, "conversation_message_id": message_id, "keep_forward_messages": "1"}
        told = await self._ask(address, "messages.edit", where | _body(notice.plain) | _keyboard(notice))
        return told if isinstance(told, (Failure, Gone)) else Shown(message_id)

    async def ring(self, address: str, message_id: str, notice: Notice) -> Shown | Gone | Failure:
        """A short answer to the card; its own text alone, for the card stands above it."""
        reply = {"peer_id": int(address), "conversation_message_ids": [int(message_id)], "is_reply": 1}
        body = _body(notice.plain.split("\n", 1)[0]) | {"forward": orjson.dumps(reply).decode()}
        return await self._say(address, notice.key, body)

    async def check(self) -> Failure | None:
        """groups.getById: tells whether the token is known."""
        told = await self._api.ask("groups.getById", {"group_id": self._api.group})
        return told if isinstance(told, Failure) else None

    async def close(self) -> None:
        """Close the session."""
        await self._api.calls.close()

    def ear(self) -> VkEar:
        """What hears its buttons and lines."""
        return VkEar(self._api)

    async def _say(self, address: str, key: str, body: Mapping[str, str]) -> Shown | Gone | Failure:
        told = await self._ask(
            address, "messages.send", {"peer_ids": address, "random_id": _random(key)} | dict(body)
        )
        if isinstance(told, (Failure, Gone)):
            return told
        (one, *_) = told if isinstance(told, Sequence) and told else ({},)
        if refused := one.get("error"):
            return _failure(int(refused.get("code", 0)), str(refused.get("description", "")))
        return Shown(str(one.get("conversation_message_id", "")))

    async def _ask(self, address: str, method: str, form: Mapping[str, str]) -> Any:
        """What VK answers, or Failure or Gone."""
        await self._pace.turn(address, group=self.public(address))
        told = await self._api.ask(method, form)
        if isinstance(told, Failure) and told.trouble is Trouble.SLOW_DOWN and told.after:
            self._pace.slow_down(address, told.after, group=self.public(address))
        if isinstance(told, Failure) and told.reason == _NO_MESSAGE:
            return Gone()
        return told


class VkEar:
    """`notify.hearing.Ear` over the community's long poll. Its server is asked for when there is none, or when its key
    has run out. Format: https://dev.vk.com/api/bots-long-poll/getting-started"""

    def __init__(self, api: _Api) -> None:
        self._api = api
        self._polled = Polled()
        self._server = ""
        self._key = ""

    async def hear(self, first: int, wait_s: int) -> list[Heard] | Failure:
        """act=a_check."""
        if left := self._polled.left(first):
            return left
        if not self._server and (failure := await self._find()):
            return failure
        query = {"act": "a_check", "key": self._key, "ts": self._polled.reached, "wait": str(wait_s)}
        told = await self._api.calls.call("GET", self._server, query=query, more_s=wait_s + _POLL_MORE_S)
        if isinstance(told, Failure):
            self._server = ""
            return told
        if not isinstance(told.body, Mapping):
            self._server = ""
            return Failure(Trouble.AWAY, "VK's long poll answers what cannot be read")
        if told.body.get("failed"):
            return self._lost(told.body)
        updates, place = told.body.get("updates") or (), str(told.body.get("ts", self._polled.reached))
        return self._polled.take([_heard(one) for one in updates if isinstance(one, Mapping)], place)

    async def answer(self, pressed: Pressed, text: str, *, alert: bool = False) -> Failure | None:
        """messages.sendMessageEventAnswer; without a text it only ends the button's waiting."""
        del alert
        form = {"event_id": pressed.query, "user_id": pressed.sender, "peer_id": pressed.chat}
        if text:
            line = {"type": "show_snackbar", "text": cut(text, LONGEST_TOAST)}
            form["event_data"] = orjson.dumps(line).decode()
        told = await self._api.ask("messages.sendMessageEventAnswer", form)
        return told if isinstance(told, Failure) else None

    def place(self, done: int) -> str:
        """The `ts` behind what is done."""
        self._polled.left(done)
        return self._polled.reached

    def go_on(self, place: str) -> None:
        """From that `ts`."""
        self._polled = Polled(place)
        self._server = ""

    async def door(self) -> str | Failure:
        """A link with `ref`, which VK tells with the first message."""
        return f"https://vk.me/club{self._api.group}?ref="

    async def _find(self) -> Failure | None:
        told = await self._api.ask("groups.getLongPollServer", {"group_id": self._api.group})
        if isinstance(told, Failure):
            return told
        self._server, self._key = str(told.get("server", "")), str(told.get("key", ""))
        if not self._polled.reached:
            self._polled = Polled(str(told.get("ts", "")))
        return None

    def _lost(self, body: Mapping[str, Any]) -> list[Heard]:
        """1: the history is too old, go on from the new `ts`; else another key, and for 3 another `ts`."""
        failed = int(body["failed"])
        if failed == 1:
            return self._polled.take((), str(body.get("ts", "")))
        self._server = ""
        if failed != 2:
            self._polled = Polled()
        return []


_NO_MESSAGE = "VK knows no such message"


class _Api:
    """The calls, each as what stands in `response` or a Failure."""

    def __init__(self, settings: VkOptions) -> None:
        self._url = settings.api.rstrip("/")
        self._token = settings.token
        self.group = settings.group_id
        self.calls = Calls("VK", "notify.vk", proxy=settings.proxy, timeout_s=settings.timeout_s)

    async def ask(self, method: str, form: Mapping[str, str]) -> Any:
        """One call."""
        body = {"access_token": self._token, "v": VERSION, **form}
        told = await self.calls.call("POST", f"{self._url}/method/{method}", form=body)
        if isinstance(told, Failure):
            return told
        if not isinstance(told.body, Mapping) or told.status >= 500:
            reason = f"VK's answer could not be read ({told.status}); notify.vk.api must be its API"
            return Failure(Trouble.AWAY, reason, unsure=told.status < 500)
        if refused := told.body.get("error"):
            return _failure(int(refused.get("error_code", 0)), str(refused.get("error_msg", "")))
        return told.body.get("response")


def _failure(code: int, said: str) -> Failure:
    if code in _TOO_FAST:
        return Failure(Trouble.SLOW_DOWN, f"VK asks to wait ({code})", after=_TOO_FAST[code])
    if code in _GONE:
        return Failure(Trouble.WRONG, _NO_MESSAGE)
    told = " ".join(said.split())[:160]
    for codes, trouble, reason in _TOLD:
        if code in codes:
            return Failure(trouble, f"{reason} ({code} {told})")
    return Failure(Trouble.WRONG, f"VK does not take it ({code} {told})")


def _random(key: str) -> str:
    """https://dev.vk.com/method/messages.send: the same number for the same message within an hour is one message."""
    if not key:
        return str(randbits(31) or 1)
    return str(int.from_bytes(blake2b(key.encode(), digest_size=4).digest()) & 0x7FFFFFFF or 1)


def _body(plain: str) -> dict[str, str]:
    """A text from which nothing comes to life: VK knows links, and mentions as `[id1|name]`, `@id1`, `*id1`."""
    text = _MENTION.sub(rf"\1{_JOINER}", unlinked(plain))
    return {"message": cut(text, LONGEST), "dont_parse_links": "1", "disable_mentions": "1"}


def _keyboard(notice: Notice) -> dict[str, str]:
    """https://dev.vk.com/api/bots/development/keyboard; the keyboard is named even when there is none: else the old
    one would stay. What is too much for VK is left out, addresses first: the buttons of cards are laid out to fit."""
    rows = [list(row) for row in notice.rows]
    while sum(map(len, rows)) > MOST_BUTTONS or len(rows) > MOST_ROWS:
        rows = (
            [left for row in rows if (left := [one for one in row if not one.url])]
            if _links(rows)
            else rows[:-1]
        )
    shown = [[_button(one) for one in row] for row in rows]
    return {"keyboard": orjson.dumps({"inline": True, "buttons": shown}).decode()}


def _links(rows: Sequence[Sequence[Button]]) -> bool:
    return any(one.url for row in rows for one in row)


def _button(button: Button) -> dict[str, Any]:
    label = cut(button.label, LONGEST_LABEL)
    if button.url:
        return {"action": {"type": "open_link", "label": label, "link": button.url}}
    payload = orjson.dumps({"d": button.data}).decode()
    return {"action": {"type": "callback", "label": label, "payload": payload}, "color": "secondary"}


def _heard(update: Mapping[str, Any]) -> Pressed | Said | Other:
    """https://dev.vk.com/api/community-events/json-schema; what is built otherwise is none of ours."""
    try:
        told = update["object"]
        if update.get("type") == "message_event":
            payload = told.get("payload") or {}
            data = str(payload.get("d", "")) if isinstance(payload, Mapping) else ""
            sender, chat = str(told["user_id"]), str(told["peer_id"])
            shown = str(told.get("conversation_message_id", ""))
            return Pressed(0, str(told["event_id"]), sender, chat, data, shown)
        if update.get("type") == "message_new":
            message = told["message"]
            sender = str(message["from_id"])
            if str(message["peer_id"]) == sender:
                text, ref = str(message.get("text") or ""), str(message.get("ref") or "")
                answered = str((message.get("reply_message") or {}).get("conversation_message_id", ""))
                return Said(0, sender, f"/start {ref}" if ref else text, answered)
    except (KeyError, TypeError, AttributeError):
        return Other(0)
    return Other(0)
