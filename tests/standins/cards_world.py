"""A ledger with managers and cards in it, written as the pipeline writes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count

from sqlalchemy import select

from intake.clock import ManualClock, Millis
from intake.deal import Card, CardState, Client, Deal, Manager, Person
from intake.decision import Decision, Identity, Reason
from intake.effect import Effect, EffectKind
from intake.inquiry import Inquiry, Kind, Sender, State
from intake.store.engine import Store
from intake.store.migrate import migrate
from intake.store.people_rows import manager_row
from intake.store.rows import (
    card_row,
    client_row,
    deal_row,
    effect_row,
    inquiry_row,
    person_row,
)
from intake.store.schema import card, card_message, client, deal, effect, holding, inquiry, manager, person
from intake.store.sql import upsert


@dataclass
class CardsWorld:
    """Puts cards into a store; every card is a deal of a client of its own."""

    store: Store
    clock: ManualClock

    def __post_init__(self) -> None:
        migrate(self.store)
        self._numbers = count(1)
        self._cards: dict[str, Card] = {}

    def hire(self, ident: str, *, notify: tuple[str, ...] = (), **contacts: str) -> Manager:
        """A manager with these contacts."""
        hired = Manager(ident, ident.capitalize(), contacts=contacts, notify=notify)
        with self.store.ledger.begin() as connection:
            connection.execute(manager.insert(), manager_row(hired, next(self._numbers)))
        return hired

    def new_card(
        self, owner: str, name: str = "Ivan Petrov", text: str = "Need 40 pieces", phone: str = ""
    ) -> str:
        """A form becomes a client, a deal and a card for `owner`; the card's id."""
        number = next(self._numbers)
        now = self.clock.now()
        client_id, inquiry_id = f"k{number:035d}", f"q{number:035d}"
        with self.store.ledger.begin() as connection:
            one = Client(client_id, name=name, owner=owner, created_at=now + 1)
            connection.execute(client.insert(), client_row(one))
            connection.execute(person.insert(), person_row(Person(f"p{number}", client_id, name)))
            if phone:
                held = {"key": f"phone:{phone}", "person_id": f"p{number}", "client_id": client_id}
                connection.execute(holding.insert(), held)
            made = Deal(
                f"d{number}", number, client_id, f"p{number}", name, "default", owner, opened_at=now + 1
            )
            connection.execute(deal.insert(), deal_row(made))
        shown = Card(
            f"c{inquiry_id}",
            owner,
            f"d{number}",
            client_id,
            (),
            created_at=now,
            due_at=now + 300_000,
            version=0,
        )
        self._cards[shown.id] = shown
        self.touch(shown.id, name, text, phone)
        return shown.id

    def touch(
        self, card_id: str, name: str = "Ivan Petrov", text: str = "Once more", phone: str = ""
    ) -> None:
        """A further inquiry extends the card and rings."""
        shown = self._cards[card_id]
        number = next(self._numbers) if shown.inquiry_ids else int(card_id[2:])
        sender = Sender(name, (phone,) if phone else ())
        came = Inquiry(
            f"q{number:035d}", "site", "form", Kind.FORM, self.clock.now(), sender=sender, text=text
        )
        reason = Reason("owner_round_robin", shown.manager)
        decided = Decision(
            came.id,
            State.CREATED,
            "",
            Identity.NEW,
            shown.client_id,
            "",
            shown.deal_id,
            shown.manager,
            (),
            (reason,),
        )
        extended = replace(shown, inquiry_ids=(*shown.inquiry_ids, came.id))
        with self.store.ledger.begin() as connection:
            connection.execute(inquiry.insert(), inquiry_row(came, decided))
        self.change(extended, ring=True)

    def change(self, changed: Card, *, ring: bool) -> None:
        """The card changes; an effect tells of it."""
        changed = replace(changed, version=changed.version + 1)
        self._cards[changed.id] = changed
        payload = {
            "card_id": changed.id,
            "inquiry_id": changed.inquiry_ids[-1],
            "touch": str(len(changed.inquiry_ids)),
            "ring": "1" if ring else "0",
        }
        key = f"card:{changed.id}:{changed.version}"
        told = Effect(key, EffectKind.CARD, changed.manager, payload, self.clock.now())
        put = upsert(card, self.store.dialect, keep=("created_at", "sent_via", "sent_at"))
        with self.store.ledger.begin() as connection:
            connection.execute(put, card_row(changed, self.clock.now()))
            connection.execute(effect.insert(), effect_row(told))

    def take(self, card_id: str) -> None:
        """Its manager takes the card."""
        shown = self._cards[card_id]
        now: Millis = self.clock.now()
        self.change(replace(shown, state=CardState.TAKEN, taken_by=shown.manager, taken_at=now), ring=False)

    def sent_via(self, card_id: str) -> str:
        """By what the card was shown."""
        with self.store.ledger.connect() as connection:
            return str(connection.execute(select(card.c.sent_via).where(card.c.id == card_id)).scalar_one())

    def message(self, card_id: str, messenger: str = "telegram") -> str:
        """The message that shows the card, "" for none."""
        found = select(card_message.c.message_id).where(
            card_message.c.card_id == card_id, card_message.c.messenger == messenger
        )
        with self.store.ledger.connect() as connection:
            return connection.execute(found).scalar() or ""

    def effects(self, kind: str = "card") -> list[tuple[str, str]]:
        """Each effect's state and error, in order."""
        rows = select(effect.c.state, effect.c.error).where(effect.c.kind == kind).order_by(effect.c.id)
        with self.store.ledger.connect() as connection:
            return [(row.state, row.error) for row in connection.execute(rows)]

    def waiting(self) -> int:
        """How many effects are neither done nor parked."""
        return sum(state == "waiting" for kind in ("card", "summary") for state, _ in self.effects(kind))
