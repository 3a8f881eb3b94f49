"""Automatic answers: in hours and after, once a day and address, never to robots and never to history."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

import workers
from channels.email.quiet import quiet
from channels.templates import filled_in, template_faults
from intake.account import Account, Company
from intake.clock import from_iso
from intake.deal import Manager
from intake.decision import Decision, Identity
from intake.inquiry import Inquiry, Kind, Raw, Sender, State
from intake.language import read_language
from intake.shifts import Roster
from tests.standins.letter_box import LetterBox
from tests.workers.test_errands import LETTER, back
from workers.auto_replies import Automatic, automatic, in_hours

NOON, NIGHT = from_iso("2026-11-23T09:00:00Z"), from_iso("2026-11-23T22:00:00Z")
BOTH = {"in_hours": "{name}, ответим скоро", "after_hours": "Ответим утром"}
WEEK = ("mon-fri 09:00-18:00",)


def asked(
    now: int = NOON,
    state: State = State.CREATED,
    identity: Identity = Identity.NEW,
    *,
    sender: Sender | None = None,
    account: dict[str, Any] | None = None,
    **more: Any,
) -> Automatic | None:
    """What an inquiry is answered with, in an office that works on weekdays from nine to six."""
    given: dict[str, Any] = {"channel": "telegram", "kind": Kind.MESSAGE, "thread": "8080"} | more
    who = sender or Sender("Иван", handles={"telegram": "8080"})
    inquiry = Inquiry("q1", "bot", received_at=now, sender=who, **given)
    company = Company(own_domains=frozenset({"example.ru"}), hours=WEEK)
    roster = Roster({"anna": Manager("anna", "Анна")}, {}, company)
    options = MappingProxyType(
        {"user": "sales@example.ru"} | (account if account is not None else {"auto_reply": BOTH})
    )
    one = Account("bot", given["channel"], options=options)
    return automatic(inquiry, Decision("q1", state, identity=identity), one, roster, company, str, now)


def test_the_text_is_that_of_the_hour() -> None:
    """By whether anybody is on shift; without a text for the hour nothing is written."""
    day, night = asked(NOON), asked(NIGHT)
    assert day
    assert night
    assert (day.which, day.text) == ("in_hours", "Иван, ответим скоро")
    assert (night.which, night.text) == ("after_hours", "Ответим утром")
    assert asked(NOON, account={"auto_reply": {"after_hours": "Ответим утром"}}) is None
    assert asked(NOON, account={}) is None


def test_where_nobody_is_named_the_companys_hours_hold() -> None:
    """A house without managers in the file is not closed for ever."""
    roster = Roster({}, {}, Company(hours=WEEK))
    account = Account("bot", "telegram", department="retail")
    assert in_hours(roster, account, NOON)
    assert not in_hours(roster, account, NIGHT)


def test_an_address_gets_one_a_day() -> None:
    """Whatever hour it is, and whichever inquiry; the day is the company's."""
    keys = {one.key for at in (NOON, NOON + 1, NIGHT - 7_200_000) if (one := asked(at))}
    assert len(keys) == 1
    late = asked(NIGHT)
    assert late
    assert late.key not in keys  # it is past midnight in Moscow
    other = asked(NOON, sender=Sender(handles={"telegram": "9"}))
    assert other
    assert other.key not in keys


@pytest.mark.parametrize(
    "given",
    [
        {"history": True},
        {"state": State.IGNORED},
        {"state": State.REJECTED},
        {"thread": "-100:8080"},
        {"fields": {"comment_on": "wall-1_2"}},
        {"kind": Kind.FORM},
    ],
)
def test_who_gets_none(given: dict[str, Any]) -> None:
    """History, what is no inquiry, groups, comments, forms."""
    assert asked(**given) is None


@pytest.mark.parametrize(
    ("sender", "more"),
    [
        (Sender(emails=("ivan@example.org",)), {"authenticated": False}),
        (Sender(emails=("boris@example.ru",)), {}),
        (Sender(emails=("sales@example.ru",)), {}),
        (Sender(), {}),
        (Sender(emails=("ivan@example.org",)), {"kind": Kind.FORM}),
    ],
)
def test_f38_a_letter_that_may_be_anybodys_is_not_answered(sender: Sender, more: dict[str, Any]) -> None:
    """A sender who is disproven, one of ours, nobody, a site's robot: the answer would go astray."""
    given: dict[str, Any] = {"channel": "email", "kind": Kind.EMAIL} | more
    assert asked(sender=sender, **given) is None
    known = Sender(emails=("ivan@example.org",))
    assert asked(sender=known, channel="email", kind=Kind.EMAIL)


GREETING = {
    "greeting": {"text": "Здравствуйте, {name}!\n{questions}", "ask": ["name", "phone"]},
    "auto_reply": BOTH,
}


def test_a_greeting_asks_for_what_is_missing() -> None:
    """Two things at most, once; a phone with a button; who left everything, or wrote before, gets the usual text."""
    unnamed = asked(sender=Sender(handles={"telegram": "8080"}), account=GREETING)
    assert unnamed
    assert unnamed.text == "Здравствуйте!\nwhat is your name?\nwhat number can we call you on?"
    assert (unnamed.which, unnamed.asks) == ("greeting", "contact")
    named = asked(account=GREETING)
    assert named
    assert named.text == "Здравствуйте, Иван!\nwhat number can we call you on?"
    told = Sender("Иван", ("+79162073155",), handles={"telegram": "8080"})
    for other in (asked(sender=told, account=GREETING), asked(identity=Identity.SAME, account=GREETING)):
        assert other
        assert other.which == "in_hours"


def test_f40_a_field_is_a_value_and_nothing_more() -> None:
    """Braces, lines and length of what a client calls himself change nothing; an empty one takes its comma along."""
    assert filled_in("Привет, {name}!", {"name": "{company}\r\nBcc: x"}) == "Привет, {company} Bcc: x!"
    assert filled_in("Привет, {name}!", {}) == "Привет!"
    assert filled_in("{name}, ответим скоро", {}) == "ответим скоро"
    assert len(filled_in("{name}", {"name": "я" * 500})) == 60


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"auto_reply": "Привет"}, "auto_reply"),
        ({"auto_reply": {"always": "Привет"}}, "auto_reply.always"),
        ({"auto_reply": {"in_hours": "{phone}"}}, "auto_reply.in_hours"),
        ({"auto_reply": {"in_hours": "{{name}}"}}, "auto_reply.in_hours"),
        ({"auto_reply": {"in_hours": ""}}, "auto_reply.in_hours"),
        ({"auto_reply": {"in_hours": "я" * 2001}}, "auto_reply.in_hours"),
        ({"auto_reply": {"in_hours": "{questions}"}}, "auto_reply.in_hours"),
        ({"greeting": {"text": "x", "ask": ["name", "phone", "email"]}}, "greeting.ask"),
        ({"greeting": {"text": "x", "ask": ["shoe size"]}}, "greeting.ask"),
    ],
)
def test_a_text_that_cannot_be_is_a_fault(options: dict[str, Any], fault: str) -> None:
    """Named with its mend, before anything is written to anybody."""
    account = Account("bot", "telegram", options=options)
    told = template_faults(account, can_write=True)
    assert [setting for setting, _, _ in told][:1] == [fault]
    words = read_language(Path(workers.__file__).parent / "locale", "ru").gettext
    assert [text for _, *texts in told for text in texts if words(text) == text] == []
    assert template_faults(Account("bot", "telegram", options=GREETING), can_write=True) == []
    assert template_faults(Account("bot", "form", options=GREETING), can_write=False)


HEADERS = (
    "Auto-Submitted: auto-replied",
    "Auto-Submitted: auto-generated; owner-email=x",
    "Precedence: bulk",
    "Precedence: list",
    "List-Id: <news.example.org>",
    "List-Unsubscribe: <mailto:x@example.org>",
    "Return-Path: <>",
    "X-Auto-Response-Suppress: All",
    "X-Autoreply: yes",
    "Reply-To: no-reply@example.org",
    "Sender: mailer-daemon@example.org",
)


@pytest.mark.parametrize("header", HEADERS)
def test_f38_no_machine_is_answered(header: str) -> None:
    """Whatever else the letter says; a person's letter is."""
    letter = f"From: Ivan <ivan@example.org>\n{header}\nSubject: x\n\nText"
    assert quiet(Raw("r", 1, "q", "box", "email", 1, letter.encode(), {}))
    plain = "From: Ivan <ivan@example.org>\nAuto-Submitted: no\nSubject: x\n\nAuto-Submitted: auto-replied"
    assert not quiet(Raw("r", 1, "q", "box", "email", 1, plain.encode(), {}))


BOT = """
[[account]]
id = "greeter"
kind = "telegram"
token = "100:demo-secret"
secret_token = "demo-secret"
api = "{api}"
greeting = {{text = "Здравствуйте, {{name}}!", ask = ["phone"]}}
auto_reply = {{in_hours = "{{name}}, ответим скоро"}}
"""


async def test_a_bot_greets_once_and_a_greeting_keeps_no_promise(tmp_path: Path) -> None:
    """With the button that sends the client's phone; the card stays to be taken, the feed shows what was written."""
    async with back(tmp_path, BOT) as one:

        def writes(number: int) -> str:
            who = {"id": 8080, "first_name": "Иван"}
            message = {
                "message_id": number,
                "from": who,
                "chat": {"id": 8080, "type": "private"},
                "text": "?",
            }
            body = {"update_id": number, "message": message}
            return one.comes("greeter", "telegram", body, str(number), f"message:8080:{number}")

        writes(1)
        await one.run()
        assert one.there.sent == [
            ("telegram", "8080", "Здравствуйте, Иван!\nпо какому номеру вам позвонить?")
        ]
        button = one.there.calls("sendMessage")[0].said["reply_markup"]["keyboard"][0][0]
        assert button == {"text": "Отправить мой номер", "request_contact": True}
        assert one.office.cards("anna")[0]["state"] == "new"
        assert one.feed()[-1] == ("reply", "Здравствуйте, Иван!\nпо какому номеру вам позвонить?")

        writes(2)
        writes(3)
        await one.run()
        assert [text for _, _, text in one.there.sent[1:]] == ["Иван, ответим скоро"]
        one.office.clock.advance(86_400)
        writes(4)
        await one.run()
        assert len(one.there.sent) == 3


MAILBOX = """
[[account]]
id = "box"
kind = "email"
imap = "imaps://imap.example.ru"
user = "sales@example.ru"
password = "demo-secret"
smtp = "{smtp}"
auto_reply = {{in_hours = "Здравствуйте, {{name}}! Письмо получено."}}
"""


async def test_f38_a_letters_automatic_answer_starts_no_loop(tmp_path: Path) -> None:
    """It says what it is and has no return path; our own mailboxes, and the robots of others, do not answer it."""
    async with LetterBox() as box, back(tmp_path, MAILBOX.replace("{smtp}", box.url)) as one:
        one.letter(LETTER)
        one.letter(LETTER.replace("<first@", "<second@"))
        await one.run()
        (letter,) = box.letters
        assert (letter["To"], letter["Auto-Submitted"]) == ("ivan@example.org", "auto-replied")
        assert letter["X-Auto-Response-Suppress"] == "All"
        assert letter["In-Reply-To"] == "<first@example.org>"
        assert box.senders == ["<>"]
        assert one.office.cards("anna")[0]["state"] == "new"

        answered = LETTER.replace("<first@", "<away@").replace(
            "Subject:", "Auto-Submitted: auto-replied\nSubject:"
        )
        one.letter(answered)
        one.letter(letter.as_string().replace("sales@example.ru", "ivan@example.net"))
        one.letter(letter.as_string(), sent=True)
        one.office.clock.advance(86_400)
        await one.run()
        assert len(box.letters) == 1
        assert one.office.cards("anna")[0]["state"] == "new"


async def test_the_echo_of_a_robots_words_is_nobodys_answer(tmp_path: Path) -> None:
    """VK tells of everything that the community writes: what a robot wrote stops no clock, whatever name it bore."""
    async with back(tmp_path, VK) as one:
        message = {"id": 1, "conversation_message_id": 1, "peer_id": 8080, "from_id": 8080, "text": "?"}
        body = {"type": "message_new", "object": {"message": message}, "group_id": 2}
        one.comes("vk2", "vk", body, "e1", "message:8080:1")
        await one.run()
        ((_, _, text),) = one.there.sent
        feed = one.feed()
        echo = {**message, "id": 2, "conversation_message_id": 2, "from_id": -2, "text": text, "out": 1}
        one.comes(
            "vk2", "vk", {"type": "message_reply", "object": echo, "group_id": 2}, "e2", "message:8080:2"
        )
        assert one.office.cards("anna")[0]["state"] == "new"
        assert one.feed() == feed
        ours = {**echo, "id": 3, "conversation_message_id": 3, "text": "Сто рублей"}
        one.comes(
            "vk2", "vk", {"type": "message_reply", "object": ours, "group_id": 2}, "e3", "message:8080:3"
        )
        assert one.office.cards("anna")[0]["state"] == "taken"


VK = """
[[account]]
id = "vk2"
kind = "vk"
token = "demo-secret"
group_id = 2
secret = "demo-secret"
confirmation = "abc"
api = "{api}"
auto_reply = {{in_hours = "{{name}}, ответим скоро"}}
"""
