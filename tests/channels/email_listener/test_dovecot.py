"""Mailboxes on a real Dovecot."""

import os
import shutil
import signal
import time

import pytest

from channels.email.listener import Pace
from channels.email.mailbox import Patience
from tests.channels.email_listener.desk import QUICK, Desk, account_at, box_of, letter, until
from tests.servers.dovecot import PASSWORD, DovecotServer
from tests.servers.postfix import PostfixServer
from tests.servers.proxy import proxy_to

pytestmark = pytest.mark.servers


async def test_a_letter_is_journalled_as_it_came(desk: Desk, dovecot: DovecotServer) -> None:
    """The journal holds the letter's exact bytes, and where it lay."""
    user = dovecot.user()
    async with desk.kept(box_of(dovecot, user)):
        await until(desk.listening, "listening")
        dovecot.deliver(user, letter("one"))
        await until(lambda: len(desk.raws()) == 1, "the letter")
    raw = desk.raws()[0]
    assert raw.body == letter("one")
    assert (raw.head["folder"], raw.head["uid"], raw.history) == ("INBOX", 1, False)
    assert raw.external_id.startswith("sha256:")


async def test_letters_sent_by_smtp_arrive(
    desk: Desk, dovecot: DovecotServer, postfix: PostfixServer
) -> None:
    """What Postfix delivers is heard through IDLE."""
    import smtplib

    user = dovecot.user()
    dovecot.folder(user)
    async with desk.kept(box_of(dovecot, user), Pace(poll_s=600)):
        await until(desk.listening, "listening")
        with smtplib.SMTP(postfix.host, postfix.port) as client:
            client.sendmail("ivan@client.example", [f"{user}@{postfix.domain}"], letter("by smtp"))
        await until(lambda: desk.subjects() == ["by smtp"], "the letter")


async def test_old_letters_are_left_alone_and_that_is_said(desk: Desk, dovecot: DovecotServer) -> None:
    """With start = "now" what was there is neither read nor answered; health says how many there were."""
    user = dovecot.user()
    for number in range(30):
        dovecot.deliver(user, letter(f"old {number}"))
    async with desk.kept(box_of(dovecot, user)):
        await until(desk.listening, "listening")
        dovecot.deliver(user, letter("new"))
        await until(lambda: bool(desk.raws()), "the new letter")
    report = desk.report()
    assert desk.subjects() == ["new"]
    assert report
    assert "30 letters that were there before are left alone" in report.message
    assert report.detail["left_alone"] == 30


async def test_nothing_in_the_box_is_touched_by_reading(desk: Desk, dovecot: DovecotServer) -> None:
    """A letter that was read by us is unseen and recent to everybody else."""
    user = dovecot.user()
    async with desk.kept(box_of(dovecot, user)):
        await until(desk.listening, "listening")
        path = dovecot.deliver(user, letter("one"))
        await until(lambda: len(desk.raws()) == 1, "the letter")
    names = [one.name for one in dovecot.letters(user)]
    assert len(names) == 1
    assert names[0].startswith(path.name.split(",")[0])
    assert "S" not in names[0].partition(":2,")[2]


async def test_letters_since_a_date_are_history(desk: Desk, dovecot: DovecotServer) -> None:
    """With a start date the letters since then are read as history; older ones are not, newer ones are news."""
    user = dovecot.user()
    now = time.time()
    dovecot.deliver(user, letter("long ago"), at=now - 40 * 86400)
    dovecot.deliver(user, letter("last week"), at=now - 7 * 86400)
    start = int((now - 10 * 86400) * 1000)
    async with desk.kept(box_of(dovecot, user, start=start)):
        await until(desk.listening, "listening")
        dovecot.deliver(user, letter("today"))
        await until(lambda: len(desk.raws()) == 2, "both letters")
    assert [(raw.history, raw.body) for raw in desk.raws()] == [
        (True, letter("last week")),
        (False, letter("today")),
    ]


async def test_an_old_letter_moved_in_is_history(desk: Desk, dovecot: DovecotServer) -> None:
    """A letter older than the connection that appears later is kept as history: nobody is rung for it."""
    user = dovecot.user()
    now = time.time()
    dovecot.deliver(user, letter("was there"), at=now - 86400)
    async with desk.kept(box_of(dovecot, user)):
        await until(desk.listening, "listening")
        dovecot.deliver(user, letter("moved in"), at=now - 30 * 86400)
        dovecot.deliver(user, letter("today"))
        await until(lambda: len(desk.raws()) == 2, "both letters")
    assert sorted((raw.history, raw.body) for raw in desk.raws()) == [
        (False, letter("today")),
        (True, letter("moved in")),
    ]


async def test_our_answers_are_found_in_the_sent_folder(desk: Desk, dovecot: DovecotServer) -> None:
    """The sent folder is found by its special use and read too; what was in it before is left alone."""
    user = dovecot.user()
    dovecot.deliver(user, letter("old answer"), folder="Sent")
    async with desk.kept(box_of(dovecot, user)):
        await until(desk.listening, "listening")
        dovecot.deliver(user, letter("Re: question"), folder="Sent")
        await until(lambda: len(desk.raws()) == 1, "the answer")
    assert desk.raws()[0].head["sent"] is True
    assert desk.raws()[0].head["folder"] == "Sent"


async def test_a_folder_with_a_russian_name(desk: Desk, dovecot: DovecotServer) -> None:
    """Folder names are written as people read them, and travel in modified UTF-7."""
    user = dovecot.user()
    dovecot.folder(user, "&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-")
    async with desk.kept(box_of(dovecot, user, {"sent_folder": "Отправленные"})):
        await until(desk.listening, "listening")
        dovecot.deliver(user, letter("Re: question"), folder="&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-")
        await until(lambda: len(desk.raws()) == 1, "the answer")
    assert desk.raws()[0].head["folder"] == "Отправленные"


async def test_an_answered_flag_is_news(desk: Desk, dovecot: DovecotServer) -> None:
    """\\Answered on a client's letter is journalled once, with the letter's headers and id."""
    user = dovecot.user()
    async with desk.kept(box_of(dovecot, user)):
        await until(desk.listening, "listening")
        dovecot.deliver(user, letter("question"))
        await until(lambda: len(desk.raws()) == 1, "the letter")
        path = dovecot.letters(user)[0]
        path.rename(path.parent.parent / "cur" / f"{path.name.split(':')[0]}:2,RS")
        await until(lambda: len(desk.raws()) == 2, "the flag")
    flag = desk.raws()[1]
    assert flag.head["flag"] == "answered"
    assert flag.head["message_id"] == "<question@client.example>"
    assert b"Subject: question" in flag.body
    assert b"text" not in flag.body


async def test_f30_uidvalidity_changes(desk: Desk, dovecot: DovecotServer) -> None:
    """All UIDs given out anew: nothing is lost, nothing comes twice, the old letters stay history."""
    user = dovecot.user()
    long_ago = time.time() - 5 * 86400
    for number in range(5):
        dovecot.deliver(user, letter(f"old {number}"), at=long_ago)
    account = box_of(dovecot, user)
    async with desk.kept(account):
        await until(desk.listening, "listening")
        for number in range(15):
            dovecot.deliver(user, letter(f"new {number}"))
        await until(lambda: len(desk.raws()) == 15, "the letters")
        before = desk.raws()[0].head["uidvalidity"]
        dovecot.stop(signal.SIGKILL)
        dovecot.forget_uids(user)
        # Dovecot makes a UIDVALIDITY of the present second: it must be another one
        await until(lambda: time.time() > before + 1, "the next second")
        for number in range(15, 18):
            dovecot.deliver(user, letter(f"new {number}"))
        dovecot.start()
        await until(lambda: len(desk.raws()) == 18, "the letters of the outage")
        await until(desk.listening, "all read again")
        dovecot.deliver(user, letter("new 18"))
        await until(lambda: len(desk.raws()) == 19, "the last letter")
        await until(lambda: getattr(desk.report(), "seen_at_source", 0) == 19, "the source's count")
    assert sorted(desk.subjects()) == sorted(f"new {number}" for number in range(19))
    assert desk.raws()[-1].head["uidvalidity"] != before


async def test_f31_the_mailbox_is_emptied(desk: Desk, dovecot: DovecotServer) -> None:
    """All letters removed and UIDs begun anew: what comes then is read."""
    user = dovecot.user()
    async with desk.kept(box_of(dovecot, user)):
        await until(desk.listening, "listening")
        for number in range(5):
            dovecot.deliver(user, letter(f"first {number}"))
        await until(lambda: len(desk.raws()) == 5, "the first letters")
        dovecot.stop(signal.SIGKILL)
        for path in dovecot.letters(user):
            path.unlink()
        dovecot.forget_uids(user)
        dovecot.start()
        dovecot.deliver(user, letter("second"))
        await until(lambda: "second" in desk.subjects(), "the letter after")
    assert len(desk.raws()) == 6


async def test_f32_idle_dies_in_silence(desk: Desk, dovecot: DovecotServer) -> None:
    """A connection that swallows everything is noticed by the NOOP's deadline and made anew."""
    user = dovecot.user()
    pace = Pace(poll_s=0.5, patience=Patience(connect=10, answer=20, noop=0.5))
    async with proxy_to(dovecot.port) as proxy:
        account = account_at(dovecot.port, user, {"imap": f"imap://localhost:{proxy.port}"})
        account.options["ca_file"] = str(dovecot.ca_file)  # type: ignore[index]  # a dict of the test's own
        async with desk.kept(account, pace):
            await until(desk.listening, "listening")
            proxy.swallow = True
            dovecot.deliver(user, letter("into the hole"))
            await until(lambda: desk.told("Silent"), "the alarm")
            proxy.swallow = False
            await until(lambda: desk.subjects() == ["into the hole"], "the letter")
        assert proxy.connections >= 2


def test_f32_the_promise_of_two_minutes() -> None:
    """In earnest a dead connection is noticed within two minutes, and IDLE renewed within nine."""
    pace = Pace()
    assert pace.poll_s + pace.patience.noop <= 120
    assert pace.poll_s < 9 * 60


@pytest.mark.timeout(600)
@pytest.mark.parametrize("count", [300, pytest.param(3000, marks=pytest.mark.nightly)])
async def test_f33_after_an_outage_all_is_read_oldest_first(
    desk: Desk, dovecot: DovecotServer, count: int
) -> None:
    """Hundreds of letters wait for a server that was down: all are read, in their order."""
    user = dovecot.user()
    account = box_of(dovecot, user)
    async with desk.kept(account):
        await until(desk.listening, "listening")
        dovecot.stop(signal.SIGKILL)
        for number in range(count):
            dovecot.deliver(user, letter(f"waiting {number:04}"))
        await until(lambda: desk.told("ConnectionGone"), "the alarm")
        dovecot.start()
        await until(lambda: len(desk.raws()) == count, "all letters", patience_s=count / 10)
    assert desk.subjects() == [f"waiting {number:04}" for number in range(count)]


async def test_f35_no_message_id_and_the_same_one(desk: Desk, dovecot: DovecotServer) -> None:
    """Different letters are kept whatever their ids; the same bytes are one letter; each account has its own."""
    user, other = dovecot.user(), dovecot.user()
    nameless = b"From: a@client.example\r\nSubject: nameless %d\r\n\r\ntext\r\n"
    letters = [
        nameless % 1,
        nameless % 2,
        letter("same id, one", message_id="<x@client.example>"),
        letter("same id, two", message_id="<x@client.example>"),
        letter("twice"),
        letter("twice"),
    ]
    async with desk.kept(box_of(dovecot, user)), desk.kept(box_of(dovecot, other, id="other")):
        await until(lambda: desk.listening() and desk.listening("other"), "both listening")
        for one in letters:
            dovecot.deliver(user, one)
        dovecot.deliver(other, letter("twice"))
        await until(lambda: len(desk.raws()) == 5 and len(desk.raws("other")) == 1, "the letters")
        dovecot.deliver(user, letter("last"))
        await until(lambda: len(desk.raws()) == 6, "the last letter")
    assert sorted(desk.subjects()) == sorted(
        ["nameless 1", "nameless 2", "same id, one", "same id, two", "twice", "last"]
    )


async def test_f09_a_wrong_password_is_that_box_s_own_trouble(desk: Desk, dovecot: DovecotServer) -> None:
    """Of three boxes one has a wrong password: it is told, and tried again patiently; the others live."""
    users = [dovecot.user() for _ in range(3)]
    boxes = [box_of(dovecot, user, id=f"box{number}") for number, user in enumerate(users)]
    boxes[1] = box_of(dovecot, users[1], {"password": "demo-wrong"}, id="box1")
    async with desk.kept(boxes[0]), desk.kept(boxes[1]), desk.kept(boxes[2]):
        await until(lambda: desk.listening("box0") and desk.listening("box2"), "the good boxes")
        await until(lambda: desk.told("SignInRefused", "box1"), "the alarm")
        for user in users:
            dovecot.deliver(user, letter("hello"))
        await until(lambda: len(desk.raws("box0")) == len(desk.raws("box2")) == 1, "the letters")
    report = desk.report("box1")
    assert report
    assert "mend user, password or oauth" in report.message
    assert PASSWORD not in report.message


async def test_f22_two_listeners_of_one_mailbox(desk: Desk, dovecot: DovecotServer) -> None:
    """One listens, the other waits and says so, and takes over when the first is gone."""
    user = dovecot.user()
    account = box_of(dovecot, user)
    async with desk.kept(account, holder="first"):
        await until(desk.listening, "the first")
        async with desk.kept(account, holder="second"):
            await until(lambda: desk.told("another_listener"), "the second's word")
            dovecot.deliver(user, letter("one"))
            await until(lambda: len(desk.raws()) == 1, "the letter")
    async with desk.kept(account, holder="second"):
        dovecot.deliver(user, letter("two"))
        await until(lambda: len(desk.raws()) == 2, "the letter after")
    assert desk.subjects() == ["one", "two"]


async def test_f42_a_folder_is_deleted_and_comes_back(desk: Desk, dovecot: DovecotServer) -> None:
    """A listened folder that vanishes is an alarm, no loop of complaints; when it is back, its letters come."""
    user = dovecot.user()
    dovecot.folder(user, "Orders")
    account = box_of(dovecot, user, {"folders": ["INBOX", "Orders"]})
    async with desk.kept(account):
        await until(desk.listening, "listening")
        shutil.move(dovecot.folder(user, "Orders"), dovecot.place / "home" / user / "Maildir" / ".Renamed")
        await until(lambda: desk.told("folder_refused"), "the alarm")
        dovecot.deliver(user, letter("to the inbox"))
        await until(lambda: len(desk.raws()) == 1, "the inbox goes on")
        dovecot.deliver(user, letter("to the orders"), folder="Orders")
        await until(lambda: len(desk.raws()) == 2, "the folder is back")
        await until(desk.listening, "listening again")


async def test_a_letter_the_server_cannot_read_does_not_stop_the_box(
    desk: Desk, dovecot: DovecotServer
) -> None:
    """A letter that FETCH refuses is set aside with an alarm, then journalled as a fault; the others come."""
    user = dovecot.user()
    async with desk.kept(box_of(dovecot, user)):
        await until(desk.listening, "listening")
        broken = dovecot.deliver(user, letter("broken"))
        if os.geteuid() == 0:
            os.chown(broken, 0, 0)
        broken.chmod(0)
        dovecot.deliver(user, letter("whole"))
        await until(lambda: "whole" in desk.subjects(), "the letter behind it")
        await until(lambda: any(raw.head.get("unreadable") for raw in desk.raws()), "the fault")
    assert len(desk.raws()) == 2


async def test_imap_with_starttls_is_used_when_offered(desk: Desk, dovecot: DovecotServer) -> None:
    """imap:// goes on under TLS where the server offers it; its certificate is checked."""
    user = dovecot.user()
    good = account_at(dovecot.port, user, {"imap": f"imap://localhost:{dovecot.port}"})
    safe = account_at(
        dovecot.port,
        user,
        {"imap": f"imap://localhost:{dovecot.port}", "ca_file": str(dovecot.ca_file)},
        id="safe",
    )
    async with desk.kept(good), desk.kept(safe):
        await until(lambda: desk.told("CertificateRefused"), "the unknown certificate is refused")
        await until(lambda: desk.listening("safe"), "with its authority it holds")
    report = desk.report("safe")
    assert report
    assert report.detail["expires"]["certificate"] > desk.clock.now()


def test_the_pace_of_tests_differs_in_time_only() -> None:
    """The tests' pace reads smaller portions more often; nothing else is switched."""
    assert QUICK.portion.group_bytes == Pace().portion.group_bytes
