"""Row F50: many requests of one new client at the same moment, over two channels and two web processes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from tests.servers.child import free_port
from tests.servers.dovecot import PASSWORD, DovecotServer
from tests.system.instance import Instance, instance, until
from tests.system.test_form_and_letter import letter

_CONFIG = """
[[account]]
id = "site"
kind = "form"

[[account]]
id = "sales-mail"
kind = "email"
imap = "imaps://{host}:{port}"
user = "{user}"
password = "{password}"
own_addresses = ["sales@example.ru"]
ca_file = "{ca}"

[[manager]]
id = "petrova"
name = "Анна Петрова"

[[manager]]
id = "ivanov"
name = "Иван Иванов"
{more}
"""
_PHONE = "+7 916 207-31-77"


async def _storm(house: Instance, second: str, dovecot: DovecotServer, user: str) -> None:
    """Ten forms through each of two web processes and letters beside them, all of one new phone."""

    async def form(url: str, number: int) -> None:
        fields = {"phone": _PHONE, "name": "Иван Петров", "request_id": f"{url}-{number}"}
        async with house.http.post(f"{url}/in/site", data=fields) as answer:
            assert answer.status == 200

    body = f"Здравствуйте! Пришлите цены.\n\n-- \nИван Петров\n{_PHONE}\n"
    for number in range(3):
        dovecot.deliver(user, letter(f"Вопрос {number}", body, ident=f"same-{number}"))
    await asyncio.gather(*(form(url, number) for number in range(10) for url in (house.url, second)))


async def _all_watched(house: Instance) -> None:
    async def watched() -> bool:
        channels = (await house.api("/channels"))["items"]
        return any(one["account"] == "sales-mail" and one["last_success"] for one in channels)

    await until(watched, "the mailbox is being watched")


@pytest.mark.timeout(180)
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_f50_one_new_phone_twenty_times_at_once_is_one_client_and_one_deal(
    tmp_path: Path, dovecot: DovecotServer, request: pytest.FixtureRequest, engine: str
) -> None:
    """On the embedded default, and with PostgreSQL and four workers alike."""
    more, options = "", ("--workers", "2")
    if engine == "postgresql":
        more, options = f'[store]\nurl = "{request.getfixturevalue("postgres_url")}"', ("--workers", "4")
    user = dovecot.user()
    dovecot.folder(user)
    config = _CONFIG.format(
        host=dovecot.host,
        port=dovecot.tls_port,
        user=user,
        password=PASSWORD,
        ca=dovecot.ca_file,
        more=more,
    )
    async with instance(tmp_path / "var", config) as house:
        await house.start(*options)
        port = free_port()
        house.run("web", "--host", "127.0.0.1", "--port", str(port))
        second = f"http://127.0.0.1:{port}"

        async def answers() -> bool:
            try:
                async with house.http.get(f"{second}/healthz") as answer:
                    return answer.status == 200
            except aiohttp.ClientError:
                return False

        await until(answers, "the second web process answers")
        await _all_watched(house)
        await _storm(house, second, dovecot, user)
        balance = await house.settled(23)

        deals = await house.everything("/deals")
        clients = {deal["client_id"] for deal in deals}
        assert len(deals) == 1, [deal["title"] for deal in deals]
        assert len(clients) == 1
        assert len(deals[0]["inquiries"]) == 23
        assert balance["created"] == 1
        assert balance["attached"] == 22
        assert balance["difference"] == 0
        assert len(await house.everything("/cards")) == 1
