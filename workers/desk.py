"""The desk of an instance: the use cases with everything they stand on."""

from __future__ import annotations

from intake.ports import Access, Bell
from intake.store.health import SqlHealth
from intake.store.reader import StoreReader
from workers.bootstrap import Instance
from workers.use_cases.case import House
from workers.use_cases.desk import Desk
from workers.welcome import address


def desk_of(instance: Instance, bell: Bell, reader: StoreReader, access: Access) -> Desk:
    """`intake.ports.UseCases` for pages, API, buttons and command line."""
    house = House(
        ledger=instance.ledger,
        replays=instance.journal,
        bell=bell,
        clock=instance.clock,
        rules=lambda: instance.rules,
    )
    home = instance.company.public_url or address(instance.place)
    return Desk(house, reader, reader, access, home, SqlHealth(instance.store), instance.channels)
