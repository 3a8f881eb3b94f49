"""Letters that answer letters: a reply finds its deal, our own answer stops the clock, a robot is put away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workers.office import ANNA, Office, opened


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office on SQLite."""
    with opened(tmp_path) as office:
        yield office


def test_a_reply_finds_the_deal_of_its_conversation_whoever_writes_it(office: Office) -> None:
    """A colleague of the client answers from an address nobody knows: the same deal."""
    first = office.letter("Пришлите цены")
    reply = office.letter(
        "Добавлю: нужно 40 штук",
        subject="Re: Вопрос",
        From="Ольга Белова <olga@elsewhere.example>",
        In_Reply_To="<1@example.org>",
        References="<1@example.org>",
    )

    assert office.inquiry(reply)["state"] == "attached"
    assert sorted(office.deal_of(first)["inquiries"]) == sorted([first, reply])
    assert {one["rule"] for one in office.inquiry(reply)["decision"]["reasons"]} >= {"thread"}


def test_f39_an_unproven_sender_claims_no_conversation(office: Office) -> None:
    """With DMARC failed, neither the address nor the conversation attaches anything by itself."""
    first = office.letter("Пришлите цены")
    forged = office.letter(
        "Срочно поменяйте счёт",
        In_Reply_To="<1@example.org>",
        Authentication_Results="mx.example.ru; dmarc=fail header.from=example.org",
    )

    assert office.inquiry(forged)["decision"]["identity"] == "possible"
    assert office.deal_of(forged)["id"] != office.deal_of(first)["id"]


def test_our_answer_in_the_sent_folder_stops_the_clock(office: Office) -> None:
    """The card says it is taken, the answer stands on the deal, it is no inquiry."""
    first = office.letter("Пришлите цены")
    (card,) = office.cards("anna")
    assert card["state"] == "new"

    answer = office.letter(
        "Цены во вложении",
        folder="Sent",
        From="sales@example.ru",
        To="ivan@example.org",
        In_Reply_To="<1@example.org>",
    )

    (card,) = office.cards("anna")
    assert (card["state"], card["taken_by"]) == ("taken", "anna")
    assert (office.inquiry(answer)["state"], office.inquiry(answer)["state_reason"]) == ("ignored", "answer")
    assert office.deal_of(first)["inquiries"] == [first]


def test_an_answer_without_a_conversation_finds_the_client_it_was_written_to(office: Office) -> None:
    """By the addressee."""
    office.letter("Пришлите цены")
    office.letter("Цены во вложении", folder="Sent", From="sales@example.ru", To="ivan@example.org")

    assert office.cards("anna")[0]["state"] == "taken"


def test_an_automatic_letter_is_put_away_and_one_press_makes_an_inquiry_of_it(office: Office) -> None:
    """Listed with its reason; accepted after all it gets its deal and its card."""
    robot = office.letter("Меня нет в офисе", subject="Автоответ: Вопрос", Auto_Submitted="auto-replied")
    assert (office.inquiry(robot)["state"], office.inquiry(robot)["state_reason"]) == (
        "ignored",
        "auto_reply",
    )
    assert office.cards("anna") == []

    told = office.do("accept", robot, ANNA)

    assert told["state"] == "created"
    assert len(office.cards("anna")) == 1


def test_a_form_and_a_letter_that_share_a_phone_are_one_deal(office: Office) -> None:
    """The phone of the form stands in the letter's signature."""
    form = office.comes(phone="8 916 207-31-55")
    letter = office.letter("Где мой заказ?\n\n-- \nИван Петров\n+7 (916) 207-31-55\n")

    assert sorted(office.deal_of(form)["inquiries"]) == sorted([form, letter])
    (card,) = office.cards("anna")
    assert card["inquiry_ids"] == [form, letter]
