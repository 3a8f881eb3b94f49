"""What a call does in a manager's messenger: quiet while the telephone itself rings, a sound when nobody took it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from intake.store.schema import manager
from tests.standins.bot_api import Standing
from tests.standins.cards_world import CardsWorld
from tests.standins.letter_box import LetterBox
from tests.workers.office import Office, opened
from tests.workers.switchboard import LINES, Switchboard
from tests.workers.test_relay import House

ANNA, BORIS = "7", "8"


@pytest_asyncio.fixture
async def floor(tmp_path: Path) -> AsyncIterator[tuple[Office, House]]:
    """An office whose managers have a chat each, and a relay beside it."""
    with opened(tmp_path, LINES) as office:
        with office.instance.store.ledger.begin() as connection:
            for ident, chat in (("anna", ANNA), ("boris", BORIS)):
                told = manager.update().where(manager.c.id == ident)
                connection.execute(told.values(contacts=f'{{"telegram":"{chat}"}}'))
        async with Standing() as api, LetterBox() as box:
            yield office, House(CardsWorld(office.instance.store, office.clock), api, box)


async def test_a_missed_call_makes_its_sound_under_a_silent_card(floor: tuple[Office, House]) -> None:
    """The card comes with the ringing, without a sound; missed, it is edited, and rings beneath; missed again too."""
    office, house = floor
    board = Switchboard(office)
    async with house.relay():
        board.rings("c1")
        await house.settle()
        (card,) = house.api.chat(ANNA) + house.api.chat(BORIS)
        assert card.silent
        board.ends("c1", "missed")
        await house.settle()
        first, ring = house.api.chat(card.chat)
        assert "☎ Missed call" in first.text
        assert (ring.reply_to, ring.silent) == (first.id, False)
        board.misses("c2")
        await house.settle()
        assert "☎ Missed call, time 2" in house.api.chat(card.chat)[0].text
        board.calls_out("o1", "Success", "anna", talk_s=30)
        await house.settle()
    told = house.api.chat(card.chat)
    assert "📞 Called back" in told[0].text
    assert [one.silent for one in told] == [True, False, False]


async def test_an_answered_call_makes_no_sound_at_all(floor: tuple[Office, House]) -> None:
    """Whoever took it has the card, with the number in full; whoever else had it sees who took it."""
    office, house = floor
    board = Switchboard(office)
    async with house.relay():
        board.rings("c1")
        await house.settle()
        first_shown = (house.api.chat(ANNA) + house.api.chat(BORIS))[0].chat
        taker, chat = ("boris", BORIS) if first_shown == ANNA else ("anna", ANNA)
        board.is_answered("c1", taker)
        board.ends("c1", "Success", taker, talk_s=65)
        await house.settle()
    (mine,), (theirs,) = house.api.chat(chat), house.api.chat(first_shown)
    assert mine.text.startswith("✅")
    assert "+7 916 207-31-55" in mine.text
    assert "talked 1:05" in mine.text
    assert theirs.text.startswith("✅ Taken by")
    assert "207-31-55" not in theirs.text
    assert "you answered" not in theirs.text
    assert mine.silent
    assert theirs.silent
