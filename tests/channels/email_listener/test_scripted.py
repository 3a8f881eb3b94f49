"""Mailboxes on a server that misbehaves by script, or behind a bad-tempered proxy."""

import tracemalloc
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.email.fetching import Portion
from channels.email.listener import MailboxListener, Pace
from channels.email.mailbox import Patience
from channels.email.mover import LetterMover
from intake.account import Account
from intake.errors import ConfigFault, JournalUnavailable
from intake.inquiry import Raw
from intake.ports import Delivery, Receipt
from tests.channels.email_listener.desk import QUICK, Desk, account_at, desk_in, letter, until
from tests.servers.proxy import proxy_to
from tests.servers.scripted_imap import ScriptedBox, scripted_imap

MEGABYTE = 1_048_576


def account_of(port: int, more: Mapping[str, Any] | None = None, **fields: Any) -> Account:
    return account_at(port, "sales", more, **fields)


async def test_a_box_of_40_000_old_letters(desk: Desk) -> None:
    """Connecting a full box makes nothing, and says how many letters it leaves alone."""
    box = ScriptedBox()
    for number in range(40_000):
        box.put(b"Subject: %d\r\n\r\nold\r\n" % number)
    async with scripted_imap(box), desk.kept(account_of(box.port), replace(QUICK, poll_s=30)):
        await until(desk.listening, "listening")
        box.put(letter("new"))
        await until(lambda: bool(desk.raws()), "the new letter")
    report = desk.report()
    assert desk.subjects() == ["new"]
    assert report
    assert "40000 letters" in report.message


async def test_f31_uidnext_falls_under_the_same_uidvalidity(desk: Desk) -> None:
    """A server that begins its UIDs anew without saying so loses nothing."""
    box = ScriptedBox(next_uid=500)
    async with scripted_imap(box), desk.kept(account_of(box.port)):
        await until(desk.listening, "listening")
        box.put(letter("before"))
        await until(lambda: len(desk.raws()) == 1, "the letter before")
        box.folders["INBOX"].clear()
        box.next_uid = 1
        box.put(letter("after"))
        await until(lambda: desk.subjects() == ["before", "after"], "the letter after")


async def test_a_letter_refused_with_no_is_set_aside(desk: Desk) -> None:
    """NO on one letter's FETCH: the others come, the letter is told of, and journalled as a fault with its
    headers; when the server gives it meanwhile, it comes whole."""
    box = ScriptedBox()
    refused = {2, 3}

    def override(name: str, args: str) -> tuple[list[str], str] | None:
        if name != "UID FETCH" or "BODY.PEEK[]" not in args:
            return None
        session_sees = {
            uid for uid in refused if any(uid in span for span in spans(args.split(maxsplit=1)[0]))
        }
        return ([], "NO [SERVERBUG] cannot read it") if session_sees else None

    box.override = override
    async with scripted_imap(box), desk.kept(account_of(box.port)):
        await until(desk.listening, "listening")
        for number in range(1, 5):
            box.put(letter(f"letter {number}"))
        await until(lambda: desk.told("letters_aside"), "the alarm")
        refused.discard(3)
        await until(lambda: len(desk.raws()) == 4, "all four")
        await until(desk.listening, "well again")
    faults = [raw for raw in desk.raws() if raw.head.get("unreadable")]
    assert sorted(desk.subjects()) == [f"letter {number}" for number in range(1, 5)]
    assert [raw.head["uid"] for raw in faults] == [2]


def spans(named: str) -> list[range]:
    pairs = [part.partition(":") for part in named.split(",")]
    return [range(int(first), int(last or first) + 1) for first, _, last in pairs]


async def test_a_literal_cut_in_the_middle_is_no_letter(desk: Desk) -> None:
    """A connection reset inside a letter's bytes leaves nothing; the letter comes whole by the next one."""
    box = ScriptedBox()
    async with scripted_imap(box), proxy_to(box.port) as proxy:
        async with desk.kept(account_of(proxy.port), replace(QUICK, poll_s=30)):
            await until(desk.listening, "listening")
            proxy.cut_after = 60_000
            box.put(letter("long", "x" * 100_000))
            await until(lambda: len(desk.raws()) == 1, "the letter")
        assert proxy.cuts == 1
    assert desk.raws()[0].body == letter("long", "x" * 100_000)


async def test_a_letter_that_breaks_every_connection_is_given_up(desk: Desk) -> None:
    """A server that hangs up over one letter again and again does not stop the box."""
    box = ScriptedBox()

    def override(name: str, args: str) -> tuple[list[str], str] | None:
        poisonous = (
            name == "UID FETCH"
            and "BODY" in args
            and any(2 in span for span in spans(args.split(maxsplit=1)[0]))
        )
        return ([], "CUT") if poisonous else None

    box.override = override
    async with scripted_imap(box), desk.kept(account_of(box.port)):
        await until(desk.listening, "listening")
        for number in range(1, 4):
            box.put(letter(f"letter {number}"))
        await until(lambda: len(desk.raws()) == 3, "two letters and a fault")
    assert [raw.head["uid"] for raw in desk.raws() if raw.head.get("unreadable")] == [2]


async def test_f33_new_letters_do_not_stand_behind_an_outage(desk: Desk) -> None:
    """Two hundred letters wait and are read oldest first; one that arrives meanwhile comes within a batch."""
    box = ScriptedBox()

    def override(name: str, args: str) -> tuple[list[str], str] | None:
        if name == "UID FETCH" and "BODY" in args and args.startswith("41:") and box.next_uid == 201:
            box.put(letter("new"))
        return None

    async with scripted_imap(box):
        account = account_of(box.port)
        async with desk.kept(account):
            await until(desk.listening, "listening")
        for number in range(200):
            box.put(letter(f"waiting {number:03}"))
        box.override = override
        async with desk.kept(account):
            await until(lambda: len(desk.raws()) == 201, "all letters")
    subjects = desk.subjects()
    assert 40 < subjects.index("new") <= 60
    assert [one for one in subjects if one != "new"] == [f"waiting {number:03}" for number in range(200)]


async def test_f34_a_crash_between_commit_and_answer_makes_no_second_letter(desk: Desk) -> None:
    """The journal has committed but we never heard: the next life reads on behind it."""
    box = ScriptedBox()
    heard: list[Delivery] = []

    class Crashing:
        """The door, lost right after its first commit of a letter."""

        async def accept(self, delivery: Delivery) -> list[Receipt]:
            receipts = await desk.door.accept(delivery)
            if delivery.raws and not heard:
                heard.append(delivery)
                raise JournalUnavailable("the answer was lost")
            return receipts

        def refuse(self, account: str) -> None: ...

    async with (
        scripted_imap(box),
        desk.kept(account_of(box.port), house=replace(desk.house, door=Crashing())),
    ):
        await until(desk.listening, "listening")
        box.put(letter("one"))
        await until(lambda: bool(heard), "the crash")
        box.put(letter("two"))
        await until(lambda: len(desk.raws()) == 2, "the second")
    assert desk.subjects() == ["one", "two"]


async def test_f11_the_journal_is_away(desk: Desk) -> None:
    """While the journal refuses, nothing is lost: the letters wait in the box and come afterwards."""
    box = ScriptedBox()
    away = [False]

    class Away:
        async def accept(self, delivery: Delivery) -> list[Receipt]:
            if away[0]:
                raise JournalUnavailable
            return await desk.door.accept(delivery)

        def refuse(self, account: str) -> None: ...

    async with scripted_imap(box), desk.kept(account_of(box.port), house=replace(desk.house, door=Away())):
        await until(desk.listening, "listening")
        away[0] = True
        box.put(letter("one"))
        await until(lambda: desk.told("JournalUnavailable"), "the alarm")
        away[0] = False
        await until(lambda: desk.subjects() == ["one"], "the letter")


async def test_a_letter_over_the_limit_keeps_its_headers(desk: Desk) -> None:
    """A letter that is too large is journalled by its headers, with a note, and is not lost."""
    box = ScriptedBox()
    small = replace(desk.house, most_bytes=10_000)
    async with scripted_imap(box), desk.kept(account_of(box.port), house=small):
        await until(desk.listening, "listening")
        box.put(letter("huge", "x" * 20_000))
        box.put(letter("small"))
        await until(lambda: len(desk.raws()) == 2, "both letters")
    huge = desk.raws()[0]
    assert huge.head["headers_only"] is True
    assert huge.head["size"] > 20_000
    assert len(huge.body) < 500
    assert not any("BODY.PEEK[] " in one for one in box.heard)


async def test_a_letter_of_25_megabytes_takes_at_most_four_times_its_size(tmp_path: Path) -> None:
    """From the wire to the journal's commit; it is fetched in pieces."""
    box = ScriptedBox()
    large = letter("large", "x" * 25 * MEGABYTE)
    with desk_in(tmp_path) as desk:
        async with scripted_imap(box), desk.kept(account_of(box.port), replace(QUICK, poll_s=60)):
            await until(desk.listening, "listening")
            tracemalloc.start()
            try:
                box.put(large)
                await until(
                    lambda: desk.told("listening") and desk.report().last_item is not None, "the letter"
                )  # type: ignore[union-attr]  # told() has seen it
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
        assert desk.raws()[0].body == large
    assert peak < 4 * len(large)
    assert sum("BODY.PEEK[]<" in one for one in box.heard) > 20


async def test_a_server_that_says_bye_or_refuses_is_told(desk: Desk) -> None:
    """BYE instead of a greeting is an alarm with the server's words."""
    box = ScriptedBox(greeting="* BYE too many connections")
    async with scripted_imap(box), desk.kept(account_of(box.port)):
        await until(lambda: desk.told("ConnectionGone"), "the alarm")
    report = desk.report()
    assert report
    assert "too many connections" in report.message


async def test_a_server_that_never_speaks_is_noticed(desk: Desk) -> None:
    """An accepted connection without a greeting ends at its deadline."""
    box = ScriptedBox()
    pace = Pace(patience=Patience(connect=0.3, answer=0.3, noop=0.3))
    async with scripted_imap(box), proxy_to(box.port) as proxy:
        proxy.swallow = True
        async with desk.kept(account_of(proxy.port), pace):
            await until(lambda: desk.told("Silent"), "the alarm")


async def test_without_idle_the_box_is_polled(desk: Desk) -> None:
    """A server without IDLE is looked at again and again."""
    box = ScriptedBox(capabilities="IMAP4rev1")
    async with scripted_imap(box), desk.kept(account_of(box.port), replace(QUICK, poll_s=0.2)):
        await until(desk.listening, "listening")
        box.put(letter("one"))
        await until(lambda: len(desk.raws()) == 1, "the letter")
    assert not any(one.startswith("IDLE") for one in box.heard)


async def test_thousands_of_lines_at_once_do_not_break_the_wire(desk: Desk) -> None:
    """Ten thousand pushes in one piece are taken, though the library works by recursion."""
    box = ScriptedBox()
    flood = [f"* {number} EXPUNGE" for number in range(10_000, 0, -1)]
    box.override = lambda name, args: (flood, "OK done") if name == "NOOP" else None
    async with scripted_imap(box), desk.kept(account_of(box.port), replace(QUICK, poll_s=0.3)):
        await until(lambda: sum(one.startswith("NOOP") for one in box.heard) >= 3, "three rounds")
    assert sum(one.startswith("LOGIN") for one in box.heard) == 1


async def test_a_refresh_token_gets_new_access_tokens(desk: Desk) -> None:
    """XOAUTH2 with a token of the token service; one that the mail server refuses is renewed once."""
    asked: list[str] = []

    async def give(request: web.Request) -> web.Response:
        form = await request.post()
        asked.append(str(form["refresh_token"]))
        return web.json_response({"access_token": f"token-{len(asked)}", "expires_in": 3600})

    app = web.Application()
    app.router.add_post("/token", give)
    box = ScriptedBox()

    def override(name: str, args: str) -> tuple[list[str], str] | None:
        if name != "AUTHENTICATE":
            return None
        import base64

        shown = base64.b64decode(args.split()[1])
        return ([], "OK in") if b"token-2" in shown else ([], "NO [AUTHENTICATIONFAILED] expired")

    box.override = override
    async with TestServer(app) as tokens, scripted_imap(box):
        oauth = {
            "token_url": str(tokens.make_url("/token")),
            "client_id": "demo",
            "client_secret": "demo-secret",
            "refresh_token": "demo-refresh",
        }
        async with desk.kept(account_of(box.port, {"password": "", "oauth": oauth})):
            await until(desk.listening, "listening")
    assert asked == ["demo-refresh", "demo-refresh"]


@pytest.mark.parametrize("capabilities", ["IMAP4rev1 MOVE", "IMAP4rev1 UIDPLUS", "IMAP4rev1"])
async def test_a_letter_is_moved_by_what_happened(capabilities: str) -> None:
    """MOVE, or copy and delete; the folder is made when it is not there; again is no harm."""
    box = ScriptedBox(capabilities=capabilities)
    uid = box.put(letter("one"))
    async with scripted_imap(box):
        account = account_of(box.port, {"move": {"answered": "Обработанные"}})
        raw = raw_of(uid, box.validity)
        assert await LetterMover().move(account, raw, "answered")
        assert not await LetterMover().move(account, raw, "open_task")
        again = "MOVE" in capabilities or "UIDPLUS" in capabilities
        assert not again or not await LetterMover().move(account, raw, "answered")
    target = box.folders["&BB4EMQRABDAEMQQ+BEIEMAQ9BD0ESwQ1-"]
    assert list(target.values()) == [letter("one")]
    assert uid not in box.folders["INBOX"] or "\\Deleted" in box.flags[uid]


async def test_nothing_is_moved_unless_the_account_says_so() -> None:
    """Without `move` the mail server is not even called."""
    assert not await LetterMover().move(account_of(1), raw_of(1, 7), "answered")


async def test_f42_a_full_target_folder_is_told() -> None:
    """A quota that is full: the letter stays where it is, and the relay hears why."""
    box = ScriptedBox(override=lambda name, args: ([], "NO [OVERQUOTA] full") if name == "UID MOVE" else None)
    uid = box.put(letter("one"))
    async with scripted_imap(box):
        account = account_of(box.port, {"move": {"answered": "Done"}})
        with pytest.raises(Exception, match="OVERQUOTA"):
            await LetterMover().move(account, raw_of(uid, box.validity), "answered")
    assert uid in box.folders["INBOX"]


def raw_of(uid: int, validity: int) -> Raw:
    head = {"folder": "INBOX", "uid": uid, "uidvalidity": validity}
    mark = f"sha256:{sha256(letter('one')).hexdigest()}"
    return Raw("r", 1, "r", "mail", "email", 0, letter("one"), head, external_id=mark)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"imap": "pop3://host"}, "imaps://host"),
        ({"user": ""}, "user and password"),
        ({"user": "sales\r\nA1 DELETE INBOX"}, "line breaks"),
        ({"oauth": {"client_id": "demo"}}, "oauth lacks"),
        ({"folders": "INBOX"}, "list of texts"),
    ],
)
def test_settings_that_cannot_work_are_refused(more: Mapping[str, Any], said: str) -> None:
    """A fault of the settings names the setting and its mend; nothing can be slipped into a command."""
    with pytest.raises(ConfigFault, match=said):
        MailboxListener(account_of(1, more))


async def test_a_password_does_not_travel_in_clear_to_another_machine(desk: Desk) -> None:
    """imap:// without STARTTLS is for this machine alone."""
    box = ScriptedBox()
    async with scripted_imap(box):
        settings = {"imap": f"imap://127.0.0.1:{box.port}"}
        assert MailboxListener(account_of(box.port, settings))
        from channels.email.box_settings import read_settings

        assert read_settings(account_of(box.port)).on_this_machine
        assert not read_settings(account_of(1, {"imap": "imap://192.0.2.1"})).on_this_machine


def test_the_portion_bounds_letters_and_bytes() -> None:
    """What is held at once is bounded in both."""
    assert Portion().letters <= 100
    assert Portion().group_bytes <= 8 * MEGABYTE
