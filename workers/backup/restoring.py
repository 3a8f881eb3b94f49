"""Putting a backup in place of what is there: nothing sent twice, the erased stay erased, the gap told."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from sqlalchemy import select

from channels.backfills import BACKFILLS
from intake.account import Account
from intake.errors import ConfigFault, Conflict
from intake.store.attachments import LocalAttachments
from intake.store.copies import postgresql, sqlite
from intake.store.copies.base import Told, require_known
from intake.store.copies.rescue import rescue
from intake.store.copies.reviving import Revived, revive
from intake.store.migrate import migrate
from intake.store.restored import Gap
from intake.store.schema import raw
from workers.backup.archive import Archive
from workers.backup.saving import ATTACHMENTS, SPOOL, files_of, save
from workers.bootstrap import Instance, open_instance
from workers.clients.forgetting import RECORD, forgetting_of
from workers.place import CONFIG_NAME, Place


@dataclass(frozen=True, slots=True)
class Missed:
    """What of the gap becomes of an account's requests: `how` is `itself` (its source is read on from where the
    copy stood), `asked` (its source gives them when asked), `never`."""

    account: str
    how: str


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. `aside` is where the former state lies, None when there was none; `rescued` counts the
    requests, by account, that came after the copy and were found in the former journal."""

    revived: Revived
    erased: int
    gap: Gap
    missed: tuple[Missed, ...]
    aside: Path | None
    rescued: Mapping[str, int] = field(default_factory=dict)


def restore(place: Place, path: Path, told: Told, *, rescued: bool = True) -> Restored:
    """Put the backup in place; the data directory's lock is the caller's. `rescued`: what came after the copy is
    looked for in the journal that was there. Raises Conflict when an instance runs or
    the backup is of a newer program, LeadIntakeError when it is damaged, ConfigFault, Unavailable."""
    archive = Archive(path)
    try:
        archive.verify()
        require_known(archive.manifest["revisions"])
        _require_config(place, archive)
        instance = open_instance(place, checked=False)
        try:
            if archive.manifest["dialect"] != instance.store.dialect:
                raise Conflict(
                    f"the backup is of a {archive.manifest['dialect']} database, store.url names "
                    f"{instance.store.dialect}: restore it where such a database is configured"
                )
            aside = _replace(instance, archive, told)
        finally:
            instance.close()
        return _enliven(place, archive, aside, told, rescued=rescued)
    finally:
        archive.close()


def _require_config(place: Place, archive: Archive) -> None:
    """Without a configuration the backup's own is written, for somebody to put the secrets in."""
    if place.config_path.exists():
        return
    place.config_path.parent.mkdir(parents=True, exist_ok=True)
    place.config_path.touch(mode=0o600)
    place.config_path.write_bytes(archive.content(CONFIG_NAME))
    raise ConfigFault(
        f"there was no configuration: the backup's is written to {place.config_path}, without its "
        f"{archive.manifest['secrets_left_out']} secrets - put them in, then restore again"
    )


def _replace(instance: Instance, archive: Archive, told: Told) -> Path | None:
    """The databases; what is there now is kept aside."""
    stamp = f"before-restore-{instance.clock.now()}"
    aside = instance.place.data.absolute() / stamp
    if instance.store.dialect == "postgresql":
        postgresql.require_alone(instance.store)
        kept = aside.with_suffix(".backup")
        used = postgresql.holds_something(instance.store)
        if used:
            save(instance, kept, told)
        manifest = archive.manifest
        postgresql.copy_in(instance.store, manifest["revisions"], manifest["columns"], archive)
        return kept if used else None
    files = files_of(instance)
    sqlite.require_alone(files)
    sqlite.put_aside(files, aside)
    sqlite.copy_in(files, archive, told)
    return aside if aside.exists() else None


def _enliven(place: Place, archive: Archive, aside: Path | None, told: Told, *, rescued: bool) -> Restored:
    """Bring the copy up to date and make it fit to live."""
    instance = open_instance(place, checked=False)
    try:
        migrate(instance.store)
        copied_at, now = int(archive.manifest["copied_at"]), instance.clock.now()
        former = aside / files_of(instance)["journal"].name if aside and aside.is_dir() else None
        more = (
            rescue(instance.store, former, copied_at) if rescued and former and former.exists() else Counter()
        )
        revived = revive(instance.store, copied_at, now)
        _put_files(instance, archive, told)
        _merge_record(instance, archive)
        erased = forgetting_of(instance).again("command line")
        missed = tuple(_missed(instance.accounts))
        return Restored(revived, len(erased), Gap(copied_at, now), missed, aside, more)
    finally:
        instance.close()


def _put_files(instance: Instance, archive: Archive, told: Told) -> None:
    data = instance.place.data.absolute()
    done = 0
    for name in archive.names(ATTACHMENTS):
        # named by what is in them: one that is there already is the same
        done += len(content := archive.content(name))
        LocalAttachments(data / "attachments").put(content)
        told("attachments", done)
    for name in archive.names(SPOOL):
        waiting = archive.content(name)
        if not _journalled(instance, orjson.loads(waiting)["ids"]):
            place = data / "spool" / Path(name).name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(waiting)


def _journalled(instance: Instance, ids: list[str]) -> bool:
    with instance.store.journal.connect() as connection:
        return connection.scalar(select(raw.c.id).where(raw.c.id == ids[0])) is not None


def _merge_record(instance: Instance, archive: Archive) -> None:
    """Who was erased, by the backup and by this data directory: both lists hold."""
    path = instance.place.data.absolute() / RECORD
    here = path.read_bytes() if path.exists() else b""
    known = set(here.splitlines())
    more = [line for line in archive.content(RECORD).splitlines() if line and line not in known]
    if more:
        with path.open("ab") as record:
            record.write(b"".join(line + b"\n" for line in more))
            record.flush()
            os.fsync(record.fileno())


def _missed(accounts: Mapping[str, Account]) -> Iterator[Missed]:
    for account in accounts.values():
        if account.kind == "email":
            yield Missed(account.id, "itself")
        elif account.kind in BACKFILLS:
            yield Missed(account.id, "asked")
        else:
            yield Missed(account.id, "never")
