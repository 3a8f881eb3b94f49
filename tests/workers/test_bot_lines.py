"""What managers write to the bot: commands in both languages, and answers under a card - in each messenger alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from intake.errors import Conflict, NotFound
from intake.ports import Command, Who
from tests.standins.bot_api import Standing
from tests.standins.other_bots import MaxApi, StandingBot, VkApi
from tests.workers.bot_office import NAMES, OTHER, PEOPLE, Office, button, has

_POLLS = ("getUpdates", "GET /updates", "a_check")
_STANDINGS = {"telegram": Standing, "max": lambda: StandingBot(MaxApi()), "vk": lambda: StandingBot(VkApi())}


@pytest_asyncio.fixture(params=["telegram", "max", "vk"])
async def api(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    async with _STANDINGS[request.param]() as api:
        yield api


@pytest_asyncio.fixture
async def office(api: Any, tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(tmp_path / "var", api)
    async with office.at_work():
        await office.api.until(lambda: any(one.method in _POLLS for one in office.api.calls))
        yield office
    office.instance.close()


async def said(office: Office, chat: str, text: str, expected: str) -> Any:
    """The manager writes; the answer, once it says what is expected."""
    office.api.write(chat, text)
    return await office.shown(chat, lambda one: expected in one.text)


def manager(office: Office, ident: str) -> dict[str, Any]:
    """As the API shows them."""
    found = office.reader.one("manager", ident)
    assert found
    return found


async def test_a_pause_is_begun_and_ended_by_word_and_by_button(office: Office) -> None:
    """/пауза 30 gives nothing for half an hour, and says until when; «I am back» ends it."""
    shown = await said(office, "7", "/пауза 30", "You are paused, until")
    assert manager(office, "anna")["state"] == "paused"
    assert await office.press("7", button(shown, "I am back")) in ("", "…")
    await office.shown("7", lambda one: "You are on shift" in one.text)
    assert manager(office, "anna")["state"] == "active"
    await said(office, "7", "/pause tomorrow", "a whole number is wanted")
    assert manager(office, "anna")["state"] == "active"


async def test_the_queue_tells_whose_turn_is_before(office: Office) -> None:
    """The place and the names ahead; who is given nothing is told so."""
    await said(office, "8", "/очередь", f"You are number 2, before you: {PEOPLE['7']}")
    await said(office, "7", "/queue", "The next inquiry is yours")
    await said(office, "7", "/смена", "You are paused")
    await said(office, "7", "/queue", "You are paused")
    await said(office, "8", "/queue", "The next inquiry is yours")


async def test_find_shows_ones_own_cards_and_nobody_elses(office: Office) -> None:
    """By the tail of a phone; a colleague's client is not found."""
    await office.comes(phone="+7 916 207-45-67")
    chat, _ = await office.card()
    shown = await said(office, chat, "/найти 4567", "Found: 1")
    assert "Иван Петров" in shown.text
    await said(office, OTHER[chat], "/find 4567", "Nothing of yours fits: 4567")
    await said(office, chat, "/find", "Say what to find")


async def test_help_has_buttons_for_what_can_be_said(office: Office) -> None:
    """Buttons first: each is a command; a colleague's are no good."""
    shown = await said(office, "7", "что?", "Buttons under a card do everything")
    assert has(shown, "My cards")
    await office.press("7", button(shown, "My cards"))
    await office.shown("7", lambda one: one.text == "You have no open cards")
    assert await office.press("8", button(shown, "Pause 30 min")) == "No access"
    assert manager(office, "boris")["state"] == "active"


async def test_an_answer_under_a_card_is_a_note_until_its_button_says_otherwise(office: Office) -> None:
    """It stands on the deal at once; a form has no channel to write by, and that is said."""
    ident = await office.comes()
    chat, message = await office.card()
    await office.api.until(lambda: _noted(office))
    office.api.write(chat, "Хочет скидку", reply_to=message.id)
    asked = await office.shown(chat, lambda one: "Kept as a note on deal No. 1" in one.text)
    office.api.write(chat, "Хочет скидку", reply_to=message.id)
    send = button(asked, "Send it to the client")
    assert await office.press(OTHER[chat], send, OTHER[chat]) == "No access"
    assert "call" in await office.press(chat, send)
    acts = [one.verb for one in office.reader.acts("card", _card(office))]
    assert acts == ["note", "note"]
    assert office.inquiry(ident)["state"] == "created"


async def test_an_answer_under_what_is_no_card_says_so(office: Office) -> None:
    """Nothing is kept."""
    shown = await said(office, "7", "/my", "no open cards")
    office.api.write("7", "Хочет скидку", reply_to=shown.id)
    await office.shown("7", lambda one: "is no card of yours" in one.text)


async def test_a_note_needs_a_deal_and_its_owner(office: Office) -> None:
    """On what is only offered nothing can stand; a colleague's deal takes no notes of others."""
    await office.comes("tray")
    chat, message = await office.card()
    await office.api.until(lambda: _noted(office))
    office.api.write(chat, "Хочет скидку", reply_to=message.id)
    await office.shown(chat, lambda one: "take it first" in one.text)
    await office.comes(phone="+7 916 000-11-22", name="Пётр Сидоров")
    await office.card(3)
    card = _card(office)
    holder = office.reader.one("card", card)
    assert holder
    other = next(name for name in NAMES.values() if name != holder["manager"])
    with pytest.raises(Conflict, match="answers for it now"):
        office.desk.do(Command("note", "card", card, {"text": "x"}), Who(other, "manager", other))
    with pytest.raises(NotFound):
        office.desk.do(Command("send", "note", "nothing", {}), Who(other, "manager", other))


def _noted(office: Office) -> bool:
    """Whether the relay has written down where the newest card stands."""
    return bool(office.reader.listing("cards", {}, 1, "").items[0]["sent_via"] == office.api.kind)


def _card(office: Office) -> str:
    return str(office.reader.listing("cards", {}, 1, "").items[0]["id"])
