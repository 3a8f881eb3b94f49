"""Row F38, as far as we send letters: the cards' letters start no loop, between our instances neither."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.dovecot import PASSWORD, DovecotServer
from tests.standins.letter_box import LetterBox
from tests.system.instance import instance, until

_CONFIG = """
[company]
public_url = "https://in.example.ru"

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
email = "petrova@example.ru"

[notify.email]
smtp = "{smtp}"
sender = "robot@another-house.example"
"""
OUT_OF_OFFICE = """From: Petrova <petrova@example.ru>
To: robot@another-house.example
Subject: =?utf-8?B?0JDQstGC0L7QvtGC0LLQtdGC?=
Auto-Submitted: auto-replied
In-Reply-To: {answers}
Message-ID: <away@example.ru>
Date: Sun, 22 Nov 2026 10:00:00 +0300
Content-Type: text/plain; charset=utf-8

Меня нет до понедельника. Телефон +7 916 207-38-99
"""


@pytest.mark.servers
async def test_f38_a_cards_letter_in_a_watched_mailbox_starts_no_loop(
    tmp_path: Path, dovecot: DovecotServer
) -> None:
    """Another house's card, and the answer of a robot to ours, are ignored and listed; no letter follows."""
    user = dovecot.user()
    dovecot.folder(user)
    async with LetterBox() as box:
        config = _CONFIG.format(
            host=dovecot.host,
            port=dovecot.tls_port,
            user=user,
            password=PASSWORD,
            ca=dovecot.ca_file,
            smtp=box.url,
        )
        async with instance(tmp_path / "var", config) as house:
            await house.start()
            await until(lambda: "listener_ready" in house.log(), "the mailbox is watched")
            status, _ = await house.post("site", name="Иван Петров", phone="+7 916 207 38 00")
            assert status == 200
            await until(lambda: bool(box.letters), "the card is posted")

            # its address is none of ours here: as if a second instance had sent it to our mailbox
            card = box.letters[0]
            dovecot.deliver(user, card.as_bytes())
            dovecot.deliver(user, OUT_OF_OFFICE.format(answers=card["Message-ID"]).encode())
            await house.settled(3)

            letters = await house.everything("/inquiries?account=sales-mail")
            assert [one["state"] for one in letters] == ["ignored", "ignored"]
            assert {one["state_reason"] for one in letters} <= {"auto_reply", "own"}
            assert len(await house.everything("/deals")) == 1
            assert len(await house.everything("/cards")) == 1
            # a further request brings a further letter: whatever the two above would have brought came before it
            await house.post("site", name="Иван Петров", phone="+7 916 207 38 00", comment="И ещё")
            await until(lambda: len(box.letters) >= 2, "the second touch is posted")
            assert len(box.letters) == 2
            for letter in box.letters:
                assert letter["To"] == "petrova@example.ru"
                assert letter["Auto-Submitted"] == "auto-generated"
                assert letter["X-Auto-Response-Suppress"] == "All"
