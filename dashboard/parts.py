"""What the pages and the API are made of: handed over by the composition root, used by every handler."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, ParamSpec, Protocol, TypeVar

from intake.account import Company
from intake.alarm import Alarm
from intake.clock import Clock, Millis
from intake.ports import Access, Command, Reader, UseCases, Watch, Who

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Readings(Reader, Watch, Protocol):
    """All the dashboard reads by: one store implements both ports."""

    def alarms(self, ended_since: Millis | None = None) -> list[Alarm]:
        """The open alarms, and those that ended since then, the newest first."""
        ...

    def internals(self) -> list[dict[str, Any]]:
        """How the house itself does: messengers, their buttons, what is read again."""
        ...


class Sources(Protocol):
    """What can be done with a source beside waiting for it."""

    async def do(self, command: Command, who: Who) -> dict[str, Any]:
        """`probe` or `backfill` a channel; what was learnt. Raises NotFound, Conflict, Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Readiness:
    """`ready`: the door can commit or spool, and so may be sent requests. `faults` are other things that are
    wrong with it, `alarms` those of the whole instance, in plain words; they do not take it out of service."""

    ready: bool
    faults: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a handler needs. `admin_token` ("" for none) is accepted as an administrator's API token;
    `example` is a command that sends a first request, shown while nothing has come."""

    reader: Readings
    access: Access
    use_cases: UseCases
    sources: Sources
    clock: Clock
    company: Company
    readiness: Callable[[], Awaitable[Readiness]]
    executor: Executor
    admin_token: str = ""
    example: str = ""

    async def run(self, call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Call something that blocks, in a thread of the dashboard's own: the door's threads are not ours."""

        def called() -> _T:
            return call(*args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self.executor, called)
