"""The answer to an exchange that asks, while its caller waits, who that is and whom to ring: from the ledger, within
a tenth of a second, or not at all. Nothing is created by being asked."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Protocol

import structlog

from channels.base import Caller
from intake.account import Company
from intake.clock import Clock, Millis
from intake.contact import read_phone
from intake.deal import Client, Deal, DealState
from intake.decision import Snapshot, Wanted
from intake.shifts import Roster

ANSWER_S = 0.08
"""How long the ledger may take; the network and the journal have the rest of the tenth of a second."""
_AT_ONCE = 2
_NAME = 60
_OWNERS = ("client_owner", "deal_owner")
NOBODY = Caller()

log = structlog.get_logger(__name__)


class Book(Protocol):
    """A ledger that can be looked at."""

    def look(self, wanted: Wanted) -> Snapshot:
        """What stands now. Blocks; raises Unavailable."""
        ...


class Introductions:
    """Knows who calls. `rules` are the owner rules in their order: whose client it is, or whose deal."""

    def __init__(
        self,
        book: Book,
        company: Company,
        rules: Sequence[str],
        clock: Clock,
        executor: Executor | None = None,
    ) -> None:
        self._book = book
        self._company = company
        self._rules = [one for one in rules if one in _OWNERS]
        self._clock = clock
        # threads of its own: whoever reads long lists for a page must not make a caller wait
        self._executor = executor or ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="caller")
        self._asked = 0

    async def who(self, question: str) -> Caller:
        """Who calls from this number, as the exchange writes it; nobody when it is not known, not known for
        certain, or not known in time."""
        if self._asked >= _AT_ONCE:
            log.warning("caller_not_introduced", reason="the ledger is busy with earlier questions")
            return NOBODY
        self._asked += 1
        asking = asyncio.get_running_loop().run_in_executor(self._executor, self.look, question)
        asking.add_done_callback(self._done)
        try:
            async with asyncio.timeout(ANSWER_S):
                return await asyncio.shield(asking)
        except TimeoutError:
            log.warning("caller_not_introduced", reason="the ledger did not answer in time")
        except Exception as error:  # noqa: BLE001  a caller waits: whatever is wrong, the call goes its usual way
            log.warning("caller_not_introduced", reason=type(error).__name__)
        return NOBODY

    def look(self, question: str) -> Caller:
        """The same, as the ledger stands; blocks. Raises Unavailable."""
        phone = read_phone(question, self._company.region)
        if phone is None or phone.number in self._company.own_phones:
            return NOBODY
        key = f"phone:{phone.number}"
        return introduced(
            self._book.look(Wanted(keys=[key])), key, self._company, self._rules, self._clock.now()
        )

    def close(self) -> None:
        """Ask nothing more."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _done(self, asking: asyncio.Future[Caller]) -> None:
        self._asked -= 1
        if not asking.cancelled():
            asking.exception()  # told already, or too late to be


def introduced(snapshot: Snapshot, key: str, company: Company, rules: Sequence[str], now: Millis) -> Caller:
    """The caller under this contact: the name where it is one client's alone - a wrong name is worse than none -
    and the extension of whom they all belong to, if that is somebody on shift."""
    held = snapshot.holders.get(key, [])
    clients = {one.client_id for one in held}
    people = {one.person_id for one in held}
    if not clients or snapshot.holder_counts.get(key, 1) > len(clients):
        return NOBODY
    roster = Roster(snapshot.managers, snapshot.departments, company)
    owners = {_whom_to_ring(snapshot, one, roster, rules, now) for one in clients}
    manager = snapshot.managers.get(owners.pop()) if len(owners) == 1 else None
    name = ""
    if len(clients) == 1:
        client = snapshot.clients.get(next(iter(clients)))
        person = snapshot.persons.get(next(iter(people))) if len(people) == 1 else None
        name = _name(client, person.name if person else "")
    return Caller(name, manager.extension if manager else "")


def _whom_to_ring(
    snapshot: Snapshot, client_id: str, roster: Roster, rules: Sequence[str], now: Millis
) -> str:
    """The id of the manager who answers for a client, or of who stands in; "" for nobody who is there."""
    client = snapshot.clients.get(client_id)
    deals = [snapshot.deals[one] for one in snapshot.client_deals.get(client_id, ())]
    ask: dict[str, Callable[[], str]] = {
        "client_owner": lambda: client.owner if client else "",
        "deal_owner": lambda: _deal_owner(deals),
    }
    for rule in rules:
        owner = ask[rule]()
        if owner and (found := roster.stand_in(owner, now)) and snapshot.managers[found].extension:
            return found
    return ""


def _deal_owner(deals: Sequence[Deal]) -> str:
    open_deals = [one for one in deals if one.state is DealState.OPEN]
    newest = max(open_deals, key=lambda one: (one.opened_at, one.number), default=None)
    return newest.owner if newest else ""


def _name(client: Client | None, person: str) -> str:
    """The person and the company, on one line that a telephone's display can hold."""
    company = client.name if client else ""
    told = f"{person} ({company})" if person and company and company != person else person or company
    plain = "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in told)
    return " ".join(plain.split())[:_NAME].strip()
