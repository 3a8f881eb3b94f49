"""Rows F03, F23 of the fault matrix for the real relay process: killed between answer and record; a silent Bot API."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.standins.bot_api import BotApi, Standing, server_fault
from tests.standins.letter_box import LetterBox
from tests.system.instance import instance, until

_CONFIG = """
[[account]]
id = "site"
kind = "form"

[[manager]]
id = "anna"
name = "Анна Петрова"
telegram = 7
email = "anna@example.ru"
notify = ["telegram", "email"]

[limits]
form_per_address_min = 1000000

[notify]
chat_per_s = 1000
all_per_s = 1000
storm = 1000
spare_after_s = {spare}
[notify.telegram]
token = "1000:demo-secret"
api = "{api}"
timeout_s = 1
[notify.email]
smtp = "{smtp}"
sender = "robot@example.ru"
{more}
"""


@pytest.mark.timeout(180)
@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
async def test_f03_the_relay_is_killed_between_the_answer_and_its_record(
    tmp_path: Path, request: pytest.FixtureRequest, database: str
) -> None:
    """Telegram has shown the card, nobody here knows: the next relay shows it once more and says so; after that
    nothing comes again."""
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else ""
    async with Standing() as api, LetterBox() as box, _house(tmp_path, api, box, url) as house:
        carried_out = asyncio.Event()

        async def shown_and_then_silence(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
            if method == "sendMessage" and not carried_out.is_set():
                api.perform(method, params)
                carried_out.set()
                await asyncio.sleep(30)
            return None

        api.fault = shown_and_then_silence
        await house.start()
        await house.post("site", name="Иван Петров", phone="+7 916 207-31-55")
        await asyncio.wait_for(carried_out.wait(), 60)
        killed = house.pid("relay")
        os.kill(killed, signal.SIGKILL)
        await until(lambda: len(api.chat("7")) == 2, "the card is shown again")
        await house.post("site", name="Пётр Сидоров", phone="+7 916 207-31-66")
        await until(lambda: len(api.chat("7")) == 3, "the next card is shown")
        assert ["повтор" in one.text for one in api.chat("7")] == [False, True, False]
        assert house.pid("relay") != killed
        assert box.letters == []
        assert await house.stop() == 0


@pytest.mark.timeout(180)
async def test_f23_while_the_bot_api_is_silent_cards_go_by_letter_and_are_summed_up(tmp_path: Path) -> None:
    """Forty cards: each reaches the manager by the spare in time, one summary tells of them on return, and nothing
    is shown twice."""
    await _outage(tmp_path, cards=40, spare_s=1.0, pause_s=0.0)


@pytest.mark.nightly
@pytest.mark.timeout(3 * 3600)
async def test_f23_two_hours_of_silence(tmp_path: Path) -> None:
    """The same with the real periods: a card every three minutes."""
    await _outage(tmp_path, cards=40, spare_s=15.0, pause_s=180.0)


async def _outage(tmp_path: Path, cards: int, spare_s: float, pause_s: float) -> None:
    async with Standing() as api, LetterBox() as box, _house(tmp_path, api, box, spare=spare_s) as house:
        silent = True

        async def away(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
            return server_fault() if silent else None

        api.fault = away
        await house.start()
        for number in range(cards):
            status, _ = await house.post(
                "site", name=f"Клиент{number:02}", phone=f"+7 916 207-{number:02}-55"
            )
            assert status == 200
            await asyncio.sleep(pause_s)
        await until(lambda: _told(box) == cards, "every card went by letter")
        assert api.chat("7") == []
        silent = False
        await until(lambda: bool(api.chat("7")), "the summary", patience_s=150)
        await house.post("site", name="Новый", phone="+7 916 208-00-55")
        await until(lambda: len(api.chat("7")) == 2, "the first card afterwards")
        summary, fresh = api.chat("7")
        assert "40" in summary.text.splitlines()[0]
        assert "Новый" in fresh.text
        assert _told(box) == cards
        sent = {one["sent_via"] for one in await house.everything("/cards")}
        assert sent == {"telegram"}, "the summary told of every one of them there too"
        assert await house.stop() == 0


def _told(box: LetterBox) -> int:
    """How many clients the letters tell of, each once or the test fails."""
    texts = [str(one["Subject"]) + one.get_body().get_content() for one in box.letters]
    told = [name for name in (f"Клиент{number:02}" for number in range(40)) for text in texts if name in text]
    assert len(told) == len(set(told)), "a client was told of twice"
    return len(told)


def _house(tmp_path: Path, api: BotApi, box: LetterBox, url: str = "", spare: float = 15.0) -> Any:
    more = f'[store]\nurl = "{url}"' if url else ""
    config = _CONFIG.format(api=api.url, smtp=box.url, spare=spare, more=more)
    return instance(tmp_path / "var", config)
