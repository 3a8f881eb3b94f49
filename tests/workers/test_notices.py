"""Notices that are no cards: told once, by the first messenger that takes them, and to nobody who has left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest_asyncio
from aiohttp import web
from sqlalchemy import update

from intake.clock import ManualClock
from intake.effect import Effect, EffectKind
from intake.store.engine import open_store
from intake.store.outbox import SqlOutbox
from intake.store.schema import manager
from notify.notices import Writer
from notify.style import Face, Style
from tests.standins.bot_api import Standing, server_fault
from tests.standins.cards_world import CardsWorld
from tests.standins.letter_box import LetterBox
from tests.workers.test_relay import House


def notice(house: House, to: str, key: str = "n1", **payload: str) -> None:
    """Something to tell."""
    told = {"subject": "Вчера: 3 обращения", "text": "первая\nвторая", **payload}
    now = house.world.clock.now()
    SqlOutbox(house.world.store).add([Effect(key, EffectKind.NOTICE, to, told, now)])


def states(house: House) -> list[tuple[str, str]]:
    return house.world.effects("notice")


async def told(house: House) -> None:
    await house.api.until(lambda: all(state != "waiting" for state, _ in states(house)))


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    store = open_store(f"sqlite:///{tmp_path}/lead.db")
    async with Standing() as api, LetterBox() as box:
        yield House(CardsWorld(store, ManualClock()), api, box)
    store.close()


async def test_a_notice_is_told_once(house: House) -> None:
    """Title and lines; the same key again says nothing more."""
    house.world.hire("anna", telegram="7")
    async with house.relay():
        notice(house, "anna")
        await told(house)
        notice(house, "anna", subject="другое")
        notice(house, "anna", "n2", subject="второе", text="")
        await told(house)
        assert house.texts() == ["Вчера: 3 обращения\nпервая\nвторая", "второе"]


async def test_a_notice_goes_by_the_spare_when_the_first_is_away(house: House) -> None:
    """A bot that was blocked: a letter instead."""
    house.world.hire("anna", telegram="7", email="anna@example.ru", notify=("telegram", "email"))
    house.api.blocked.add("7")
    async with house.relay():
        notice(house, "anna")
        await told(house)
    assert house.texts() == []
    assert [str(letter["Subject"]) for letter in house.box.letters] == ["Вчера: 3 обращения"]


async def test_a_notice_waits_for_the_only_messenger(house: House) -> None:
    """The only messenger has a fault: the notice comes when it is back, once."""
    house.world.hire("anna", telegram="7")
    tries: list[str] = []

    async def once(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
        tries.append(method)
        return server_fault() if tries.count("sendMessage") == 1 and method == "sendMessage" else None

    house.api.fault = once
    async with house.relay():
        notice(house, "anna")
        await house.api.until(lambda: house.world.effects("notice")[0][1] != "")
        house.world.clock.advance(600)
        await told(house)
    assert states(house)[0][0] == "done"
    assert len(house.texts()) == 1


async def test_a_messenger_does_not_tell_of_its_own_silence(house: House) -> None:
    """That Telegram takes no cards is told by letter, and by Telegram only to those who have nothing else."""
    house.world.hire("anna", telegram="7", email="anna@example.ru", notify=("telegram", "email"))
    house.world.hire("boris", telegram="8")
    async with house.relay():
        notice(house, "anna", not_by="telegram")
        notice(house, "boris", "n2", not_by="telegram")
        await told(house)
    assert [str(letter["Subject"]) for letter in house.box.letters] == ["Вчера: 3 обращения"]
    assert (house.api.chat("7"), len(house.api.chat("8"))) == ([], 1)


async def test_who_left_or_reads_no_messenger_is_told_nothing(house: House) -> None:
    """Their notices are done with; nothing is sent anywhere."""
    house.world.hire("anna", telegram="7")
    house.world.hire("boris")
    with house.world.store.ledger.begin() as connection:
        connection.execute(update(manager).where(manager.c.id == "anna").values(state="dismissed"))
    async with house.relay():
        notice(house, "anna")
        notice(house, "boris", "n2")
        notice(house, "nobody", "n3")
        await told(house)
    assert [state for state, _ in states(house)] == ["done", "done", "done"]
    assert house.texts() == []


async def test_a_group_reads_the_title_alone(house: House) -> None:
    """Unless the notice is for everybody."""
    house.world.hire("anna", telegram="-100")
    async with house.relay():
        notice(house, "anna")
        notice(house, "anna", "n2", open="1")
        await told(house)
    assert house.texts("-100") == ["Вчера: 3 обращения", "Вчера: 3 обращения\nпервая\nвторая"]


def test_the_writer_keeps_a_long_notice_within_a_message() -> None:
    """A thousand lines are cut; what others wrote into it cannot imitate our signs or open links."""
    writer = Writer(replace(Style(), public_url="https://in.example.ru"))
    text = "\n".join(["✅ Взял <b>x</b> http://evil.example"] * 1000)
    shown = writer.notice({"subject": "s", "text": text, "pages": "/digest The day"}, Face(0))
    assert len(shown.html) < 4096 * 4
    assert len(shown.plain.encode("utf-16-le")) // 2 <= 4096
    assert "✅" not in shown.plain
    assert "<b>x" not in shown.html
    assert shown.rows[0][0].url == "https://in.example.ru/digest"


async def test_a_notice_that_shows_the_same_thing_edits_the_first(house: House) -> None:
    """Without a sound it is edited alone; with one a line rings under it; a message that is gone is sent anew."""
    house.world.hire("anna", telegram="7")
    async with house.relay():
        notice(house, "anna", "a1", subject="Почта молчит", text="", shows="alarm:1")
        await told(house)
        notice(house, "anna", "a2", subject="Прошло", text="", shows="alarm:1", ring="0")
        await told(house)
        assert house.texts() == ["Прошло"]
        notice(house, "anna", "a3", subject="Снова молчит", text="", shows="alarm:1")
        await told(house)
        assert house.texts() == ["Снова молчит", "Снова молчит"]
        notice(house, "anna", "b1", subject="Другое", text="", shows="alarm:2")
        await told(house)
    assert house.texts()[-1] == "Другое"
