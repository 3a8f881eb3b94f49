"""Options that many subcommands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from intake.errors import ConfigFault
from workers.place import Place

_Command = TypeVar("_Command", bound=Callable[..., object])

_CONFIG = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The configuration file; lead-intake.toml in the data directory by default.",
)
_DATA = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var"),
    show_default=True,
    envvar="LEAD_INTAKE_DATA",
    help="The data directory.",
)
_HOST = click.option("--host", default="127.0.0.1", show_default=True, help="Where the web face listens.")
_PORT = click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="Its port."
)


def placed(command: _Command) -> _Command:
    """Give a command `--config` and `--data`."""
    return _CONFIG(_DATA(command))


def listening(command: _Command) -> _Command:
    """Give a command `--host` and `--port`."""
    return _HOST(_PORT(command))


def place_of(config: Path | None, data: Path) -> Place:
    """Where the instance lives. Raises ConfigFault when there is no configuration."""
    place = Place(config.absolute() if config else None, data.absolute())
    if not place.config_path.exists():
        raise ConfigFault(
            f"there is no configuration at {place.config_path} - "
            "name one with --config, or run `lead-intake up` once: it writes a starter"
        )
    return place
