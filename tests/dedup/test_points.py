"""Contact points: what is one, and what is evidence of nobody."""

import pytest

from dedup.points import handle_value, points, subject
from intake.account import Company
from intake.inquiry import Sender

OURS = Company(own_domains=frozenset({"shop.example"}), own_phones=frozenset({"+74951230045"}))


@pytest.mark.parametrize(
    ("sender", "keys"),
    [
        (Sender(phones=("+7 916 123-40-67",)), ["phone:+79161234067"]),
        (Sender(phones=("+74951230046;ext=101",)), ["phone:+74951230046", "phone:+74951230046;ext=101"]),
        (Sender(emails=("A.Petrov+shop@GoogleMail.com",)), ["email:apetrov@gmail.com"]),
        (Sender(emails=("a-petrov@ya.ru",)), ["email:a.petrov@yandex.ru"]),
        (Sender(emails=("a.petrov@bk.ru",)), ["email:a.petrov@bk.ru"]),
        (Sender(handles={"telegram": "https://t.me/Petrov_A"}), ["handle:telegram:petrov_a"]),
        (Sender(handles={"vk": "m.vk.com/id1777"}), ["handle:vk:id1777"]),
        (Sender(handles={"whatsapp": "79161234067"}), ["phone:+79161234067", "handle:whatsapp:79161234067"]),
        (Sender(inn="7707 083 893"), ["inn:7707083893"]),
        (Sender(phones=("+7 999 999-99-99",), emails=("qwe@qwe.ru",)), []),
        (Sender(phones=("+7 000 123-40-67", "+7 495 123-00-45"), emails=("noreply@forms.example",)), []),
        (Sender(emails=("anna@shop.example", "anna@mail.shop.example")), []),
    ],
)
def test_contacts_become_comparable_keys(sender: Sender, keys: list[str]) -> None:
    """Spellings of one contact give one key; placeholders, robots and our own give none."""
    assert [point.key for point in points(sender, OURS)] == keys


def test_what_is_no_evidence_keeps_its_reason() -> None:
    """A contact that says nothing is told with its reason, not dropped in silence."""
    who = subject(
        Sender(phones=("+7 999 999-99-99",), emails=("robot@forms-robot.ru", "i@shop.example")), OURS
    )
    assert [reason for _, reason in who.ignored] == ["placeholder", "robot", "ours"]


@pytest.mark.parametrize(
    "text", ["@Anna", "t.me/anna", "tg://resolve?domain=anna", " https://t.me/anna/ ", "ANNA?start=1"]
)
def test_a_handle_is_one_however_it_is_linked(text: str) -> None:
    """A bare name, an @name and a link are one handle."""
    assert handle_value("telegram", text) == "anna"
