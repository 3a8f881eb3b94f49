"""Telegram's Bot API through aiogram: the few methods we call, each answering as little as we read. The only module
that imports aiogram.

aiogram builds the checks of all its 700 models when it is imported: 4 seconds of work and 105 MB for the life of the
process. It is made to leave that until they are used, and with answers of our own they never are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pydantic
from aiohttp import ClientConnectorError
from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError

from intake.errors import ConfigFault
from notify.base import Failure, Trouble
from notify.options import TelegramOptions


@contextmanager
def _unbuilt() -> Iterator[None]:
    """A block in which no model is built: `model_rebuild` is how aiogram's module of types asks for it."""
    builds = pydantic.BaseModel.__dict__["model_rebuild"]
    pydantic.BaseModel.model_rebuild = classmethod(lambda _model, **_: None)  # type: ignore[assignment,method-assign]  # put back below
    try:
        yield
    finally:
        pydantic.BaseModel.model_rebuild = builds  # type: ignore[method-assign]  # as it was


with _unbuilt():
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
    from aiogram.methods.base import TelegramMethod
    from aiogram.utils.token import TokenValidationError

_T = TypeVar("_T")
_KEEP_ALIVE_S = 90.0
_PROXY_ERRORS = (ProxyError, ProxyConnectionError, ProxyTimeoutError)
ERRORS = (TelegramAPIError, ClientDecodeError, *_PROXY_ERRORS, OSError)
"""All that a call may raise."""

# the words are the server's: https://core.telegram.org/bots/api#making-requests
_NO_CHAT = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "have no rights to send",
    "chat_write_forbidden",
)
# the first that fits tells it
_TOLD: tuple[tuple[type[Exception], str], ...] = (
    (TelegramForbiddenError, "Telegram: the manager has blocked the bot or left the chat ({said})"),
    (TelegramUnauthorizedError, "Telegram does not know the bot's token: set notify.telegram.token anew"),
    (TelegramNotFound, "Telegram does not know the bot's token: set notify.telegram.token anew"),
    (TelegramNetworkError, "Telegram does not answer ({said})"),
    (ClientDecodeError, "Telegram's answer could not be read; notify.telegram.api must be a Bot API"),
    (ProxyError, "the proxy of notify.telegram.proxy does not let us through"),
    (ProxyConnectionError, "the proxy of notify.telegram.proxy does not answer"),
    (ProxyTimeoutError, "the proxy of notify.telegram.proxy does not answer"),
)


class SendMessage(TelegramMethod[dict[str, Any] | bool]):
    """https://core.telegram.org/bots/api#sendmessage"""

    __returning__ = dict[str, Any] | bool
    __api_method__ = "sendMessage"
    chat_id: str
    text: str
    parse_mode: str = "HTML"
    link_preview_options: dict[str, bool] = pydantic.Field(default_factory=lambda: {"is_disabled": True})
    disable_notification: bool | None = None
    reply_markup: dict[str, Any] | None = None
    reply_parameters: dict[str, Any] | None = None


class EditMessageText(TelegramMethod[dict[str, Any] | bool]):
    """https://core.telegram.org/bots/api#editmessagetext"""

    __returning__ = dict[str, Any] | bool
    __api_method__ = "editMessageText"
    chat_id: str
    message_id: int
    text: str
    parse_mode: str = "HTML"
    link_preview_options: dict[str, bool] = pydantic.Field(default_factory=lambda: {"is_disabled": True})
    reply_markup: dict[str, Any] | None = None


class GetMe(TelegramMethod[dict[str, Any]]):
    """https://core.telegram.org/bots/api#getme"""

    __returning__ = dict[str, Any]
    __api_method__ = "getMe"


class GetUpdates(TelegramMethod[list[dict[str, Any]]]):
    """https://core.telegram.org/bots/api#getupdates. `timeout` in seconds."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"
    offset: int
    timeout: int
    limit: int = 100
    allowed_updates: list[str]


class AnswerCallbackQuery(TelegramMethod[bool]):
    """https://core.telegram.org/bots/api#answercallbackquery"""

    __returning__ = bool
    __api_method__ = "answerCallbackQuery"
    callback_query_id: str
    text: str
    show_alert: bool | None = None


class BotApi:
    """A bot's calls, over one session. Raises ConfigFault for what is no token."""

    def __init__(self, settings: TelegramOptions) -> None:
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

    async def call(self, method: TelegramMethod[_T], within_s: int | None = None) -> _T:
        """The server's answer, as JSON has it. Raises one of ERRORS."""
        return await self._bot(method, request_timeout=within_s)

    async def close(self) -> None:
        """Close the session."""
        await self._bot.session.close()


def asked_to_wait(error: Exception) -> float | None:
    """The seconds of a 429, None for another error."""
    return float(error.retry_after) if isinstance(error, TelegramRetryAfter) else None


def refused_with(error: Exception) -> str:
    """What a 400 says, in small letters; "" for another error."""
    return str(error).lower() if isinstance(error, TelegramBadRequest) else ""


def failure_of(error: Exception) -> Failure:
    """What went wrong, as data."""
    if (wait := asked_to_wait(error)) is not None:
        return Failure(Trouble.SLOW_DOWN, f"Telegram asks to wait {wait:.0f} s", after=wait)
    reason = _reason(error)
    if isinstance(error, (TelegramForbiddenError, TelegramMigrateToChat)):
        return Failure(Trouble.CLOSED, reason)
    if isinstance(error, TelegramUnauthorizedError | TelegramNotFound | TelegramConflictError):
        # a wrong token is answered with 401 or, by some servers, with 404
        return Failure(Trouble.LOCKED, reason)
    if said := refused_with(error):
        closed = any(words in said for words in _NO_CHAT)
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
    if isinstance(error, TelegramConflictError):
        webhook = "webhook" in said.lower()
        other = "a webhook is set for it" if webhook else "another program reads its updates"
        return f"the managers' bot cannot hear taps: {other}; give it to lead-intake alone"
    for kind, told in _TOLD:
        if isinstance(error, kind):
            return told.format(said=said)
    return f"Telegram: {said or type(error).__name__}"
