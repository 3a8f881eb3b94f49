"""SQLite's two files copied while they are written to, and put back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

from intake.clock import Clock
from intake.errors import Conflict, Unavailable
from intake.store.copies.base import CHUNK, METADATA, Copied, Sink, Source, Told

_STEP = 200_000
"""After so many steps of SQLite's machine it is told how far the copy is."""


def copy_out(files: Mapping[str, Path], scratch: Path, sink: Sink, clock: Clock, told: Told) -> Copied:
    """Copy ledger and journal, each as it is at one moment; the writers go on meanwhile. `scratch` is a folder with
    room for the larger one. Raises Unavailable."""
    revisions, at = {}, clock.now()
    for which in METADATA:
        at = clock.now()
        copy = scratch / f"{which}.db"
        try:
            _vacuum(files[which], copy, partial(told, which))
            revisions[which] = _checked(copy, which)
            with copy.open("rb") as file, sink.member(f"{which}.db") as member:
                while piece := file.read(CHUNK):
                    member.write(piece)
        except sqlite3.Error as error:
            raise Unavailable(f"the {which} cannot be copied: {error}") from error
        finally:
            copy.unlink(missing_ok=True)
    return Copied("sqlite", revisions, at, {})


def _vacuum(file: Path, copy: Path, told: Callable[[int], object]) -> None:
    # one reader's snapshot, written anew: no writer waits, and nothing that was erased comes along
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as connection:

        def progress() -> None:
            if copy.exists():
                told(copy.stat().st_size)

        connection.set_progress_handler(progress, _STEP)
        connection.execute("VACUUM INTO ?", (str(copy),))


def _checked(copy: Path, which: str) -> str:
    """The copy's schema. Raises Unavailable when it is not sound."""
    with closing(sqlite3.connect(copy)) as connection:
        (sound,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if sound != "ok":
            raise Unavailable(f"the copy of the {which} is not sound: {sound}")
        (revision,) = connection.execute(f"SELECT version_num FROM {which}_version").fetchone()  # noqa: S608  a name of ours
    return str(revision)


def require_alone(files: Mapping[str, Path]) -> None:
    """Raises Conflict when somebody has one of the files open; brings their write-ahead logs into them."""
    for which, file in files.items():
        if not file.exists():
            continue
        try:
            with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
                # the mode of a file can be changed by its only user
                connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.DatabaseError as error:
            if "locked" in str(error) or "busy" in str(error):
                raise Conflict(f"the {which} is in use: stop the instance, then restore") from None
            # a damaged file is what one restores for


def put_aside(files: Mapping[str, Path], folder: Path) -> None:
    """Move the present files into a folder: nothing is destroyed."""
    for file in files.values():
        for path in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm", "-journal"))):
            if path.exists():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.rename(folder / path.name)


def copy_in(files: Mapping[str, Path], source: Source, told: Told) -> None:
    """Write ledger and journal where nothing is."""
    for which in METADATA:
        done = 0
        files[which].parent.mkdir(parents=True, exist_ok=True)
        with files[which].open("xb") as file:
            for piece in source.pieces(f"{which}.db"):
                file.write(piece)
                done += len(piece)
                told(which, done)
