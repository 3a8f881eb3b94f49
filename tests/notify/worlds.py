"""Views of cards for the renderer's tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from intake.deal import Card, Manager
from intake.inquiry import Kind
from intake.view import CardView, Touch

NOON = 1_790_000_000_000
MINE = Manager("anna", "Anna", contacts={"telegram": "7"})


def touch(text: str = "Need 40 pieces by Friday", **more: Any) -> Touch:
    """A form."""
    return Touch(inquiry_id="q1", kind=Kind.FORM, channel="form", account="site", at=NOON, text=text, **more)


def view(
    text: str = "Need 40 pieces by Friday", *, card: dict[str, Any] | None = None, **more: Any
) -> CardView:
    """A card of a new client's form."""
    shown = replace(
        Card("c" + "q" * 36, "anna", "d1", "k1", ("q1",), created_at=NOON, due_at=NOON + 300_000),
        **(card or {}),
    )
    base: dict[str, Any] = {
        "touches": (touch(text),),
        "touch_count": 1,
        "person_name": "Иван Петров",
        "phones": ("+79161234567",),
        "emails": ("ivan@ya.ru",),
        "deal_number": 318,
    }
    return CardView(shown, MINE, **(base | more))
