"""Letters to managers: what they carry, and what each refusal means."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from notify.base import Button, Failure, Notice, Shown, Trouble
from notify.email import Email
from notify.options import EmailOptions
from tests.servers.postfix import PostfixServer
from tests.standins.letter_box import LetterBox

NOTICE = Notice(
    "<b>x</b>",
    "🔔 Новое: Иван\n> see https://evil.example",
    "Новое: Иван",
    ((Button("Take", data="t.1"), Button("Open", url="https://in.example.ru/cards/1")),),
)


@pytest_asyncio.fixture
async def box() -> AsyncIterator[LetterBox]:
    async with LetterBox() as box:
        yield box


def _email(box: LetterBox) -> Email:
    return Email(EmailOptions(box.url, sender="robot@example.ru", timeout_s=1.0, company="ООО «Ромашка»"))


async def test_a_letter_says_the_card_and_invites_no_robot(box: LetterBox) -> None:
    """Plain text, our own address alive, theirs not, no answer from robots."""
    shown = await _email(box).send("anna@example.ru", NOTICE)
    (letter,) = box.letters
    assert isinstance(shown, Shown)
    assert shown.message_id == letter["Message-ID"]
    assert (letter["Subject"], letter["Auto-Submitted"]) == ("Новое: Иван", "auto-generated")
    body = letter.get_content()
    assert "Open: https://in.example.ru/cards/1" in body
    assert "https://evil.example" not in body
    assert "Take" not in body


async def test_a_ring_is_a_letter_of_the_same_thread_and_an_edit_is_none(box: LetterBox) -> None:
    """Nothing can be changed in a letter that was sent."""
    email = _email(box)
    first = await email.send("anna@example.ru", NOTICE)
    assert isinstance(first, Shown)
    assert await email.edit("anna@example.ru", first.message_id, NOTICE) == first
    await email.ring("anna@example.ru", first.message_id, NOTICE)
    assert [letter["In-Reply-To"] for letter in box.letters] == [None, first.message_id]


async def test_an_address_that_is_refused_is_closed(box: LetterBox) -> None:
    """550 for the recipient concerns this manager alone."""
    box.refused.add("anna@example.ru")
    failure = await _email(box).send("anna@example.ru", NOTICE)
    assert isinstance(failure, Failure)
    assert (failure.trouble, failure.unsure) == (Trouble.CLOSED, False)


async def test_f40_no_header_can_be_put_in_by_an_address_or_a_subject(box: LetterBox) -> None:
    """A line break in what becomes a header sends nothing."""
    failure = await _email(box).send("anna@example.ru", Notice("x", "x", "hello\r\nBcc: all@example.ru"))
    assert isinstance(failure, Failure)
    failure = await _email(box).send("anna@example.ru\r\nBcc: all@example.ru", NOTICE)
    assert isinstance(failure, Failure)
    assert box.letters == []


async def test_a_server_that_is_not_there_took_nothing(box: LetterBox) -> None:
    """A refused connection is sure; a server that breaks off is not."""
    nowhere = Email(EmailOptions("smtp://127.0.0.1:9", sender="robot@example.ru", timeout_s=1.0))
    failure = await nowhere.send("anna@example.ru", NOTICE)
    assert isinstance(failure, Failure)
    assert (failure.trouble, failure.unsure) == (Trouble.AWAY, False)
    box.silent = True
    failure = await _email(box).send("anna@example.ru", NOTICE)
    assert isinstance(failure, Failure)
    assert failure.trouble is Trouble.AWAY


async def test_a_real_server_takes_the_letter(postfix: PostfixServer) -> None:
    """Postfix accepts what we hand in, and answers a check."""
    email = Email(EmailOptions(f"smtp://{postfix.host}:{postfix.port}", sender="robot@example.ru"))
    assert await email.check() is None
    assert isinstance(await email.send("user1@example.ru", NOTICE), Shown)
    failure = await email.send("nobody@example.ru", NOTICE)
    assert isinstance(failure, Failure)
    assert failure.trouble is Trouble.CLOSED
