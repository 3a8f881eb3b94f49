"""The relay's name: kept with the data under a lock, so that a restart knows its own unfinished effects again."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from intake.clock import Millis, new_id


class RelayName:
    """A name that nobody else alive bears. `ours_before` is True when it was borne by a process that is dead: its
    claims may be taken over at once, without waiting for their leases to run out.

    The lock goes with the process, however it dies. A second relay over the same data gets a name of its own.
    """

    def __init__(self, data: Path, now: Millis) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self._file: IO[str] = (data / "relay.name").open("a+", encoding="utf-8")
        os.set_inheritable(self._file.fileno(), False)
        self.ours_before = False
        self.name = f"relay-{new_id(now)}"
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return
        self._file.seek(0)
        kept = self._file.read().strip()
        if kept:
            self.name, self.ours_before = kept, True
        else:
            self._file.write(self.name)
            self._file.flush()

    def close(self) -> None:
        """Let the next one have it."""
        self._file.close()
