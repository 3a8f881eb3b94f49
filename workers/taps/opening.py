"""Opening the ears: which of an instance's messengers hear, and with what hands."""

from __future__ import annotations

from collections.abc import Mapping

from intake.ports import Bell
from intake.store.access import StoreAccess
from intake.store.health import SqlHealth
from intake.store.leases import SqlLeases
from intake.store.reader import StoreReader
from intake.store.shown_cards import SqlShownCards
from notify.base import Messenger
from notify.hearing import Hears
from notify.notices import Writer
from workers.bootstrap import Instance
from workers.desk import desk_of
from workers.faces import browser_face
from workers.taps.hands import Hands
from workers.taps.listener import Bot, Listener, Patience
from workers.taps.office import Office


def listeners_of(
    instance: Instance,
    messengers: Mapping[str, Messenger],
    writer: Writer,
    bell: Bell,
    holder: str,
    patience: Patience | None = None,
) -> list[Listener]:
    """A listener for each messenger that has an ear and signs its buttons."""
    store, clock = instance.store, instance.clock
    face = browser_face(instance.company, clock)
    reader = StoreReader(store, clock, instance.company, list(instance.accounts.values()), face)
    cases = desk_of(instance, bell, reader, StoreAccess(store, clock))
    seals, made = dict(writer.seals), []
    for name, one in messengers.items():
        if not isinstance(one, Hears) or name not in seals:
            continue
        office = Office(
            messenger=name,
            seal=seals[name],
            managers=instance.ledger,
            views=SqlShownCards(store),
            reader=reader,
            cases=cases,
            writer=writer,
            clock=clock,
        )
        bot = Bot(one, one.ear(), Hands(office))
        made.append(Listener(bot, SqlLeases(store), SqlHealth(store), clock, holder, patience))
    return made
