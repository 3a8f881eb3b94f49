"""Making a backup of an instance that goes on working."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from intake.clock import iso
from intake.errors import Conflict, Unavailable
from intake.store.copies import postgresql, sqlite
from intake.store.copies.base import CHUNK, Copied, Told
from workers.backup.archive import Archive, Writing
from workers.backup.masking import without_secrets
from workers.bootstrap import Instance, store_url
from workers.clients.forgetting import RECORD
from workers.place import CONFIG_NAME

ATTACHMENTS, SPOOL = "attachments/", "spool/"
_SPARE = 64 << 20


@dataclass(frozen=True, slots=True)
class Saved:
    """What the backup holds: members, bytes of the file, when it was made."""

    members: int
    size: int
    at: str


def files_of(instance: Instance) -> dict[str, Path]:
    """The files of a SQLite instance."""
    ledger = Path(make_url(store_url(instance.settings, instance.place.data)).database or "")
    return {"ledger": ledger, "journal": ledger.with_suffix(f".journal{ledger.suffix}")}


def save(instance: Instance, path: Path, told: Told) -> Saved:
    """Write a backup to `path`, and read it through. An older backup there is replaced once the new one is whole.
    Raises Conflict, Unavailable, LeadIntakeError, OSError."""
    if path.exists():
        Archive(path).close()  # whatever else stands there is not ours to replace
    path.parent.mkdir(parents=True, exist_ok=True)
    writing = Writing(path)
    try:
        data = instance.place.data.absolute()
        # what is spooled is brought into the journal before its file goes: so the files come first
        _folder(writing, data / "spool", SPOOL, "*.json", told)
        copied = _databases(instance, path.parent, writing, told)
        _folder(writing, data / "attachments", ATTACHMENTS, "*/*", told)
        if (data / RECORD).exists():
            writing.put(RECORD, (data / RECORD).read_bytes())
        text = instance.place.config_path.read_text(encoding="utf-8")
        masked, secrets = without_secrets(text, instance.settings.secrets())
        writing.put(CONFIG_NAME, masked.encode())
        writing.finish(
            {
                "made_at": iso(copied.at),
                "copied_at": copied.at,
                "dialect": copied.dialect,
                "revisions": dict(copied.revisions),
                "columns": dict(copied.columns),
                "secrets_left_out": secrets,
            }
        )
    finally:
        writing.abandon()
    return verified(path)


def verified(path: Path) -> Saved:
    """Read a backup through. Raises LeadIntakeError naming what is broken."""
    archive = Archive(path)
    try:
        return Saved(archive.verify(), path.stat().st_size, str(archive.manifest["made_at"]))
    finally:
        archive.close()


def _databases(instance: Instance, beside: Path, writing: Writing, told: Told) -> Copied:
    if instance.store.dialect == "postgresql":
        return postgresql.copy_out(instance.store, writing, instance.clock, told)
    files = files_of(instance)
    with _scratch(files, beside) as scratch:
        return sqlite.copy_out(files, scratch, writing, instance.clock, told)


@contextmanager
def _scratch(files: dict[str, Path], beside: Path) -> Iterator[Path]:
    """A folder beside the backup, if there is room for the copies. Raises Unavailable."""
    for which, file in files.items():
        if not file.exists():
            raise Unavailable(f"there is no {which} at {file}: start the instance once")
    needed = sum(file.stat().st_size for file in files.values()) + _SPARE
    if shutil.disk_usage(beside).free < needed:
        raise Conflict(
            f"{beside} has not the {needed // 1_000_000} MB that a backup needs: name another place"
        )
    with tempfile.TemporaryDirectory(prefix=".lead-intake-", dir=beside) as folder:
        yield Path(folder)


def _folder(
    writing: Writing, folder: Path, prefix: str, pattern: str, told: Callable[[str, int], None]
) -> None:
    """The files of a folder; one that goes meanwhile is left out."""
    done = 0
    for path in sorted(folder.glob(pattern)):
        if path.suffix == ".part" or not path.is_file():
            continue
        try:
            file = path.open("rb")
        except FileNotFoundError:
            continue
        with file, writing.member(f"{prefix}{path.relative_to(folder).as_posix()}") as member:
            while piece := file.read(CHUNK):
                member.write(piece)
                done += len(piece)
        told(prefix.rstrip("/"), done)
