"""Calls of a provider's API, at the address that the operator configured: one session an account, answers as JSON."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError

from channels.base import NO_ACCESS, Undelivered, Unsure
from channels.messages import NOTHING, Node
from channels.trust import trusting
from intake.account import Account
from intake.errors import LeadIntakeError, LockedOut, Unavailable

TIMEOUT_S = 15.0
_MOST_BYTES = 8_000_000
_NEVER_SENT = (aiohttp.ClientConnectorError, ProxyError, ProxyConnectionError, ProxyTimeoutError)
"""Faults before the first byte of a request is out."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an API answered: the status, its JSON (an empty object when it is none), `headers` in lower case, the
    `body` itself for who wants no JSON."""

    status: int
    tree: Node
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)

    @property
    def after(self) -> float | None:
        """How many seconds it asks to wait, by its Retry-After."""
        told = self.headers.get("retry-after", "")
        return float(told) if told.isdigit() and len(told) < 6 else None


class Caller:
    """Calls one account's API. `name` is the provider's, for messages; `timeout_s` bounds a call. Raises ConfigFault
    for a `ca_file` that cannot be read.

    Faults are told without addresses: they may hold tokens. A connection serves one call: what a server closes
    while nobody looks would make the next call's outcome unknown.
    """

    def __init__(self, account: Account, name: str, api: str, timeout_s: float | None = None) -> None:
        self.name = name
        self.api = (account.option("api") or api).rstrip("/")
        self.proxy = account.option("proxy")
        self._timeout_s = timeout_s or TIMEOUT_S
        self.ca_file = account.option("ca_file")
        self._tls: ssl.SSLContext | bool = trusting(self.ca_file) if self.ca_file else True
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        """One call of `path` below the API's address (or of a whole address). Raises Unavailable when the provider
        is not reached, Unsure when it broke off after it may have heard us."""
        url = path if "://" in path else f"{self.api}{path}"
        timeout = aiohttp.ClientTimeout(total=timeout_s or self._timeout_s, sock_connect=10)
        try:
            async with self._opened().request(
                method,
                url,
                params=query,
                json=json,
                data=form,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
            ) as answer:
                body = await self._body(answer)
                told = {name.lower(): value for name, value in answer.headers.items()}
                return Answer(answer.status, _object(body), told, body)
        except _NEVER_SENT as error:
            raise Unavailable(f"{self.name} does not answer: {type(error).__name__}") from None
        except aiohttp.ConnectionTimeoutError:
            raise Unavailable(f"{self.name} does not answer: no connection in time") from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unsure(f"{self.name} broke off: {type(error).__name__}") from None

    async def _body(self, answer: aiohttp.ClientResponse) -> bytes:
        parts = bytearray()
        async for part in answer.content.iter_chunked(65_536):
            parts += part
            if len(parts) > _MOST_BYTES:
                raise Unavailable(f"{self.name} answers without end")
        return bytes(parts)

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = (
                ProxyConnector.from_url(self.proxy, ssl=self._tls, force_close=True)
                if self.proxy
                else aiohttp.TCPConnector(ssl=self._tls, force_close=True)
            )
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), json_serialize=_dumps
            )
        return self._session


def refusal(name: str, answer: Answer, said: str, mend: str) -> LeadIntakeError:
    """What an API's refusal of a message means, by its HTTP status; `mend` is what helps against a bad token."""
    told = f" ({said[:200]})" if said else ""
    if answer.status in (401, 403):
        return Undelivered(f"{name} refuses our token{told}: {mend}", NO_ACCESS)
    if answer.status == 429:
        return Unavailable(f"{name} asks to wait", after=answer.after or 5.0)
    if answer.status >= 500:
        return Unavailable(f"{name} answers {answer.status}{told}", after=answer.after)
    return Undelivered(f"{name} does not take it{told or f' ({answer.status})'}")


def lasting(refused: Undelivered, mend: str = "") -> Unavailable:
    """What a refusal means to whoever goes on asking: one of our token is mended by a person alone."""
    known = LockedOut if refused.phrase == NO_ACCESS else Unavailable
    return known(f"{refused}; {mend}" if mend else str(refused), after=60.0)


def _object(body: bytes) -> Node:
    try:
        tree = orjson.loads(body)
    except orjson.JSONDecodeError:
        return NOTHING
    return tree if isinstance(tree, dict) else {"items": tree}


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()
