"""Telegram: the managers' messenger and its ear, over the Bot API. Loaded when a token is set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notify.base import Button, Failure, Gone, Notice, Shown, Trouble
from notify.bot_api import (
    ERRORS,
    AnswerCallbackQuery,
    BotApi,
    EditMessageText,
    GetMe,
    GetUpdates,
    SendMessage,
    asked_to_wait,
    failure_of,
    refused_with,
)
from notify.hearing import Heard, Other, Pressed, Said
from notify.options import Limits, NotifyOptions, TelegramOptions
from notify.pace import Pace
from notify.plaintext import utf16_length

LONGEST = 4096
"""UTF-16 units of a message's text, its markup not counted."""
LONGEST_TOAST = 200
"""Signs of an answer to a tap."""
_POLL_MORE_S = 10
"""A long poll may take so much longer than it was asked to."""

# the words are the server's: https://core.telegram.org/bots/api#making-requests
_GONE = (
    "message to edit not found",
    "message can't be edited",
    "message to be replied not found",
    "message_id_invalid",
)
_SAME = "message is not modified"


def make(options: NotifyOptions) -> Telegram | None:
    """The messenger, when it is configured."""
    return Telegram(options.telegram, options.limits) if options.telegram else None


class Telegram:
    """`notify.base.Messenger` over the Bot API. An address is a chat id; those of groups are negative."""

    name = "telegram"
    edits = True
    warm_s = 50.0

    def __init__(self, settings: TelegramOptions, limits: Limits, pace: Pace | None = None) -> None:
        self._pace = pace or Pace(limits)
        self._bot = BotApi(settings)

    def public(self, address: str) -> bool:
        """Groups have negative ids."""
        return address.startswith("-")

    def wait_s(self, address: str) -> float:
        """What the chat's own limits, and pauses we were asked for, leave to wait."""
        return self._pace.wait_s(address, group=self.public(address))

    async def send(self, address: str, notice: Notice) -> Shown | Failure:
        """sendMessage."""
        if (length := utf16_length(notice.plain)) > LONGEST:
            return Failure(Trouble.WRONG, f"a text of {length} signs does not fit into a message")
        shown = await self._try(address, _sending(address, notice, _keyboard(notice)))
        return (
            shown if not isinstance(shown, Gone) else Failure(Trouble.WRONG, "Telegram knows no such message")
        )

    async def edit(self, address: str, message_id: str, notice: Notice) -> Shown | Gone | Failure:
        """editMessageText; a message that says so already is fine."""
        call = EditMessageText(
            chat_id=address, message_id=int(message_id), text=notice.html, reply_markup=_keyboard(notice)
        )
        shown = await self._try(address, call)
        return Shown(message_id) if isinstance(shown, Shown) else shown

    async def ring(self, address: str, message_id: str, notice: Notice) -> Shown | Gone | Failure:
        """A short reply to the card, which makes the telephone sound where an edit does not."""
        call = _sending(address, notice, None)
        call.reply_parameters = {"message_id": int(message_id)}
        return await self._try(address, call)

    async def check(self) -> Failure | None:
        """getMe: tells whether the token is known, and keeps the connection warm."""
        door = await self.ear().door()
        return door if isinstance(door, Failure) else None

    async def close(self) -> None:
        """Close the session."""
        await self._bot.close()

    def ear(self) -> TelegramEar:
        """What hears its buttons and lines."""
        return TelegramEar(self._bot)

    async def _try(self, address: str, call: SendMessage | EditMessageText) -> Shown | Gone | Failure:
        """Wait for our turn, call, and say what came of it."""
        await self._pace.turn(address, group=self.public(address))
        try:
            done: dict[str, Any] | bool = await self._bot.call(call)
        except ERRORS as error:
            said = refused_with(error)
            if _SAME in said:
                return Shown("")
            if any(words in said for words in _GONE):
                return Gone()
            if (wait := asked_to_wait(error)) is not None:
                self._pace.slow_down(address, wait, group=self.public(address))
            return failure_of(error)
        return Shown(str(done["message_id"]) if isinstance(done, Mapping) else "")


class TelegramEar:
    """`notify.hearing.Ear` over the Bot API's long poll."""

    def __init__(self, bot: BotApi) -> None:
        self._bot = bot

    async def hear(self, first: int, wait_s: int) -> list[Heard] | Failure:
        """getUpdates: buttons, and lines written to the bot alone."""
        call = GetUpdates(offset=first, timeout=wait_s, allowed_updates=["callback_query", "message"])
        try:
            updates = await self._bot.call(call, wait_s + _POLL_MORE_S)
        except ERRORS as error:
            return failure_of(error)
        return [_heard(one) for one in updates]

    async def answer(self, pressed: Pressed, text: str, *, alert: bool = False) -> Failure | None:
        """answerCallbackQuery."""
        shown = text if len(text) <= LONGEST_TOAST else f"{text[: LONGEST_TOAST - 1]}…"
        call = AnswerCallbackQuery(callback_query_id=pressed.query, text=shown, show_alert=alert or None)
        try:
            await self._bot.call(call)
        except ERRORS as error:
            return failure_of(error)
        return None

    def place(self, done: int) -> str:
        """The Bot API remembers it."""
        del done
        return ""

    def go_on(self, place: str) -> None:
        """The Bot API goes on by itself."""

    async def door(self) -> str | Failure:
        """https://core.telegram.org/bots/features#deep-linking"""
        try:
            told = await self._bot.call(GetMe())
        except ERRORS as error:
            return failure_of(error)
        return f"https://t.me/{told.get('username', '')}?start="


def _heard(update: Mapping[str, Any]) -> Heard:
    """https://core.telegram.org/bots/api#update; what is built otherwise is none of ours."""
    number = int(update["update_id"])
    try:
        if press := update.get("callback_query"):
            sender = str(press["from"]["id"])
            # a message that is too old to be shown comes with its chat alone
            message = press.get("message") or {}
            chat = (message.get("chat") or {}).get("id", sender)
            data, shown = str(press.get("data", "")), str(message.get("message_id", ""))
            return Pressed(number, str(press["id"]), sender, str(chat), data, shown)
        message = update.get("message")
        if message and message["chat"]["type"] == "private":
            answered = str((message.get("reply_to_message") or {}).get("message_id", ""))
            return Said(number, str(message["from"]["id"]), str(message.get("text", "")), answered)
    except (KeyError, TypeError, AttributeError):
        return Other(number)
    return Other(number)


def _sending(address: str, notice: Notice, keyboard: dict[str, Any] | None) -> SendMessage:
    return SendMessage(
        chat_id=address,
        text=notice.html,
        disable_notification=notice.silent or None,
        reply_markup=keyboard,
    )


def _keyboard(notice: Notice) -> dict[str, Any] | None:
    """https://core.telegram.org/bots/api#inlinekeyboardmarkup"""
    return (
        {"inline_keyboard": [[_button(one) for one in row] for row in notice.rows]} if notice.rows else None
    )


def _button(button: Button) -> dict[str, str]:
    if button.url:
        return {"text": button.label, "url": button.url}
    return {"text": button.label, "callback_data": button.data}
