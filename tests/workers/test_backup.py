"""Backup and restore, on both databases: consistent while it runs, nothing sent twice, the erased stay erased."""

from __future__ import annotations

import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import orjson
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from intake.clock import ManualClock
from intake.errors import Conflict, LeadIntakeError
from intake.inquiry import NewRaw
from intake.ports import Delivery
from intake.store.outbox import SqlOutbox
from intake.store.parked import SqlParked
from intake.store.schema import inquiry, raw
from tests.workers.office import CONFIG, Office, opened
from workers.backup.masking import without_secrets
from workers.backup.restoring import Restored
from workers.backup.restoring import restore as put_back
from workers.backup.saving import save, verified
from workers.bootstrap import Silence, open_instance, processor_of
from workers.cli import group
from workers.clients.forgetting import RECORD, forgetting_of
from workers.place import Place

CANARY = "Аристарх Канарейкин"


def quiet(what: str, done: int) -> None:
    """Nobody listens how far it is."""


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> str:
    """The table that names the database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    return f'[store]\nurl = "{url}"\n' if url else ""


@contextmanager
def again(folder: Path, ahead_s: float = 3600) -> Iterator[Office]:
    """The office as it is after a restore, later."""
    clock = ManualClock()
    clock.advance(ahead_s)
    office = Office(open_instance(Place(None, folder), clock), clock)
    office._sent = 1000
    yield office
    assert office.closes(), "the balance must close after a restore"
    office.instance.close()


def restored(folder: Path, file: Path) -> Restored:
    return put_back(Place(None, folder), file, quiet)


def due(office: Office) -> list[str]:
    """The keys of the effects that a relay is given now."""
    return [one.effect.key for one in SqlOutbox(office.instance.store).claim("test", office.clock.now())]


def finish(office: Office) -> None:
    """Carry out all effects that are due."""
    outbox = SqlOutbox(office.instance.store)
    outbox.done([one.id for one in outbox.claim("test", office.clock.now())], office.clock.now())


def restored_without(folder: Path, file: Path) -> Restored:
    return put_back(Place(None, folder), file, quiet, rescued=False)


def accept(office: Office, number: int) -> None:
    """A form is accepted and left waiting."""
    body = urlencode({"phone": f"+7916207{number:04}", "name": "Иван Петров"}).encode()
    headers = [["content-type", "application/x-www-form-urlencoded"]]
    head = {"method": "POST", "path": "", "query": "", "headers": headers, "remote": ""}
    new = NewRaw("site", "form", body, head, external_id=f"n{number}")
    office.instance.journal.append([Delivery([new])], {}, office.clock.now())


def test_f15_what_was_not_sent_is_held(tmp_path: Path, store: str) -> None:
    """Restored from an hour ago: what was sent stays sent, what was not is held until a person releases it, what
    waited is worked on and its card held too - it may have been shown since."""
    with opened(tmp_path, store) as office:
        sent = office.comes()
        finish(office)
        office.comes(phone="+7 916 111-22-33", name="Мария Орлова")
        accept(office, 1)
        save(office.instance, tmp_path / "house.backup", quiet)
        office.comes(phone="+7 916 444-55-66", name="Пётр Кузнецов")
    done = restored_without(tmp_path, tmp_path / "house.backup")
    assert (done.revived.held, done.revived.waiting, done.revived.put_back) == (1, 1, 0)
    with again(tmp_path) as office:
        assert office.inquiry(sent)["state"] == "created"
        assert due(office) == []
        assert office.processor.process() == 1
        assert due(office) == []
        parked = SqlParked(office.instance.store)
        assert {one.reason for one in parked.listed()} == {"held: it may have been sent before the restore"}
        assert parked.release([], office.clock.now(), held=True) == 2
        assert len(due(office)) == 2
        office.comes(phone="+7 916 777-88-99", name="Анна Новая")
        assert len(due(office)) == 1, "what comes after the restore goes out at once"


def test_a_letter_of_the_gap_is_read_again_and_rings_nobody_twice(tmp_path: Path, store: str) -> None:
    """A letter that arrived between the copy and the restore comes in again; its card is held, for the manager may
    have it. One that arrives after the restore rings."""
    with opened(tmp_path, store) as office:
        office.comes()
        finish(office)
        save(office.instance, tmp_path / "house.backup", quiet)
    done = restored(tmp_path, tmp_path / "house.backup")
    with again(tmp_path) as office:
        office.clock.advance((done.gap.until - office.clock.now()) / 1000 - 1)
        in_the_gap = office.letter("Нужно 40 штук")
        assert office.inquiry(in_the_gap)["state"] == "created"
        assert due(office) == []
        office.clock.advance(60)
        office.letter("Нужно ещё 10 штук", From="Мария <maria@example.org>")
        assert len(due(office)) == 1
        office.do("take", in_the_gap)
        assert len(due(office)) >= 1, "what a person does with a held one is shown"


def test_f68_the_erased_stay_erased(tmp_path: Path, store: str) -> None:
    """A backup from before an erasure, restored after it: the person is erased again, and does not come back."""
    with opened(tmp_path, store) as office:
        first = office.comes(phone="+7 916 733-40-19", name=CANARY)
        client_id = office.inquiry(first)["decision"]["client_id"]
        save(office.instance, tmp_path / "house.backup", quiet)
        forgetting_of(office.instance).forget(client_id, "test")
    done = restored(tmp_path, tmp_path / "house.backup")
    assert done.erased == 1
    with again(tmp_path) as office:
        assert office.inquiry(first)["sender"]["name"] == ""
        with office.instance.store.ledger.connect() as connection:
            bodies = "".join(connection.scalars(select(inquiry.c.body)))
        assert "Канарейкин" not in bodies
        with office.instance.store.journal.connect() as connection:
            assert connection.execute(select(raw.c.id).where(raw.c.id == first)).first() is None


def test_the_record_of_the_erased_goes_along(tmp_path: Path) -> None:
    """In a new data directory the backup's own record is what is known; both records hold where both are."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    with opened(old) as office:
        first = office.comes(phone="+7 916 733-40-19", name=CANARY)
        client_id = office.inquiry(first)["decision"]["client_id"]
        forgetting_of(office.instance).forget(client_id, "test")
        save(office.instance, tmp_path / "house.backup", quiet)
    (new / "lead-intake.toml").write_text(CONFIG, encoding="utf-8")
    restored(new, tmp_path / "house.backup")
    assert (new / RECORD).read_bytes() == (old / RECORD).read_bytes()


def test_a_copy_made_while_everybody_writes_is_consistent(tmp_path: Path, store: str) -> None:
    """Forms come and are worked on while the copy is made: in the restored one every inquiry has its event, every
    event is an inquiry or waits, and the balance closes."""
    with opened(tmp_path, store) as office:
        for number in range(50):
            accept(office, number)
        stop, faults = threading.Event(), list[Exception]()

        def repeated(act: Callable[[], object]) -> threading.Thread:
            def run() -> None:
                try:
                    while not stop.is_set():
                        act()
                        time.sleep(0.002)
                except Exception as error:  # noqa: BLE001 - told to the test
                    faults.append(error)

            thread = threading.Thread(target=run)
            thread.start()
            return thread

        numbers = iter(range(100, 100_000))
        worker = processor_of(office.instance, "beside", Silence())
        threads = [repeated(lambda: accept(office, next(numbers))), repeated(worker.process)]
        for turn in range(3):
            save(office.instance, tmp_path / f"{turn}.backup", quiet)
        stop.set()
        for thread in threads:
            thread.join()
        assert not faults
        office.processor.process()
    restored(tmp_path, tmp_path / "2.backup")
    with again(tmp_path) as office:
        office.processor.process()
        with office.instance.store.journal.connect() as connection:
            events = set(connection.scalars(select(raw.c.id)))
        with office.instance.store.ledger.connect() as connection:
            inquiries = set(connection.scalars(select(inquiry.c.id)))
        assert len(events) >= 50
        assert events == inquiries


def test_events_dealt_with_between_the_two_copies_are_put_back(tmp_path: Path) -> None:
    """The ledger's copy is the older one: what it does not know and the journal no longer waits for waits again."""
    with opened(tmp_path) as office:
        office.comes()
        ident = office.comes(phone="+7 916 111-22-33", name="Мария Орлова")
        save(office.instance, tmp_path / "house.backup", quiet)
    older = tmp_path / "older.backup"
    with zipfile.ZipFile(tmp_path / "house.backup") as whole:
        (tmp_path / "x").mkdir()
        whole.extractall(tmp_path / "x")
    _without_inquiry(tmp_path / "x" / "ledger.db", ident)
    _packed(tmp_path / "x", older)
    done = restored(tmp_path, older)
    assert (done.revived.put_back, done.revived.waiting) == (1, 1)
    with again(tmp_path) as office:
        assert office.processor.process() == 1
        assert office.inquiry(ident)["state"] == "attached", "the doctored ledger still has its deal"


def _without_inquiry(ledger: Path, ident: str) -> None:
    """The ledger as it was before it knew this inquiry."""
    import sqlite3

    with sqlite3.connect(ledger) as connection:
        connection.execute("DELETE FROM inquiry WHERE id = ?", (ident,))
        connection.execute("DELETE FROM settled WHERE inquiry_id = ?", (ident,))
        connection.execute("UPDATE tally SET n = n - 1 WHERE state = 'created'")
    connection.close()


def _packed(folder: Path, file: Path) -> None:
    """An archive of the files of a folder, with fresh digests."""
    from hashlib import sha256

    manifest = orjson.loads((folder / "manifest.json").read_bytes())
    with zipfile.ZipFile(file, "w") as packed:
        for name in manifest["members"]:
            content = (folder / name).read_bytes()
            manifest["members"][name] = {"size": len(content), "sha256": sha256(content).hexdigest()}
            packed.writestr(name, content)
        packed.writestr("manifest.json", orjson.dumps(manifest))


def test_a_restore_refuses_what_it_cannot_do(tmp_path: Path, store: str) -> None:
    """A running instance, a newer schema, a damaged file, a file that is none; nothing is touched."""
    file = tmp_path / "house.backup"
    with opened(tmp_path, store) as office:
        ident = office.comes()
        save(office.instance, file, quiet)
        with office.instance.store.ledger.connect() as held:
            held.execute(select(inquiry.c.id))
            with pytest.raises(Conflict, match="stop"):
                restored(tmp_path, file)
        with zipfile.ZipFile(file) as whole:
            whole.extractall(tmp_path / "x")
        manifest = orjson.loads((tmp_path / "x" / "manifest.json").read_bytes())
        manifest["revisions"]["ledger"] = "9999"
        (tmp_path / "x" / "manifest.json").write_bytes(orjson.dumps(manifest))
        _packed(tmp_path / "x", tmp_path / "newer.backup")
        with pytest.raises(Conflict, match="newer than this program knows"):
            restored(tmp_path, tmp_path / "newer.backup")
        with pytest.raises(LeadIntakeError, match="no whole backup"):
            restored(tmp_path, tmp_path / "lead-intake.toml")
        damaged = bytearray(file.read_bytes())
        middle = len(damaged) // 3
        damaged[middle : middle + 200] = bytes(200)
        (tmp_path / "damaged.backup").write_bytes(damaged)
        with pytest.raises(LeadIntakeError, match="damaged"):
            verified(tmp_path / "damaged.backup")
        assert office.inquiry(ident)["state"] == "created"


def test_a_database_of_another_kind_is_refused(tmp_path: Path, postgres_url: str) -> None:
    """The backup of a SQLite instance does not go into PostgreSQL."""
    with opened(tmp_path) as office:
        save(office.instance, tmp_path / "house.backup", quiet)
    config = tmp_path / "lead-intake.toml"
    config.write_text(CONFIG + f'[store]\nurl = "{postgres_url}"\n', encoding="utf-8")
    with pytest.raises(Conflict, match=r"store\.url names postgresql"):
        restored(tmp_path, tmp_path / "house.backup")


def test_files_and_what_is_spooled_go_along(tmp_path: Path) -> None:
    """Attachments come back; a spooled request comes back unless the journal has it already."""
    from intake.spool import Spool
    from intake.store.attachments import LocalAttachments

    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    with opened(old) as office:
        key = LocalAttachments(old / "attachments").put(b"a plan")
        office.comes()
        waiting = NewRaw("site", "form", b"name=x", {}, external_id="spooled")
        (receipt,) = Spool(old / "spool").put(Delivery([waiting]), office.clock.now())
        known = NewRaw("site", "form", b"name=y", {}, external_id="known")
        (there,) = Spool(old / "spool").put(Delivery([known]), office.clock.now())
        office.instance.journal.append([Delivery([known], ids=[there.raw_id])], {}, office.clock.now())
        save(office.instance, tmp_path / "house.backup", quiet)
        office.processor.process()
    (new / "lead-intake.toml").write_text(CONFIG, encoding="utf-8")
    restored(new, tmp_path / "house.backup")
    assert LocalAttachments(new / "attachments").open(key)
    assert [delivery.ids for _, delivery, _ in Spool(new / "spool").waiting()] == [[receipt.raw_id]]


def test_a_configuration_goes_along_without_its_secrets() -> None:
    """Secrets written in the file become names of the environment; those that live elsewhere stay as they are."""
    text = """
secret = "demo-word"  # a note
token = 'demo-token'
password = "env:MAIL"
oauth = {client_id = "me", client_secret = "demo-client"}
url = "postgresql+psycopg://house:demo-pass@db/house"
confirmation = "demo-confirm"
"""
    masked, count = without_secrets(text, {"demo-word", "demo-confirm"})
    assert count == 5
    assert "demo-" not in masked
    assert 'password = "env:MAIL"' in masked
    assert 'secret = "env:RESTORED_1"  # a note' in masked
    assert 'client_id = "me"' in masked


def called(*args: str) -> tuple[int, str]:
    done = CliRunner().invoke(group, list(args))
    return done.exit_code, done.output + str(done.exception or "")


def test_the_commands_say_what_they_did(tmp_path: Path) -> None:
    """`backup` says what is in the file, `restore` lists the gap by account and what to do next."""
    file, data = str(tmp_path / "house.backup"), str(tmp_path)
    with opened(tmp_path) as office:
        office.comes()
    code, said = called("backup", "--data", data, file)
    assert code == 0
    assert "written and read through" in said
    assert "is whole" in called("backup", "--data", data, "--verify", file)[1]
    code, said = called("restore", "--data", data, file)
    assert code == 0, said
    assert "gap: site " in said
    assert "cannot be sent again by the source" in said
    assert "read on by itself: mail" in said
    assert "parked release --held" in said
    held = called("parked", "list", "--data", data)[1]
    assert "held: it may have been sent before the restore" in held
    assert "1 released" in called("parked", "release", "--held", "--data", data)[1]
    assert "name ids, or --held" in called("parked", "drop", "--data", data)[1]


def test_an_empty_directory_gets_the_configuration_first(tmp_path: Path) -> None:
    """Without a configuration the backup's own is written, without its secrets, and that is said."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    with opened(old) as office:
        ident = office.comes()
        save(office.instance, tmp_path / "house.backup", quiet)
    code, said = called("restore", "--data", str(new), str(tmp_path / "house.backup"))
    assert code == 1
    assert "without its 1 secrets" in said
    written = (new / "lead-intake.toml").read_text(encoding="utf-8")
    assert 'password = "env:RESTORED_1"' in written
    (new / "lead-intake.toml").write_text(CONFIG, encoding="utf-8")
    assert called("restore", "--data", str(new), str(tmp_path / "house.backup"))[0] == 0
    with again(new) as office:
        assert office.inquiry(ident)["state"] == "created"


def test_a_backup_replaces_an_older_one_and_nothing_else(tmp_path: Path) -> None:
    """A file that is no backup is left alone; a failed one leaves nothing behind."""
    with opened(tmp_path) as office:
        file = tmp_path / "house.backup"
        save(office.instance, file, quiet)
        first = file.read_bytes()
        office.comes()
        save(office.instance, file, quiet)
        assert file.read_bytes() != first
        assert file.stat().st_mode & 0o077 == 0
        with pytest.raises(LeadIntakeError, match="no whole backup"):
            save(office.instance, tmp_path / "lead-intake.toml", quiet)
        left = [
            path.name for path in tmp_path.iterdir() if "part" in path.name or ".lead-intake-" in path.name
        ]
        assert left == []


def test_what_came_after_the_copy_is_found_in_the_former_journal(tmp_path: Path) -> None:
    """Requests that no source sends again: taken from the journal that was there, once, recognised when they come
    again, their cards held; unless that is not wanted, or the file is not to be read."""
    with opened(tmp_path) as office:
        office.comes()
        finish(office)
        save(office.instance, tmp_path / "house.backup", quiet)
        office.clock.advance(600)
        later = office.comes(phone="+7 916 444-55-66", name="Пётр Кузнецов")
        accept(office, 7)
    done = restored(tmp_path, tmp_path / "house.backup")
    assert (dict(done.rescued), done.revived.waiting) == ({"site": 2}, 2)
    with again(tmp_path) as office:
        assert office.processor.process() == 2
        assert office.inquiry(later)["state"] == "created"
        assert due(office) == []
        accept(office, 7)
        assert office.processor.process() == 0
    done = restored(tmp_path, tmp_path / "house.backup")
    assert dict(done.rescued) == {"site": 2}
    assert dict(restored_without(tmp_path, tmp_path / "house.backup").rescued) == {}
    (tmp_path / "lead-intake.journal.db").write_bytes(b"no database at all" * 1000)
    assert dict(restored(tmp_path, tmp_path / "house.backup").rescued) == {}
    with again(tmp_path) as office:
        assert office.processor.process() == 0
