"""A batch is a fold: twenty together end as twenty alone, whoever does them, however they come."""

import json
import shutil
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select

from channels.catalogue import channels_by_kind
from intake.account import Accept, Account, Company
from intake.clock import ManualClock
from intake.deal import Manager
from intake.decision import Snapshot
from intake.errors import Unavailable
from intake.inquiry import Inquiry, Kind, NewRaw, Outcome, Parsed, Raw, Sender
from intake.ports import Delivery
from intake.store.attachments import LocalAttachments
from intake.store.engine import Store, open_store, reading
from intake.store.journal import SqlJournal
from intake.store.ledger import SqlLedger
from intake.store.migrate import migrate
from intake.store.schema import client, deal, inquiry, interaction, ledger_metadata, pending, tally
from workers.pipeline import Item, Pipeline
from workers.processor import Processor
from workers.rules import Rules

NOW = 1_790_000_000_000
CLOCK = ManualClock(NOW)
COMPANY = Company("ООО «Ромашка»")
ACCOUNTS = (
    Account("site", "form"),
    Account("chat", "form", accept=Accept.ON_TAKE, department="retail"),
    Account("other", "form", accept=Accept.ASK, pipeline="second"),
)
RULES = Rules(COMPANY, {one.id: one for one in ACCOUNTS})
MANAGERS = [Manager("anna", "Анна"), Manager("ivan", "Иван", department="retail"), Manager("olga", "Ольга")]
NAMES = ("", "Иван Петров", "Петров Иван Сергеевич", "Мария Сидорова", "ООО Маяк")
PHONES = tuple(f"+7916123450{n}" for n in range(4))
MAILS = ("ivan@mail.ru", "info@mayak.ru", "m.sid@ya.ru")


class Deaf:
    """A bell nobody hears."""

    def ring(self, raw_ids: Sequence[str]) -> None:
        """Nothing."""

    def ring_relay(self) -> None:
        """Nothing."""


def senders() -> st.SearchStrategy[Sender]:
    some_phones = st.lists(st.sampled_from(PHONES), max_size=2, unique=True).map(tuple)
    some_mails = st.lists(st.sampled_from(MAILS), max_size=1).map(tuple)
    return st.builds(Sender, name=st.sampled_from(NAMES), phones=some_phones, emails=some_mails)


@st.composite
def batches(draw: st.DrawFn) -> list[Item]:
    """Up to twenty events, some of them later events of an inquiry, ignored, buried or our own answers."""
    items: list[Item] = []
    accounts: list[str] = []
    for number in range(draw(st.integers(2, 20))):
        of = draw(st.integers(0, number)) if draw(st.integers(0, 5)) == 0 else number
        accounts.append(draw(st.sampled_from(ACCOUNTS)).id)
        one = Inquiry(
            id=f"q{of:03}",
            account=accounts[of],
            channel="form",
            kind=draw(st.sampled_from((Kind.FORM, Kind.EMAIL))),
            received_at=NOW + number,
            external_id=f"x{of}",
            thread=draw(st.sampled_from(("", "", "t1", "t2"))),
            sender=draw(senders()),
            text=f"text {number}",
            history=draw(st.integers(0, 9)) == 0,
            authenticated=draw(st.sampled_from((None, None, True, False))),
        )
        outcomes = (*[Outcome.ACCEPTED] * 6, Outcome.IGNORED, Outcome.ANSWER)
        buried = "unreadable" if draw(st.integers(0, 9)) == 0 else ""
        items.append(Item(f"r{number:03}", Parsed(draw(st.sampled_from(outcomes)), one), buried))
    return items


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an empty SQLite store of the newest schema and its managers, to be copied."""
    place = tmp_path_factory.mktemp("empty")
    opened = open_store(f"sqlite:///{place}/ledger.db")
    migrate(opened)
    SqlLedger(opened, CLOCK).seed_managers(MANAGERS)
    opened.close()
    return place


@contextmanager
def quick_store(empty: Path) -> Iterator[Store]:
    """A SQLite store that does not wait for the disk: nobody pulls the plug here."""
    with TemporaryDirectory() as place:
        for file in empty.glob("*.db"):
            shutil.copy(file, place)
        opened = open_store(f"sqlite:///{place}/ledger.db")
        event.listen(opened.ledger, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
        yield opened
        opened.close()


def fold(store: Store, items: Sequence[Item]) -> None:
    pipeline = Pipeline(items, RULES, NOW)
    SqlLedger(store, CLOCK).fold(pipeline.wanted(), pipeline.step)


def content(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the ledger; a counter of nothing is as good as none."""
    with reading(store.ledger) as connection:
        return {
            table.name: sorted(
                tuple(row) for row in connection.execute(select(table)) if table is not tally or row.n
            )
            for table in ledger_metadata.tables.values()
        }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(items=batches())
def test_a_batch_ends_as_batches_of_one(empty: Path, items: list[Item]) -> None:
    """Every row of every table is the same: clients, owners' turns, numbers, cards, effects, reasons."""
    with quick_store(empty) as together, quick_store(empty) as alone:
        fold(together, items)
        for one in items:
            fold(alone, [one])
        assert content(together) == content(alone)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(items=batches())
def test_a_batch_done_again_changes_nothing(empty: Path, items: list[Item]) -> None:
    """The fence holds: what was settled is passed over."""
    with quick_store(empty) as store:
        fold(store, items)
        before = content(store)
        fold(store, items)
        assert content(store) == before


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of the newest schema."""
    url = (
        f"sqlite:///{tmp_path / 'ledger.db'}"
        if request.param == "sqlite"
        else str(request.getfixturevalue("postgres_url"))
    )
    opened = open_store(url)
    migrate(opened)
    SqlLedger(opened, CLOCK).seed_managers(MANAGERS)
    opened.close()
    return url


@contextmanager
def a_worker(url: str, name: str, place: Path) -> Iterator[tuple[Processor, Store]]:
    own = open_store(url)
    processor = Processor(
        name=name,
        journal=SqlJournal(own),
        ledger=SqlLedger(own, CLOCK),
        bell=Deaf(),
        clock=CLOCK,
        channels=dict(channels_by_kind()),
        attachments=LocalAttachments(place / "attachments"),
        rules=lambda: RULES,
    )
    yield processor, own
    own.close()


def form(number: int, phone: str = "8 916 123-45-67") -> NewRaw:
    body = json.dumps({"name": "Иван Петров", "phone": phone, "message": f"вопрос {number}"}).encode()
    head = {"method": "POST", "headers": [["content-type", "application/json"]]}
    return NewRaw("site", "form", body, head)


def count(store: Store, table: Any) -> int:
    with reading(store.ledger) as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def waiting(store: Store) -> int:
    with reading(store.journal) as connection:
        return int(connection.execute(select(func.count()).select_from(pending)).scalar_one())


def test_f03_twenty_at_once_of_one_new_phone_are_one_client(store_url: str, tmp_path: Path) -> None:
    """Twenty web threads, four workers: one client, one deal, twenty interactions, nothing left to do."""
    gate = threading.Barrier(24, timeout=60)

    def send(number: int) -> None:
        own = open_store(store_url)
        gate.wait()
        SqlJournal(own).append([Delivery([form(number)])], {}, NOW)
        own.close()

    def work(number: int) -> None:
        with a_worker(store_url, f"w{number}", tmp_path) as (processor, _):
            gate.wait()
            processor.process()

    with ThreadPoolExecutor(24) as pool:
        doing = [pool.submit(send, number) for number in range(20)]
        doing += [pool.submit(work, number) for number in range(4)]
        for one in doing:
            one.result()
    with a_worker(store_url, "last", tmp_path) as (processor, store):
        processor.process()
        assert waiting(store) == 0
        assert (count(store, client), count(store, deal), count(store, interaction)) == (1, 1, 20)


def test_many_phones_in_many_workers_are_as_many_clients(store_url: str, tmp_path: Path) -> None:
    """Forty phones, five inquiries each, four workers with batches as they come: forty clients, forty deals."""
    posts = [form(10 * n + again, f"+79161{n:06}") for again in range(5) for n in range(101, 141)]
    gate = threading.Barrier(4, timeout=60)
    with a_worker(store_url, "first", tmp_path) as (_, store):
        SqlJournal(store).append([Delivery([one]) for one in posts], {}, NOW)

    def work(number: int) -> None:
        with a_worker(store_url, f"w{number}", tmp_path) as (processor, own):
            ids = [one.id for one in SqlJournal(own).claim(f"w{number}", NOW, limit=50)]
            SqlJournal(own).release(ids, NOW)
            gate.wait()
            processor.process(ids)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    with a_worker(store_url, "last", tmp_path) as (processor, store):
        processor.process()
        assert waiting(store) == 0
        assert (count(store, client), count(store, deal), count(store, interaction)) == (40, 40, 200)


class Poisoned(SqlLedger):
    """A ledger that fails on batches with a certain event - or does not answer at all."""

    away = False

    def fold(self, wanted: Any, step: Any) -> Any:
        if self.away:
            raise Unavailable

        def bad(snapshot: Snapshot) -> Any:
            changes = step(snapshot)
            if any(
                one.text == "poison" and not said.state_reason for one, said in changes.inquiries.values()
            ):
                raise ValueError("poison")
            return changes

        return super().fold(wanted, bad)


class Plain:
    """A parser that takes the body for the text."""

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        text = raw.body.decode()
        sender = Sender(phones=(f"+7916123{raw.seq % 9999:04}",))
        return Parsed(
            Outcome.ACCEPTED,
            Inquiry(raw.inquiry_id, "site", "form", Kind.FORM, NOW, sender=sender, text=text),
        )


@pytest.fixture
def poisoned(empty: Path, tmp_path: Path) -> Iterator[tuple[Processor, Poisoned, Store]]:
    with quick_store(empty) as store:
        ledger = Poisoned(store, CLOCK)
        form_channel = channels_by_kind()["form"]
        channels = {"form": type(form_channel)("form", "", (), Plain())}
        files = LocalAttachments(tmp_path)
        processor = Processor("w", SqlJournal(store), ledger, Deaf(), CLOCK, channels, files, lambda: RULES)
        texts = [f"fine {n}" for n in range(9)]
        raws = [NewRaw("site", "form", text.encode(), {}) for text in (*texts[:4], "poison", *texts[4:])]
        SqlJournal(store).append([Delivery([one]) for one in raws], {}, NOW)
        yield processor, ledger, store


def states(store: Store) -> list[str]:
    with reading(store.ledger) as connection:
        return sorted(row.state for row in connection.execute(select(inquiry.c.state)))


def test_the_poisonous_one_is_buried_alone(poisoned: tuple[Processor, Poisoned, Store]) -> None:
    """One event at which the fold fails: it is buried with the reason, nine others become deals."""
    processor, _, store = poisoned
    assert processor.process() == 10
    assert states(store) == ["buried", *["created"] * 9]
    assert waiting(store) == 0


def test_a_ledger_that_is_away_costs_nothing(poisoned: tuple[Processor, Poisoned, Store]) -> None:
    """The claimed events are given back, their attempts uncounted, nothing is buried for it."""
    processor, ledger, store = poisoned
    ledger.away = True
    with pytest.raises(Unavailable):
        processor.process()
    assert states(store) == []
    (raw, *_) = SqlJournal(store).claim("other", NOW + 1_000)
    assert raw.attempts == 1
