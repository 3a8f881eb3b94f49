"""The way in for webhooks, on a real server on loopback, with an in-memory door."""

import asyncio
import gzip
import io
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import aiohttp
import pytest
import structlog
from aiohttp import web
from structlog.testing import capture_logs

from channels.base import Channel, Heard, HttpCall
from channels.catalogue import channels_by_kind
from channels.forms.form import Form
from intake.account import Account
from intake.errors import JournalUnavailable
from intake.inquiry import NewRaw
from intake.ports import Delivery, Receipt
from workers.web.inbound import InboundLimits, InboundRoutes
from workers.web.rate import AddressRate
from workers.web.server import AccessLog, ServerLimits, listen, masked_path

KEY = "demo-secret"
PUBLIC = Account("site", "form")
CLOSED = Account("shop", "form", secret=KEY)
LEAD = {"name": "Иван Петров", "phone": "+7 916 123-45-67"}


@dataclass
class MemoryDoor:
    """A door that keeps events in a list; equal ids or content get the first one's receipt."""

    raws: list[NewRaw] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    spoolable: list[bool] = field(default_factory=list)
    away: bool = False

    async def accept(self, delivery: Delivery) -> list[Receipt]:
        if self.away:
            raise JournalUnavailable(after=7)
        self.spoolable.append(delivery.spool)
        return [self._receipt(raw) for raw in delivery.raws]

    def _receipt(self, raw: NewRaw) -> Receipt:
        keys = [(one.account, one.external_id or one.content_key or one.body) for one in self.raws]
        key = (raw.account, raw.external_id or raw.content_key or raw.body)
        first = key not in keys
        if first:
            self.raws.append(raw)
            keys.append(key)
        ident = f"{keys.index(key) + 1:036}"
        return Receipt(ident, ident, first)

    def refuse(self, account: str) -> None:
        self.refused[account] = self.refused.get(account, 0) + 1


@dataclass
class Site:
    """A running server, its door and a browser."""

    door: MemoryDoor
    http: aiohttp.ClientSession
    port: int

    def url(self, path: str = "/in/site") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def raw(self, data: bytes, *, then_close: bool = False) -> bytes:
        """What the server answers to these bytes on a connection of their own."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(data)
            await writer.drain()
            if then_close:
                writer.transport.abort()
                return b""
            return await asyncio.wait_for(reader.read(100_000), 20)
        except ConnectionError:
            return b""
        finally:
            writer.close()


@asynccontextmanager
async def serving(
    *accounts: Account,
    limits: InboundLimits | None = None,
    server: ServerLimits | None = None,
    channels: dict[str, Channel] | None = None,
    rate: AddressRate | None = None,
) -> AsyncIterator[Site]:
    door = MemoryDoor()
    known = {account.id: account for account in accounts or (PUBLIC, CLOSED)}
    app = web.Application()
    InboundRoutes(known, channels or channels_by_kind(), door, limits or InboundLimits(), rate).add_to(app)
    runner = web.AppRunner(app)
    await runner.setup()
    sock = socket.create_server(("127.0.0.1", 0))
    listening = await listen(runner, sock, server or ServerLimits())
    try:
        async with aiohttp.ClientSession() as http:
            yield Site(door, http, sock.getsockname()[1])
    finally:
        listening.close()
        await runner.cleanup()


@pytest.fixture
def logs() -> Iterator[list[dict[str, object]]]:
    structlog.reset_defaults()
    with capture_logs() as caught:
        yield caught


async def test_a_form_is_answered_with_its_receipt() -> None:
    """The answer holds the inquiry's id, and the event is in the door's hands before."""
    async with serving() as site, site.http.post(site.url(), data=LEAD) as answer:
        assert answer.status == 200
        assert await answer.json() == {"receipt": f"{1:036}"}
        assert answer.content_type == "application/json"
        assert [raw.account for raw in site.door.raws] == ["site"]
        assert site.door.spoolable == [True]


async def test_a_repeated_post_gets_the_first_ones_receipt() -> None:
    """F48: a double click is one request, answered twice alike."""
    async with serving() as site:
        answers = []
        for _ in range(3):
            async with site.http.post(site.url(), json=LEAD) as answer:
                answers.append(await answer.json())
        assert answers == [answers[0]] * 3
        assert len(site.door.raws) == 1


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/in/shop", {}, 401),
        ("/in/shop", {"X-Lead-Intake-Key": ""}, 401),
        ("/in/shop", {"X-Lead-Intake-Key": "wrong"}, 403),
        ("/in/shop", {"X-Lead-Intake-Key": KEY + "x"}, 403),
        ("/in/shop", {"X-Lead-Intake-Key": KEY.upper()}, 403),
        ("/in/shop/wrong", {}, 403),
        ("/in/shop/" + KEY, {"X-Lead-Intake-Key": "wrong"}, 403),
        ("/in/shop", {"X-Lead-Intake-Key": KEY}, 200),
        ("/in/shop/" + KEY, {}, 200),
        ("/in/nobody", {}, 404),
    ],
)
async def test_f59_only_the_accounts_own_key_lets_in(path: str, headers: dict[str, str], status: int) -> None:
    """A missing, empty, wrong or nearly right key stores nothing but a counter."""
    async with serving() as site, site.http.post(site.url(path), data=LEAD, headers=headers) as answer:
        text = await answer.text()
        assert answer.status == status
        assert text.count("\n") <= 1
        assert len(site.door.raws) == (status == 200)
        assert site.door.refused == ({"shop": 1} if status in (401, 403) else {})


async def test_f59_the_first_of_two_keys_counts() -> None:
    """A right key cannot be slipped in behind a wrong one."""
    async with serving() as site:
        headers = [("X-Lead-Intake-Key", "wrong"), ("X-Lead-Intake-Key", KEY)]
        async with site.http.post(site.url("/in/shop"), data=LEAD, headers=headers) as answer:
            assert answer.status == 403
        assert site.door.raws == []


async def test_f59_another_accounts_key_does_not_fit() -> None:
    """Each account has its own key."""
    other = Account("other", "form", secret="demo-other")
    async with serving(CLOSED, other) as site:
        async with site.http.post(site.url("/in/shop/demo-other"), data=LEAD) as answer:
            assert answer.status == 403
        assert site.door.raws == []


async def test_secrets_are_not_kept() -> None:
    """Neither the key, in whichever place, nor cookies reach the journal."""
    async with serving() as site:
        headers = {
            "X-Lead-Intake-Key": KEY,
            "Cookie": "session=demo",
            "Authorization": "Basic demo",
            "X-Kept": "1",
        }
        async with site.http.post(site.url("/in/shop/" + KEY), json=LEAD, headers=headers) as answer:
            assert answer.status == 200
        (raw,) = site.door.raws
        assert raw.head["path"] == ""
        kept = dict(raw.head["headers"])
        assert kept["x-kept"] == "1"
        assert not {"cookie", "authorization", "x-lead-intake-key"} & set(kept)
        assert KEY not in json.dumps(raw.head)


async def test_a_secret_is_not_kept_wherever_a_mapping_looks_for_it() -> None:
    """A token in the query or in a header of the sender's own is left out, what stands beside it stays."""
    by_query = Account("q", "custom", secret=KEY, options={"check": {"query": "token"}})
    by_header = Account(
        "h", "custom", secret=KEY, options={"check": {"header": "X-Token", "prefix": "Bearer "}}
    )
    async with serving(by_query, by_header) as site:
        async with site.http.post(site.url(f"/in/q?a=1&token={KEY}&b=2"), json=LEAD) as answer:
            assert answer.status == 200
        headers = {"X-Token": f"Bearer {KEY}", "X-Kept": "1"}
        async with site.http.post(site.url("/in/h"), json=LEAD, headers=headers) as answer:
            assert answer.status == 200
        first, second = site.door.raws
        assert first.head["query"] == "a=1&b=2"
        assert dict(second.head["headers"])["x-kept"] == "1"
        assert KEY not in json.dumps([first.head, second.head])


@pytest.mark.parametrize(
    ("account", "body"),
    [
        (
            Account("m", "megafon", options={"crm_token": "demo secret"}),
            "cmd=history&crm_token=demo+secret&callid=c1&phone=79161234567&user=demo+secretary",
        ),
        (
            Account("v", "vk", secret=KEY, options={"group_id": 7, "confirmation": "c"}),
            '{"type":"message_new","group_id":7,"secret":"demo-secret","object":{}}',
        ),
        (
            Account("g", "google-ads", options={"google_key": KEY}),
            '{"lead_id":"1","google_key":"demo-secret","user_column_data":[]}',
        ),
        (
            Account("c", "custom", secret=KEY, options={"check": {"field": "key"}}),
            "<lead><key>demo-secret</key><phone>79161234567</phone></lead>",
        ),
    ],
    ids=lambda one: one.kind if isinstance(one, Account) else "",
)
async def test_a_secret_that_proves_its_sender_in_the_body_is_not_kept(account: Account, body: str) -> None:
    """It is masked where it stands as a whole value, whoever may look at the original later; the rest stays."""
    form = "application/x-www-form-urlencoded"
    kind = form if body.startswith("cmd") else "application/json" if body.startswith("{") else "text/xml"
    async with serving(account) as site:
        url = site.url(f"/in/{account.id}")
        async with site.http.post(url, data=body, headers={"Content-Type": kind}) as answer:
            assert answer.status == 200
        (raw,) = site.door.raws
        kept = raw.body.decode()
        assert kept == body.replace("demo+secret&", "***&").replace(KEY, "***")
        assert kept != body


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"name": "x"', "application/json", 400),
        (b"[1, 2]", "application/json", 400),
        (b'"text"', "application/json", 400),
        (b"", "application/json", 400),
        (b"", "application/x-www-form-urlencoded", 400),
        (b"<a/>", "application/xml", 400),
        (b"[" * 1000 + b"]" * 1000, "application/json", 400),
        (b'{"a":' * 1000 + b"1" + b"}" * 1000, "application/json", 400),
        (b"name=a%00b", "application/x-www-form-urlencoded", 400),
        (b"na%00me=ab", "application/x-www-form-urlencoded", 400),
        (b'{"name": "a\\u0000b"}', "application/json", 400),
        (b"&".join(b"f%d=1" % number for number in range(10_000)), "application/x-www-form-urlencoded", 400),
        (b"name=" + b"a" * 120_000, "application/x-www-form-urlencoded", 413),
    ],
)
async def test_bad_bodies_are_refused_in_one_line(body: bytes, kind: str, status: int) -> None:
    """Each kind of broken body gets its 4xx and stores nothing but a counter."""
    async with serving(limits=InboundLimits(body_mb=0.1)) as site:
        async with site.http.post(site.url(), data=body, headers={"Content-Type": kind}) as answer:
            text = await answer.text()
            assert (answer.status, text.count("\n")) == (status, 1)
            assert len(text) < 300
        async with site.http.post(site.url(), data=LEAD) as answer:
            assert answer.status == 200
        assert len(site.door.raws) == 1
        assert site.door.refused == {"site": 1}


async def test_a_body_without_a_length_is_stopped_at_the_limit() -> None:
    """A stream that never says how long it is is read as far as the limit, never farther."""
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b"a" * 65_536

    async with serving(limits=InboundLimits(body_mb=1), server=ServerLimits(linger_s=0.1)) as site:
        try:
            async with site.http.post(site.url(), data=endless()) as answer:
                assert answer.status == 413
        except aiohttp.ClientConnectionError:
            pass  # the server hung up while we were still sending: as good an answer
        assert site.door.refused == {"site": 1}
        assert sent < 40_000_000


async def test_f41_packed_bodies_are_refused_unopened() -> None:
    """A gzip bomb is not unpacked, it is refused."""
    bomb = gzip.compress(b"name=" + b"a" * 10_000_000)
    async with serving() as site:
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/x-www-form-urlencoded"}
        async with site.http.post(site.url(), data=bomb, headers=headers) as answer:
            assert answer.status == 415
        assert site.door.raws == []


@pytest.mark.parametrize(
    "head",
    [
        b"POST /in/site HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * 1_000_000 + b"\r\n\r\n",
        b"POST /in/site HTTP/1.1\r\nHost: a\r\n"
        + b"".join(b"X-%d: 1\r\n" % one for one in range(5000))
        + b"\r\n",
        b"POST /in/" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /in/site HTTP/1.1\r\nHost: a\r\nX-Nul: a\x00b\r\n\r\n",
        b"POST /in/site HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
async def test_bad_heads_get_one_line_and_no_traceback(head: bytes, logs: list[dict[str, object]]) -> None:
    """A 1 MB header, a thousand headers, NUL bytes or smuggling: 4xx, one line, one log line."""
    async with serving() as site:
        answer = await site.raw(head)
        status, _, rest = answer.partition(b"\r\n")
        assert not answer or status.split()[1].startswith(b"4")
        assert rest.partition(b"\r\n\r\n")[2].count(b"\n") <= 1
        async with site.http.post(site.url(), data=LEAD) as good:
            assert good.status == 200
        assert len(site.door.raws) == 1
    assert not [line for line in logs if line.get("exc_info")]


async def test_f24_a_cut_body_leaves_nothing() -> None:
    """Cut after any byte, a request is absent; whole, it is there."""
    body = b"name=%D0%98%D0%B2%D0%B0%D0%BD&phone=89161234567"
    head = b"POST /in/site HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    whole = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    async with serving() as site:
        for cut in range(0, len(whole), 3):
            await site.raw(whole[:cut], then_close=True)
        await asyncio.sleep(0)
        assert site.door.raws == []
        answer = await site.raw(whole.replace(b"Host: a", b"Host: a\r\nConnection: close"))
        assert answer.startswith(b"HTTP/1.1 200")
        assert [raw.body for raw in site.door.raws] == [body]


async def test_f24_a_cut_chunked_body_leaves_nothing(logs: list[dict[str, object]]) -> None:
    """A chunked body without its last chunk is no body."""
    async with serving() as site:
        head = b"POST /in/site HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        await site.raw(head + b"8\r\nname=abc\r\n", then_close=True)
        async with site.http.post(site.url(), data=LEAD) as answer:
            assert answer.status == 200
        assert len(site.door.raws) == 1
    assert not [line for line in logs if line.get("exc_info")]


async def test_f26_idle_connections_keep_nobody_out() -> None:
    """With every place taken by silent strangers, the longest silent one leaves and a visitor is served."""
    async with serving(server=ServerLimits(connections=20)) as site:
        strangers = [await asyncio.open_connection("127.0.0.1", site.port) for _ in range(60)]
        for _, writer in strangers[::2]:
            writer.write(b"POST /in/site HTTP/1.1\r\nHost: a\r\n")
        async with site.http.post(site.url(), data=LEAD) as answer:
            assert answer.status == 200
        for _, writer in strangers:
            writer.close()


async def test_f26_a_head_that_never_ends_is_hung_up_on() -> None:
    """A head has to be complete within `idle_s`, however it drips."""
    async with serving(server=ServerLimits(idle_s=0.3)) as site:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(b"POST /in/site HTTP/1.1\r\nHost: a\r\n")
        assert await asyncio.wait_for(reader.read(), 20) == b""
        writer.close()


async def test_503_when_the_journal_is_away() -> None:
    """The sender is told to come again, and when."""
    async with serving() as site:
        site.door.away = True
        async with site.http.post(site.url(), data=LEAD) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "7")
        assert site.door.refused == {}


async def test_other_methods_are_refused() -> None:
    """A form is posted: everything else is 405, which names what is allowed."""
    async with serving() as site:
        for method in ("GET", "PUT", "DELETE", "HEAD"):
            async with site.http.request(method, site.url()) as answer:
                assert (answer.status, answer.headers["Allow"]) == (405, "POST")


async def test_f48_a_robot_is_stopped_by_its_address() -> None:
    """A public form takes so many posts a minute from an address; a post with the account's key is not counted."""
    clock = [0.0]
    async with serving(rate=AddressRate(5, lambda: clock[0])) as site:
        statuses = []
        for number in range(8):
            async with site.http.post(site.url(), data=LEAD | {"n": str(number)}) as answer:
                statuses.append(answer.status)
        assert statuses == [200] * 5 + [429] * 3
        assert answer.headers["Retry-After"] == "12"
        clock[0] = 12.5
        async with site.http.post(site.url(), data=LEAD | {"n": "later"}) as answer:
            assert answer.status == 200
        for number in range(8):
            async with site.http.post(site.url("/in/shop/" + KEY), data=LEAD | {"n": str(number)}) as answer:
                assert answer.status == 200


@pytest.mark.parametrize(
    ("trusted", "forwarded", "address"),
    [
        (("127.0.0.0/8", "10.0.0.0/8"), "6.6.6.6, 1.2.3.4, 10.0.0.5", "1.2.3.4"),
        ((), "203.0.113.9", "127.0.0.1"),
        (("127.0.0.1",), "203.0.113.9", "203.0.113.9"),
        (("127.0.0.1",), "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (("127.0.0.1", "203.0.113.9"), "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (("127.0.0.1",), "", "127.0.0.1"),
    ],
)
async def test_only_our_proxies_tell_the_address(
    trusted: tuple[str, ...], forwarded: str, address: str
) -> None:
    """X-Forwarded-For is believed from the right, as far as the hops are ours."""
    async with serving(limits=InboundLimits(trusted_proxies=frozenset(trusted))) as site:
        async with site.http.post(site.url(), data=LEAD, headers={"X-Forwarded-For": forwarded}) as answer:
            assert answer.status == 200
        assert site.door.raws[0].head["remote"] == address


class Broken(Form):
    """A kind with a fault of ours in it."""

    def hear(self, call: HttpCall, account: Account) -> Heard:
        raise ZeroDivisionError


async def test_a_fault_of_ours_does_not_cost_the_request(logs: list[dict[str, object]]) -> None:
    """What a kind fails to understand is kept, to be buried for a human."""
    broken = Broken()
    row = replace(channels_by_kind()["form"], webhook=broken, parser=broken)
    async with serving(channels={"form": row}) as site:
        async with site.http.post(site.url(), data=LEAD) as answer:
            assert answer.status == 200
        assert len(site.door.raws) == 1
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["webhook_not_understood"]


class Unsure(Form):
    """A kind whose check breaks."""

    def verify(self, call: HttpCall, account: Account) -> None:
        raise ZeroDivisionError


async def test_f59_a_check_that_breaks_lets_nobody_in(logs: list[dict[str, object]]) -> None:
    """A fault of ours while checking the sender closes the door."""
    unsure = Unsure()
    row = replace(channels_by_kind()["form"], webhook=unsure, parser=unsure)
    async with serving(channels={"form": row}) as site:
        async with site.http.post(site.url(), data=LEAD) as answer:
            assert answer.status == 403
        assert site.door.raws == []
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["webhook_not_verified"]


async def test_a_big_form_arrives_whole() -> None:
    """A file of several megabytes takes the thread's way and comes out byte by byte the same."""
    content = bytes(range(256)) * 12_000
    async with serving() as site:
        form = aiohttp.FormData(LEAD)
        form.add_field("file", io.BytesIO(content), filename="photo.jpg", content_type="image/jpeg")
        async with site.http.post(site.url(), data=form) as answer:
            assert answer.status == 200
        assert content in site.door.raws[0].body


async def test_a_page_on_another_site_may_read_the_answer() -> None:
    """CORS: the preflight is answered, and the listed site's script reads answer and refusal."""
    account = Account("site", "form", options={"origins": ["https://example.ru"]})
    async with serving(account) as site:
        ours = {"Origin": "https://example.ru"}
        async with site.http.options(site.url(), headers=ours) as answer:
            assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (
                204,
                "https://example.ru",
            )
        async with site.http.post(site.url(), json=LEAD, headers=ours) as answer:
            assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (
                200,
                "https://example.ru",
            )
        async with site.http.post(
            site.url(), json=LEAD, headers={"Origin": "https://evil.example"}
        ) as answer:
            assert answer.status == 403
        assert len(site.door.raws) == 1


async def test_a_browser_is_sent_to_the_thank_you_page() -> None:
    """A form that the browser itself posts ends on the site's own page."""
    account = Account("site", "form", options={"thank_you": "https://example.ru/thanks?id={receipt}"})
    async with serving(account) as site:
        headers = {"Accept": "text/html,*/*"}
        async with site.http.post(site.url(), data=LEAD, headers=headers, allow_redirects=False) as answer:
            assert answer.status == 303
            assert answer.headers["Location"] == f"https://example.ru/thanks?id={1:036}"
        async with site.http.post(site.url(), json=LEAD) as answer:
            assert answer.status == 200


async def test_headers_that_are_no_text_are_kept_as_text() -> None:
    """Bytes that are no UTF-8 in a header do not reach the journal as broken characters."""
    async with serving() as site:
        head = b"POST /in/site?utm_source=a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nReferer: \xcf\xf0\r\n"
        kind = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 8\r\n\r\n"
        answer = await site.raw(head + kind + b"name=abc")
        assert answer.startswith(b"HTTP/1.1 200")
        json.dumps(site.door.raws[0].head, ensure_ascii=False).encode("utf-8")


def test_paths_in_the_log_hide_secrets() -> None:
    """Whatever follows the account in a path is masked."""
    assert masked_path("/in/shop/" + KEY) == "/in/shop/***"
    assert masked_path("/in/shop/events/" + KEY) == "/in/shop/***"
    assert masked_path("/in/shop") == "/in/shop"
    assert issubclass(AccessLog, aiohttp.abc.AbstractAccessLogger)


async def test_the_access_log_tells_no_secret(logs: list[dict[str, object]]) -> None:
    """F68: neither path nor query puts a key or a person into the log."""
    async with serving() as site:
        async with site.http.post(site.url(f"/in/shop/{KEY}?phone=79161234567"), data=LEAD) as answer:
            assert answer.status == 200
        async with site.http.post(site.url(f"/in/shop/{KEY}x?phone=79161234567"), data=LEAD) as answer:
            assert answer.status == 403
    assert [line["status"] for line in logs] == [403]
    told = json.dumps(logs, default=str)
    assert "/in/shop/***" in told
    assert KEY not in told
    assert "7916" not in told


def test_the_rate_forgets_old_addresses_first() -> None:
    """The number of buckets is bounded, whatever addresses come."""
    rate = AddressRate(1, lambda: 0.0)
    for number in range(30_000):
        assert rate.wait_s("site", f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}") == 0
    assert rate.wait_s("site", "10.0.117.47") == 60
    assert rate.wait_s("site", "10.0.0.1") == 0


def test_ipv6_neighbours_share_a_bucket() -> None:
    """Whoever owns a /64 does not get 2**64 turns."""
    rate = AddressRate(1, lambda: 0.0)
    assert rate.wait_s("site", "2001:db8::1") == 0
    assert rate.wait_s("site", "2001:db8::ffff:1") == 60
    assert rate.wait_s("site", "2001:db8:0:1::1") == 0
    assert rate.wait_s("site", "::ffff:192.0.2.1") == 0
    assert rate.wait_s("site", "not an address:") == 0
