"""Letters are moved by what happened, only where the account says so, and once - in a real mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from types import MappingProxyType

import pytest

from channels.email.mover import LetterMover
from intake.account import Account
from intake.effect import Effect, EffectKind
from intake.inquiry import Inquiry, Kind
from intake.store.originals import SqlOriginals
from intake.store.outbox import SqlOutbox
from intake.store.schema import effect
from tests.channels.email_listener.desk import Desk, box_of, desk_in, letter, until
from tests.servers.dovecot import PASSWORD, DovecotServer
from tests.system.instance import instance
from tests.system.instance import until as until_so
from workers import letters
from workers.listening.moves import LetterMoves, moves_letters

_MOVE = MappingProxyType({"answered": "Done", "open_task": "Watched"})


def _account(*, move: bool = True) -> Account:
    return Account("mail", "email", options={"move": _MOVE} if move else {})


def _inquiry(channel: str = "email", *, history: bool = False) -> Inquiry:
    return Inquiry("q1", "mail", channel, Kind.EMAIL, 1, history=history)


def test_a_letter_in_a_deal_is_to_be_moved_where_its_account_says() -> None:
    """The key names letter and event: however often it is decided, it is moved once."""
    (one,) = letters.in_a_deal(_inquiry(), lambda *_: _account(), 5)
    assert (one.key, one.kind, one.target) == ("letter:q1:open_task", EffectKind.FLAG_LETTER, "mail")
    assert dict(one.payload) == {"account": "mail", "inquiry_id": "q1", "event": "open_task"}


def test_nothing_is_moved_without_move_nor_history_nor_forms() -> None:
    """By default the mailbox is left as it is."""
    assert letters.in_a_deal(_inquiry(), lambda *_: _account(move=False), 5) == []
    assert letters.in_a_deal(_inquiry(history=True), lambda *_: _account(), 5) == []
    assert letters.in_a_deal(_inquiry("form"), lambda *_: _account(), 5) == []
    assert letters.answered(["q1"], _inquiry(), lambda *_: _account(move=False), 5) == []
    assert moves_letters({"mail": _account()})
    assert not moves_letters({"mail": _account(move=False)})


def test_an_answer_moves_every_letter_of_the_deal() -> None:
    """Each by an effect of its own."""
    told = letters.answered(["q1", "q2"], _inquiry(), lambda *_: _account(), 5)
    assert [one.key for one in told] == ["letter:q1:answered", "letter:q2:answered"]


@dataclass
class Box:
    """A mailbox that is listened to, and who moves its letters."""

    server: DovecotServer
    user: str
    desk: Desk
    account: Account

    def __post_init__(self) -> None:
        self.outbox = SqlOutbox(self.desk.store)
        originals, accounts = SqlOriginals(self.desk.store), {"mail": self.account}
        self.moves = LetterMoves(self.outbox, originals, LetterMover(), accounts, self.desk.clock, "test")

    async def receive(self, subject: str) -> str:
        """A letter comes and is journalled; its inquiry's id."""
        async with self.desk.kept(self.account):
            await until(self.desk.listening, "listening")
            self.server.deliver(self.user, letter(subject))
            await until(lambda: subject in self.desk.subjects(), "the letter")
        return self.desk.raws()[-1].inquiry_id

    async def happened(self, inquiry_id: str, event: str) -> None:
        """It was decided that the letter is to be moved; the mover looks."""
        payload = {"account": "mail", "inquiry_id": inquiry_id, "event": event}
        key = f"letter:{inquiry_id}:{event}"
        self.outbox.add([Effect(key, EffectKind.FLAG_LETTER, "mail", payload, self.desk.clock.now())])
        await self.moves.step()

    def lies(self) -> dict[str, int]:
        """How many letters lie in which folder."""
        return {one: len(self.server.letters(self.user, one)) for one in ("INBOX", "Watched", "Done")}

    def effects(self) -> list[tuple[str, str]]:
        """State and error of each effect."""
        with self.desk.store.ledger.connect() as connection:
            return [(row.state, row.error) for row in connection.execute(effect.select())]


@pytest.fixture
def box(tmp_path: Path, dovecot: DovecotServer) -> Iterator[Box]:
    user = dovecot.user()
    with desk_in(tmp_path) as desk:
        yield Box(dovecot, user, desk, box_of(dovecot, user, {"move": dict(_MOVE)}))


@pytest.mark.servers
async def test_a_letter_goes_from_folder_to_folder_as_things_happen(box: Box) -> None:
    """Watched while a task is open, done when it was answered; the second step finds it where the first put it."""
    ident = await box.receive("one")
    await box.happened(ident, "open_task")
    assert box.lies() == {"INBOX": 0, "Watched": 1, "Done": 0}
    await box.happened(ident, "answered")
    assert box.lies() == {"INBOX": 0, "Watched": 0, "Done": 1}
    assert box.effects() == [("done", ""), ("done", "")]


@pytest.mark.servers
async def test_f03_a_letter_that_was_moved_before_a_crash_is_not_moved_again(box: Box) -> None:
    """We died between the move and our record: the next try finds it where it should be."""
    ident = await box.receive("one")
    (raw,) = box.desk.raws()
    assert await LetterMover().move(box.account, raw, "answered")
    await box.happened(ident, "answered")
    assert (box.lies()["Done"], box.effects()) == (1, [("done", "")])


@pytest.mark.servers
async def test_a_letter_that_is_gone_is_parked_with_its_reason(box: Box) -> None:
    """Somebody deleted it: a human finds out why nothing was moved; other letters are left alone."""
    ident = await box.receive("one")
    box.server.letters(box.user)[0].unlink()
    box.server.deliver(box.user, letter("another"))
    await box.happened(ident, "answered")
    ((state, reason),) = box.effects()
    assert (state, "no longer in the mailbox" in reason) == ("parked", True)
    assert box.lies() == {"INBOX": 1, "Watched": 0, "Done": 0}


@pytest.mark.servers
async def test_f34_numbers_given_out_anew_do_not_move_another_letter(box: Box) -> None:
    """UIDVALIDITY changed: the letter is known by its bytes, whatever its number is now."""
    ident = await box.receive("one")
    box.server.letters(box.user)[0].unlink()
    box.server.deliver(box.user, letter("another"))
    box.server.deliver(box.user, letter("one"))
    box.server.forget_uids(box.user)
    await box.happened(ident, "answered")
    assert box.lies() == {"INBOX": 1, "Watched": 0, "Done": 1}
    (left,) = box.server.letters(box.user)
    assert b"another" in left.read_bytes()


@pytest.mark.servers
async def test_a_server_that_is_away_is_tried_again_later(box: Box) -> None:
    """Nothing is parked for a server's silence."""
    ident = await box.receive("one")
    box.server.stop()
    try:
        await box.happened(ident, "answered")
        ((state, reason),) = box.effects()
        assert (state, reason != "") == ("waiting", True)
    finally:
        box.server.start()


@pytest.mark.servers
@pytest.mark.timeout(120)
async def test_the_whole_way_a_letter_is_moved_when_it_becomes_a_deal_and_when_it_is_answered(
    tmp_path: Path, dovecot: DovecotServer
) -> None:
    """`up` with two mailboxes, one of them with `move`: its letter is moved twice, nothing else is touched."""
    tidy, plain = dovecot.user(), dovecot.user()
    for user in (tidy, plain):
        dovecot.folder(user)
        dovecot.folder(user, "Sent")
    config = "".join(
        _BOX.format(
            id=name, port=dovecot.tls_port, user=user, password=PASSWORD, ca=dovecot.ca_file, more=more
        )
        for name, user, more in (
            ("tidy", tidy, 'move = {answered = "Done", open_task = "Watched"}'),
            ("plain", plain, ""),
        )
    )
    async with instance(tmp_path / "var", config + _ANNA) as house:
        await house.start()

        async def listening() -> bool:
            channels = (await house.api("/channels"))["items"]
            return all(one["message"].startswith("listening") for one in channels)

        await until_so(listening, "both mailboxes are listened to")
        for number, user in enumerate((tidy, plain)):
            one = _message(f"ivan{number}@example.org", "sales@example.ru", f"q{number}@example.org")
            dovecot.deliver(user, one)
        await house.settled(2)
        await until_so(lambda: len(dovecot.letters(tidy, "Watched")) == 1, "the letter is watched")
        for number, user in enumerate((tidy, plain)):
            answer = _message(
                "sales@example.ru",
                f"ivan{number}@example.org",
                f"a{number}@example.ru",
                f"q{number}@example.org",
            )
            dovecot.deliver(user, answer, folder="Sent")
        await house.settled(4)
        await until_so(lambda: len(dovecot.letters(tidy, "Done")) == 1, "the letter is done")
        assert (dovecot.letters(tidy), dovecot.letters(tidy, "Watched")) == ([], [])
        (left,) = dovecot.letters(plain)
        assert "S" not in left.name.partition(":2,")[2]
        assert await house.stop() == 0


_BOX = """
[[account]]
id = "{id}"
kind = "email"
imap = "imaps://localhost:{port}"
user = "{user}"
password = "{password}"
own_addresses = ["sales@example.ru"]
ca_file = "{ca}"
{more}
"""
_ANNA = """
[[manager]]
id = "anna"
name = "Анна"
"""


def _message(sender: str, to: str, ident: str, reply_to: str = "") -> bytes:
    one = EmailMessage()
    one["From"], one["To"], one["Subject"] = sender, to, "Сколько стоит?"
    one["Message-ID"] = f"<{ident}>"
    one["Date"] = "Sun, 22 Nov 2026 10:00:00 +0300"
    if reply_to:
        one["In-Reply-To"] = f"<{reply_to}>"
    one.set_content("Здравствуйте, сколько стоит доставка?")
    return one.as_bytes()
