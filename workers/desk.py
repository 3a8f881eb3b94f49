"""The desk of an instance: the use cases with everything they stand on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from intake.ports import Access, Bell, Command, Who
from intake.store.alarms import SqlAlarms
from intake.store.health import SqlHealth
from intake.store.leaving import SqlHoldings
from intake.store.reader import StoreReader
from intake.store.shown_cards import SqlShownCards
from workers.bootstrap import Instance
from workers.faces import card_style, stages_of
from workers.use_cases.cards import CardCases
from workers.use_cases.case import House
from workers.use_cases.desk import Desk
from workers.use_cases.pressing import Presses
from workers.welcome import address


def desk_of(instance: Instance, bell: Bell, reader: StoreReader, access: Access) -> Desk:
    """`intake.ports.UseCases` for pages, API, buttons and command line."""
    views = SqlShownCards(instance.store)
    style = card_style(instance.company, stages_of(instance.rules.pipelines))
    house = House(
        ledger=instance.ledger,
        replays=instance.journal,
        bell=bell,
        clock=instance.clock,
        rules=lambda: instance.rules,
        alarms=SqlAlarms(instance.store),
        notes=views,
    )
    home = instance.company.public_url or address(instance.place)

    def cards(do: Callable[[Command, Who], dict[str, Any]]) -> CardCases:
        return CardCases(Presses(do, style, instance.clock), views, instance.ledger, style, instance.clock)

    health = SqlHealth(instance.store)
    holdings = SqlHoldings(instance.store)
    return Desk(house, reader, holdings, access, home, health, instance.channels, cards)
