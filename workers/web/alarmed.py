"""The open alarms as /readyz tells them: read now and then, so that no answer waits for a database that is away."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor

from intake.alarm import tell
from intake.errors import LeadIntakeError
from intake.language import house_language
from intake.store.alarms import SqlAlarms
from intake.store.engine import Store

EVERY_S = 10.0


class OpenAlarms:
    """`told` are the causes of the open alarms, as they were a few seconds ago, in the company's language."""

    def __init__(self, store: Store, language: str, executor: Executor) -> None:
        self._alarms = SqlAlarms(store)
        self._say = house_language(language).gettext
        self._executor = executor
        self.told: tuple[str, ...] = ()

    async def run(self) -> None:
        """Read, rest, read again; while the database is away what was read last stands."""
        while True:
            await asyncio.get_running_loop().run_in_executor(self._executor, self.read)
            await asyncio.sleep(EVERY_S)

    def read(self) -> None:
        """Read them now. Blocks."""
        try:
            found = self._alarms.listed()
        except LeadIntakeError:
            return
        self.told = tuple(tell(one, self._say).cause for one in found)
