"""The relay over a real store and a stand-in Bot API: what managers see, whatever happens on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from intake.clock import ManualClock
from intake.store.card_views import SqlCardViews
from intake.store.engine import open_store
from intake.store.outbox import SqlOutbox
from notify.base import Messenger
from notify.buttons import Act, Seal, Tap
from notify.email import Email
from notify.notices import Writer
from notify.options import EmailOptions, Limits, TelegramOptions
from notify.style import Style
from notify.telegram import Telegram
from tests.standins.bot_api import TOKEN, BotApi, Standing, server_fault, too_fast
from tests.standins.cards_world import CardsWorld
from tests.standins.letter_box import LetterBox
from workers.relaying.desk import Desk
from workers.relaying.gates import Gate
from workers.relaying.lane import Tools
from workers.relaying.relay import Relay
from workers.relaying.ways import Station

FAST = Limits(chat_per_s=10_000, group_per_min=600_000, all_per_s=10_000)
SEAL = Seal("demo-secret")


class House:
    """A store, a bot, a mail server, and a relay that can be started, stopped and killed."""

    def __init__(self, world: CardsWorld, api: BotApi, box: LetterBox) -> None:
        self.world = world
        self.api = api
        self.box = box
        self.storm = 10

    @asynccontextmanager
    async def relay(
        self, name: str = "relay-one", *, timeout_s: float = 0.3, kill: bool = False
    ) -> AsyncIterator[Relay]:
        """A running relay; stopped in peace at the end, or killed."""
        world = self.world
        messengers: list[Messenger] = [
            Telegram(TelegramOptions(TOKEN, self.api.url, timeout_s=timeout_s), FAST),
            Email(EmailOptions(self.box.url, sender="robot@example.ru", timeout_s=timeout_s)),
        ]
        outbox = SqlOutbox(world.store)
        outbox.take_over(name, world.clock.now())
        tools = Tools(
            desk=Desk(outbox, SqlCardViews(world.store), name, world.clock),
            stations={
                one.name: Station(one, Gate(world.clock, lambda *_: None), asyncio.Semaphore(8))
                for one in messengers
            },
            writer=Writer(Style(), (("telegram", SEAL),)),
            clock=world.clock,
            storm=self.storm,
            spare_after_ms=15_000,
        )

        async def wait(seconds: float) -> None:
            await asyncio.sleep(0.005)

        relay = Relay(tools, wait)
        others = asyncio.all_tasks()
        running = asyncio.create_task(relay.run())
        try:
            yield relay
        finally:
            if kill:
                for task in asyncio.all_tasks() - others:
                    task.cancel()
            relay.stop()
            await asyncio.gather(running, return_exceptions=True)
            for one in messengers:
                await one.close()
            tools.desk.close()

    async def settle(self) -> None:
        """Wait until nothing waits in the outbox."""
        await self.api.until(lambda: self.world.waiting() == 0)

    def texts(self, chat: str = "7") -> list[str]:
        """What the chat shows."""
        return [one.text for one in self.api.chat(chat)]


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    store = open_store(f"sqlite:///{tmp_path}/lead.db")
    async with Standing() as api, LetterBox() as box:
        yield House(CardsWorld(store, ManualClock()), api, box)
    store.close()


async def test_a_card_is_shown_extended_and_rung_again(house: House) -> None:
    """A form, then a letter: one card that is edited, and two rings."""
    house.world.hire("anna", telegram="7")
    async with house.relay():
        card = house.world.new_card("anna", phone="+79161234567")
        await house.settle()
        (shown,) = house.api.chat("7")
        assert "Ivan Petrov" in shown.text
        assert "4567" not in shown.text
        assert "45-67" in shown.text
        data = shown.buttons[0][0]["callback_data"]
        assert SEAL.read(data, "anna") == Tap(Act.TAKE, card, 1)
        house.world.touch(card, text="And an invoice")
        await house.settle()
    first, ring = house.api.chat("7")
    assert ("And an invoice" in first.text, first.edits) == (True, 1)
    assert ring.reply_to == first.id
    assert house.world.message(card) == str(first.id)
    assert house.world.sent_via(card) == "telegram"


async def test_taking_a_card_edits_it_without_a_sound(house: House) -> None:
    """The same message says who took it, and now shows the number in full."""
    house.world.hire("anna", telegram="7")
    async with house.relay():
        card = house.world.new_card("anna", phone="+79161234567")
        await house.settle()
        house.world.take(card)
        await house.settle()
    (shown,) = house.api.chat("7")
    assert shown.text.startswith("✅")
    assert "+7 916 123-45-67" in shown.text


async def test_without_a_messenger_the_browser_shows_it(house: House) -> None:
    """A manager with no address anywhere has the card in the browser, and nothing waits."""
    house.world.hire("anna")
    async with house.relay():
        card = house.world.new_card("anna")
        await house.settle()
    assert house.world.sent_via(card) == "browser"
    assert house.world.effects() == [("done", "")]


async def test_f03_killed_between_the_answer_and_our_record_the_second_is_marked(house: House) -> None:
    """The message was shown, the relay died: the next relay shows it again and says that it may be a repeat."""
    house.world.hire("anna", telegram="7")

    async def carried_out_then_silence(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
        if method == "sendMessage":
            house.api.perform(method, params)
            await asyncio.sleep(30)
        return None

    house.api.fault = carried_out_then_silence
    card = house.world.new_card("anna")
    async with house.relay(timeout_s=60, kill=True):
        await house.api.until(lambda: len(house.api.chat("7")) == 1)
    house.api.fault = None
    async with house.relay():
        await house.settle()
        assert ["repeat" in text for text in house.texts()] == [False, True]
        house.world.touch(card)
        await house.settle()
    # the second message is the card from now on, and goes on saying what it is
    assert "repeat" in house.texts()[1]
    assert house.world.message(card) == f"repeat:{house.api.chat('7')[1].id}"


async def test_f44_a_blocked_bot_goes_to_the_spare(house: House) -> None:
    """Telegram refuses for good: the letter goes out at once, with the reason in nobody's way."""
    house.world.hire("anna", notify=("telegram", "email"), telegram="7", email="anna@example.ru")
    house.api.blocked.add("7")
    async with house.relay():
        card = house.world.new_card("anna")
        await house.settle()
    (letter,) = house.box.letters
    assert (letter["To"], "Ivan Petrov" in letter["Subject"]) == ("anna@example.ru", True)
    assert letter["Auto-Submitted"] == "auto-generated"
    assert house.world.sent_via(card) == "email"


async def test_f44_blocked_everywhere_is_parked_with_its_reason(house: House) -> None:
    """A human finds the reason in plain words; the browser has the card."""
    house.world.hire("anna", telegram="7")
    house.api.blocked.add("7")
    async with house.relay():
        card = house.world.new_card("anna")
        await house.settle()
    ((state, reason),) = house.world.effects()
    assert (state, "blocked the bot" in reason) == ("parked", True)
    assert house.world.sent_via(card) == "browser"


async def test_f44_too_many_requests_waits_as_long_as_it_was_told(house: House) -> None:
    """429 puts the card off; it is sent when the time has come, once."""
    house.world.hire("anna", telegram="7")
    told = 0

    async def once(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
        nonlocal told
        told += 1
        return too_fast(1) if told == 1 else None

    house.api.fault = once
    async with house.relay():
        house.world.new_card("anna")
        await house.api.until(lambda: told == 1)
        await house.api.until(lambda: house.world.effects()[0][1] != "")
        assert house.texts() == []
        house.world.clock.advance(1)
        await house.settle()
    assert len(house.texts()) == 1


async def test_a_server_in_trouble_is_tried_again_without_a_mark(house: House) -> None:
    """502 said itself that nothing was shown: the second try is no repeat."""
    house.world.hire("anna", telegram="7")
    tries = 0

    async def twice(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
        nonlocal tries
        tries += 1
        return server_fault() if tries <= 2 else None

    house.api.fault = twice
    async with house.relay():
        house.world.new_card("anna")
        await _advancing(house, lambda: house.world.waiting() == 0)
    (text,) = house.texts()
    assert "repeat" not in text


async def test_a_slow_chat_holds_nobody_else(house: House) -> None:
    """One manager's chat hangs; another's card arrives meanwhile."""
    house.world.hire("anna", telegram="7")
    house.world.hire("boris", telegram="8")
    release = asyncio.Event()

    async def hang(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
        if params.get("chat_id") == "7":
            await release.wait()
        return None

    house.api.fault = hang
    async with house.relay(timeout_s=30):
        house.world.new_card("anna")
        house.world.new_card("boris")
        await house.api.until(lambda: len(house.api.chat("8")) == 1)
        assert house.api.chat("7") == []
        release.set()
        await house.settle()


async def test_changes_that_overtook_each_other_are_shown_once(house: House) -> None:
    """While the relay was away a card changed three times: one message, as the ledger stands."""
    house.world.hire("anna", telegram="7")
    card = house.world.new_card("anna")
    house.world.touch(card, text="Second")
    house.world.touch(card, text="Third")
    async with house.relay():
        await house.settle()
    (text,) = house.texts()
    assert "Third" in text
    assert house.world.effects() == [("done", "")] * 3


async def test_a_deleted_message_is_sent_anew(house: House) -> None:
    """The manager deleted the card's message: a further touch shows the card again."""
    house.world.hire("anna", telegram="7")
    async with house.relay():
        card = house.world.new_card("anna")
        await house.settle()
        house.api.messages["7"].clear()
        house.world.touch(card, text="Where are you")
        await house.settle()
    (text,) = house.texts()
    assert ("Where are you" in text, "repeat" in text) == (True, False)


async def test_a_storm_becomes_one_list_that_grows(house: House) -> None:
    """More new cards than `storm` within two minutes: one list message, edited; nothing is left out."""
    house.world.hire("anna", telegram="7")
    house.storm = 3
    async with house.relay():
        for number in range(3):
            house.world.new_card("anna", name=f"Client{number}")
            await house.settle()
        assert len(house.texts()) == 3
        for number in range(3, 7):
            house.world.new_card("anna", name=f"Client{number}")
            await house.settle()
    shown = house.api.chat("7")
    assert len(shown) == 4
    assert shown[-1].edits == 3
    assert all(f"Client{number}" in shown[-1].text for number in range(3, 7))
    assert len(shown[-1].buttons[0]) == 4


async def test_a_card_of_a_list_gets_a_message_of_its_own_when_touched(house: House) -> None:
    """The list stays as it is; the client who came again is shown in full."""
    house.world.hire("anna", telegram="7")
    house.storm = 1
    cards = [house.world.new_card("anna", name=f"Client{number}") for number in range(3)]
    async with house.relay():
        await house.settle()
        assert len(house.texts()) == 1
        house.world.touch(cards[1], name="Client1", text="Still waiting")
        await house.settle()
    assert "Still waiting" in house.texts()[1]


async def test_f23_a_silent_messenger_is_replaced_and_sums_up_on_return(house: House) -> None:
    """While Telegram is silent every card goes by letter; when it is back one summary tells of them, and
    nothing is shown twice."""
    house.world.hire("anna", notify=("telegram", "email"), telegram="7", email="anna@example.ru")
    silent = True

    async def away(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
        return server_fault() if silent else None

    house.api.fault = away
    async with house.relay():
        cards = []
        for number in range(5):
            cards.append(house.world.new_card("anna", name=f"Client{number}"))
            await _advancing(house, lambda: house.world.effects()[-1][0] == "done")
        assert [house.world.sent_via(card) for card in cards] == ["email"] * 5
        assert len(house.box.letters) == 5
        assert house.texts() == []
        silent = False
        await _advancing(house, lambda: house.world.waiting() == 0)
        house.world.new_card("anna", name="Client5")
        await _advancing(house, lambda: house.world.waiting() == 0)
    summary, fresh = house.texts()
    assert all(f"Client{number}" in summary for number in range(5))
    assert "Client5" in fresh
    assert len(house.box.letters) == 5


async def test_f23_without_a_spare_cards_wait_and_the_browser_has_them(house: House) -> None:
    """Nothing is lost and nothing doubled while the only messenger is away; then the backlog is one list."""
    house.world.hire("anna", telegram="7")
    house.storm = 2
    silent = True

    async def away(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
        return server_fault() if silent else None

    house.api.fault = away
    async with house.relay():
        cards = [house.world.new_card("anna", name=f"Client{number}") for number in range(5)]
        await _advancing(house, lambda: all(house.world.sent_via(card) == "browser" for card in cards))
        silent = False
        await _advancing(house, lambda: house.world.waiting() == 0)
    (text,) = house.texts()
    assert all(f"Client{number}" in text for number in range(5))


async def test_a_stopped_relay_leaves_the_rest_untried(house: House) -> None:
    """SIGTERM: the message under way is finished, the others are free for the next relay, not unsure."""
    house.world.hire("anna", telegram="7")
    house.api.delay_s = 0.1
    async with house.relay() as relay:
        for number in range(3):
            house.world.new_card("anna", name=f"Client{number}")
        await house.api.until(lambda: len(house.api.calls) == 1)
        relay.stop()
    assert len(house.texts()) == 1
    due = SqlOutbox(house.world.store).claim("two", house.world.clock.now())
    assert [(one.attempts, one.unsure) for one in due] == [(1, False)] * 2


async def _advancing(house: House, hold: Callable[[], bool]) -> None:
    """Let the clock run on until something holds."""
    for _ in range(400):
        if hold():
            return
        house.world.clock.advance(1)
        await asyncio.sleep(0.03)
    pytest.fail(f"did not come: {house.world.effects()} {house.world.effects('summary')} {house.texts()}")
