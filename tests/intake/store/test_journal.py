"""What every journal promises, on both databases."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from intake.inquiry import NewRaw
from intake.ports import Cursor, Delivery, Receipt
from intake.store.arrivals import CONTENT_WINDOW_MS
from intake.store.engine import Store, open_store, reading
from intake.store.journal import BATCH_BYTES, DAY_MS, LEASE_MS, SqlJournal
from intake.store.schema import receipt

NOW = 1_790_000_000_000
HEAD = {"method": "POST", "headers": [["content-type", "text/plain"]]}


@pytest.fixture
def journal(store: Store) -> SqlJournal:
    return SqlJournal(store)


def post(text: str = "hello", *, ident: str = "", group: str = "", account: str = "site") -> NewRaw:
    return NewRaw(account, "form", text.encode(), HEAD, external_id=ident, group=group)


def append(journal: SqlJournal, *raws: NewRaw, now: int = NOW) -> list[Receipt]:
    return [one for some in journal.append([Delivery([raw]) for raw in raws], {}, now) for one in some]


def counters(store: Store, account: str = "site") -> tuple[int, int, int, int]:
    """received, repeated, continued, refused"""
    with reading(store.journal) as connection:
        row = connection.execute(select(receipt).where(receipt.c.account == account)).one()
    return row.received, row.repeated, row.continued, row.refused


def claimed(journal: SqlJournal, now: int = NOW, ids: Sequence[str] = ()) -> list[str]:
    return [one.id for one in journal.claim("worker", now, ids=ids)]


def test_an_event_comes_back_as_it_came(journal: SqlJournal) -> None:
    """What is claimed has every part of what was appended."""
    (kept,) = append(journal, NewRaw("ats", "mango", b"\x00\xff", HEAD, "x1", "call-7", 2, True))
    (raw,) = journal.claim("worker", NOW)
    assert (raw.id, raw.inquiry_id, raw.account, raw.channel) == (
        kept.raw_id,
        kept.inquiry_id,
        "ats",
        "mango",
    )
    assert (raw.body, raw.head, raw.external_id, raw.group, raw.part) == (
        b"\x00\xff",
        HEAD,
        "x1",
        "call-7",
        2,
    )
    assert (raw.history, raw.received_at, raw.attempts) == (True, NOW, 1)


def test_events_are_claimed_in_the_order_they_came(journal: SqlJournal) -> None:
    """`seq` is the order of arrival, within a commit and between commits."""
    ids = [one.raw_id for one in append(journal, *(post(str(n)) for n in range(40)))]
    ids += [one.raw_id for one in append(journal, *(post(str(n)) for n in range(40, 60)))]
    assert claimed(journal) == ids


def test_what_is_claimed_is_nobody_elses_until_the_lease_ends(journal: SqlJournal) -> None:
    """A lease holds; after it another worker gets the event, with the attempt counted."""
    append(journal, post())
    assert len(claimed(journal)) == 1
    assert claimed(journal, NOW + LEASE_MS - 1) == []
    (again,) = journal.claim("other", NOW + LEASE_MS)
    assert again.attempts == 2


def test_only_the_named_events_are_claimed(journal: SqlJournal) -> None:
    """Ids choose; unknown ids are no fault."""
    ids = [one.raw_id for one in append(journal, post("1"), post("2"), post("3"))]
    assert claimed(journal, ids=[ids[1], "unknown"]) == [ids[1]]
    assert claimed(journal) == [ids[0], ids[2]]


def test_what_is_settled_never_comes_again(journal: SqlJournal) -> None:
    """A settled event is not pending any more."""
    ids = [one.raw_id for one in append(journal, post("1"), post("2"))]
    claimed(journal)
    journal.settle(ids[:1])
    assert claimed(journal, NOW + LEASE_MS) == ids[1:]


def test_what_is_given_back_waits_and_costs_no_attempt(journal: SqlJournal) -> None:
    """A release says when; the attempt is uncounted."""
    (kept,) = append(journal, post())
    claimed(journal)
    journal.release([kept.raw_id], NOW + 500)
    assert claimed(journal, NOW + 499) == []
    (raw,) = journal.claim("worker", NOW + 500)
    assert raw.attempts == 1


def test_a_replay_puts_all_events_of_an_inquiry_back_to_work(journal: SqlJournal) -> None:
    """`again` names the raw events; those that wait already are not doubled."""
    first, later, _ = append(journal, post("1", group="g"), post("2", group="g"), post("3"))
    claimed(journal)
    journal.settle([first.raw_id, later.raw_id])
    assert journal.again([first.inquiry_id]) == [first.raw_id, later.raw_id]
    assert journal.again([first.inquiry_id]) == [first.raw_id, later.raw_id]
    assert claimed(journal) == [first.raw_id, later.raw_id]


def test_f01_a_redelivery_gets_the_first_ones_receipt(journal: SqlJournal, store: Store) -> None:
    """Known by its id, however much later, whatever its bytes; it is counted elsewhere and worked on once."""
    (first,) = append(journal, post("1", ident="a"))
    (second,) = append(journal, post("2", ident="a"), now=NOW + CONTENT_WINDOW_MS * 3)
    assert first.first
    assert second == Receipt(first.raw_id, first.inquiry_id, first=False)
    assert counters(store) == (1, 1, 0, 0)
    assert claimed(journal) == [first.raw_id]


def test_a_redelivery_within_one_commit_is_known_too(journal: SqlJournal, store: Store) -> None:
    """Ten of one id in one batch: one is first."""
    kept = append(journal, *(post(ident="a") for _ in range(10)))
    assert [one.first for one in kept] == [True, *[False] * 9]
    assert len({one.raw_id for one in kept}) == 1
    assert counters(store) == (1, 9, 0, 0)


def test_f02_equal_content_is_one_within_two_minutes(journal: SqlJournal) -> None:
    """Without an id equal bytes are one for 120 s, not a millisecond longer."""
    (first,) = append(journal, post())
    (double,) = append(journal, post(), now=NOW + CONTENT_WINDOW_MS - 1)
    (later,) = append(journal, post(), now=NOW + CONTENT_WINDOW_MS)
    assert double.raw_id == first.raw_id
    assert later.first
    assert later.raw_id != first.raw_id


def test_the_window_begins_anew_with_the_one_that_opened_it(journal: SqlJournal) -> None:
    """The second window's repeats get the second one's ids."""
    append(journal, post())
    (later,) = append(journal, post(), now=NOW + CONTENT_WINDOW_MS)
    (double,) = append(journal, post(), now=NOW + CONTENT_WINDOW_MS + 1)
    assert double == Receipt(later.raw_id, later.inquiry_id, first=False)


def test_accounts_do_not_know_each_others_ids(journal: SqlJournal) -> None:
    """The same id at two accounts is two events."""
    kept = append(journal, post(ident="a"), post(ident="a", account="shop"))
    assert [one.first for one in kept] == [True, True]


def test_later_events_of_a_group_join_the_first_ones_inquiry(journal: SqlJournal, store: Store) -> None:
    """In the same commit and in later ones; each is worked on, none counts as a new inquiry."""
    ring, answer = append(
        journal, post("ring", ident="1", group="call"), post("answer", ident="2", group="call")
    )
    (end,) = append(journal, post("end", ident="3", group="call"), now=NOW + 60_000)
    assert ring.inquiry_id == ring.raw_id
    assert {answer.inquiry_id, end.inquiry_id} == {ring.inquiry_id}
    assert all(one.first for one in (ring, answer, end))
    assert counters(store) == (1, 0, 2, 0)
    assert {one.inquiry_id for one in journal.claim("worker", NOW)} == {ring.inquiry_id}


def test_a_cursor_is_kept_with_its_letters(journal: SqlJournal) -> None:
    """What was read and how far it was read stand together, or not at all."""
    good = Delivery([post("letter", ident="7")], cursor=Cursor("box", "INBOX", {"uid": 7}))
    journal.append([good], {}, NOW)
    assert journal.read("box", "INBOX") == {"uid": 7}
    unwritable = NewRaw("site", "form", b"next", {"no": object()}, external_id="8")
    with pytest.raises(TypeError):
        journal.append([Delivery([unwritable], cursor=Cursor("box", "INBOX", {"uid": 8}))], {}, NOW)
    assert journal.read("box", "INBOX") == {"uid": 7}
    assert [one.first for one in append(journal, post("letter", ident="8"))] == [True]


def test_a_cursor_alone_is_kept(journal: SqlJournal) -> None:
    """A source with nothing new may still move on."""
    journal.append([Delivery([], cursor=Cursor("box", "INBOX", {"uid": 9}))], {}, NOW)
    journal.append([Delivery([], cursor=Cursor("box", "INBOX", {"uid": 10}))], {}, NOW)
    assert journal.read("box", "INBOX") == {"uid": 10}
    assert journal.read("box", "Archive") is None


def test_refusals_are_counted_by_account(journal: SqlJournal, store: Store) -> None:
    """They come along with a commit, or alone."""
    journal.append([Delivery([post()])], {"site": 2, "shop": 1}, NOW)
    journal.append([], {"site": 1}, NOW)
    assert counters(store) == (1, 0, 0, 3)
    assert counters(store, "shop") == (0, 0, 0, 1)


def test_receipts_are_counted_by_utc_day(journal: SqlJournal, store: Store) -> None:
    """Midnight begins a new row."""
    append(journal, post("1"))
    append(journal, post("2"), now=NOW + DAY_MS)
    with reading(store.journal) as connection:
        days = connection.execute(select(receipt.c.day, receipt.c.received).order_by(receipt.c.day)).all()
    assert [tuple(row) for row in days] == [(NOW // DAY_MS, 1), (NOW // DAY_MS + 1, 1)]


def test_a_batch_is_bounded_in_bytes(journal: SqlJournal) -> None:
    """Large letters come one by one; one larger than the bound still comes."""
    large = "x" * (BATCH_BYTES // 2 + 1)
    append(journal, post(large), post(f"{large}y"), post("x" * (BATCH_BYTES + 1)))
    assert [len(claimed(journal)) for _ in range(4)] == [1, 1, 1, 0]


def test_a_spooled_delivery_keeps_the_ids_it_was_promised(journal: SqlJournal) -> None:
    """The receipt given with the spool is the journal's; brought in twice it is one."""
    spooled = Delivery([post(ident="a")], ids=["promised"])
    assert journal.append([spooled], {}, NOW) == [[Receipt("promised", "promised", first=True)]]
    ((again,),) = journal.append([spooled], {}, NOW)
    assert again.raw_id == "promised"
    assert claimed(journal) == ["promised"]


def test_text_that_no_database_holds_is_kept_as_far_as_it_goes(journal: SqlJournal) -> None:
    """NUL and lone surrogates in ids and headers do not stop an event."""
    odd = NewRaw("site", "form", b"x", {"headers": [["x", "\udcff"]]}, external_id="a\0\udcff")
    (kept,) = append(journal, odd)
    assert claimed(journal) == [kept.raw_id]


def test_of_many_at_once_one_is_first(store_url: str, store: Store) -> None:
    """Eight web processes append the same forty events at the same moment: each event is first once."""
    gate = threading.Barrier(8, timeout=30)

    def web(_: int) -> list[Receipt]:
        own = open_store(store_url)
        try:
            gate.wait()
            return append(SqlJournal(own), *(post(str(n), ident=str(n)) for n in range(40)))
        finally:
            own.close()

    with ThreadPoolExecutor(8) as pool:
        kept = [one for some in pool.map(web, range(8)) for one in some]
    assert sum(one.first for one in kept) == 40
    assert len({one.raw_id for one in kept}) == 40
    assert counters(store) == (40, 280, 0, 0)


def test_no_event_goes_to_two_workers(store_url: str, journal: SqlJournal) -> None:
    """Four workers claim at once until nothing is left: every event went to one of them."""
    ids = {one.raw_id for one in append(journal, *(post(str(n)) for n in range(200)))}
    gate = threading.Barrier(4, timeout=30)

    def worker(number: int) -> list[str]:
        own = open_store(store_url)
        try:
            gate.wait()
            taken: list[str] = []
            while some := SqlJournal(own).claim(f"worker-{number}", NOW, limit=8):
                taken += [one.id for one in some]
            return taken
        finally:
            own.close()

    with ThreadPoolExecutor(4) as pool:
        taken = [one for some in pool.map(worker, range(4)) for one in some]
    assert len(taken) == len(ids)
    assert set(taken) == ids


def test_what_was_fetched_for_an_inquiry_continues_it(journal: SqlJournal, store: Store) -> None:
    """An event of an inquiry that stands is one of its events, not a request more."""
    (asked,) = append(journal, post("an advert's form", ident="lead-1"))
    more = NewRaw("site", "form", b"its fields", HEAD, "lead-1:fields", inquiry_id=asked.inquiry_id)
    (fetched,) = append(journal, more)
    assert (fetched.inquiry_id, fetched.first) == (asked.inquiry_id, True)
    assert counters(store) == (1, 0, 1, 0)


def test_what_adds_to_an_inquiry_is_counted_as_its_going_on(store: Store, journal: SqlJournal) -> None:
    """An event of our own names the inquiry; it is no receipt of a source's, and comes once."""
    (first,) = append(journal, post("a letter", ident="1"))
    told = NewRaw("site", "form", b"its file", {"source": "fetch"}, "fetched:1", inquiry_id=first.inquiry_id)
    added, again = append(journal, told)[0], append(journal, told)[0]
    assert (added.inquiry_id, added.first) == (first.inquiry_id, True)
    assert (again.raw_id, again.inquiry_id, again.first) == (added.raw_id, first.inquiry_id, False)
    assert counters(store) == (1, 1, 1, 0)
    assert [raw.inquiry_id for raw in journal.claim("worker", NOW)] == [first.inquiry_id] * 2
