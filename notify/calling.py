"""HTTP calls to a messenger's own interface: over one session, through a proxy, each answer as data. Nothing raises for
what the other side does."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError

from intake.errors import ConfigFault
from notify.base import Failure, Trouble

_KEEP_ALIVE_S = 90
_PROXY_ERRORS = (ProxyError, ProxyConnectionError, ProxyTimeoutError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the HTTP status, the JSON of the body (None for what is none), the seconds of Retry-After."""

    status: int
    body: Any
    wait_s: float | None = None


class Calls:
    """Calls to one service, which is called `name` to people; `setting` is where it is configured."""

    def __init__(
        self, name: str, setting: str, *, proxy: str = "", timeout_s: float = 10.0, ca_file: str = ""
    ) -> None:
        self._name = name
        self._setting = setting
        self._proxy = proxy
        self._timeout_s = timeout_s
        self._ca_file = ca_file
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        more_s: float = 0.0,
    ) -> Answer | Failure:
        """One call; `more_s` is how much longer than others it may take."""
        wait = aiohttp.ClientTimeout(total=self._timeout_s + more_s)
        body: Any = dict(form) if form is not None else None
        if json is not None:
            body, headers = orjson.dumps(json), {"content-type": "application/json", **(headers or {})}
        try:
            async with self._opened().request(
                method, url, params=query, headers=headers, timeout=wait, allow_redirects=False, data=body
            ) as answer:
                return Answer(
                    answer.status, _json(await answer.read()), _seconds(answer.headers.get("Retry-After", ""))
                )
        except _PROXY_ERRORS:
            return Failure(Trouble.AWAY, f"the proxy of {self._setting}.proxy does not let us through")
        except aiohttp.ClientConnectorError as error:
            # no connection was made: nothing can have been carried out
            return Failure(Trouble.AWAY, f"{self._name} does not answer ({type(error).__name__})")
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return Failure(
                Trouble.AWAY, f"{self._name} does not answer ({type(error).__name__})", unsure=True
            )

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            tls: ssl.SSLContext | bool = True
            if self._ca_file:
                try:
                    tls = ssl.create_default_context(cafile=self._ca_file)
                except OSError as error:
                    raise ConfigFault(f"{self._setting}.ca_file cannot be read: {error.strerror}") from None
            connector = (
                ProxyConnector.from_url(self._proxy, ssl=tls)
                if self._proxy
                else aiohttp.TCPConnector(ssl=tls, keepalive_timeout=_KEEP_ALIVE_S)
            )
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _seconds(text: str) -> float | None:
    try:
        return max(0.0, float(text)) if text else None
    except ValueError:
        return None
