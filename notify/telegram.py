"""Telegram through aiogram. The only module that imports it: it weighs 170 MB, so it is loaded when a token is set."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)
from aiogram.utils.token import TokenValidationError
from aiohttp import ClientConnectorError
from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError

from intake.errors import ConfigFault
from notify.base import Button, Failure, Gone, Notice, Shown, Trouble
from notify.options import Limits, NotifyOptions, TelegramOptions
from notify.pace import Pace
from notify.plaintext import utf16_length

LONGEST = 4096
"""UTF-16 units of a message's text, its markup not counted."""
_KEEP_ALIVE_S = 90.0
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

# what the descriptions of https://core.telegram.org/bots/api#making-requests mean to us; the words are the server's
_GONE = (
    "message to edit not found",
    "message can't be edited",
    "message to be replied not found",
    "message_id_invalid",
)
_SAME = "message is not modified"
_PROXY_ERRORS = (ProxyError, ProxyConnectionError, ProxyTimeoutError)
_ERRORS = (TelegramAPIError, ClientDecodeError, *_PROXY_ERRORS, OSError)
_NO_CHAT = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "have no rights to send",
    "chat_write_forbidden",
)
# the first that fits tells it
_TOLD: Mapping[type[Exception], str] = MappingProxyType(
    {
        TelegramForbiddenError: "Telegram: the manager has blocked the bot or left the chat ({said})",
        TelegramUnauthorizedError: "Telegram does not know the bot's token: set notify.telegram.token anew",
        TelegramNotFound: "Telegram does not know the bot's token: set notify.telegram.token anew",
        TelegramNetworkError: "Telegram does not answer ({said})",
        ClientDecodeError: "Telegram's answer could not be read; notify.telegram.api must be a Bot API",
        ProxyError: "the proxy of notify.telegram.proxy does not let us through",
        ProxyConnectionError: "the proxy of notify.telegram.proxy does not answer",
        ProxyTimeoutError: "the proxy of notify.telegram.proxy does not answer",
    }
)


def make(options: NotifyOptions) -> Telegram | None:
    """The messenger, when it is configured."""
    return Telegram(options.telegram, options.limits) if options.telegram else None


class Telegram:
    """`notify.base.Messenger` over the Bot API. An address is a chat id; those of groups are negative."""

    name = "telegram"
    edits = True
    warm_s = 50.0

    def __init__(self, settings: TelegramOptions, limits: Limits, pace: Pace | None = None) -> None:
        self._settings = settings
        self._pace = pace or Pace(limits)
        session = AiohttpSession(
            proxy=settings.proxy or None,
            api=TelegramAPIServer.from_base(settings.api),
            timeout=settings.timeout_s,
        )
        session._connector_init["keepalive_timeout"] = _KEEP_ALIVE_S  # aiogram has no setting for it
        try:
            self._bot = Bot(settings.token, session=session)
        except TokenValidationError:
            raise ConfigFault(
                "notify.telegram.token: is no bot's token; copy it whole from @BotFather"
            ) from None

    def public(self, address: str) -> bool:
        """Groups have negative ids."""
        return address.startswith("-")

    def wait_s(self, address: str) -> float:
        """What the chat's own limits, and pauses we were asked for, leave to wait."""
        return self._pace.wait_s(address, group=self.public(address))

    async def send(self, address: str, notice: Notice) -> Shown | Failure:
        """sendMessage."""

        async def call() -> Message:
            return await self._bot.send_message(
                address,
                notice.html,
                parse_mode="HTML",
                link_preview_options=_NO_PREVIEW,
                disable_notification=notice.silent or None,
                reply_markup=_keyboard(notice),
            )

        if (length := utf16_length(notice.plain)) > LONGEST:
            return Failure(Trouble.WRONG, f"a text of {length} signs does not fit into a message")
        shown = await self._try(address, call)
        return (
            shown if not isinstance(shown, Gone) else Failure(Trouble.WRONG, "Telegram knows no such message")
        )

    async def edit(self, address: str, message_id: str, notice: Notice) -> Shown | Gone | Failure:
        """editMessageText; a message that says so already is fine."""

        async def call() -> Message | bool:
            return await self._bot.edit_message_text(
                notice.html,
                chat_id=address,
                message_id=int(message_id),
                parse_mode="HTML",
                link_preview_options=_NO_PREVIEW,
                reply_markup=_keyboard(notice),
            )

        shown = await self._try(address, call)
        return Shown(message_id) if isinstance(shown, Shown) else shown

    async def ring(self, address: str, message_id: str, notice: Notice) -> Shown | Gone | Failure:
        """A short reply to the card, which makes the telephone sound where an edit does not."""

        async def call() -> Message:
            return await self._bot.send_message(
                address,
                notice.html,
                parse_mode="HTML",
                link_preview_options=_NO_PREVIEW,
                disable_notification=notice.silent or None,
                reply_parameters=ReplyParameters(message_id=int(message_id)),
            )

        return await self._try(address, call)

    async def check(self) -> Failure | None:
        """getMe: tells whether the token is known, and keeps the connection warm."""
        try:
            await self._bot.get_me()
        except _ERRORS as error:
            return self._failure("", error)
        return None

    async def close(self) -> None:
        """Close the session."""
        await self._bot.session.close()

    async def _try(
        self, address: str, call: Callable[[], Awaitable[Message | bool]]
    ) -> Shown | Gone | Failure:
        """Wait for our turn, call, and say what came of it."""
        await self._pace.turn(address, group=self.public(address))
        try:
            done = await call()
        except _ERRORS as error:
            said = str(error).lower()
            if isinstance(error, TelegramBadRequest) and _SAME in said:
                return Shown("")
            if isinstance(error, TelegramBadRequest) and any(words in said for words in _GONE):
                return Gone()
            return self._failure(address, error)
        return Shown(str(done.message_id) if isinstance(done, Message) else "")

    def _failure(self, address: str, error: Exception) -> Failure:
        if isinstance(error, TelegramRetryAfter):
            wait = float(error.retry_after)
            self._pace.slow_down(address, wait, group=self.public(address))
            return Failure(Trouble.SLOW_DOWN, f"Telegram asks to wait {error.retry_after} s", after=wait)
        reason = _reason(error)
        if isinstance(error, (TelegramForbiddenError, TelegramMigrateToChat)):
            return Failure(Trouble.CLOSED, reason)
        if isinstance(error, TelegramUnauthorizedError | TelegramNotFound | TelegramConflictError):
            # a wrong token is answered with 401 or, by some servers, with 404
            return Failure(Trouble.LOCKED, reason)
        if isinstance(error, TelegramBadRequest):
            closed = any(words in str(error).lower() for words in _NO_CHAT)
            return Failure(Trouble.CLOSED if closed else Trouble.WRONG, reason)
        return Failure(Trouble.AWAY, reason, unsure=_unsure(error))


def _unsure(error: Exception) -> bool:
    """Whether the call may have been carried out although it failed. Not when no connection was made, nor when the
    server said itself that it failed."""
    if isinstance(error, (TelegramServerError, *_PROXY_ERRORS)):
        return False
    return not isinstance(error.__cause__, ClientConnectorError)


def _reason(error: Exception) -> str:
    """What went wrong, for a human; never with the token, which stands in the address of each call."""
    said = " ".join(getattr(error, "message", "").split())[:200]
    if isinstance(error, TelegramMigrateToChat):
        return f"Telegram: the group has a new id, {error.migrate_to_chat_id}: put it into the manager's contacts"
    for kind, told in _TOLD.items():
        if isinstance(error, kind):
            return told.format(said=said)
    return f"Telegram: {said or type(error).__name__}"


def _keyboard(notice: Notice) -> InlineKeyboardMarkup | None:
    if not notice.rows:
        return None
    return InlineKeyboardMarkup(inline_keyboard=[[_button(one) for one in row] for row in notice.rows])


def _button(button: Button) -> InlineKeyboardButton:
    if button.url:
        return InlineKeyboardButton(text=button.label, url=button.url)
    return InlineKeyboardButton(text=button.label, callback_data=button.data)
