"""What is dangerous though it works: no public address, an empty client base, people the ledger knows otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from sqlalchemy import make_url, select
from sqlalchemy.exc import DBAPIError

from channels.base import Channel
from config.faults import Said
from config.reading import Reading
from config.settings import ManagerSettings, Settings
from intake.deal import Manager
from intake.store.engine import Store, open_store, reading
from intake.store.people_rows import manager_of
from intake.store.schema import client, manager
from notify.messengers import MESSENGERS


def dangers_of(found: Reading, settings: Settings, channels: Mapping[str, Channel]) -> Iterator[str]:
    """The warnings, one line each."""
    provided = [one.id for one in settings.accounts if _is_called_from_outside(channels.get(one.kind))]
    if provided and not settings.company.public_url:
        yield Said(
            "company.public_url is not set: {accounts} cannot be called from outside, "
            "and cards link to this machine alone",
            accounts=", ".join(provided),
        )
    if not settings.accounts:
        yield "there is no [[account]]: no request can come in"
    if not any(getattr(settings.notify, name) for name in MESSENGERS):
        yield "no messenger is set, [notify.telegram] or another: managers see cards in the browser alone"
    yield from _of_the_ledger(found, settings)


def _is_called_from_outside(channel: Channel | None) -> bool:
    return channel is not None and channel.webhook is not None


def _of_the_ledger(found: Reading, settings: Settings) -> Iterator[str]:
    url = make_url(settings.store.url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        yield _EMPTY_BASE
        if not settings.managers:
            yield _NOBODY
        yield from _strangers(found, settings, set())
        return
    store = open_store(settings.store.url)
    try:
        yield from _ledger_dangers(found, settings, store)
    except DBAPIError:
        pass  # the trial of the database says why
    finally:
        store.close()


_EMPTY_BASE = (
    "the client base is empty: every old client will look new and go to a stranger - "
    "`lead-intake clients import FILE` before opening the channels"
)
_NOBODY = (
    "there is no manager: nobody will be given anything - add a [[manager]] or `lead-intake managers add`"
)


def _ledger_dangers(found: Reading, settings: Settings, store: Store) -> Iterator[str]:
    with reading(store.ledger) as connection:
        if connection.execute(select(client.c.id).limit(1)).first() is None:
            yield _EMPTY_BASE
        people = {row.id: manager_of(row) for row in connection.execute(select(manager))}
    if not [one for one in people.values() if one.state == "active"] and not settings.managers:
        yield _NOBODY
    yield from _strangers(found, settings, set(people))
    for number, one in enumerate(settings.managers):
        if one.id in people:
            for difference in _differences(one, people[one.id]):
                line = found.line("manager", number)
                yield Said(
                    'line {line}: manager "{id}": {difference} - the ledger holds; `lead-intake managers`',
                    line=line,
                    id=one.id,
                    difference=difference,
                )


def _strangers(found: Reading, settings: Settings, people: set[str]) -> Iterator[str]:
    """Managers that the file names and neither the file nor the ledger has."""
    known = {one.id for one in settings.managers} | people
    named = [
        (found.line("company", "head"), "company.head", settings.company.head),
        *(
            (found.line("department", number, "head"), f'department "{one.id}": head', one.head)
            for number, one in enumerate(settings.departments)
        ),
        *(
            (found.line("account", number, "owner"), f'account "{one.id}": owner', one.owner)
            for number, one in enumerate(settings.accounts)
        ),
    ]
    for line, setting, wanted in named:
        if wanted and wanted not in known:
            close = get_close_matches(wanted, known, n=1)
            add = Said("add a [[manager]] with this id, or `lead-intake managers add`")
            yield Said(
                'line {line}: {setting}: there is no manager "{id}" - {mend}',
                line=line,
                setting=setting,
                id=wanted,
                mend=Said('write "{id}"', id=close[0]) if close else add,
            )


def _differences(written: ManagerSettings, known: Manager) -> Iterator[Said]:
    """What the file says of a person otherwise than the ledger. Contacts are not repeated."""
    if known.state != "active":
        yield Said("is {state} in the ledger", state=Said(known.state))
    for name in ("name", "department", "extension"):
        if getattr(written, name) != getattr(known, name):
            yield Said('{setting} is "{value}" in the ledger', setting=name, value=getattr(known, name))
    for messenger, contact in written.contacts.items():
        if known.contacts.get(messenger, contact) != contact:
            yield Said("{setting} is another one in the ledger", setting=messenger)
