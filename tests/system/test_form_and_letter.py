"""A form and a letter of one person: one client, one deal, one card that is extended and rings twice."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

from tests.servers.dovecot import PASSWORD, DovecotServer
from tests.standins.bot_api import Standing
from tests.system.instance import instance, until

_CONFIG = """
[company]
name = "ООО «Ромашка»"

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
telegram = 1001

[notify.telegram]
token = "1000:demo-secret"
api = "{api}"
"""


def letter(subject: str, text: str, ident: str = "1") -> bytes:
    """A client's letter."""
    one = EmailMessage()
    one["From"] = "Иван Петров <ivan@example.org>"
    one["To"] = "sales@example.ru"
    one["Subject"] = subject
    one["Message-ID"] = f"<{ident}@example.org>"
    one["Date"] = "Sun, 22 Nov 2026 10:00:00 +0300"
    one.set_content(text)
    return one.as_bytes()


async def test_a_form_and_a_letter_of_one_phone_are_one_deal_on_one_card(
    tmp_path: Path, dovecot: DovecotServer
) -> None:
    """One client, one deal, two interactions; the card is shown once, edited once, and rings as a reply to itself."""
    user = dovecot.user()
    dovecot.folder(user)
    async with Standing() as api:
        config = _CONFIG.format(
            host=dovecot.host,
            port=dovecot.tls_port,
            user=user,
            password=PASSWORD,
            ca=dovecot.ca_file,
            api=api.url,
        )
        async with instance(tmp_path / "var", config) as house:
            await house.start()
            await until(
                lambda: '"mailbox' in house.log() or "listen" in house.log(), "the mailbox is watched"
            )
            status, answer = await house.post(
                "site", name="Иван Петров", phone="8 916 207-31-55", comment="Цена?"
            )
            assert status == 200
            await until(lambda: len(api.chat("1001")) == 1, "the card is shown")
            dovecot.deliver(
                user, letter("Нужен счёт", "Пришлите счёт.\n\n-- \nИван Петров\n+7 (916) 207-31-55\n")
            )
            await house.settled(2)
            await until(
                lambda: len(api.done("sendMessage")) == 2 and api.done("editMessageText"), "it rings again"
            )

            inquiries = await house.everything("/inquiries")
            deals = await house.everything("/deals")
            cards = await house.everything("/cards")

            assert [one["state"] for one in inquiries] == ["attached", "created"]
            assert len(deals) == 1
            assert sorted(deals[0]["inquiries"]) == sorted(one["id"] for one in inquiries)
            assert answer["receipt"] in deals[0]["inquiries"]
            assert len(cards) == 1
            assert len(cards[0]["inquiry_ids"]) == 2
            ring = api.done("sendMessage")[1]
            assert "reply_parameters" in ring.params or "reply_to_message_id" in ring.params
            balance = await house.api("/balance")
            assert balance["difference"] == 0
            assert await house.stop() == 0
