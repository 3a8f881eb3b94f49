"""The way in for webhooks: `/in/<account>` and below it. Read, verify and hear, journal - then the answer."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from urllib.parse import unquote_plus

import structlog
from aiohttp import ClientConnectionError, ClientPayloadError, StreamReader, web

from channels.base import RECEIPT, Caller, Channel, Event, Heard, HttpCall, HttpReply, Webhook
from channels.signing import KEY_HEADER, split_secret
from intake.account import Account
from intake.errors import JournalUnavailable, Refused
from intake.ports import Delivery, Door, Receipt
from workers.web.bodies import without_secret
from workers.web.proxies import Proxies
from workers.web.rate import AddressRate

MEGABYTE = 1_000_000
_UNHURRIED_S = 30.0
_SLOWEST_BYTES_S = 4_000
"""A body may take half a minute, and longer as long as it keeps coming at 32 kbit/s."""
_BIG = 256 * 1024
"""Bodies above this are heard in a thread: the others must not wait for them."""
_PRIVATE_HEADERS = frozenset((KEY_HEADER, "authorization", "proxy-authorization", "cookie"))
_RETRY_S = 5.0
_PATHS = ("/in/{account}", "/in/{account}/{tail:.*}")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class InboundLimits:
    """What one request may weigh, how many a public form takes from one address, whose X-Forwarded-For counts:
    addresses and networks."""

    body_mb: float = 25.0
    form_per_address_min: int = 30
    trusted_proxies: frozenset[str] = frozenset()


class InboundRoutes:
    """Hears webhooks for the accounts and hands them to the door."""

    def __init__(
        self,
        accounts: Mapping[str, Account],
        channels: Mapping[str, Channel],
        door: Door,
        limits: InboundLimits,
        rate: AddressRate | None = None,
        who_calls: Callable[[str], Awaitable[Caller]] | None = None,
    ) -> None:
        self._door = door
        self._who_calls = who_calls
        self._limits = limits
        self._most = int(limits.body_mb * MEGABYTE)
        self._trusted = Proxies(limits.trusted_proxies)
        self._rate = rate or AddressRate(limits.form_per_address_min)
        # accounts that are read from a stream have no address here
        self._heard: dict[str, tuple[Account, Channel, Webhook]] = {
            account.id: (account, channel, channel.webhook)
            for account in accounts.values()
            if (channel := channels.get(account.kind)) and channel.webhook
        }

    def add_to(self, app: web.Application) -> None:
        """Serve `/in/...` in `app`."""
        for path in _PATHS:
            app.router.add_route("*", path, self.handle)

    async def handle(self, request: web.Request) -> web.Response:
        """One request of a provider or a visitor; answered after it is on disk."""
        known = self._heard.get(request.match_info["account"])
        if known is None:
            return _line(404, "no such account")
        account, channel, webhook = known
        try:
            address = self._address(request)
            self._admit(request, account, channel, address)
            call = await self._read(request, address)
            heard = await self._hear(call, account, webhook)
            receipts = await self._journal(heard, call, account, channel)
            reply = await self._reply(heard, account, channel)
        except Refused as refused:
            # a wrong key, a broken or too large body, too many posts: one line, a counter, nothing stored
            self._door.refuse(account.id)
            return _refusal(request, channel, refused)
        except JournalUnavailable as away:
            return _line(
                503,
                "cannot store it now, come again",
                {"Retry-After": str(math.ceil(away.after or _RETRY_S))},
            )
        return _answer(reply, receipts)

    async def _reply(self, heard: Heard, account: Account, channel: Channel) -> HttpReply:
        """What the sender is told. An exchange whose caller waits is told who that is, if it is known."""
        if not heard.question or channel.introduce is None or self._who_calls is None:
            return heard.reply
        if account.options.get("introduce", True) is False:
            return heard.reply
        caller = await self._who_calls(heard.question)
        return channel.introduce(caller, account) if caller.name or caller.extension else heard.reply

    def _admit(self, request: web.Request, account: Account, channel: Channel, address: str) -> None:
        """What can be refused before the body is read."""
        if (request.content_length or 0) > self._most:
            raise Refused(413, f"more than {self._limits.body_mb:g} MB")
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise Refused(415, "send it without Content-Encoding")
        if channel.public and not account.secret and request.method == "POST":
            wait = self._rate.wait_s(account.id, address)
            if wait:
                refused = Refused(429, f"too many posts from this address, come again in {math.ceil(wait)} s")
                refused.after = wait
                raise refused

    async def _read(self, request: web.Request, address: str) -> HttpCall:
        tail = request.match_info.get("tail", "")
        if "\0" in tail:
            raise Refused(400, "a NUL byte in the path")
        return HttpCall(
            method=request.method,
            path=tail,
            query=request.rel_url.raw_query_string,
            headers=tuple(
                [
                    (name.lower(), value if value.isascii() else _readable(value))
                    for name, value in request.headers.items()
                ]
            ),
            body=await self._body(request.content) if request.can_read_body else b"",
            remote=address,
        )

    async def _body(self, content: StreamReader) -> bytes:
        if content.is_eof():
            return self._within(content.read_nowait())
        read, loop = bytearray(), asyncio.get_running_loop()
        started = loop.time()
        try:
            while not content.at_eof():
                allowed = _UNHURRIED_S + len(read) / _SLOWEST_BYTES_S
                async with asyncio.timeout_at(started + allowed):
                    read += await content.readany()
                if len(read) > self._most:
                    raise Refused(413, f"more than {self._limits.body_mb:g} MB")
        except TimeoutError:
            raise Refused(408, "the body came too slowly") from None
        except (ClientPayloadError, ClientConnectionError, ConnectionError, web.RequestPayloadError):
            raise Refused(400, "the body was cut") from None
        return bytes(read)

    def _within(self, body: bytes) -> bytes:
        if len(body) > self._most:
            raise Refused(413, f"more than {self._limits.body_mb:g} MB")
        return body

    async def _hear(self, call: HttpCall, account: Account, webhook: Webhook) -> Heard:
        self._verify(call, account, webhook)
        try:
            if len(call.body) > _BIG:
                return await asyncio.to_thread(webhook.hear, call, account)
            return webhook.hear(call, account)
        except Refused:
            raise
        except Exception:
            log.exception("webhook_not_understood", account=account.id, kind=account.kind)
            return Heard(HttpReply(200, "ok"), (Event(),), "not understood")

    def _verify(self, call: HttpCall, account: Account, webhook: Webhook) -> None:
        try:
            webhook.verify(call, account)
        except Refused:
            raise
        except Exception:  # whoever cannot be checked is not let in, whatever went wrong
            log.exception("webhook_not_verified", account=account.id, kind=account.kind)
            raise Refused(403, "cannot check who sent this") from None

    async def _journal(
        self, heard: Heard, call: HttpCall, account: Account, channel: Channel
    ) -> list[Receipt]:
        if not heard.events:
            return []
        kept = _without_secrets(call, account)
        if channel.proof_in_body:
            kept = replace(kept, body=without_secret(call.body, account, channel.proof_in_body))
        return await self._door.accept(Delivery(heard.raws(kept, account), spool=not channel.repeats))

    def _address(self, request: web.Request) -> str:
        """The sender's address; what proxies say counts only as far as the proxies are ours."""
        remote, trusted = request.remote or "", self._trusted
        if remote not in trusted:
            return remote
        for hop in reversed(",".join(request.headers.getall("X-Forwarded-For", ())).split(",")):
            address = hop.strip()
            if not address:
                break
            remote = address
            if address not in trusted:
                break
        return remote[:64]


def _without_secrets(call: HttpCall, account: Account) -> HttpCall:
    """The call as it may be kept: secrets and cookies are nobody's evidence."""
    path, _ = split_secret(call.path, account)
    secret = account.secret
    headers = tuple(
        [
            (name, value)
            for name, value in call.headers
            if name not in _PRIVATE_HEADERS and not (secret and value.rpartition(" ")[2] == secret)
        ]
    )
    query = call.query
    if secret and query:
        kept = [pair for pair in query.split("&") if unquote_plus(pair.partition("=")[2]) != secret]
        query = "&".join(kept)
    return HttpCall(call.method, path, query, headers, call.body, call.remote)


def _readable(value: str) -> str:
    # aiohttp keeps bytes that are no UTF-8 as surrogates, which no database takes
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _answer(reply: HttpReply, receipts: Iterable[Receipt]) -> web.Response:
    receipt = next(iter(receipts), None)
    ident = receipt.inquiry_id if receipt else ""
    headers = {name: value.replace(RECEIPT, ident) for name, value in reply.headers}
    return web.Response(
        status=reply.status, body=reply.body.replace(RECEIPT, ident).encode(), headers=headers
    )


def _refusal(request: web.Request, channel: Channel, refused: Refused) -> web.Response:
    headers = {}
    if refused.status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = "POST"
    if refused.after:
        headers["Retry-After"] = str(math.ceil(refused.after))
    if channel.public and "Origin" in request.headers:
        headers["Access-Control-Allow-Origin"] = (
            "*"  # a page's script may read why; the reason tells no secret
        )
    answer = _line(refused.status, refused.reason, headers)
    if not request.content.is_eof():
        answer.force_close()  # nobody wants the rest of that body
    return answer


def _line(status: int, reason: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(status=status, text=f"{' '.join(reason.split())[:300]}\n", headers=headers)
