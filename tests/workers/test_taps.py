"""Taps on cards: the real relay, use cases and ledger against a stand-in Bot API. What managers are told and see."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from intake.ports import Command, HealthState, Who
from notify.buttons import Act, Tap
from notify.messengers import make_messengers
from tests.servers.postgres import PostgresServer
from tests.standins.bot_api import BotApi, Standing
from tests.workers.bot_office import NAMES, OTHER, PEOPLE, QUICK, SEAL, Office, button, has, joining, state_of
from workers.relay import tools_of
from workers.taps.opening import listeners_of
from workers.words import notify_options_of


@pytest_asyncio.fixture
async def api() -> AsyncIterator[BotApi]:
    async with Standing() as api:
        yield api


@pytest_asyncio.fixture
async def office(api: BotApi, tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(tmp_path / "var", api)
    async with office.at_work():
        yield office
    office.instance.close()


async def test_f51_a_tap_takes_the_card_and_the_message_says_so(office: Office) -> None:
    """The toast at once, the same message edited, the number now in full; nothing rings."""
    ident = await office.comes()
    chat, message = await office.card()
    assert await office.press(chat, button(message, "Take")) == "Yours now"
    shown = await office.shown(chat, lambda one: one.text.startswith("✅"))
    assert (shown.id, len(office.api.chat(chat))) == (message.id, 1)
    assert "+7 916 207-31-55" in shown.text
    assert office.owner(ident) == NAMES[chat]


async def test_f51_a_tap_is_confirmed_to_the_messenger_when_it_is_done(office: Office) -> None:
    """Until then it is asked for again: a relay that dies in between loses no tap."""
    await office.comes()
    chat, message = await office.card()
    await office.press(chat, button(message, "Take"))
    await office.api.until(lambda: not office.api.updates)
    offsets = [int(one.params.get("offset", 0)) for one in office.api.calls if one.method == "getUpdates"]
    answered = next(one for one in office.api.calls if one.method == "answerCallbackQuery")
    confirming = next(
        one
        for one in office.api.calls
        if one.method == "getUpdates" and int(one.params.get("offset", 0)) == max(offsets)
    )
    assert confirming.at > answered.at


async def test_f51_pressed_twice_is_taken_once(office: Office) -> None:
    """The second tap is told since when it has been theirs."""
    ident = await office.comes()
    chat, message = await office.card()
    first = office.api.press(chat, button(message, "Take"))
    second = office.api.press(chat, button(message, "Take"))
    await office.api.until(lambda: len(office.api.answers) == 2)
    assert office.api.toast(first) == "Yours now"
    assert "You have had it since" in (office.api.toast(second) or "")
    assert [one.verb for one in office.reader.acts("inquiry", ident)] == ["take"]


async def test_f51_two_managers_at_once_have_one_owner_and_the_other_is_told(office: Office) -> None:
    """A group's card: both press within one instant; one has it, the other hears who."""
    office.desk.do(Command("join", "manager", "", joining(office, "vera", "-100")), Who("test", "manager"))
    ident = await office.comes()
    office.do("assign", ident, "anna", owner="vera")
    message = await office.shown("-100")
    data = button(message, "Take")
    queries = [office.api.press(by, data, chat="-100") for by in ("7", "8")]
    await office.api.until(lambda: len(office.api.answers) == 2)
    first, second = (office.api.toast(one) or "" for one in queries)
    assert first == "Yours now"
    assert (
        second.startswith("Already taken by Анна Петрова at")
        or "answers for it" in second
        or "closed" in second
    )
    assert office.owner(ident) == "anna"


async def test_f51_the_browser_was_faster(office: Office) -> None:
    """Taken elsewhere a moment ago: the tap changes nothing and says who has it."""
    ident = await office.comes()
    chat, message = await office.card()
    data = button(message, "Take")
    office.do("take", ident, NAMES[chat])
    told = await office.press(chat, data)
    assert "You have had it since" in told


async def test_f51_a_stranger_is_refused(office: Office) -> None:
    """Nobody of ours, whatever the button holds."""
    ident = await office.comes()
    chat, message = await office.card()
    assert await office.press("99", button(message, "Take"), chat=chat) == "No access"
    assert await office.press("99", button(message, "Take")) == "No access"
    assert await office.press("99", "t.x.1.forged") == "No access"
    assert office.inquiry(ident)["state"] == "created"
    assert office.reader.acts("inquiry", ident) == []


async def test_f51_a_forwarded_card_is_refused_even_to_a_colleague(office: Office) -> None:
    """A button is signed for the manager whom the card was sent to."""
    ident = await office.comes()
    chat, message = await office.card()
    assert await office.press(OTHER[chat], button(message, "Take")) == "No access"
    assert office.owner(ident) == NAMES[chat]
    assert office.reader.acts("inquiry", ident) == []


async def test_f51_a_forged_version_or_act_is_refused(office: Office) -> None:
    """The signature covers everything the button says."""
    await office.comes()
    chat, message = await office.card()
    data = button(message, "Take")
    assert await office.press(chat, "r" + data[1:]) == "No access"
    assert await office.press(chat, "") == "No access"
    assert await office.press(chat, "t..1.") == "No access"


async def test_f51_a_dismissed_manager_has_no_access(office: Office) -> None:
    """From the dismissal on, the old cards do nothing; the heir has cards of their own."""
    ident = await office.comes()
    chat, message = await office.card()
    boss = Who("boss", "admin")
    office.desk.do(Command("dismiss", "manager", NAMES[chat], {"heir": NAMES[OTHER[chat]]}), boss)
    assert await office.press(chat, button(message, "Take")) == "No access"
    assert office.deal(ident)["owner"] == NAMES[OTHER[chat]]
    await office.shown(OTHER[chat])


async def test_f51_taking_from_an_old_card_takes_what_stands_now(office: Office) -> None:
    """The card was extended since: to take means that the client is mine."""
    await office.comes()
    chat, message = await office.card()
    old = button(message, "Take")
    second = await office.comes(comment="И ещё счёт")
    assert await office.press(chat, old) == "Yours now"
    assert office.owner(second) == NAMES[chat]


async def test_f51_putting_away_an_old_card_is_asked_again(office: Office) -> None:
    """What came meanwhile was not on the screen: nothing is put away unseen."""
    first = await office.comes()
    chat, message = await office.card()
    await office.choose(chat, message.id, "Not a sale")
    old = button(await office.shown(chat, lambda one: has(one, "Spam")), "Spam")
    second = await office.comes(comment="И ещё счёт")
    assert "changed meanwhile" in await office.press(chat, old)
    assert (office.inquiry(first)["state"], office.inquiry(second)["state"]) == ("created", "attached")
    fresh = await office.shown(chat, lambda one: one.reply_to is not None)
    assert fresh.reply_to == message.id
    assert "not a sale" in await office.choose(chat, message.id, "Not a sale", "Spam")
    assert (office.inquiry(second)["state"], office.inquiry(second)["state_reason"]) == ("rejected", "spam")


async def test_f51_a_tap_on_a_card_that_is_closed_says_so(office: Office) -> None:
    """The deal went away; the button of the old message does nothing."""
    ident = await office.comes()
    chat, message = await office.card()
    data = button(message, "Take")
    assert "not a sale" in await office.choose(chat, message.id, "Not a sale", "Something else")
    assert "closed" in await office.press(chat, data)
    assert office.inquiry(ident)["state"] == "rejected"
    shown = await office.shown(chat, lambda one: one.text.startswith("☑"))
    assert [one["text"] for row in shown.buttons for one in row] == ["↩ A sale after all"]


async def test_f51_an_offered_card_is_taken_and_becomes_a_deal(office: Office) -> None:
    """Nothing is born before; the same message then shows the deal."""
    ident = await office.comes("tray")
    chat, message = await office.card()
    assert office.inquiry(ident)["state"] == "offered"
    assert await office.press(chat, button(message, "Take")) == "Yours now"
    shown = await office.shown(chat, lambda one: one.text.startswith("✅"))
    assert (shown.id, office.inquiry(ident)["state"]) == (message.id, "created")
    assert len(office.api.chat(chat)) == 1


async def test_f51_an_offered_card_may_be_a_new_deal_though_the_client_has_one(office: Office) -> None:
    """`create` opens a second deal; pressed again from the old message it opens no third."""
    first = await office.comes()
    await office.card()
    second = await office.comes("choice")
    chat, message = await office.card(2)
    data = button(message, "New deal")
    assert await office.press(chat, data) == "Yours now"
    deals = {office.inquiry(one)["decision"]["deal_id"] for one in (first, second)}
    assert len(deals) == 2
    await office.press(chat, data)
    assert {office.inquiry(one)["decision"]["deal_id"] for one in (first, second)} == deals
    assert len(office.reader.listing("deals", {}, 50, "").items) == 2


@pytest.mark.parametrize(
    ("label", "act", "toast"),
    [("It is them", "same", "the same"), ("Somebody new", "different", "a different")],
)
async def test_f51_a_suspect_is_answered_from_the_card(
    office: Office, label: str, act: str, toast: str
) -> None:
    """Same or different: remembered with who said it, and the question goes from the message."""
    first = await office.comes(name="Иван Петров")
    await office.card()
    second = await office.comes(name="Ольга Кузнецова")
    assert office.inquiry(second)["decision"]["identity"] == "possible"
    chat, message = await office.card(2)
    data = button(message, label)
    assert toast in await office.press(chat, data)
    same = office.inquiry(first)["decision"]["client_id"] == office.inquiry(second)["decision"]["client_id"]
    assert same is (act == "same")
    assert [one.verb for one in office.reader.acts("inquiry", second)] == [act]
    await office.shown(chat, lambda one: not any(label in b["text"] for row in one.buttons for b in row))
    assert "answered already" in await office.press(chat, data) or "changed" in await office.press(chat, data)


async def test_f51_a_card_given_to_another_says_so_to_the_first(office: Office) -> None:
    """The old message is edited: its buttons go, it tells to whom; the new owner gets a card of their own."""
    ident = await office.comes()
    chat, message = await office.card()
    other, old = OTHER[chat], button(message, "Take")
    office.do("assign", ident, NAMES[chat], owner=NAMES[other])
    fresh = await office.shown(other)
    shown = await office.shown(chat, lambda one: one.edits > 0)
    assert (shown.id, shown.buttons) == (message.id, [])
    assert shown.text.startswith(f"↪ Handed over to {PEOPLE[other]}")
    assert "answers for it" in await office.press(chat, old)
    assert await office.press(other, button(fresh, "Take")) == "Yours now"


async def test_f51_a_card_taken_over_in_the_browser_says_who_took_it(office: Office) -> None:
    """The colleague's message is edited to "Taken by"; there is never a second one."""
    ident = await office.comes()
    chat, message = await office.card()
    other = OTHER[chat]
    office.do("take", ident, NAMES[other])
    shown = await office.shown(chat, lambda one: one.edits > 0)
    assert (shown.id, len(office.api.chat(chat)), shown.buttons) == (message.id, 1, [])
    assert shown.text.startswith(f"✅ Taken by {PEOPLE[other]}")


async def test_f51_an_offer_taken_by_a_colleague_says_so(office: Office) -> None:
    """It was offered to one and taken by another: a card each, the first one's closed."""
    ident = await office.comes("tray")
    chat, message = await office.card()
    other = OTHER[chat]
    office.do("take", ident, NAMES[other])
    shown = await office.shown(chat, lambda one: one.edits > 0)
    assert (shown.id, shown.buttons) == (message.id, [])
    assert shown.text.startswith(f"✅ Taken by {PEOPLE[other]}")
    assert office.deal(ident)["owner"] == NAMES[other]


async def test_f51_a_fault_of_one_tap_stops_no_other(office: Office, api: BotApi) -> None:
    """The toast of one cannot be shown: it is settled all the same, and the next tap is heard."""
    await office.comes()
    chat, message = await office.card()

    async def refuse(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
        if method == "answerCallbackQuery" and params["callback_query_id"] == "query-1":
            told = {"ok": False, "error_code": 400, "description": "Bad Request: query is too old"}
            return web.json_response(told, status=400)
        return None

    api.fault = refuse
    api.press(chat, button(message, "Take"))
    assert "You have had it since" in await office.press(chat, button(message, "Take"))


@pytest.mark.servers
@pytest.mark.timeout(120)
async def test_f51_while_the_database_restarts_the_manager_is_told_to_try_again(
    api: BotApi, tmp_path: Path, postgres_server: PostgresServer, postgres_url: str
) -> None:
    """Nothing was done, and they know; a minute later the same button works."""
    office = Office(tmp_path / "var", api, more=f'[store]\nurl = "{postgres_url}"')
    async with office.at_work():
        ident = await office.comes()
        chat, message = await office.card()
        postgres_server.stop(signal.SIGQUIT)
        try:
            told = await office.press(chat, button(message, "Take"))
        finally:
            postgres_server.start()
        assert "does not answer" in told or "Not confirmed" in told
        assert office.reader.acts("inquiry", ident) == []
        assert await office.press(chat, button(message, "Take")) == "Yours now"
    office.instance.close()


async def test_f22_a_second_process_of_ours_waits_for_the_first(office: Office) -> None:
    """One listener a bot: the second neither asks nor answers, and takes over when the first ends."""
    await office.comes()
    chat, message = await office.card()
    messengers = make_messengers(notify_options_of(office.instance.settings))
    writer = tools_of(office.instance, messengers, "relay-two").writer
    (second,) = listeners_of(office.instance, messengers, writer, office.bell, "two", QUICK)
    waiting = asyncio.create_task(second.run())
    await office.api.until(lambda: state_of(office) is HealthState.WAITING)
    assert await office.press(chat, button(message, "Take")) == "Yours now"
    assert len(office.api.answers) == 1
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    for one in messengers.values():
        await one.close()


async def test_f22_f44_a_foreign_poller_of_the_same_token_is_told_and_survived(
    api: BotApi, tmp_path: Path
) -> None:
    """409 of another program, or of a webhook: the dashboard says what to mend; when it ends, taps are heard."""
    api.webhook = True
    office = Office(tmp_path / "var", api)
    async with office.at_work():
        await office.comes()
        chat, message = await office.card()
        query = api.press(chat, button(message, "Take"))
        await api.until(lambda: state_of(office) is HealthState.FAULT)
        report = office.health()
        assert report
        assert "webhook is set" in report.message
        api.webhook = False
        await api.until(lambda: api.toast(query) == "Yours now")
        await api.until(lambda: state_of(office) is HealthState.OK)
    office.instance.close()


async def test_f44_a_silent_messenger_is_asked_again_and_no_tap_is_lost(office: Office, api: BotApi) -> None:
    """The poll fails for a while; what was pressed meanwhile is done afterwards, once."""
    ident = await office.comes()
    chat, message = await office.card()
    silent = True

    async def away(method: str, params: dict[str, Any]) -> web.StreamResponse | None:
        return web.Response(status=502, text="{}") if silent and method == "getUpdates" else None

    api.fault = away
    query = api.press(chat, button(message, "Take"))
    await api.until(lambda: len([one for one in api.calls if one.method == "getUpdates"]) > 3)
    silent = False
    await api.until(lambda: api.toast(query) is not None)
    assert [one.verb for one in office.reader.acts("inquiry", ident)] == ["take"]


async def test_an_invite_joins_the_account_once(office: Office) -> None:
    """The link holds a secret; who comes with it is that manager from now on. Another account cannot use it."""
    await office.api.until(lambda: state_of(office) is HealthState.OK)
    boss = Who("boss", "admin")
    told = office.desk.do(Command("invite", "manager", "vera", {"messenger": "telegram"}), boss)
    assert told["link"].startswith("https://t.me/demo_bot?start=")
    secret = told["link"].partition("start=")[2]
    office.api.write("55", f"/start {secret}")
    assert "Вера, you are connected" in (await office.shown("55")).text
    vera = office.reader.one("manager", "vera")
    assert vera
    assert (vera["contacts"]["telegram"], vera["notify"][0]) == ("55", "telegram")
    office.api.write("66", f"/start {secret}")
    assert "used up" in (await office.shown("66")).text
    office.api.write("55", f"/start {secret}")
    await office.api.until(lambda: len(office.api.chat("55")) == 2)
    assert "connected" in office.api.chat("55")[-1].text


async def test_an_account_that_joins_anew_leaves_its_old_manager(office: Office) -> None:
    """One account speaks for one manager."""
    office.desk.do(Command("join", "manager", "", joining(office, "vera", "7")), Who("test", "manager"))
    anna = office.reader.one("manager", "anna")
    assert anna
    assert "telegram" not in anna["contacts"]


async def test_a_stranger_hears_how_to_come_in_and_nothing_else(office: Office) -> None:
    """/start is answered; other lines of strangers are not."""
    office.api.write("99", "hello")
    office.api.write("99", "/my")
    office.api.write("99", "/start wrong-secret")
    assert "used up" in (await office.shown("99")).text
    office.api.write("99", "/start")
    await office.api.until(lambda: len(office.api.chat("99")) == 2)
    assert "for our managers" in office.api.chat("99")[-1].text


async def test_my_cards_are_listed_with_buttons_that_work(api: BotApi, tmp_path: Path) -> None:
    """/мои shows what is open, in the company's language; a button of the list takes."""
    office = Office(tmp_path / "var", api, language="ru")
    async with office.at_work():
        ident = await office.comes()
        chat, _ = await office.card()
        api.write(chat, "/мои")
        listed = await office.shown(chat, lambda one: "открытая карточка" in one.text)
        assert "Иван Петров" in listed.text
        assert await office.press(chat, button(listed, "1")) == "Взяли: теперь это ваше"
        assert office.owner(ident) == NAMES[chat]
        assert "Это уже ваше с" in await office.press(chat, button(listed, "1"))
        api.write(OTHER[chat], "/мои")
        assert (await office.shown(OTHER[chat])).text == "Открытых карточек нет"
        api.write(chat, "/помощь")
        await office.shown(chat, lambda one: "кнопки" in one.text)
    office.instance.close()


async def test_a_tap_on_a_card_that_is_no_longer_kept(office: Office) -> None:
    """Signed by us, but erased since."""
    await office.comes()
    chat, _ = await office.card()
    data = SEAL.sign(Tap(Act.TAKE, "cgone", 1), NAMES[chat])
    assert "no longer kept" in await office.press(chat, data)
