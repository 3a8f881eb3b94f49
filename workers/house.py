"""The whole house as `up` runs it: its processes, and what must be so before they start."""

from __future__ import annotations

import importlib
from functools import partial

from config.reading import read
from config.settings import Settings
from intake.errors import LeadIntakeError
from workers.bootstrap import prepare
from workers.children import Role
from workers.place import Place
from workers.processes import PROCESSES, run_process
from workers.soundness import all_faults
from workers.up import House
from workers.welcome import sign_in_link, welcome


def _load() -> None:
    """What the processes have in common, and they themselves: shared, a process costs what it alone needs.
    Telegram's library is not among it."""
    for module in PROCESSES.values():
        importlib.import_module(module)


def _roles(place: Place, settings: Settings) -> list[Role]:
    """The processes of design.md, and the one that greets."""
    names = ["web", "listen", *(f"work-{number}" for number in range(1, place.workers + 1)), "relay", "clock"]
    roles = [Role(name, partial(run_process, name.partition("-")[0], place, name)) for name in names]
    return [*roles, Role("welcome", partial(welcome, place, settings, sign_in_link), once=True)]


def _made_ready(place: Place) -> str:
    """What stands in the way of starting, "" when nothing does: an account that cannot be heard safely (its
    secret is missing), a database that cannot be brought up to date."""
    faults = all_faults(read(place.config_path, place.data))
    if faults:
        return "\n".join(fault.told(str(place.config_path)) for fault in faults)
    try:
        prepare(place)
    except LeadIntakeError as error:
        return str(error)
    return ""


HOUSE = House(_roles, _made_ready, _load)
