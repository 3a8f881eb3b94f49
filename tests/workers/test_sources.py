"""«Check now» and «read again» as pages and API ask for them; what listens carries the latter out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.base import Condition, Probe
from channels.catalogue import channels_by_kind
from channels.probes import PROBES
from intake.account import Account, Company
from intake.errors import Conflict, LockedOut, NotFound
from intake.ports import Command, HealthState, Who
from intake.store.access import StoreAccess
from intake.store.outbox import SqlOutbox
from intake.store.parked import SqlParked
from intake.store.past import SqlPast
from tests.channels.email_listener.desk import Desk, box_of, desk_in, letter
from tests.servers.dovecot import DovecotServer
from workers.listening.rereading import Rereads
from workers.listening.watching import SourceWatch
from workers.sources import Sources

DUTY = Who("duty", "duty")
FORM = Account("site", "form")


@pytest.fixture
def desk(tmp_path: Path) -> Any:
    with desk_in(tmp_path) as made:
        yield made


def sources(desk: Desk, *accounts: Account, url: str = "") -> Sources:
    return Sources(
        {one.id: one for one in accounts},
        channels_by_kind(),
        Company(public_url=url),
        desk.clock,
        SqlPast(desk.store),
        SqlOutbox(desk.store),
        desk.health,
        StoreAccess(desk.store, desk.clock),
    )


def rereads(desk: Desk, *accounts: Account) -> Rereads:
    known = {one.id: one for one in accounts}
    return Rereads(
        SqlOutbox(desk.store), SqlPast(desk.store), desk.door, known, desk.health, desk.clock, "test"
    )


def states(desk: Desk) -> dict[str, tuple[HealthState, str]]:
    return {one.account: (one.state, one.message) for one in desk.health.reports()}


@pytest.mark.servers
async def test_a_mailbox_is_asked_now(desk: Desk, dovecot: DovecotServer) -> None:
    """What it said, when its certificate ends; a wrong password is an answer, not an error."""
    user = dovecot.user()
    dovecot.deliver(user, letter("one"))
    asked = await sources(desk, box_of(dovecot, user)).do(Command("probe", "channel", "mail"), DUTY)
    assert asked["works"]
    assert "1 letters there" in asked["said"]
    assert asked["expires"]["certificate"] > asked["at"]
    wrong = sources(desk, box_of(dovecot, user, {"password": "demo-wrong"}))
    refused = await wrong.do(Command("probe", "channel", "mail"), DUTY)
    assert not refused["works"]
    assert "password" in refused["said"]


async def test_a_form_is_checked_by_its_way_in(desk: Desk) -> None:
    """Nobody can ask a visitor: but whether the world's address leads here, is known."""

    async def healthz(request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    probe = Command("probe", "channel", "site")
    async with TestServer(app) as server:
        url = str(server.make_url("")).rstrip("/")
        found = await sources(desk, FORM, url=url).do(probe, DUTY)
        assert (found["works"], f"{url}/in/site leads here" in found["said"]) == (True, True)
    assert not (await sources(desk, FORM, url=url).do(probe, DUTY))["works"]
    assert "public_url is not set" in (await sources(desk, FORM).do(probe, DUTY))["said"]
    with pytest.raises(NotFound):
        await sources(desk, FORM).do(Command("probe", "channel", "nothing"), DUTY)


@pytest.mark.servers
async def test_reading_again_is_previewed_ordered_and_carried_out(desk: Desk, dovecot: DovecotServer) -> None:
    """The preview takes nothing in; the order is carried out once, tells how it went, and doubles nothing."""
    account = box_of(dovecot, user := dovecot.user())
    for number in range(3):
        dovecot.deliver(user, letter(f"letter {number}"))
    args = {"since": "2020-01-01T00:00:00Z", "before": "news"}
    face, hands = sources(desk, account), rereads(desk, account)
    seen = await face.do(Command("backfill", "channel", "mail", {**args, "preview": "1"}), DUTY)
    assert (seen["preview"], seen["complete"], seen["listed"], seen["taken"]) == (True, True, 3, 3)
    assert desk.raws() == []
    for taken in (3, 0):
        ordered = await face.do(Command("backfill", "channel", "mail", args), DUTY)
        assert ordered["ordered"]
        assert states(desk)["again:mail"] == (HealthState.WAITING, "ordered")
        assert await hands.step() == 1
        assert len(desk.raws()) == 3
        assert states(desk)["again:mail"][0] is HealthState.OK
        assert f"{taken} taken in" in states(desk)["again:mail"][1]
    assert await hands.step() == 0


async def test_what_cannot_be_read_again_is_refused_or_parked(desk: Desk) -> None:
    """A form at once; a mailbox that is away is tried again, an account that is gone is parked with its reason."""
    args = {"since": "2020-01-01T00:00:00Z"}
    with pytest.raises(Conflict, match="cannot be asked for again"):
        await sources(desk, FORM).do(Command("backfill", "channel", "site", args), DUTY)
    away = Account(
        "mail", "email", options={"imap": "imap://127.0.0.1:1", "user": "u", "password": "demo-word"}
    )
    face = sources(desk, away)
    wrong = {**args, "until": "2019-01-01T00:00:00Z"}
    with pytest.raises(Conflict, match="before until"):
        await face.do(Command("backfill", "channel", "mail", wrong), DUTY)
    await face.do(Command("backfill", "channel", "mail", args), DUTY)
    assert await rereads(desk, away).step() == 1
    assert states(desk)["again:mail"][0] is HealthState.FAULT
    assert SqlParked(desk.store).listed() == []
    await face.do(Command("backfill", "channel", "mail", args), DUTY)
    assert await rereads(desk).step() == 1
    (parked,) = SqlParked(desk.store).listed()
    assert (parked.kind, parked.reason) == ("back_fill", "there is no such account any more")


async def test_sources_that_call_us_are_asked_now_and_then(desk: Desk) -> None:
    """What they say becomes the channel's health: well, in trouble, locked out, silent - each its own."""

    async def well(account: Account, company: Company) -> Condition:
        return Condition("signed in", backlog=3, expires={"token": 7})

    async def troubled(account: Account, company: Company) -> Condition:
        return Condition("signed in", trouble="the webhook gets no answer")

    async def locked(account: Account, company: Company) -> Condition:
        raise LockedOut("the token was revoked")

    async def broken(account: Account, company: Company) -> Condition:
        raise KeyError("surprise")

    probes: dict[str, Probe] = {"a": well, "b": troubled, "c": locked, "d": broken}
    accounts = [Account(f"{kind}-1", kind) for kind in (*probes, "form")]
    watch = SourceWatch(accounts, probes, Company(), desk.health, desk.clock)
    for account in accounts[:-1]:
        await watch.look(account, probes[account.kind])
    reports = {one.account: one for one in desk.health.reports()}
    assert set(reports) == {"a-1", "b-1", "c-1", "d-1"}
    assert (reports["a-1"].backlog, reports["a-1"].detail["expires"]) == (3, {"token": 7})
    assert reports["b-1"].detail["trouble"] == "the webhook gets no answer"
    assert (reports["c-1"].state, reports["c-1"].detail["code"]) == (HealthState.FAULT, "LockedOut")
    assert reports["d-1"].state is HealthState.FAULT


def test_the_probes_are_of_kinds_that_there_are() -> None:
    """Each row of the list names a kind."""
    assert set(PROBES) <= set(channels_by_kind())
