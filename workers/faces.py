"""How the browser shows a card: the messengers' renderer, in plain text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import notify
from crm.pipelines import SalesPipeline
from intake.account import Company
from intake.clock import Clock
from intake.language import read_language
from intake.store.reader import StoreReader
from intake.view import CardView, PlainCard
from notify.cards import render
from notify.keyboard import plain
from notify.style import NO_STAGES, Face, Stages, Style
from workers.bootstrap import Instance


def card_style(company: Company, stages: Stages = NO_STAGES) -> Style:
    """How this company's cards are told."""
    words = read_language(Path(notify.__file__).parent / "locale", company.language)
    return Style(words, ZoneInfo(company.timezone), company.public_url, stages=stages)


def stages_of(pipelines: Mapping[str, SalesPipeline]) -> Stages:
    """By pipeline its stages as (id, name), in order."""
    return {
        ident: tuple((stage.id, stage.name or stage.id) for stage in one.stages)
        for ident, one in pipelines.items()
    }


def reader_of(instance: Instance) -> StoreReader:
    """What pages, API and notices read by."""
    face = browser_face(instance.company, instance.clock, stages_of(instance.rules.pipelines))
    accounts = list(instance.accounts.values())
    return StoreReader(instance.store, instance.clock, instance.company, accounts, face)


def browser_face(
    company: Company, clock: Clock, stages: Stages = NO_STAGES
) -> Callable[[CardView], PlainCard]:
    """A function that renders a card for the pages and the API, in the company's language and zone."""
    style = card_style(company, stages)

    def face(view: CardView) -> PlainCard:
        shown = render(view, style, Face(clock.now()))
        return PlainCard(shown.plain, plain(shown.buttons))

    return face
