"""Where an instance lives: the value every process of it is started with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CONFIG_NAME = "lead-intake.toml"
"""The configuration's name in the data directory, when no other file is named."""


@dataclass(frozen=True, slots=True)
class Place:
    """One instance: its configuration file, its data directory, where its web face listens.

    `config` is None until a file is named or found. `queue_url` is the embedded queue server's address
    when `up` has started one, "" otherwise (then the configuration names the queue). `listen_fd` is a
    bound, listening socket that `up` hands to the web face, -1 when it is to open its own. `prepared` says
    that `up` has brought the database up to date: nobody needs to look again.
    """

    config: Path | None
    data: Path
    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    queue_url: str = ""
    listen_fd: int = -1
    prepared: bool = False

    @property
    def config_path(self) -> Path:
        """The configuration file that holds for this instance, whether or not it exists."""
        return self.config or self.data / CONFIG_NAME
