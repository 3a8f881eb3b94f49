"""Reading a mailbox again from a date, on a real Dovecot: what was missed comes in, what is here does not."""

import time

import pytest

from channels.email.again import MailboxAgain
from channels.email.fetching import Portion
from intake.account import Account
from intake.store.past import SqlPast
from intake.store.reading.balance import read_balance
from tests.channels.email_listener.desk import Desk, box_of, letter, until
from tests.servers.dovecot import DovecotServer
from workers.again import Again, Before, Count

pytestmark = pytest.mark.servers


async def read_again(
    desk: Desk, account: Account, days: float = 30, *, preview: bool = False, before: Before = Before.SKIP
) -> Count:
    now = desk.clock.now()
    source = MailboxAgain(account, Portion(letters=4))
    door = None if preview else desk.door
    again = Again(account, source, SqlPast(desk.store), door, before)
    return await again.run(now - int(days * 86_400_000), now + 60_000, lambda count: None)


def source_of(desk: Desk) -> dict[str, int]:
    (found,) = read_balance(desk.store, None, ["mail"])["sources"]
    return dict(found)


async def test_what_is_here_already_is_not_taken_twice(desk: Desk, dovecot: DovecotServer) -> None:
    """Letters that were read are known again by their bytes, also after the UIDs changed; a preview takes nothing."""
    account = box_of(dovecot, user := dovecot.user())
    async with desk.kept(account):
        await until(desk.listening, "listening")
        for number in range(9):
            dovecot.deliver(user, letter(f"one {number}"))
        await until(lambda: len(desk.raws()) == 9, "the letters")
    for number in range(3):
        dovecot.deliver(user, letter(f"missed {number}"))
    seen = await read_again(desk, account, preview=True)
    assert (seen.listed, seen.here, seen.taken, seen.left) == (12, 9, 3, 0)
    assert len(desk.raws()) == 9
    taken = await read_again(desk, account)
    again = await read_again(desk, account)
    assert (taken.taken, again.taken, again.here) == (3, 0, 12)
    assert sorted(desk.subjects())[:3] == ["missed 0", "missed 1", "missed 2"]
    assert not any(raw.history for raw in desk.raws())


async def test_the_balance_closes_after_reading_again(desk: Desk, dovecot: DovecotServer) -> None:
    """What was given by reading again is counted at the source too, whether the listener comes by it or not."""
    account = box_of(dovecot, user := dovecot.user())
    dovecot.deliver(user, letter("old"))
    async with desk.kept(account):
        await until(desk.listening, "listening")
        dovecot.deliver(user, letter("new"))
        await until(lambda: len(desk.raws()) == 1, "the letter")
    dovecot.deliver(user, letter("missed"))
    await read_again(desk, account, before=Before.HISTORY)
    assert len(desk.raws()) == 3
    async with desk.kept(account):
        await until(lambda: source_of(desk)["difference"] == 0, "the balance")
    assert source_of(desk)["seen_at_source"] == source_of(desk)["received"] == 3


async def test_what_was_there_before_comes_on_request_alone(desk: Desk, dovecot: DovecotServer) -> None:
    """Letters from before the account was connected are left alone; as history they ring nobody, as news they do."""
    account = box_of(dovecot, user := dovecot.user())
    for days in (40, 20, 10):
        dovecot.deliver(user, letter(f"{days} days old"), at=time.time() - days * 86_400)
    async with desk.kept(account):
        await until(desk.listening, "listening")
    left = await read_again(desk, account)
    assert (left.listed, left.left, left.taken) == (2, 2, 0)
    assert desk.raws() == []
    history = await read_again(desk, account, days=15, before=Before.HISTORY)
    assert (history.taken, history.history) == (1, 1)
    assert [raw.history for raw in desk.raws()] == [True]
    news = await read_again(desk, account, before=Before.NEWS)
    assert (news.taken, news.history, news.here) == (1, 0, 1)
    assert [raw.history for raw in desk.raws()] == [True, False]
