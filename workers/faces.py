"""How the browser shows a card: the messengers' renderer, in plain text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import notify
from intake.account import Company
from intake.clock import Clock
from intake.language import read_language
from intake.store.reader import StoreReader
from intake.view import CardView, PlainCard
from notify.cards import render
from notify.keyboard import plain
from notify.style import Face, Style
from workers.bootstrap import Instance


def card_style(company: Company) -> Style:
    """How this company's cards are told."""
    words = read_language(Path(notify.__file__).parent / "locale", company.language)
    return Style(words, ZoneInfo(company.timezone), company.public_url)


def reader_of(instance: Instance) -> StoreReader:
    """What pages, API and notices read by."""
    face = browser_face(instance.company, instance.clock)
    accounts = list(instance.accounts.values())
    return StoreReader(instance.store, instance.clock, instance.company, accounts, face)


def browser_face(company: Company, clock: Clock) -> Callable[[CardView], PlainCard]:
    """A function that renders a card for the pages and the API, in the company's language and zone."""
    style = card_style(company)

    def face(view: CardView) -> PlainCard:
        shown = render(view, style, Face(clock.now()))
        return PlainCard(shown.plain, plain(shown.buttons))

    return face
