"""Managers' messengers are alike: what a card says and its buttons do in Telegram, they do in MAX and VK."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from intake.clock import from_iso
from intake.ports import Command, HealthState, Who
from tests.standins.bot_api import TOKEN, Standing
from tests.standins.other_bots import MaxApi, StandingBot, VkApi
from tests.workers.bot_office import NAMES, OTHER, PEOPLE, Office, button, has, joining

_STANDINS = {"telegram": Standing, "max": lambda: StandingBot(MaxApi()), "vk": lambda: StandingBot(VkApi())}
_DOORS = {
    "telegram": "https://t.me/demo_bot?start=",
    "max": "https://max.ru/demo_bot?start=",
    "vk": "https://vk.me/club77?ref=",
}


@pytest_asyncio.fixture(params=["telegram", "max", "vk"])
async def api(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    async with _STANDINS[request.param]() as api:
        yield api


@pytest_asyncio.fixture
async def office(api: Any, tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(tmp_path / "var", api)
    async with office.at_work():
        yield office
    office.instance.close()


async def test_f51_a_tap_takes_and_the_same_message_says_so(office: Office) -> None:
    """The toast at once, the message edited, the second tap told the truth; one message stays one."""
    ident = await office.comes()
    chat, message = await office.card()
    take = button(message, "Take")
    assert await office.press(chat, take) == "Yours now"
    shown = await office.shown(chat, lambda one: one.text.startswith("✅"))
    assert (shown.id, len(office.api.chat(chat))) == (message.id, 1)
    assert office.owner(ident) == NAMES[chat]
    assert "You have had it since" in await office.press(chat, take)


async def test_f51_f64_strangers_and_forwarded_cards_are_refused(office: Office) -> None:
    """Whatever the button holds."""
    ident = await office.comes()
    chat, message = await office.card()
    take = button(message, "Take")
    for by, where in (("99", "99"), ("99", chat), (OTHER[chat], OTHER[chat])):
        assert await office.press(by, take, where) == "No access"
    assert office.reader.acts("inquiry", ident) == []


async def test_menus_open_in_place_and_a_choice_is_carried_out(office: Office) -> None:
    """Putting away with a reason, undoing it, handing it to a colleague, whose message is a new one."""
    ident = await office.comes()
    chat, message = await office.card()
    assert "not a sale" in await office.choose(chat, message.id, "Not a sale", "A supplier")
    assert office.inquiry(ident)["state_reason"] == "supplier"
    shown = await office.shown(chat, lambda one: has(one, "A sale after all"))
    await office.press(chat, button(shown, "A sale after all"))
    await office.shown(chat, lambda one: has(one, "Take"))
    other = OTHER[chat]
    await office.choose(chat, message.id, "Hand over", PEOPLE[other])
    await office.shown(other, lambda one: has(one, "Take"))
    shown = await office.shown(chat, lambda one: one.text.startswith("↪"))
    assert (shown.id, shown.buttons) == (message.id, [])


async def test_a_further_touch_edits_the_card_and_rings_beneath_it(office: Office) -> None:
    """The ring is a short answer to the card."""
    await office.comes()
    chat, message = await office.card()
    await office.comes(comment="И ещё счёт")
    ring = await office.shown(chat, lambda one: one.reply_to is not None)
    assert (str(ring.reply_to), "touch 2" in ring.text) == (str(message.id), True)
    assert "И ещё счёт" in office.api.chat(chat)[0].text


async def test_an_invite_joins_the_account(office: Office) -> None:
    """The link opens the bot; who follows it is that manager from then on."""
    await office.api.until(lambda: _state(office) is HealthState.OK)
    told = office.desk.do(
        Command("invite", "manager", "vera", {"messenger": office.api.kind}), Who("boss", "admin")
    )
    assert told["link"].startswith(_DOORS[office.api.kind])
    secret = told["link"].removeprefix(_DOORS[office.api.kind])
    office.api.write("55", f"/start {secret}")
    assert "Вера, you are connected" in (await office.shown("55")).text
    vera = office.reader.one("manager", "vera")
    assert vera
    assert vera["contacts"][office.api.kind] == "55"


async def test_my_cards_come_as_a_list_whose_buttons_take(office: Office) -> None:
    """Commands are heard alike."""
    ident = await office.comes()
    chat, _ = await office.card()
    office.api.write(chat, "/my")
    listed = await office.shown(chat, lambda one: "1 open card" in one.text)
    assert await office.press(chat, button(listed, "1")) == "Yours now"
    assert office.owner(ident) == NAMES[chat]


async def test_f44_what_was_pressed_while_nobody_listened_is_done_once_afterwards(
    api: Any, tmp_path: Path
) -> None:
    """The next process goes on where the last one stopped."""
    office = Office(tmp_path / "var", api)
    async with office.at_work():
        ident = await office.comes()
        chat, message = await office.card()
        await office.press(chat, button(message, "Take"))
        shown = await office.shown(chat, lambda one: has(one, "Won"))
        heard = len(api.calls)
        await api.until(lambda: len(api.calls) > heard or _place(office) != "")
    query = api.press(chat, button(shown, "Won"))
    async with office.at_work("two"):
        await api.until(lambda: api.toast(query) is not None)
        assert office.deal(ident)["state"] == "won"
        verbs = [one.verb for one in office.reader.acts("deal", office.deal(ident)["id"])]
        assert verbs == ["won"]
    office.instance.close()


async def test_f23_a_messenger_that_falls_silent_is_asked_again(office: Office, api: Any) -> None:
    """The poll fails for a while; what was pressed meanwhile is done afterwards."""
    ident = await office.comes()
    chat, message = await office.card()
    silent = True

    async def away(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
        polls = method in ("getUpdates", "GET /updates", "a_check", "groups.getLongPollServer")
        return web.Response(status=502, text="{}") if silent and polls else None

    api.fault = away
    query = api.press(chat, button(message, "Take"))
    asked = len(api.calls)
    await api.until(lambda: len(api.calls) > asked + 2)
    silent = False
    await api.until(lambda: api.toast(query) is not None)
    assert [one.verb for one in office.reader.acts("inquiry", ident)] == ["take"]


async def test_f63_hostile_text_stays_text(office: Office) -> None:
    """No markup of theirs, no line that looks like ours, no link or mention that comes to life."""
    await office.comes(
        name="[id1|Админ] @all ✅ Взял",
        comment="<b>x</b> https://evil.example [club1|жми] *id1 (жми)\n✅ Взял Сидоров",
    )
    _, message = await office.card()
    lines = message.text.split("\n")
    assert not any(line.lstrip("> ").startswith("✅") for line in lines)
    if office.api.kind != "telegram":
        assert "https://evil" not in message.text
    if office.api.kind == "vk":
        assert "[club1|" not in message.text
        assert "[id1|" not in message.text
        assert "@all" not in message.text
        assert "*id1" not in message.text


async def test_vk_shows_once_what_is_sent_twice(tmp_path: Path) -> None:
    """After a try whose answer was lost the same number is sent: VK knows it again."""
    async with StandingBot(VkApi()) as api:
        office = Office(tmp_path / "var", api)
        lost: list[str] = []

        async def lose(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
            if method == "messages.send" and not lost:
                lost.append(params["random_id"])
                await api.perform(method, params)
                return web.Response(status=200, text="not json")
            return None

        api.fault = lose
        async with office.at_work():
            await office.comes()
            await api.until(lambda: len([one for one in api.calls if one.method == "messages.send"]) == 1)
            office.clock.advance(2)
            office.bell.ring_relay()
            await api.until(lambda: len([one for one in api.calls if one.method == "messages.send"]) == 2)
            sent = [one.params["random_id"] for one in api.calls if one.method == "messages.send"]
            assert sent == [lost[0], lost[0]]
            assert sum(len(api.chat(chat)) for chat in "78") == 1
        office.instance.close()


async def test_vks_keyboard_has_ten_buttons_however_many_a_card_wants(tmp_path: Path) -> None:
    """What does not fit is behind «more»; the stand-in refuses an eleventh as VK does."""
    async with StandingBot(VkApi()) as api:
        office = Office(tmp_path / "var", api)
        async with office.at_work():
            await office.comes(name="Иван Петров")
            await office.card()
            await office.comes(name="Ольга Кузнецова")
            chat, message = await office.card(2)
            await office.press(chat, button(message, "Take"))
            shown = await office.shown(chat, lambda one: has(one, "Won"))
            assert sum(map(len, shown.buttons)) <= 10
            await office.choose(chat, shown.id, "More")
            await office.shown(chat, lambda one: has(one, "Not a sale"))
        office.instance.close()


async def test_f23_silent_for_two_hours_cards_come_another_way_and_are_summed_up_once(tmp_path: Path) -> None:
    """Twenty inquiries a minute while the Bot API hangs: each card stands in MAX within a minute; when the Bot API is
    back, one summary a manager, and no card twice."""
    async with Standing() as telegram, StandingBot(MaxApi()) as api:
        more = f'[notify.telegram]\ntoken = "{TOKEN}"\napi = "{telegram.url}"\ntimeout_s = 0.2'
        office = Office(tmp_path / "var", api, more=more)
        silent = True

        async def hang(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
            if silent:
                await asyncio.sleep(0.4)
                return web.Response(status=504, text="{}")
            return None

        telegram.fault = hang
        async with office.at_work():
            for manager, chat in (("anna", "7"), ("boris", "8")):
                office.desk.do(
                    Command("join", "manager", "", joining(office, manager, chat)), Who("test", "manager")
                )
            office.desk.do(Command("pause", "manager", "vera", {}), Who("boss", "admin"))
            for number in range(40):
                await office.comes(phone=f"+7 916 207-{number:02}-55", name=f"Клиент {number}")
                office.clock.advance(2)
                # real time for real sending: a minute of this clock is about five seconds
                await asyncio.sleep(0.15)
            await _pump(office, lambda: len(_shown_by(office, "max")) == 40)
            assert all(one["sent_via"] == "max" for one in _cards(office))
            waits = [from_iso(one["sent_at"]) - from_iso(one["created_at"]) for one in _cards(office)]
            assert max(waits) <= 60_000
            silent = False
            await _pump(office, lambda: len(telegram.chat("7")) >= 1 and len(telegram.chat("8")) >= 1)
            for _ in range(5):
                office.clock.advance(60)
                office.bell.ring_relay()
                await asyncio.sleep(0.05)
            for chat in "78":
                (summary,) = telegram.chat(chat)
                assert "While Telegram was silent" in summary.text
                assert "20 cards came another way" in summary.text
        office.instance.close()


async def _pump(office: Office, hold: Callable[[], bool]) -> None:
    """Time goes by until something holds: slowly beside the real time that sending takes on a busy machine."""
    for _ in range(1200):
        if hold():
            return
        office.clock.advance(0.25)
        office.bell.ring_relay()
        await asyncio.sleep(0.05)
    raise AssertionError(f"it did not come to hold: {sorted(one['sent_via'] for one in _cards(office))}")


def _cards(office: Office) -> list[dict[str, Any]]:
    return list(office.reader.listing("cards", {}, 100, "").items)


def _shown_by(office: Office, messenger: str) -> list[str]:
    return [one["id"] for one in _cards(office) if one["sent_via"] == messenger]


def _state(office: Office) -> HealthState | None:
    report = office.health(f"taps:{office.api.kind}")
    return report.state if report else None


def _place(office: Office) -> str:
    report = office.health(f"taps:{office.api.kind}")
    return json.dumps(dict(report.detail)) if report and report.detail.get("place") else ""
