"""Bad input through a running instance: each gets its 4xx in one line, leaves only a counter, disturbs nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.system.instance import Instance, instance, until

KEY = "demo-secret"
CONFIG = f"""
[[account]]
id = "site"
kind = "form"
secret = "{KEY}"

[[manager]]
id = "petrova"
name = "Анна Петрова"

[limits]
body_mb = 1
"""
JSON = "application/json"
URLENCODED = "application/x-www-form-urlencoded"
GOOD = b"phone=%2B79162072001&name=Ivan"
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Bad:
    """A request that must be refused: what it is sent with, and the statuses that fit. `counted`: it reaches the
    account, so its refusal is counted; what is no HTTP reaches none."""

    body: bytes = GOOD
    kind: str = URLENCODED
    key: str = KEY
    method: str = "POST"
    more: tuple[tuple[str, str], ...] = ()
    status: tuple[int, ...] = (400,)
    counted: bool = True
    path: str = "/in/site"

    def bytes(self) -> bytes:
        head = [f"{self.method} {self.path} HTTP/1.1", "Host: localhost", "Connection: close"]
        head += [f"Content-Type: {self.kind}"] if self.kind else []
        head += [f"X-Lead-Intake-Key: {self.key}"] if self.key else []
        head += [f"{name}: {value}" for name, value in self.more]
        head.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join(head).encode() + b"\r\n\r\n" + self.body


CASES = {
    "wrong_secret": Bad(key="wrong", status=(401, 403)),
    "no_secret": Bad(key="", status=(401, 403)),
    "wrong_secret_in_the_path": Bad(key="", path="/in/site/wrong", status=(401, 403)),
    "body_over_the_limit": Bad(b"comment=" + b"a" * MEGABYTE, status=(413,)),
    "broken_json": Bad(b'{"phone": "+7 916', JSON),
    "json_of_another_shape": Bad(b"[1, 2, 3]", JSON),
    "json_in_another_charset": Bad('{"phone": "+7 916"'.encode("utf-16"), JSON),
    "wrong_content_type": Bad(b"%PDF-1.7", "application/pdf", status=(400, 415)),
    "packed": Bad(b"\x1f\x8b" + GOOD, more=(("Content-Encoding", "gzip"),), status=(415,)),
    "thousand_levels_of_lists": Bad(b'{"a":' + b"[" * 1000 + b"]" * 1000 + b"}", JSON),
    "thousand_levels_of_objects": Bad(b'{"a":' * 1000 + b"1" + b"}" * 1000, JSON),
    "bottomless": Bad(b'{"a":' * 150_000, JSON),
    "nul_bytes": Bad(b"phone=%2B79162072001&name=I%00van"),
    "nul_bytes_in_json": Bad(b'{"phone": "+79162072001", "name": "I\\u0000van"}', JSON),
    "nul_bytes_in_the_path": Bad(path="/in/site/%00", status=(400, 403)),
    "too_many_fields": Bad(b"&".join(b"f%d=1" % number for number in range(5000))),
    "multipart_without_its_boundary": Bad(b"--a\r\n\r\n", "multipart/form-data; boundary=b"),
    "nothing_at_all": Bad(b""),
    "another_method": Bad(b"", method="GET", status=(405,)),
    "megabyte_of_one_header": Bad(more=(("X-Long", "a" * MEGABYTE),), status=(400, 431), counted=False),
    "megabyte_of_headers": Bad(
        more=tuple((f"X-{number}", "a" * 900) for number in range(1100)), status=(400, 431), counted=False
    ),
    "megabyte_of_address": Bad(
        path="/in/site?utm_source=" + "a" * MEGABYTE, status=(400, 414, 431), counted=False
    ),
    "no_such_account": Bad(path="/in/nowhere", status=(404,), counted=False),
}


async def answer(house: Instance, request: bytes) -> tuple[int, list[str]]:
    """The status and the body's lines of the answer to these bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    try:
        writer.write(request)
        # the server may answer and hang up before it has read all of it
        sending = asyncio.create_task(writer.drain())
        head, _, body = (await asyncio.wait_for(reader.read(), 60)).decode().partition("\r\n\r\n")
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    finally:
        writer.close()
    return int(head.split()[1]), body.splitlines()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """One instance for all cases: none of them may leave a trace that another would see."""
    async with instance(tmp_path_factory.mktemp("bad") / "var", CONFIG) as one:
        await one.start()
        yield one


async def refusals(house: Instance) -> int:
    items: list[dict[str, Any]] = (await house.api("/channels"))["items"]
    return int(next(one for one in items if one["account"] == "site")["today"]["refused"])


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", CASES)
async def test_bad_input_gets_one_line_and_leaves_a_counter(house: Instance, name: str) -> None:
    """A 4xx with its reason; nothing is stored but a counter; a good request beside it is answered."""
    bad = CASES[name]
    refused, balance = await refusals(house), await house.api("/balance")
    good = Bad(b"phone=%2B79162072001&request_id=" + name.encode()).bytes()

    told, beside = await asyncio.gather(answer(house, bad.bytes()), answer(house, good))

    status, lines = told
    assert status in bad.status, lines
    assert len(lines) == 1
    assert lines[0]
    assert "Traceback" not in lines[0]
    assert beside[0] == 200
    if bad.counted:

        async def counted() -> bool:
            return await refusals(house) == refused + 1

        await until(counted, "the refusal is counted")
    after = await house.settled(balance["received"] + 1)
    assert after["received"] == balance["received"] + 1
    assert after["difference"] == 0
    assert "Traceback" not in house.log()


async def test_a_body_cut_by_its_sender_leaves_nothing(tmp_path: Path) -> None:
    """Whoever hangs up in the middle of a body was not heard."""
    async with instance(tmp_path / "var", CONFIG) as house:
        await house.start()
        whole = Bad().bytes()
        for cut in range(len(whole) - len(GOOD), len(whole), 5):
            _, writer = await asyncio.open_connection("127.0.0.1", house.port)
            writer.write(whole[:cut])
            await writer.drain()
            writer.transport.abort()
        assert (await answer(house, whole))[0] == 200
        balance = await house.settled(1)
        assert balance["received"] == 1
        assert "Traceback" not in house.log()
