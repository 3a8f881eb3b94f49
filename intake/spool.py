"""The spool: where a request waits, fsynced, while the journal is away and its sender will not come again."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import orjson

from intake.clock import Millis, new_id
from intake.errors import JournalUnavailable
from intake.inquiry import NewRaw
from intake.ports import Delivery, Receipt


class Spool:
    """Deliveries as files of one folder, named by the time they came; read back in that order."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, delivery: Delivery, now: Millis) -> list[Receipt]:
        """Write it durably; the receipts it will keep. Raises JournalUnavailable when the disk refuses too."""
        ids = [new_id(now) for _ in delivery.raws]
        lines = {"at": now, "ids": ids, "raws": [_raw_json(one) for one in delivery.raws]}
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write_durably(self._folder / f"{now:015d}-{ids[0]}.json", orjson.dumps(lines))
        except OSError as error:
            raise JournalUnavailable(f"neither journal nor spool can be written: {error.strerror}") from error
        return [Receipt(ident, ident, first=True) for ident in ids]

    def waiting(self) -> Iterator[tuple[Path, Delivery, Millis]]:
        """The files with their deliveries and times, oldest first; a file that is not whole is left alone."""
        for path in sorted(self._folder.glob("*.json")):
            lines = orjson.loads(path.read_bytes())
            yield path, Delivery([_raw(one) for one in lines["raws"]], ids=lines["ids"]), lines["at"]

    def why_not(self) -> str:
        """Why nothing can be put here, or ""."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return f"the spool cannot be written: {error.strerror}"
        return "" if os.access(self._folder, os.W_OK) else "the spool cannot be written: check its owner"

    def count(self) -> int:
        """How many deliveries wait."""
        return sum(1 for _ in self._folder.glob("*.json"))


def _write_durably(path: Path, content: bytes) -> None:
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _raw_json(one: NewRaw) -> dict[str, object]:
    shown = asdict(one)
    shown["body"] = b64encode(one.body).decode()
    return shown


def _raw(lines: dict[str, object]) -> NewRaw:
    return NewRaw(**{**lines, "body": b64decode(str(lines["body"]))})  # type: ignore[arg-type]  # our own file
