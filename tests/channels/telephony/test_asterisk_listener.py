"""The listener of an Asterisk: a server of our own plays it over loopback."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from channels.base import Listening
from channels.telephony.asterisk_listener import AmiListener, Patience
from channels.telephony.asterisk_settings import check_asterisk, read_settings
from intake.account import Account
from intake.clock import ManualClock
from intake.errors import ConfigFault, JournalUnavailable, LeadIntakeError, Unavailable
from intake.inquiry import NewRaw
from intake.ports import Delivery, HealthReport, HealthState, Receipt
from tests.channels.telephony.test_asterisk import BEGIN, CALL, DIAL, LEG_OVER, OVER, TRUNK, message

SECRET = "demo_secret"
QUICK = Patience(connect=5, silence=0.05, answer=0.2, journal=0.01)
Script = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Exchange:
    """One connection as Asterisk sees it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard: list[dict[str, str]]

    async def action(self) -> dict[str, str]:
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        self.heard.append(dict(line.split(": ", 1) for line in lines))
        return self.heard[-1]

    async def say(self, *messages: bytes) -> None:
        for one in messages:
            self.writer.write(one)
            await self.writer.drain()

    async def admit(self) -> None:
        await self.say(b"Asterisk Call Manager/9.0.0\r\n")
        await self.action()
        await self.say(b"Response: Success\r\nChallenge: 840415273\r\n\r\n")
        key = (await self.action())["Key"]
        right = key == hashlib.md5(b"840415273" + SECRET.encode()).hexdigest()
        await self.say(
            b"Response: Success\r\n\r\n" if right else b"Response: Error\r\nMessage: failed\r\n\r\n"
        )
        if right:
            assert (await self.action())["Action"] == "CoreShowChannels"


@dataclass
class Desk:
    """A door that keeps what comes, after refusing `away` times."""

    away: int = 0
    raws: list[NewRaw] = field(default_factory=list)
    reports: list[HealthReport] = field(default_factory=list)

    async def accept(self, delivery: Delivery) -> list[Receipt]:
        if self.away:
            self.away -= 1
            raise JournalUnavailable
        assert delivery.spool
        self.raws += delivery.raws
        return []

    def refuse(self, account: str) -> None: ...

    async def report(self, report: HealthReport) -> None:
        self.reports.append(report)

    def read(self, account: str, place: str) -> None:
        return None


@asynccontextmanager
async def exchange(script: Script, heard: list[dict[str, str]]) -> AsyncIterator[Account]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(Exchange(reader, writer, heard))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield Account("pbx", "asterisk", SECRET, options={"ami": f"tcp://127.0.0.1:{port}", "user": "li"})


async def listened(
    script: Script, desk: Desk, patience: Patience = QUICK, secret: str = SECRET
) -> LeadIntakeError:
    heard: list[dict[str, str]] = []
    async with exchange(script, heard) as there:
        account = Account(there.id, there.kind, secret, options=there.options)
        listening = Listening(account, desk, desk, ManualClock(), desk.report)
        with pytest.raises(LeadIntakeError) as ended:
            await asyncio.wait_for(AmiListener(account, patience).listen(listening), 10)
    assert all(SECRET not in value for action in heard for value in action.values())
    return ended.value


async def test_messages_of_calls_go_in_as_they_came() -> None:
    """Each with its id and its call's group; a leg's end, answers and variables go by."""

    async def script(one: Exchange) -> None:
        await one.admit()
        await one.say(BEGIN, DIAL, LEG_OVER, b"Response: Success\r\nMessage: list\r\n\r\n", OVER)

    desk = Desk()
    assert isinstance(await listened(script, desk), Unavailable)
    assert [raw.body for raw in desk.raws] == [BEGIN, DIAL, OVER]
    assert {raw.group for raw in desk.raws} == {CALL}
    assert len({raw.external_id for raw in desk.raws}) == 3
    assert desk.reports[0].state is HealthState.OK


async def test_a_letter_cut_by_the_network_stays_whole() -> None:
    """A Russian name that comes in two pieces is not lost."""
    named = message("Newchannel", TRUNK, {"CallerIDName": "Иванов"})
    at = named.index("в".encode()) + 1

    async def script(one: Exchange) -> None:
        await one.admit()
        await one.say(named[:at])
        await asyncio.sleep(0)
        await one.say(named[at:])

    desk = Desk()
    await listened(script, desk, Patience(connect=5))
    assert [raw.body for raw in desk.raws] == [named]


async def test_f11_a_message_waits_for_the_journal() -> None:
    """AMI repeats nothing: what the journal refuses is held and handed in again, in order."""

    async def script(one: Exchange) -> None:
        await one.admit()
        await one.say(BEGIN, OVER)

    desk = Desk(away=3)
    await listened(script, desk)
    assert [raw.body for raw in desk.raws] == [BEGIN, OVER]


async def test_f32_a_connection_that_died_in_silence_is_noticed() -> None:
    """After a silence Asterisk is asked; one that answers is kept, one that does not is left."""
    pings = 0

    async def script(one: Exchange) -> None:
        nonlocal pings
        await one.admit()
        assert (await one.action())["Action"] == "Ping"
        pings += 1
        await one.say(b"Response: Success\r\nPing: Pong\r\n\r\n")
        await one.action()
        pings += 1
        await one.reader.read()  # half open: it hears, and says no more

    desk = Desk()
    assert isinstance(await listened(script, desk), Unavailable)
    assert pings == 2
    assert len(desk.reports) == 2


async def test_a_wrong_password_is_told_and_not_tried_at_once() -> None:
    """The fault names the settings, and the next try is a minute away."""

    async def script(one: Exchange) -> None:
        await one.admit()

    ended = await listened(script, Desk(), secret="other-secret")
    assert "manager.conf" in str(ended)
    assert ended.after == 60


async def test_nobody_there_is_a_fault_to_try_again() -> None:
    """A refused connection and one that is closed at once end the listening, retryably."""

    async def script(one: Exchange) -> None:
        return

    assert (await listened(script, Desk())).retryable


async def test_calls_that_go_on_are_taken_over() -> None:
    """What was there before the login is asked for: a talk is a talk, a ring a ring."""
    going_on = message("CoreShowChannel", {
        "Channel": "PJSIP/trunk-1", "CallerIDNum": "79161234567", "ConnectedLineNum": "101", "Context": "from-trunk",
        "Exten": "74951234567", "Uniqueid": CALL, "Linkedid": CALL, "BridgeId": "b1"})  # fmt: skip

    async def script(one: Exchange) -> None:
        await one.admit()
        await one.say(going_on)

    desk = Desk()
    await listened(script, desk)
    assert [raw.group for raw in desk.raws] == [CALL]


@pytest.mark.parametrize("address", ["", "127.0.0.1:5038", "http://pbx", "tcp://", "tcp://pbx:99999"])
def test_an_address_that_is_none_is_a_fault_of_the_settings(address: str) -> None:
    """`check` and the start say so."""
    with pytest.raises(ConfigFault):
        read_settings(Account("pbx", "asterisk", SECRET, options={"ami": address}))
    assert check_asterisk(Account("pbx", "asterisk", SECRET, options={"ami": address}))
    assert read_settings(Account("pbx", "asterisk", SECRET, options={"ami": "tls://pbx"})).port == 5039
