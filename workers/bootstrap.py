"""The composition root: settings to a working instance. The only place that knows which class stands behind a port."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

import crm
from channels.base import Channel
from channels.catalogue import channels_by_kind
from config.reading import load
from config.settings import Settings
from crm.promise import Promise
from dedup.screening import Rejection
from intake.account import Account, Company
from intake.clock import Clock, SystemClock
from intake.door import FreeSpace, GroupDoor
from intake.errors import LeadIntakeError
from intake.language import read_language
from intake.ports import Bell
from intake.spool import Spool
from intake.store.attachments import LocalAttachments
from intake.store.engine import Store, open_store
from intake.store.journal import SqlJournal
from intake.store.ledger import SqlLedger
from intake.store.migrate import migrate, require_newest
from intake.store.queue import RqBell
from workers.place import Place
from workers.processor import Processor
from workers.rules import Rules
from workers.words import (
    account_of,
    assignment_of,
    company_of,
    departments_of,
    managers_of,
    pipelines_of,
    policy_of,
    thresholds_of,
)

FLOOR_SHARE = 0.1
"""Below this share of `retention.free_disk_mb` nothing is accepted any more: an "ok" must be kept."""


@dataclass(frozen=True, slots=True)
class Instance:
    """What every process of an instance is made of. The store opens its connections when they are first used."""

    place: Place
    settings: Settings
    company: Company
    accounts: Mapping[str, Account]
    channels: Mapping[str, Channel]
    rules: Rules
    clock: Clock
    store: Store
    journal: SqlJournal
    ledger: SqlLedger

    @property
    def queue_url(self) -> str:
        """The queue server: the configured one, else the one `up` started; "" when there is none."""
        return self.settings.queue.url or self.place.queue_url

    def close(self) -> None:
        """Close the databases."""
        self.store.close()


def open_instance(place: Place, clock: Clock | None = None, *, checked: bool = True) -> Instance:
    """The instance of a place. Raises BadConfig; SchemaTooOld and Unavailable when `checked`."""
    settings = load(place.config_path, place.data)
    company = company_of(settings)
    accounts = {one.id: account_of(one, settings) for one in settings.accounts}
    clock = clock or SystemClock()
    store = open_store(store_url(settings, place.data))
    if checked and not place.prepared:
        try:
            require_newest(store)
        except LeadIntakeError:
            store.close()
            raise
    return Instance(
        place=place,
        settings=settings,
        company=company,
        accounts=accounts,
        channels=channels_by_kind(),
        rules=rules_of(settings, company, accounts),
        clock=clock,
        store=store,
        journal=SqlJournal(store),
        ledger=SqlLedger(store, clock),
    )


def store_url(settings: Settings, data: Path) -> str:
    """The database's address; a relative SQLite path is relative to the data directory."""
    url = make_url(settings.store.url)
    if url.get_backend_name() == "sqlite" and url.database:
        url = url.set(database=str(data.absolute() / url.database))
    return url.render_as_string(hide_password=False)


def rules_of(settings: Settings, company: Company, accounts: Mapping[str, Account]) -> Rules:
    """The rules that the settings make."""
    return Rules(
        company=company,
        accounts=accounts,
        owners=assignment_of(settings),
        promise=Promise(settings.promise.take_min, settings.promise.remind_at, settings.promise.then),
        policy=policy_of(settings),
        pipelines=pipelines_of(settings),
        rejection=Rejection(settings.not_a_sale.forward, settings.not_a_sale.remember),
        loss_approved=settings.deals.approve_loss,
        thresholds=thresholds_of(settings),
        say=read_language(Path(crm.__file__).parent / "locale", company.language).gettext,
    )


def prepare(place: Place) -> list[str]:
    """Bring the database to the newest schema and put new people of the file into it; their ids."""
    instance = open_instance(place, checked=False)
    try:
        migrate(instance.store)
        instance.ledger.seed_departments(departments_of(instance.settings))
        return instance.ledger.seed_managers(managers_of(instance.settings))
    finally:
        instance.close()


class Silence:
    """`intake.ports.Bell` where there is no queue server: everybody finds out by looking."""

    def ring(self, raw_ids: object) -> None:
        """Nobody hears."""

    def ring_relay(self) -> None:
        """Nobody hears."""

    def close(self) -> None:
        """Nothing is open."""


def bell_of(instance: Instance) -> RqBell | Silence:
    """The bell; it starts a thread, so open it in the process that rings it."""
    return RqBell(instance.queue_url) if instance.queue_url else Silence()


def door_of(instance: Instance, bell: Bell) -> GroupDoor:
    """The door, with the spool and the disk's floor."""
    data = instance.place.data.absolute()
    floor = FreeSpace(data, instance.settings.retention.free_disk_mb * FLOOR_SHARE)
    return GroupDoor(instance.journal, bell, instance.clock, Spool(data / "spool"), floor.short)


def processor_of(instance: Instance, name: str, bell: Bell) -> Processor:
    """A worker's processor."""
    return Processor(
        name=name,
        journal=instance.journal,
        ledger=instance.ledger,
        bell=bell,
        clock=instance.clock,
        channels=dict(instance.channels),
        attachments=LocalAttachments(instance.place.data.absolute() / "attachments"),
        rules=lambda: instance.rules,
    )
