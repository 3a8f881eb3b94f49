"""Telephone calls for an office: events of MegaFon's exchange, in its own words, through its own door."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select

from channels.base import HttpCall
from intake.deal import Card, Interaction, Task, TaskState
from intake.effect import EffectKind
from intake.inquiry import NewRaw
from intake.ports import Delivery
from intake.store.rows import card_of, deal_of, interaction_of, task_of
from intake.store.schema import card, deal, effect, interaction, task
from tests.workers.office import Office

LINES = """
[[account]]
id = "ats"
kind = "megafon"
crm_token = "demo-secret"

[[account]]
id = "reception"
kind = "megafon"
crm_token = "demo-secret"
accept = "on_take"
"""
CLIENT = "79162073155"


@dataclass
class Switchboard:
    """Rings in an office. Every method tells one event of the call `ident`; the call's inquiry id comes back."""

    office: Office
    account: str = "ats"
    _began: dict[str, int] = field(default_factory=dict)

    def rings(self, ident: str, user: str = "boris", phone: str = CLIENT) -> str:
        """A client calls, a telephone of ours rings."""
        self._began.setdefault(ident, self.office.clock.now())
        return self._event(ident, "INCOMING", phone, user)

    def is_answered(self, ident: str, user: str, phone: str = CLIENT) -> str:
        """Somebody picks up."""
        return self._event(ident, "ACCEPTED", phone, user)

    def ends(
        self, ident: str, status: str, user: str = "", phone: str = CLIENT, talk_s: int = 0, kind: str = "in"
    ) -> str:
        """The call is over: MegaFon's history of it."""
        began = self._began.setdefault(ident, self.office.clock.now())
        start = datetime.fromtimestamp(began / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
        told = {"type": kind, "user": user, "phone": phone, "diversion": "74951234567", "start": start}
        return self.tell(ident, {"cmd": "history", "status": status, "duration": talk_s, "wait": 12, **told})

    def misses(self, ident: str, phone: str = CLIENT) -> str:
        """A client called, nobody picked up."""
        self.rings(ident, phone=phone)
        self.office.clock.advance(20)
        return self.ends(ident, "missed", phone=phone)

    def calls_out(self, ident: str, status: str, user: str = "boris", talk_s: int = 0) -> str:
        """We call the client."""
        self._began.setdefault(ident, self.office.clock.now())
        self._event(ident, "OUTGOING", CLIENT, user)
        self.office.clock.advance(10 + talk_s)
        return self.ends(ident, status, user, talk_s=talk_s, kind="out")

    def _event(self, ident: str, kind: str, phone: str, user: str) -> str:
        return self.tell(ident, {"cmd": "event", "type": kind, "phone": phone, "user": user})

    def tell(self, ident: str, told: dict[str, Any]) -> str:
        """An event as it is posted: heard, journalled, worked on."""
        return give(self.office, self.heard(ident, told))[0]

    def heard(self, ident: str, told: dict[str, Any]) -> list[NewRaw]:
        """The event as the door gets it."""
        office = self.office
        body = urlencode({"callid": ident, "crm_token": "demo-secret", **told}).encode()
        call = HttpCall("POST", "", "", (("content-type", "application/x-www-form-urlencoded"),), body)
        account = office.instance.accounts[self.account]
        webhook = office.instance.channels[account.kind].webhook
        assert webhook
        webhook.verify(call, account)
        raws = webhook.hear(call, account).raws(call, account)
        assert raws
        return raws


def give(office: Office, raws: list[NewRaw]) -> list[str]:
    """Events come and are worked on; the inquiries' ids."""
    receipts = office.instance.journal.append([Delivery(raws)], {}, office.clock.now())
    office.processor.process()
    office.clock.advance(1)
    return [one.inquiry_id for one in receipts[0]]


def tasks_of(office: Office, inquiry_id: str) -> list[Task]:
    """The tasks of an inquiry's deal."""
    return _rows(office, task, task_of, task.c.deal_id == _deal(office, inquiry_id))


def planned(office: Office, inquiry_id: str) -> list[Task]:
    """Those of them that are still to be done."""
    return [one for one in tasks_of(office, inquiry_id) if one.state is TaskState.PLANNED]


def feed_of(office: Office, inquiry_id: str) -> list[Interaction]:
    """The feed of an inquiry's deal, oldest first."""
    found = _rows(office, interaction, interaction_of, interaction.c.deal_id == _deal(office, inquiry_id))
    return sorted(found, key=lambda one: (one.at, one.id))


def card_of_deal(office: Office, inquiry_id: str) -> Card:
    """The card that shows the inquiry's deal now."""
    cards = _rows(office, card, card_of, card.c.deal_id == _deal(office, inquiry_id))
    (shown,) = [one for one in cards if one.state.value != "closed"]
    return shown


def answered_at(office: Office, inquiry_id: str) -> int | None:
    """When the clock of the inquiry's deal stopped."""
    (found,) = _rows(office, deal, deal_of, deal.c.id == _deal(office, inquiry_id))
    return found.first_answer_at


def rings(office: Office, card_id: str) -> int:
    """How many sounds a card was to make."""
    with office.instance.store.ledger.begin() as connection:
        rows = connection.execute(select(effect).where(effect.c.kind == EffectKind.CARD.value)).all()
    told = [row.payload for row in rows if f'"{card_id}"' in row.payload]
    return sum('"ring":"1"' in one.replace(" ", "") for one in told)


def _deal(office: Office, inquiry_id: str) -> str:
    return str(office.inquiry(inquiry_id)["decision"]["deal_id"])


def _rows(office: Office, table: Any, of: Any, where: Any) -> list[Any]:
    with office.instance.store.ledger.begin() as connection:
        return [of(row) for row in connection.execute(select(table).where(where))]
