"""What the buttons of a card do beyond taking it, and that menus, choices and colleagues' screens tell the truth."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from intake.errors import Conflict
from intake.ports import Command, Who
from notify.buttons import Act, Tap
from tests.standins.bot_api import BotApi, ShownMessage, Standing
from tests.workers.bot_office import NAMES, OTHER, PEOPLE, SEAL, Office, button, has, joining


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


def labels(message: ShownMessage) -> list[str]:
    """What its buttons say."""
    return [one["text"] for row in message.buttons for one in row]


async def test_a_menu_opens_in_the_same_message_and_closes_again(office: Office) -> None:
    """The card's text stays, its buttons are the reasons; «Back» brings the card's own."""
    await office.comes()
    chat, message = await office.card()
    assert await office.press(chat, button(message, "Not a sale")) == ""
    shown = await office.shown(chat, lambda one: has(one, "Spam"))
    assert (shown.id, shown.text) == (message.id, message.text)
    assert labels(shown)[-1] == "← Back"
    await office.press(chat, button(shown, "Back"))
    shown = await office.shown(chat, lambda one: has(one, "Take"))
    assert len(office.api.chat(chat)) == 1


async def test_f51_a_menu_of_a_forwarded_card_opens_for_nobody_else(office: Office) -> None:
    """Nor does a choice from it; a made-up choice is none."""
    await office.comes()
    chat, message = await office.card()
    assert await office.press(OTHER[chat], button(message, "Not a sale")) == "No access"
    await office.press(chat, button(message, "Not a sale"))
    spam = button(await office.shown(chat, lambda one: has(one, "Spam")), "Spam")
    assert await office.press(OTHER[chat], spam) == "No access"
    assert await office.press(chat, spam[:-1] + ("A" if spam[-1] != "A" else "B")) in (
        "The card has changed meanwhile. Look at it and press again",
        "No access",
    )
    made_up = SEAL.sign(Tap(Act.REJECT, message_card(office), 1, "whim"), NAMES[chat])
    assert "changed meanwhile" in await office.press(chat, made_up)


def message_card(office: Office) -> str:
    """The newest card's id."""
    return str(office.reader.listing("cards", {}, 1, "").items[0]["id"])


async def test_not_now_gives_it_to_the_next_in_turn_at_once(office: Office) -> None:
    """The first one's message says where it went; the next has a card and a promise of their own."""
    ident = await office.comes()
    chat, message = await office.card()
    other, take = OTHER[chat], button(message, "Take")
    office.clock.advance(200)
    assert await office.press(chat, button(message, "Not now")) == f"Handed over to {PEOPLE[other]}"
    fresh = await office.shown(other)
    shown = await office.shown(chat, lambda one: one.edits > 0)
    assert shown.text.startswith(f"↪ Handed over to {PEOPLE[other]}")
    assert labels(shown) == []
    assert office.deal(ident)["owner"] == NAMES[other]
    cards = office.reader.listing("cards", {"manager": NAMES[other]}, 5, "").items
    assert cards[0]["due_at"] > cards[0]["created_at"]
    reasons = [one["rule"] for one in office.inquiry(ident)["decision"]["reasons"]]
    assert reasons[-2:] == ["owner_declined", "owner_round_robin"]
    assert "answers for it now" in await office.press(chat, take)
    assert await office.press(other, button(fresh, "Take")) == "Yours now"


async def test_not_now_of_what_is_offered_tells_the_first_one_too(office: Office) -> None:
    """Nothing is born; the old message is edited, the next one's is new, and both say who has it in the end."""
    ident = await office.comes("tray")
    chat, message = await office.card()
    other, take = OTHER[chat], button(message, "Take")
    await office.press(chat, button(message, "Not now"))
    fresh = await office.shown(other)
    shown = await office.shown(chat, lambda one: one.edits > 0)
    assert (shown.id, labels(shown)) == (message.id, [])
    assert shown.text.startswith(f"↪ Handed over to {PEOPLE[other]}")
    assert office.inquiry(ident)["state"] == "offered"
    assert await office.press(other, button(fresh, "Take")) == "Yours now"
    assert office.owner(ident) == NAMES[other]
    assert f"Already taken by {PEOPLE[other]}" in await office.press(chat, take)


async def test_not_now_when_nobody_else_is_there_says_so(office: Office) -> None:
    """The card stays where it is: somebody has to answer the client."""
    boss = Who("boss", "admin")
    office.desk.do(Command("pause", "manager", "boris", {}), boss)
    office.desk.do(Command("pause", "manager", "vera", {}), boss)
    ident = await office.comes()
    chat, message = await office.card()
    assert "nobody else is there now" in await office.press(chat, button(message, "Not now"))
    assert office.owner(ident) == "anna"


async def test_a_card_is_handed_to_a_chosen_colleague(office: Office) -> None:
    """The menu names those who work here; the colleague sees a card, the first one's says to whom it went."""
    ident = await office.comes()
    chat, message = await office.card()
    other = OTHER[chat]
    told = await office.choose(chat, message.id, "Hand over", PEOPLE[other])
    assert told == f"Handed over to {PEOPLE[other]}"
    assert office.owner(ident) == NAMES[other]
    await office.shown(other)


async def test_f51_a_colleague_dismissed_since_the_menu_was_opened_gets_nothing(office: Office) -> None:
    """The choice is no more: the manager looks again."""
    ident = await office.comes()
    chat, message = await office.card()
    other = OTHER[chat]
    await office.choose(chat, message.id, "Hand over")
    chosen = button(await office.shown(chat, lambda one: has(one, PEOPLE[other])), PEOPLE[other])
    office.desk.do(Command("dismiss", "manager", NAMES[other], {"heir": NAMES[chat]}), Who("boss", "admin"))
    assert "changed meanwhile" in await office.press(chat, chosen)
    assert office.owner(ident) == NAMES[chat]
    await office.shown(chat, lambda one: has(one, "Take"))


async def test_not_a_sale_has_a_reason_and_can_be_undone(office: Office) -> None:
    """The same message, the same deal's client, the same manager."""
    ident = await office.comes()
    chat, message = await office.card()
    await office.choose(chat, message.id, "Not a sale", "A supplier")
    assert (office.inquiry(ident)["state"], office.inquiry(ident)["state_reason"]) == ("rejected", "supplier")
    shown = await office.shown(chat, lambda one: has(one, "A sale after all"))
    told = await office.press(chat, button(shown, "A sale after all"))
    assert "an inquiry after all" in told
    again = await office.shown(chat, lambda one: has(one, "Take"))
    assert (again.id, office.inquiry(ident)["state"]) == (message.id, "created")
    assert office.deal(ident)["state"] == "open"
    assert office.owner(ident) == NAMES[chat]
    assert await office.press(chat, button(again, "Take")) == "Yours now"


async def test_an_offer_put_away_is_offered_again_when_undone(office: Office) -> None:
    """To the one who had it, and nothing is born by undoing."""
    ident = await office.comes("tray")
    chat, message = await office.card()
    await office.choose(chat, message.id, "Not a sale", "Spam")
    shown = await office.shown(chat, lambda one: has(one, "A sale after all"))
    await office.press(chat, button(shown, "A sale after all"))
    await office.shown(chat, lambda one: has(one, "Take"))
    assert (office.inquiry(ident)["state"], office.owner(ident)) == ("offered", NAMES[chat])
    assert len(office.api.chat(chat)) == 1


async def test_the_one_open_deal_is_named_on_the_button(office: Office) -> None:
    """Linked with one tap: nothing new is born, the card is the deal's."""
    first = await office.comes()
    await office.card()
    number = office.deal(first)["number"]
    second = await office.comes("choice")
    chat, message = await office.card(2)
    told = await office.press(chat, button(message, f"Link to No. {number}"))
    owner = office.deal(first)["owner"]
    assert told == ("Yours now" if owner == NAMES[chat] else f"{PEOPLE[OTHER[chat]]} answers for it now")
    assert office.inquiry(second)["decision"]["deal_id"] == office.inquiry(first)["decision"]["deal_id"]
    assert len(office.reader.listing("deals", {}, 9, "").items) == 1


async def test_of_several_deals_one_is_chosen_and_a_task_set_with_it(office: Office) -> None:
    """The deal, then the time; both in one act."""
    first = await office.comes()
    await office.card()
    other = await office.comes("choice")
    chat, message = await office.card(2)
    await office.press(chat, button(message, "New deal"))
    third = await office.comes("choice")
    chat, message = await office.card(3)
    number = office.deal(first)["number"]
    await office.choose(chat, message.id, "Link to…")
    shown = await office.shown(chat, lambda one: has(one, f"№ {number}"))
    assert has(shown, f"№ {office.deal(other)['number']}")
    await office.choose(
        chat, message.id, "Back", "More", "Link and set a task", f"№ {number}", "tomorrow 10:00"
    )
    assert office.inquiry(third)["decision"]["deal_id"] == office.inquiry(first)["decision"]["deal_id"]
    due = {
        one["due_at"][11:16] for one in office.deal(first)["tasks"] if one["text"] == "Get back to the client"
    }
    assert due == {"07:00"}  # ten o'clock in Moscow


async def test_the_wrong_client_is_taken_off_and_it_is_remembered(office: Office) -> None:
    """It is offered anew, to be somebody else's; the next of the same kind is not theirs either."""
    first = await office.comes()
    await office.card()
    second = await office.comes(comment="Ещё вопрос")
    chat = {name: chat for chat, name in NAMES.items()}[office.owner(first)]
    await office.shown(chat, lambda one: one.reply_to is not None)
    message = office.api.chat(chat)[0]
    told = await office.choose(chat, message.id, "More", "Not this client")
    assert "offered anew" in told
    assert office.inquiry(second)["state"] == "offered"
    offer = await office.shown(chat, lambda one: has(one, "New deal"))
    assert await office.press(chat, button(offer, "Take")) == "Yours now"
    clients = {office.inquiry(one)["decision"]["client_id"] for one in (first, second)}
    assert len(clients) == 2


async def test_after_taking_come_task_success_refusal_and_giving_back(office: Office) -> None:
    """A task with one tap; lost with its reason in words; the card closes."""
    ident = await office.comes()
    chat, message = await office.card()
    await office.press(chat, button(message, "Take"))
    await office.shown(chat, lambda one: has(one, "Won"))
    told = await office.choose(chat, message.id, "Task", "in 1 h")
    assert told.startswith("Task set for")
    assert "Get back to the client" in [one["text"] for one in office.deal(ident)["tasks"]]
    await office.shown(chat, lambda one: has(one, "Won"))
    assert "closed as lost" in await office.choose(chat, message.id, "Lost", "Too dear")
    assert (office.deal(ident)["state"], office.deal(ident)["lost_reason"]) == ("lost", "Too dear")
    await office.shown(chat, lambda one: one.text.startswith("☑"))


async def test_won_closes_the_deal(office: Office) -> None:
    """And its planned tasks."""
    ident = await office.comes()
    chat, message = await office.card()
    await office.press(chat, button(message, "Take"))
    shown = await office.shown(chat, lambda one: has(one, "Won"))
    assert "Won" in await office.press(chat, button(shown, "Won"))
    assert office.deal(ident)["state"] == "won"
    assert {one["state"] for one in office.deal(ident)["tasks"]} == {"cancelled"}


async def test_f51_won_from_a_card_that_was_extended_since_is_asked_again(office: Office) -> None:
    """What came meanwhile was not seen; the present card comes with the answer."""
    ident = await office.comes()
    chat, message = await office.card()
    await office.press(chat, button(message, "Take"))
    shown = await office.shown(chat, lambda one: has(one, "Won"))
    old = button(shown, "Won")
    await office.comes(comment="Подождите, ещё вопрос")
    assert "changed meanwhile" in await office.press(chat, old)
    assert office.deal(ident)["state"] == "open"


async def test_given_back_it_goes_to_the_next(office: Office) -> None:
    """Taken, and then not: the next in turn has it, untaken."""
    ident = await office.comes()
    chat, message = await office.card()
    await office.press(chat, button(message, "Take"))
    shown = await office.shown(chat, lambda one: has(one, "Give back"))
    await office.press(chat, button(shown, "Give back"))
    fresh = await office.shown(OTHER[chat])
    assert has(fresh, "Take")
    assert office.owner(ident) == NAMES[OTHER[chat]]


async def test_calling_back_takes_it_and_shows_the_number(office: Office) -> None:
    """The number stands in full on the card then."""
    ident = await office.comes()
    chat, message = await office.card()
    assert "call, then say" in await office.press(chat, button(message, "Call back"))
    shown = await office.shown(chat, lambda one: one.text.startswith("✅"))
    assert "+7 916 207-31-55" in shown.text
    assert office.owner(ident) == NAMES[chat]


async def test_a_group_sees_only_take(office: Office) -> None:
    """What else can be done is shown to the one who took it."""
    office.desk.do(Command("join", "manager", "", joining(office, "vera", "-100")), Who("test", "manager"))
    ident = await office.comes()
    office.do("assign", ident, "anna", owner="vera")
    message = await office.shown("-100")
    assert labels(message) == ["✅ Take"]


async def test_the_browser_presses_the_same_buttons(office: Office) -> None:
    """By the same use case, with the version that was looked at; the refusal is told."""
    ident = await office.comes()
    chat, _ = await office.card()
    who = Who(NAMES[chat], "manager", NAMES[chat])
    card = message_card(office)
    told = office.desk.do(Command("press", "card", card, {"act": "take"}), who)
    assert told == {"card": card, "told": "Yours now"}
    with pytest.raises(Conflict, match="changed meanwhile"):
        office.desk.do(Command("press", "card", card, {"act": "won", "version": "1"}), who)
    with pytest.raises(Conflict, match="no button"):
        office.desk.do(Command("press", "card", card, {"act": "fly"}), who)
    office.desk.do(Command("press", "card", card, {"act": "reject", "choice": "staff"}), who)
    assert office.inquiry(ident)["state_reason"] == "staff"
