"""The guard: the one way by which an address that came from outside is opened. Public http addresses only, looked up
once and connected to as looked up; every redirect is checked anew; size and time are bounded."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError
from python_socks.async_.asyncio.v2 import Proxy
from yarl import URL

from channels.base import FetchedFile, TooLarge, Unfetchable
from channels.trust import trusting
from intake.errors import Unavailable

_HOPS = 5
_SCHEMES = ("http", "https")
_STRANGE = re.compile(r"[\x00-\x20\x7f\\]")
_TRANSLATED = IPv6Network("64:ff9b::/96")
_REDIRECTS = (301, 302, 303, 307, 308)
_PROXY_FAULTS = (ProxyError, ProxyConnectionError, ProxyTimeoutError)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a fetch may cost: bytes, and seconds with all redirects."""

    most_bytes: int = 20_000_000
    seconds: float = 60.0


class Guard:
    """Opens addresses that came from outside. `trusted` are addresses of the operator's own configuration
    (`http://127.0.0.1:8081`): their host and port may be anywhere. `proxy` is the way out, "" for none; `ca_file` an
    authority that is believed beside the machine's own."""

    def __init__(
        self, trusted: tuple[str, ...] = (), proxy: str = "", bounds: Bounds | None = None, ca_file: str = ""
    ) -> None:
        self._tls: ssl.SSLContext | bool = trusting(ca_file) if ca_file else True
        self._trusted = frozenset(_place(URL(one)) for one in trusted if one)
        self._proxy = proxy
        self.bounds = bounds or Bounds()

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> FetchedFile:
        """The file behind `url`. `headers` (a provider's token) go to the first host alone. Raises Unfetchable,
        TooLarge, Unavailable; none of them tells the address."""
        try:
            async with asyncio.timeout(self.bounds.seconds), self._session() as session:
                return await self._follow(session, url, headers or {})
        except TimeoutError:
            raise Unavailable("the file did not come in time") from None
        except (aiohttp.InvalidURL, ValueError):
            raise Unfetchable("its address is none") from None
        except (aiohttp.ClientError, *_PROXY_FAULTS, OSError) as error:
            raise Unavailable(f"the file's server does not answer: {type(error).__name__}") from None

    async def _follow(
        self, session: aiohttp.ClientSession, url: str, headers: Mapping[str, str]
    ) -> FetchedFile:
        here, given = checked(url, self._trusted), dict(headers)
        for _ in range(_HOPS):
            async with session.get(here, headers=given, allow_redirects=False) as answer:
                if answer.status not in _REDIRECTS:
                    return await self._read(answer)
                there = checked(urljoin(str(here), answer.headers.get("Location", "")), self._trusted)
            if here.scheme == "https" and there.scheme != "https":
                raise Unfetchable("it leads from https to something else")
            if _place(there) != _place(here):
                given = {}
            here = there
        raise Unfetchable("it leads from address to address")

    async def _read(self, answer: aiohttp.ClientResponse) -> FetchedFile:
        most = self.bounds.most_bytes
        if answer.status != 200:
            if answer.status in (408, 425, 429) or answer.status >= 500:
                raise Unavailable(f"the file's server answers {answer.status}")
            raise Unfetchable(f"the file's server answers {answer.status}")
        if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise Unfetchable("it comes packed although that was not asked for")
        if (answer.content_length or 0) > most:
            raise TooLarge
        parts = bytearray()
        async for part in answer.content.iter_chunked(65_536):
            parts += part
            if len(parts) > most:
                raise TooLarge
        return FetchedFile(
            bytes(parts), answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        )

    def _session(self) -> aiohttp.ClientSession:
        connector: aiohttp.TCPConnector
        if self._proxy:
            connector = _ThroughProxy.from_url(self._proxy, ssl=self._tls, force_close=True)
            connector.trusted = self._trusted  # type: ignore[attr-defined]  # as above
        else:
            resolver = _Lookup(self._trusted)
            connector = aiohttp.TCPConnector(
                resolver=resolver, ssl=self._tls, use_dns_cache=False, force_close=True
            )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity", "User-Agent": "lead-intake"},
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=20),
        )


class _Lookup(AbstractResolver):
    """Looks a name up; one that has an address that is not public is not connected to."""

    def __init__(self, trusted: frozenset[tuple[str, int]]) -> None:
        self._trusted = trusted

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses to connect to: these and no others."""
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=0)
            for kind, address in await _addresses(host, port, family, (host, port) in self._trusted)
        ]

    async def close(self) -> None:
        """Nothing is open."""


class _ThroughProxy(ProxyConnector):
    """A proxy that is told the checked address, not the name: it looks nothing up for us."""

    trusted: frozenset[tuple[str, int]] = frozenset()

    async def _connect_via_proxy(
        self,
        host: str,
        port: int,
        ssl: ssl.SSLContext | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - its parent's shape
    ) -> tuple[asyncio.Transport, ResponseHandler]:
        found = await _addresses(host, port, socket.AF_UNSPEC, (host, port) in self.trusted)
        proxy = Proxy(
            proxy_type=self._proxy_type,
            host=self._proxy_host,
            port=self._proxy_port,
            username=self._proxy_username,
            password=self._proxy_password,
        )
        stream = await proxy.connect(dest_host=found[0][1], dest_port=port, timeout=timeout)
        if ssl is not None:
            stream = await stream.start_tls(hostname=host, ssl_context=ssl)
        protocol = ResponseHandler(self._loop)
        # the writer ends the connection when it is forgotten
        protocol.opened_by = stream.writer  # type: ignore[attr-defined]
        transport = stream.writer.transport
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        return transport, protocol  # type: ignore[return-value]  # a WriteTransport that is a Transport


async def _addresses(host: str, port: int, family: int, trusted: bool) -> list[tuple[Any, str]]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
    addresses = [(kind, str(place[0])) for kind, _, _, _, place in found]
    if not trusted and not all(is_public(address) for _, address in addresses):
        raise Unfetchable("its address is not a public one")
    if not addresses:
        raise OSError("no address")
    return addresses


def checked(url: str, trusted: frozenset[tuple[str, int]] = frozenset()) -> URL:
    """An address that may be asked: http or https, without a password, and - where its host is a number, however
    that is written - public. It is the very value that is then opened: nobody reads it a second time in another way.
    Raises Unfetchable."""
    if _STRANGE.search(url):
        raise Unfetchable("its address holds signs that no address holds")
    try:
        read = URL(url)
        place = _place(read)
    except ValueError:
        raise Unfetchable("its address is none") from None
    if read.scheme not in _SCHEMES or not place[0]:
        raise Unfetchable("its address is neither http nor https")
    if read.user is not None or read.password is not None or "@" in read.raw_authority:
        raise Unfetchable("its address holds a name or a password")
    if place not in trusted and _is_number(place[0]) and not is_public(place[0]):
        raise Unfetchable("its address is not a public one")
    return read


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet, whatever it is wrapped in."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _wrapped(ip) if isinstance(ip, IPv6Address) else None
    if inner is not None:
        return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _wrapped(ip: IPv6Address) -> IPv4Address | None:
    if ip in _TRANSLATED:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


def _is_number(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _place(url: URL) -> tuple[str, int]:
    return (url.raw_host or "").lower(), url.port or 0
