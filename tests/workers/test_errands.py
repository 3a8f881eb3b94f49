"""Errands: what is fetched of an inquiry after it came, and what is written to its client - against stand-ins."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from intake.effect import DueEffect
from intake.inquiry import NewRaw
from intake.ports import Delivery
from intake.store.card_views import SqlCardViews
from intake.store.health import SqlHealth
from intake.store.outbox import SqlOutbox
from intake.store.schema import effect, interaction
from tests.standins.letter_box import LetterBox
from tests.standins.providers import TOKEN, Providers, answers, silence
from tests.workers.office import Office, opened
from workers.bootstrap import Silence
from workers.clients.forgetting import forgetting_of
from workers.relaying import answers as answering
from workers.relaying.desk import Desk
from workers.relaying.opening import KINDS, ErrandLanes, errand_lanes

ACCOUNTS = """
[limits]
file_mb = 0.001

[[account]]
id = "vk"
kind = "vk"
token = "demo-secret"
group_id = 1
secret = "demo-secret"
confirmation = "abc"
api = "{api}"

[[account]]
id = "bot"
kind = "telegram"
token = "{token}"
secret_token = "demo-secret"
api = "{api}"

[[account]]
id = "maxbot"
kind = "max"
token = "demo-secret"
secret = "demo-secret"
api = "{api}"

[[account]]
id = "wz"
kind = "wazzup"
crm_key = "demo-secret"
token = "demo-secret"
api = "{api}"

[[account]]
id = "avito"
kind = "avito"
secret = "demo-secret"
client_id = "id"
client_secret = "demo-secret"
api = "{api}"

[[account]]
id = "wa"
kind = "whatsapp"
token = "demo-secret"
app_secret = "demo-secret"
verify_token = "demo-secret"
api = "{api}"

[[account]]
id = "page"
kind = "facebook"
secret = "demo-secret"
token = "demo-secret"
api = "{api}"

[[account]]
id = "ads"
kind = "meta-leads"
app_secret = "demo-secret"
verify_token = "demo-secret"
token = "demo-secret"
api = "{api}"
"""


class Back:
    """An office whose relay runs errands when it is told to, against the stand-in providers."""

    def __init__(self, office: Office, there: Providers) -> None:
        self.office = office
        self.there = there
        store = office.instance.store
        self.outbox = SqlOutbox(store)
        desk = Desk(self.outbox, SqlCardViews(store), "relay", office.clock, KINDS)
        self.desk = desk
        self.errands: ErrandLanes = errand_lanes(office.instance, desk, Silence())

    async def run(self) -> None:
        """Carry out all errands that are due, and work on what they brought."""
        self.office.clock.advance(0.01)
        due, _ = await self.desk.claim(200, ())
        by_lane: dict[Any, list[DueEffect]] = {}
        for one in due:
            if one.effect.kind in KINDS:
                by_lane.setdefault((one.effect.kind, one.effect.target), []).append(one)
        for (kind, account), effects in by_lane.items():
            lane = self.errands.lanes[kind](account)
            lane.put(effects, {})
            await lane.run()
            assert lane.unfinished() == []
        self.office.processor.process()

    def comes(
        self, account: str, kind: str, body: dict[str, Any], key: str = "k1", group: str = "", part: int = 0
    ) -> str:
        """An event comes and is worked on; the inquiry's id."""
        new = NewRaw(account, kind, json.dumps(body).encode(), {}, key, group, part)
        office = self.office
        receipts = office.instance.journal.append([Delivery([new])], {}, office.clock.now())
        office.processor.process()
        office.clock.advance(1)
        return receipts[0][0].inquiry_id

    def letter(self, text: str, *, sent: bool = False) -> str:
        """A letter in the mailbox, or in its sent folder; the inquiry's id."""
        head: dict[str, Any] = {"folder": "Sent" if sent else "INBOX", "uid": 1, "uidvalidity": 1}
        head |= {"sent": True} if sent else {}
        new = NewRaw("box", "email", text.encode(), head, external_id=blake2b(text.encode()).hexdigest())
        office = self.office
        receipts = office.instance.journal.append([Delivery([new])], {}, office.clock.now())
        office.processor.process()
        office.clock.advance(1)
        return receipts[0][0].inquiry_id

    def vk(self, number: int = 1, user: int = 8080, **more: Any) -> str:
        """A message to the community."""
        message = {
            "id": number,
            "conversation_message_id": number,
            "peer_id": user,
            "from_id": user,
            "text": "?",
        }
        body = {"type": "message_new", "object": {"message": message | more}, "group_id": 1}
        return self.comes("vk", "vk", body, f"e{number}", f"message:{user}:{number}")

    def telegram(self, number: int = 1, **more: Any) -> str:
        """A message to the bot."""
        who = {"id": 8080, "first_name": "Иван"}
        message = {
            "message_id": number,
            "from": who,
            "chat": {"id": 8080, "type": "private"},
            "date": 1790000000,
        }
        body = {"update_id": number, "message": {**message, "text": "?"} | more}
        return self.comes("bot", "telegram", body, str(number), f"message:8080:{number}")

    def effects(self, kind: str) -> list[tuple[str, str]]:
        """Each effect's state and error."""
        rows = select(effect.c.state, effect.c.error).where(effect.c.kind == kind).order_by(effect.c.id)
        with self.office.instance.store.ledger.connect() as connection:
            return [(row.state, row.error) for row in connection.execute(rows)]

    def feed(self) -> list[tuple[str, str]]:
        """What stands on the feeds: kind and text."""
        rows = select(interaction).order_by(interaction.c.at, interaction.c.id)
        with self.office.instance.store.ledger.connect() as connection:
            return [(row.kind, row.text) for row in connection.execute(rows)]


@asynccontextmanager
async def back(folder: Path, more: str = "") -> AsyncIterator[Back]:
    async with Providers() as there:
        with opened(folder, (ACCOUNTS + more).format(api=there.url, token=TOKEN)) as office:
            one = Back(office, there)
            try:
                yield one
            finally:
                await one.errands.roads.close()
                one.desk.close()


async def test_a_name_is_asked_for_after_the_card_is_shown(tmp_path: Path) -> None:
    """The card is there at once; then it bears the name, without a sound, and so does the client."""
    async with back(tmp_path) as one:
        ident = one.vk()
        (card,) = one.office.cards("anna")
        assert "Иван" not in card["text"]
        await one.run()
        assert one.office.inquiry(ident)["sender"]["name"] == "Иван Петров"
        (card,) = one.office.cards("anna")
        assert "Иван Петров" in card["text"]
        client = one.office.reader.one("client", one.office.inquiry(ident)["decision"]["client_id"])
        assert client
        assert client["name"] == "Иван Петров"
        assert one.effects("enrich") == [("done", "")]


async def test_many_names_are_one_question_and_a_known_one_is_none(tmp_path: Path) -> None:
    """A hundred at a time; who is known by name is not asked about again."""
    async with back(tmp_path) as one:
        one.there.people = {str(user): f"Клиент {user}" for user in range(101, 111)}
        idents = [one.vk(user, user) for user in range(101, 111)]
        await one.run()
        assert len(one.there.calls("users.get")) == 1
        assert {one.office.inquiry(ident)["sender"]["name"] for ident in idents} == set(
            one.there.people.values()
        )
        one.vk(500, 101)
        await one.run()
        assert len(one.there.calls("users.get")) == 1


async def test_files_are_fetched_into_the_attachment_store(tmp_path: Path) -> None:
    """Of Telegram by getFile, of VK by their address; an edit loses none of them."""
    async with back(tmp_path) as one:
        ident = one.telegram(photo=[{"file_id": "p1", "width": 9, "height": 9}], caption="Такую")
        await one.run()
        (file,) = one.office.inquiry(ident)["attachments"]
        folder = one.office.instance.place.data / "attachments"
        kept = folder / file["stored"][:2] / file["stored"][2:]
        assert kept.read_bytes() == one.there.files["a.jpg"]
        assert file["size"] == len(one.there.files["a.jpg"])

        message = {
            "message_id": 1,
            "chat": {"id": 8080, "type": "private"},
            "from": {"id": 8080, "first_name": "И"},
        }
        edited = {**message, "photo": [{"file_id": "p1", "width": 9, "height": 9}], "caption": "Нет, две"}
        body = {"update_id": 2, "edited_message": {**edited, "date": 1790000000, "edit_date": 1790000100}}
        assert one.comes("bot", "telegram", body, "2", "message:8080:1") == ident
        await one.run()
        after = one.office.inquiry(ident)
        assert (after["text"], after["attachments"]) == ("Нет, две", [file])
        assert len(one.there.calls("getFile")) == 1


async def test_f44_a_file_that_is_too_large_is_noted_and_holds_nothing_up(tmp_path: Path) -> None:
    """Telegram gives no file above 20 MB, and we take none above our own bound."""
    async with back(tmp_path) as one:
        too_big = {"ok": False, "error_code": 400, "description": "Bad Request: file is too big"}
        one.there.faults.extend([answers(400, too_big)])
        ident = one.telegram(document={"file_id": "d", "file_name": "a.pdf"})
        await one.run()
        (file,) = one.office.inquiry(ident)["attachments"]
        assert (file["note"], file["name"]) == ("too large to be fetched", "a.pdf")
        one.there.files["a.jpg"] = b"x" * 2000
        other = one.telegram(2, document={"file_id": "e", "file_name": "b.pdf"})
        await one.run()
        assert one.office.inquiry(other)["attachments"][0]["note"] == "too large to be fetched"
        assert one.effects("enrich") == [("done", ""), ("done", "")]


async def test_f61_a_files_address_that_leads_inside_is_not_opened(tmp_path: Path) -> None:
    """Only the API's own host may be one of ours."""
    async with back(tmp_path) as one, Providers() as inside:
        doc = {"type": "doc", "doc": {"title": "a", "ext": "pdf", "url": f"{inside.url}/files/a.jpg"}}
        ident = one.vk(attachments=[doc, {"type": "video", "video": {"owner_id": 1, "id": 2}}])
        await one.run()
        first, second = one.office.inquiry(ident)["attachments"]
        assert "not a public one" in first["note"]
        assert "gives out no such files" in second["note"]
        assert inside.asked == []


async def test_what_does_not_answer_is_asked_again(tmp_path: Path) -> None:
    """A limit, an outage, garbage: later, by what the error says; what came meanwhile is kept."""
    async with back(tmp_path) as one:
        busy = {"error": {"error_code": 6, "error_msg": "Too many requests per second"}}
        one.there.faults.extend([answers(200, busy), answers(502, b"<html>")])
        ident = one.vk()
        await one.run()
        assert one.effects("enrich") == [("waiting", "VK asks to wait (Too many requests per second)")]
        one.office.clock.advance(2)
        await one.run()
        one.office.clock.advance(5)
        await one.run()
        assert one.office.inquiry(ident)["sender"]["name"] == "Иван Петров"


async def test_a_revoked_key_is_told_on_the_dashboard_and_parks_the_errand(tmp_path: Path) -> None:
    """With its mend; the inquiry stays as it is."""
    async with back(tmp_path) as one:
        revoked = {"error": {"error_code": 5, "error_msg": "User authorization failed"}}
        one.there.faults.extend([answers(200, revoked)])
        one.vk()
        await one.run()
        ((state, reason),) = one.effects("enrich")
        assert state == "parked"
        assert "new access key" in reason
        await one.errands.roads.close()
        told = {report.account: report for report in SqlHealth(one.office.instance.store).reports()}
        assert "new access key" in told["way:vk"].message


LEAD = {
    "object": "page",
    "entry": [
        {"changes": [{"field": "leadgen", "value": {"leadgen_id": "700", "form_id": "55", "page_id": "9"}}]}
    ],
}


async def test_an_adverts_lead_is_decided_when_its_answers_have_come(tmp_path: Path) -> None:
    """Until then it waits, and nobody sees a card without a contact; the card that comes bears the phone."""
    async with back(tmp_path) as one:
        ident = one.comes("ads", "meta-leads", LEAD, "700")
        assert one.office.cards("anna") == []
        assert one.office.reader.balance(None)["waiting"] == 1
        await one.run()
        inquiry = one.office.inquiry(ident)
        assert (inquiry["sender"]["name"], inquiry["sender"]["phones"]) == ("Иван Петров", ["+79162073155"])
        assert (inquiry["state"], inquiry["fields"]["form_id"]) == ("created", "55")
        assert len(one.office.cards("anna")) == 1
        one.office.clock.advance(46)
        one.office.processor.process()
        assert one.office.inquiry(ident) == inquiry
        assert one.there.calls("/700")[0].headers["Authorization"] == "Bearer demo-secret"


async def test_a_lead_that_meta_does_not_tell_is_shown_all_the_same(tmp_path: Path) -> None:
    """Refused: decided with what is known, and why. Silent: decided after a while, and filled in later."""
    async with back(tmp_path) as one:
        one.there.faults.append(answers(400, {"error": {"code": 190, "message": "expired"}}))
        ident = one.comes("ads", "meta-leads", LEAD, "700")
        await one.run()
        inquiry = one.office.inquiry(ident)
        assert inquiry["state"] == "created"
        assert "expired" in inquiry["fields"]["not_fetched"]
    (tmp_path / "other").mkdir()
    async with back(tmp_path / "other") as one:
        one.there.faults.append(answers(500))
        ident = one.comes("ads", "meta-leads", LEAD, "700")
        await one.run()
        one.office.clock.advance(46)
        one.office.processor.process()
        assert one.office.inquiry(ident)["state"] == "created"
        await one.run()
        assert one.office.inquiry(ident)["sender"]["phones"] == ["+79162073155"]


WAZZUP = {
    "messages": [
        {
            "messageId": "m1",
            "channelId": "c1",
            "chatType": "telegram",
            "chatId": "8080",
            "status": "inbound",
            "text": "?",
            "type": "text",
            "dateTime": "2026-11-22T10:00:00.000Z",
            "contact": {"name": "Иван"},
        }
    ]
}
FACEBOOK = {
    "object": "page",
    "entry": [
        {
            "id": "5",
            "messaging": [
                {
                    "sender": {"id": "8080"},
                    "recipient": {"id": "5"},
                    "timestamp": 1790000000000,
                    "message": {"mid": "m1", "text": "?"},
                }
            ],
        }
    ],
}
AVITO = {
    "id": "h1",
    "payload": {
        "type": "message",
        "value": {
            "id": "a1",
            "chat_id": "u2i-1",
            "user_id": 5,
            "author_id": 8080,
            "created": 1790000000,
            "type": "text",
            "content": {"text": "?"},
        },
    },
}
MAX = {
    "update_type": "message_created",
    "timestamp": 1790000000000,
    "message": {
        "sender": {"user_id": 8080, "first_name": "Иван"},
        "recipient": {"chat_id": 9, "chat_type": "dialog"},
        "body": {"mid": "mid.1", "text": "?"},
    },
}
WHATSAPP = {
    "entry": [
        {
            "changes": [
                {
                    "field": "messages",
                    "value": {
                        "metadata": {"phone_number_id": "12345"},
                        "messages": [
                            {
                                "from": "79162073155",
                                "id": "wamid.1",
                                "type": "image",
                                "image": {"id": "media77"},
                            }
                        ],
                    },
                }
            ]
        }
    ]
}


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
async def test_an_answer_goes_by_the_channel_the_client_came_by(
    tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    """Once, to the right conversation, in plain text; the clock stops when the messenger has it."""
    store = (
        f'[store]\nurl = "{request.getfixturevalue("postgres_url")}"\n' if database == "postgresql" else ""
    )
    async with back(tmp_path, store) as one:
        idents = {
            "vk": one.vk(),
            "telegram": one.telegram(),
            "max": one.comes("maxbot", "max", MAX, "mid.1", "message:mid.1"),
            "wazzup": one.comes("wz", "wazzup", WAZZUP, "m1", "message:m1"),
            "avito": one.comes("avito", "avito", AVITO, "a1"),
            "facebook": one.comes("page", "facebook", FACEBOOK, "m1", "message:m1"),
            "whatsapp": one.comes("wa", "whatsapp", WHATSAPP, "wamid.1", "message:wamid.1"),
        }
        for kind, ident in idents.items():
            one.office.do("reply", ident, text=f"Сто рублей, {kind}")
        await one.run()
        to = {
            "vk": "8080",
            "facebook": "8080",
            "telegram": "8080",
            "max": "9",
            "wazzup": "8080",
            "avito": "u2i-1",
            "whatsapp": "79162073155",
        }
        assert sorted(one.there.sent) == sorted((kind, to[kind], f"Сто рублей, {kind}") for kind in idents)
        assert {state for state, _ in one.effects("reply")} == {"done"}
        cards = one.office.cards("anna") + one.office.cards("boris")
        assert {card["state"] for card in cards} == {"taken"}
        assert one.office.inquiry(idents["avito"])["sender"]["name"] == "Иван Петров"
        assert one.office.inquiry(idents["whatsapp"])["attachments"][0]["stored"]


async def test_f44_a_client_who_blocked_the_bot_is_to_be_called(tmp_path: Path) -> None:
    """The feed says so in the company's language, the card rings, and other clients get their answers."""
    async with back(tmp_path) as one:
        blocked = {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}
        ident = one.telegram()
        one.office.do("reply", ident, text="Сто рублей")
        one.there.faults.append(answers(403, blocked))
        await one.run()
        assert one.feed()[-1] == ("undelivered", "клиент заблокировал нас или закрыл переписку")
        # nothing is left for who runs the system: it is the manager's to call
        assert [state for state, _ in one.effects("reply")] == ["done"]
        (card,) = one.office.cards("anna")
        assert card["state"] == "new"
        assert card["text"].startswith("⚠ Не доставлено, позвоните: клиент заблокировал нас")
        one.office.do("reply", one.telegram(2), text="Ещё раз")
        await one.run()
        assert "Не доставлено" not in one.office.cards("anna")[0]["text"]
        assert one.there.sent[-1] == ("telegram", "8080", "Ещё раз")


async def test_f44_a_limit_makes_all_the_accounts_messages_wait(tmp_path: Path) -> None:
    """As long as Telegram says; then they go in their order."""
    async with back(tmp_path) as one:
        ident = one.telegram()
        for text in ("Раз", "Два", "Три"):
            one.office.do("reply", ident, text=text)
        slow = {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests",
            "parameters": {"retry_after": 17},
        }
        one.there.faults.append(answers(429, slow))
        await one.run()
        assert len(one.there.calls("sendMessage")) == 1
        one.office.clock.advance(16)
        await one.run()
        assert len(one.there.calls("sendMessage")) == 1
        one.office.clock.advance(2)
        await one.run()
        assert [text for _, _, text in one.there.sent] == ["Раз", "Два", "Три"]


async def test_a_message_of_which_nothing_is_known_goes_again_only_where_it_is_recognised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """VK knows it by its random id; of Telegram's the manager is told to look."""
    monkeypatch.setattr("channels.calling.TIMEOUT_S", 0.3)
    async with back(tmp_path) as one:
        one.office.do("reply", one.vk(), text="Сто рублей")
        one.there.faults.extend([None, silence])
        await one.run()
        one.office.clock.advance(5)
        await one.run()
        assert one.there.sent == [("vk", "8080", "Сто рублей")]
        assert len(one.there.calls("messages.send")) == 2

        one.office.do("reply", one.telegram(), text="Сто рублей")
        one.there.faults.append(silence)
        await one.run()
        one.office.clock.advance(60)
        await one.run()
        assert len(one.there.calls("sendMessage")) == 1
        assert one.feed()[-1][0] == "undelivered"
        assert "посмотрите" in one.feed()[-1][1]


async def test_a_messenger_that_is_away_for_long_is_told_to_who_wrote(tmp_path: Path) -> None:
    """Tried again and again; after ten minutes the client is to be called."""
    async with back(tmp_path) as one:
        one.office.do("reply", one.vk(), text="Сто рублей")
        waited = 0
        while one.feed()[-1][0] != "undelivered":
            one.there.faults.extend([answers(503)] * 3)
            await one.run()
            one.there.faults.clear()
            one.office.clock.advance(30)
            waited += 30
            assert waited < 1200
        assert waited * 1000 >= answering.GIVEN_UP_MS
        assert one.there.sent == []


async def test_an_account_that_left_the_configuration_sends_nothing(tmp_path: Path) -> None:
    """What was queued for it comes back to its writer."""
    async with back(tmp_path) as one:
        one.office.do("reply", one.vk(), text="Сто рублей")
        without = replace(one.office.instance, accounts={})
        one.errands = errand_lanes(without, one.desk, Silence())
        await one.run()
        assert one.feed()[-1][0] == "undelivered"


MAILBOX = """
[[account]]
id = "box"
kind = "email"
imap = "imaps://imap.example.ru"
user = "sales@example.ru"
password = "demo-secret"
smtp = "{smtp}"
"""
LETTER = """From: Ivan <ivan@example.org>
To: sales@example.ru
Subject: =?utf-8?B?0JLQvtC/0YDQvtGB?=
Message-ID: <first@example.org>
References: <earlier@example.org>
Date: Sun, 22 Nov 2026 10:00:00 +0300
Content-Type: text/plain; charset=utf-8

Сколько стоит доставка до Казани?
"""


@asynccontextmanager
async def mailbox(folder: Path) -> AsyncIterator[tuple[Back, LetterBox, str]]:
    """A mailbox that can answer, and a client's letter in it."""
    async with LetterBox() as box, back(folder, MAILBOX.replace("{smtp}", box.url)) as one:
        yield one, box, one.letter(LETTER)


async def test_a_letter_is_answered_in_its_thread(tmp_path: Path) -> None:
    """From the mailbox, to the client, under the letter that asked; what the client writes back finds the deal, and
    our own copy in the sent folder is no second answer."""
    async with mailbox(tmp_path) as (one, box, ident):
        one.office.do("reply", ident, text="Сто рублей\nза штуку")
        await one.run()
        (letter,) = box.letters
        assert (letter["From"], letter["To"], letter["Subject"]) == (
            "sales@example.ru",
            "ivan@example.org",
            "Re: Вопрос",
        )
        assert letter["In-Reply-To"] == "<first@example.org>"
        assert letter["References"] == "<earlier@example.org> <first@example.org>"
        assert letter["Auto-Submitted"] is None
        assert letter.get_content() == "Сто рублей\nза штуку\n"

        feed = one.feed()
        one.letter(letter.as_string(), sent=True)
        assert one.feed() == feed
        again = LETTER.replace("<first@", "<second@").replace("<earlier@example.org>", letter["Message-ID"])
        assert one.office.inquiry(one.letter(again))["state"] == "attached"


async def test_a_letter_that_the_server_refuses_is_told(tmp_path: Path) -> None:
    """An unknown address is no matter of patience."""
    async with mailbox(tmp_path) as (one, box, ident):
        box.refused.add("ivan@example.org")
        one.office.do("reply", ident, text="Сто рублей")
        await one.run()
        assert one.feed()[-1][0] == "undelivered"


async def test_who_was_erased_is_written_to_no_more(tmp_path: Path) -> None:
    """What waits for them is dropped: neither sent nor left for somebody to look at."""
    async with back(tmp_path) as one:
        ident = one.vk()
        one.office.do("reply", ident, text="Сто рублей")
        client = one.office.inquiry(ident)["decision"]["client_id"]
        forgetting_of(one.office.instance).forget(client, "test")
        await one.run()
        assert one.there.sent == []
        assert "users.get" not in [call.path for call in one.there.asked]
        assert {state for state, _ in one.effects("reply")} == {"done"}
        assert one.office.inquiry(ident)["sender"]["name"] == ""
