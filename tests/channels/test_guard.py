"""Row F61: addresses that came from outside are opened by the guard alone, and lead nowhere inside."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.base import TooLarge, Unfetchable
from channels.calling import Caller
from channels.guard import Bounds, Guard, checked, is_public
from intake.account import Account
from intake.errors import ConfigFault, Unavailable


@dataclass
class Trap:
    """Listens on the loopback, and on every address of this machine that a disguise may lead to."""

    port: int = 0
    caught: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.caught.append(str(writer.get_extra_info("sockname")))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
        await writer.drain()
        writer.close()


@pytest.fixture
async def trap() -> AsyncIterator[Trap]:
    """A trap on 127.0.0.1 and ::1."""
    found = Trap()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    servers = [server]
    if socket.has_ipv6:
        with contextlib.suppress(OSError):  # a machine without it has nothing to trap there
            servers.append(await asyncio.start_server(found.serve, "::1", found.port))
    yield found
    for one in servers:
        one.close()
        await one.wait_closed()


@asynccontextmanager
async def site(answer: Callable[[web.Request], Any]) -> AsyncIterator[str]:
    """A site that the operator trusts; its address."""
    app = web.Application()
    app.router.add_get("/{rest:.*}", answer)
    async with TestServer(app, host="127.0.0.1") as server:
        yield str(server.make_url("")).rstrip("/")


DISGUISES = (
    "http://127.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0x7f000001:{port}/",
    "http://2130706433:{port}/",
    "http://0.0.0.0:{port}/",
    "http://localhost:{port}/",
    "http://[::1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://１２７.0.0.1:{port}/",
    "http://127。0。0。1:{port}/",
    "http://user@127.0.0.1:{port}/",
    "http://example.org@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@example.org/",
    "file:///etc/hostname",
    "gopher://127.0.0.1:{port}/_x",
    "ftp://127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "http:///{port}",
    "http://127.0.0.1:{port}/ HTTP/1.1\r\nX: y",
    "http://169.254.169.254/latest/meta-data/",
    "http://198.18.0.1/",
    "http://100.64.0.1/",
    "http://10.0.0.1/",
    "http://224.0.0.1/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "",
)


@pytest.mark.parametrize("disguise", DISGUISES)
async def test_f61_no_disguise_leads_inside(trap: Trap, disguise: str) -> None:
    """Refused for good, and not a single connection is made."""
    with pytest.raises(Unfetchable):
        await Guard().get(disguise.format(port=trap.port))
    assert trap.caught == []


@pytest.mark.parametrize("disguise", [one for one in DISGUISES if one.startswith("http")])
async def test_f61_a_redirect_leads_inside_no_more_than_an_address(trap: Trap, disguise: str) -> None:
    """Each hop is checked as the first one is."""

    async def lead(request: web.Request) -> web.Response:
        target = disguise.format(port=trap.port).replace("\r\n", "%0d%0a")
        return web.Response(status=302, headers={"Location": target})

    async with site(lead) as url:
        with pytest.raises(Unfetchable):
            await Guard((url,)).get(f"{url}/file")
    assert trap.caught == []


async def test_f61_a_name_is_looked_up_once(trap: Trap, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is public when it is checked and ours when it is opened: what was checked is what is opened."""
    loop, looked = asyncio.get_running_loop(), []
    real = loop.getaddrinfo

    async def rebinding(host: str, port: int, **given: Any) -> Any:
        if host != "rebind.example":
            return await real(host, port, **given)
        looked.append(host)
        # 192.0.2.1 is nobody's; after the first look the name leads to the trap
        address = "127.0.0.1" if len(looked) > 1 else "8.8.8.8"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    async def nowhere(*_: Any, **__: Any) -> None:
        raise OSError("no network in a test")

    monkeypatch.setattr(loop, "getaddrinfo", rebinding)
    monkeypatch.setattr(loop, "sock_connect", nowhere)
    with pytest.raises(Unavailable):
        await Guard().get(f"http://rebind.example:{trap.port}/")
    assert looked == ["rebind.example"]
    assert trap.caught == []


async def test_f61_a_name_with_one_address_of_ours_is_not_opened(
    trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no matter which of its addresses would be tried first."""

    async def both(host: str, port: int, **_: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in ("8.8.8.8", "127.0.0.1")]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", both)
    with pytest.raises(Unfetchable, match="not a public one"):
        await Guard().get(f"http://both.example:{trap.port}/")
    assert trap.caught == []


async def test_f61_a_proxy_is_told_the_checked_address_and_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks nothing up for us: what it connects to is what was checked here."""
    asked: list[bytes] = []

    async def socks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(3)
        writer.write(b"\x05\x00")
        asked.append(await reader.readexactly(10))
        writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 3\r\n\r\npng")
        await writer.drain()
        writer.close()

    loop = asyncio.get_running_loop()
    real = loop.getaddrinfo

    async def known(host: str, port: int, **given: Any) -> Any:
        if host != "files.example":
            return await real(host, port, **given)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", port))]

    monkeypatch.setattr(loop, "getaddrinfo", known)
    server = await asyncio.start_server(socks, "127.0.0.1", 0)
    async with server:
        proxy = f"socks5://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        fetched = await Guard((), proxy).get("http://files.example/a.png")
        with pytest.raises(Unfetchable):
            await Guard((), proxy).get("http://localhost/")
    assert (fetched.content, fetched.type) == (b"png", "image/png")
    assert asked == [b"\x05\x01\x00\x01\x08\x08\x08\x08\x00\x50"]


async def test_f61_only_the_operators_own_server_may_stand_inside(trap: Trap) -> None:
    """A self-hosted API is trusted at its host and port, not beside it; a token goes to nobody else."""
    heard: list[str] = []

    async def give(request: web.Request) -> web.Response:
        heard.append(request.headers.get("Authorization", ""))
        if request.path == "/further":
            raise web.HTTPFound("/file")
        return web.Response(body=b"bytes", content_type="image/png")

    async with site(give) as url:
        fetched = await Guard((url,)).get(f"{url}/further", {"Authorization": "demo-secret"})
        assert (fetched.content, fetched.type) == (b"bytes", "image/png")
        with pytest.raises(Unfetchable):
            await Guard((url,)).get(f"http://127.0.0.1:{trap.port}/")
    async with site(give) as first, site(give) as second:

        async def away(request: web.Request) -> web.Response:
            raise web.HTTPFound(f"{second}/file")

        async with site(away) as leading:
            await Guard((leading, first, second)).get(f"{leading}/x", {"Authorization": "demo-secret"})
    assert heard == ["demo-secret", "demo-secret", ""]
    assert trap.caught == []


async def test_f61_size_and_time_are_bounded() -> None:
    """Whether the server tells the size, hides it, or never ends."""

    async def big(request: web.Request) -> web.StreamResponse:
        if request.path == "/told":
            return web.Response(body=b"x" * 2000)
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"x" * 100)
            if request.path == "/slow":
                await asyncio.sleep(0.05)
        return response

    async with site(big) as url:
        guard = Guard((url,), bounds=Bounds(1000, 0.5))
        with pytest.raises(TooLarge):
            await guard.get(f"{url}/told")
        with pytest.raises(TooLarge):
            await guard.get(f"{url}/hidden")
        with pytest.raises(Unavailable, match="in time"):
            await Guard((url,), bounds=Bounds(1_000_000, 0.5)).get(f"{url}/slow")


async def test_f61_what_a_server_answers_instead_of_a_file() -> None:
    """Gone is gone, away comes again; what leads in circles or comes packed is no file."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/packed":
            return web.Response(body=b"x", headers={"Content-Encoding": "gzip"})
        if request.path == "/circle":
            raise web.HTTPFound("/circle")
        return web.Response(status=int(request.path[1:]))

    async with site(answer) as url:
        guard = Guard((url,))
        for path in ("404", "410", "packed", "circle"):
            with pytest.raises(Unfetchable):
                await guard.get(f"{url}/{path}")
        for path in ("429", "500", "503"):
            with pytest.raises(Unavailable):
                await guard.get(f"{url}/{path}")
    with pytest.raises(Unavailable, match="does not answer") as gone:
        await guard.get(f"{url}/file?token=demo-secret")
    assert "demo-secret" not in str(gone.value)


def test_f61_what_is_public() -> None:
    """The open internet, by whatever wrapping, and nothing else."""
    assert all(map(is_public, ("8.8.8.8", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8")))
    ours = ("127.0.0.1", "10.1.1.1", "100.64.1.1", "198.18.0.1", "169.254.1.1", "192.0.2.1", "0.0.0.0")
    assert not any(map(is_public, (*ours, "::", "fe80::1%eth0", "::ffff:10.0.0.1", "240.0.0.1", "x")))
    assert str(checked("https://files.example/%D1%84.pdf?x=1")) == "https://files.example/%D1%84.pdf?x=1"


def test_an_authority_that_cannot_be_read_is_a_fault_of_the_configuration(tmp_path: Path) -> None:
    """Told before anything is asked, by whoever would trust it."""
    (tmp_path / "ca.pem").write_text("nothing")
    for named in ("ca.pem", "other.pem"):
        with pytest.raises(ConfigFault, match="ca_file"):
            Guard(ca_file=str(tmp_path / named))
        with pytest.raises(ConfigFault, match="ca_file"):
            Caller(
                Account("m", "max", options={"ca_file": str(tmp_path / named)}), "MAX", "https://x.example"
            )
