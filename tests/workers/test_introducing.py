"""Who is calling, whom to ring: what an exchange is told while its caller waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from channels.base import Caller, HttpCall
from channels.catalogue import channels_by_kind
from channels.telephony.zadarma import signature
from intake.account import Account, Company
from intake.clock import ManualClock
from intake.decision import Snapshot, Wanted
from intake.errors import Unavailable
from intake.ports import Delivery, Receipt, Who
from tests.workers.office import Office, opened
from workers.web.inbound import InboundLimits, InboundRoutes
from workers.web.introducing import NOBODY, Introductions

ASKED = "79162073155"
RULES = ("client_owner", "deal_owner")
HEAD = Who("head", "head")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path) as one:
        yield one


def asked(office: Office, number: str = ASKED) -> Caller:
    """What an exchange is told of this number now."""
    company = Company(own_phones=frozenset(("+74950000000",)))
    ledger = office.instance.ledger
    return Introductions(ledger, company, RULES, office.clock).look(number)


def test_a_known_caller_has_a_name_and_a_manager(office: Office) -> None:
    """However the exchange writes the number; a stranger, a hidden number and our own are nobody."""
    form = office.comes()
    extension = {"anna": "101", "boris": "102"}[office.deal_of(form)["owner"]]
    assert asked(office) == asked(office, "8 916 207-31-55") == Caller("Иван Петров", extension)
    for nobody in ("79160000000", "anonymous", "", "101", "74950000000"):
        assert asked(office, nobody) == NOBODY
    assert [one["id"] for one in office.reader.listing("deals", {}, 10, "").items] == [
        office.deal_of(form)["id"]
    ]


def test_who_is_away_is_not_rung(office: Office) -> None:
    """A manager who is paused is not named, the client still is; whoever was dismissed left the deal to another."""
    form = office.comes()
    office.do("assign", form, owner="anna")
    office.do("pause", "anna", HEAD, "manager")
    assert asked(office) == Caller("Иван Петров", "")
    office.do("dismiss", "anna", HEAD, "manager", heir="boris")
    assert asked(office) == Caller("Иван Петров", "102")


def test_a_number_that_several_clients_share_has_no_name(office: Office) -> None:
    """A wrong name is worse than none; whom to ring is told where they all have the same manager."""
    first, second = office.comes(name="Иван Петров"), office.comes(name="Ольга Смирнова")
    assert office.deal_of(first)["client_id"] != office.deal_of(second)["client_id"]
    assert asked(office) == NOBODY
    office.do("dismiss", "anna", HEAD, "manager", heir="boris")
    assert {office.deal_of(one)["owner"] for one in (first, second)} == {"boris"}
    assert asked(office) == Caller("", "102")


@dataclass
class Slow:
    """A ledger that answers when it is let."""

    free: threading.Event = field(default_factory=threading.Event)
    looked: int = 0

    def look(self, wanted: Wanted) -> Snapshot:
        self.looked += 1
        self.free.wait(20)
        return Snapshot()


class Gone:
    """A ledger that is away."""

    def look(self, wanted: Wanted) -> Snapshot:
        raise Unavailable("the ledger is away")


async def test_a_ledger_that_hangs_or_fails_keeps_no_caller_waiting() -> None:
    """The answer is the empty one; while old questions hang no further ones are put to it."""
    slow = Slow()
    asking = Introductions(slow, Company(), RULES, ManualClock())
    try:
        async with asyncio.timeout(10):
            assert [await asking.who(ASKED) for _ in range(5)] == [NOBODY] * 5
        assert slow.looked == 2
        assert await Introductions(Gone(), Company(), RULES, ManualClock()).who(ASKED) == NOBODY
    finally:
        slow.free.set()
        asking.close()


@dataclass
class ListDoor:
    """A door that keeps what is handed in."""

    raws: list[bytes] = field(default_factory=list)

    async def accept(self, delivery: Delivery) -> list[Receipt]:
        self.raws += [one.body for one in delivery.raws]
        return [Receipt("r" * 36, "r" * 36, first=True) for _ in delivery.raws]

    def refuse(self, account: str) -> None:
        raise AssertionError(account)


async def told(accounts: list[Account], caller: Caller, account: str, **fields: str) -> tuple[str, int]:
    """What the web face answers to a post of these fields, and how many events were journalled."""

    async def who(question: str) -> Caller:
        assert question == ASKED
        return caller

    door = ListDoor()
    known = {one.id: one for one in accounts}
    app = web.Application()
    InboundRoutes(known, channels_by_kind(), door, InboundLimits(), who_calls=who).add_to(app)
    body = urlencode(fields)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    if known[account].kind == "zadarma":
        call = HttpCall("POST", "", "", tuple(headers.items()), body.encode())
        headers["Signature"] = signature(call, known[account].secret)
    async with TestClient(TestServer(app)) as client:
        answer = await client.post(f"/in/{account}", data=body, headers=headers)
        assert answer.status == 200
        return await answer.text(), len(door.raws)


MEGAFON = Account("ats", "megafon", options={"crm_token": "demo-secret"})
QUESTION = {"cmd": "contact", "phone": ASKED, "callid": "c1", "crm_token": "demo-secret"}


async def test_megafons_question_is_answered_and_leaves_no_trace() -> None:
    """Name and extension in the exchange's words; the empty object for a stranger, or where the account says so."""
    known = Caller("Иван", "101")
    assert await told([MEGAFON], known, "ats", **QUESTION) == (
        '{"contact_name":"Иван","responsible":"101"}',
        0,
    )
    assert await told([MEGAFON], NOBODY, "ats", **QUESTION) == ("{}", 0)
    silent = Account("ats", "megafon", options={"crm_token": "demo-secret", "introduce": False})
    assert await told([silent], known, "ats", **QUESTION) == ("{}", 0)


START = {
    "event": "NOTIFY_START",
    "pbx_call_id": "in_1",
    "caller_id": ASKED,
    "called_did": "74951234567",
    "call_start": "2024-01-15 12:30:00",
}


async def test_zadarmas_call_rings_the_owner_first_where_the_account_says_so() -> None:
    """Nothing re-routes a call unasked; the event is journalled in either case, and only the beginning is answered."""
    known = Caller("Иван", "101")
    plain = Account("ats", "zadarma", secret="demo-secret")
    asks = Account("ats", "zadarma", secret="demo-secret", options={"introduce": True, "ring_owner_s": 20})
    named = Account("ats", "zadarma", secret="demo-secret", options={"introduce": True, "ring_owner_s": 0})
    assert await told([plain], known, "ats", **START) == ("", 1)
    assert await told([asks], known, "ats", **START) == (
        '{"caller_name":"Иван","redirect":"101","return_timeout":20}',
        1,
    )
    assert await told([named], known, "ats", **START) == ('{"caller_name":"Иван"}', 1)
    assert await told([asks], NOBODY, "ats", **START) == ("", 1)
    assert await told([asks], known, "ats", **{**START, "event": "NOTIFY_END"}) == ("", 1)
