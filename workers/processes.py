"""The processes by name: which module each one is, and how its life begins."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType

from config.logging import configure
from config.reading import load
from workers.memory import give_back_memory
from workers.place import Place

PROCESSES: Mapping[str, str] = MappingProxyType(
    {
        "web": "workers.web.main",
        "listen": "workers.listen",
        "work": "workers.work",
        "relay": "workers.relay",
        "clock": "workers.clock",
    }
)
"""The Procfile's lines. Each module has `run(place) -> int`: the whole life, and its exit code. They are
imported when they are run, so that no process carries another one's libraries."""


def run_process(name: str, place: Place, shown_as: str = "") -> int:
    """The whole life of a process; its exit code. Raises BadConfig."""
    give_back_memory()
    configure(shown_as or name, secrets=load(place.config_path, place.data).secrets())
    code = importlib.import_module(PROCESSES[name]).run(place)
    return int(code)
