"""What the store tells: lists, the balance, stages - the same on both databases."""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import event

from intake.decision import Changes, Decision, Wanted
from intake.inquiry import Kind, Sender, State
from intake.ports import InquiryFilter
from tests.dashboard.house import House, furnish

DAY_S = 86_400


def test_the_balance_closes_over_every_state(either: House) -> None:
    """Received is the sum of waiting and all outcomes; the difference is 0."""
    furnish(either)
    told = either.reader.balance(None)
    states = ("waiting", "offered", "attached", "created", "rejected", "ignored", "buried")
    assert told["received"] == 18 == sum(told[state] for state in states)
    assert told["difference"] == 0
    assert told["waiting"] == 1
    mail = next(one for one in told["sources"] if one["account"] == "sales-mail")
    assert mail == {"account": "sales-mail", "seen_at_source": 3, "received": 3, "difference": 0}
    site = next(one for one in told["sources"] if one["account"] == "site")
    assert site["seen_at_source"] is None
    assert site["difference"] is None


def test_a_lost_inquiry_shows_as_a_difference(either: House) -> None:
    """What the journal struck off without a ledger row is missing from the sum."""
    either.journal.settle([either.receive("site")])
    assert either.reader.balance(None)["difference"] == 1


def test_what_is_in_the_ledger_already_does_not_wait(either: House) -> None:
    """An inquiry that the journal has not struck off yet is counted and listed once."""
    one = either.inquiry("site", Kind.FORM, Sender("Иван"), "раз")
    changes = Changes()
    changes.inquiries[one.id] = (one, Decision(one.id, State.REJECTED, "spam"))
    either.ledger.fold(Wanted(inquiries=[one.id]), lambda snapshot: changes)
    told = either.reader.balance(None)
    assert (told["waiting"], told["rejected"], told["difference"]) == (0, 1, 0)
    assert [item["state"] for item in either.reader.inquiries(InquiryFilter()).items] == ["rejected"]
    assert either.reader.inquiries(InquiryFilter(state="waiting")).items == []


def test_the_balance_since_a_day_leaves_the_days_before_out(either: House) -> None:
    """`since` counts whole UTC days of receipt, on the door's side and on the ledger's alike."""
    old = either.inquiry("site", Kind.FORM, Sender("Иван"), "раз")
    either.decide(old, Decision(old.id, State.REJECTED))
    either.clock.advance(3 * DAY_S)
    either.receive("site")
    told = either.reader.balance(either.clock.now())
    assert (told["received"], told["waiting"], told["rejected"], told["difference"]) == (1, 1, 0, 0)
    assert either.reader.balance(None)["received"] == 2


def test_the_balance_is_0_while_work_goes_on(house: House) -> None:
    """Readings under load never show a difference: the two files are read as of one moment."""
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            one = house.inquiry("site", Kind.FORM, Sender("Иван"), "раз")
            house.decide(one, Decision(one.id, State.REJECTED))

    worker = threading.Thread(target=work)
    worker.start()
    try:
        found = {house.reader.balance(None)["difference"] for _ in range(40)}
    finally:
        stop.set()
        worker.join()
    assert found == {0}


def test_a_list_goes_on_where_its_page_ended(either: House) -> None:
    """Pages put together are the whole list, newest first, each item once."""
    furnish(either)
    seen: list[str] = []
    after = ""
    while True:
        page = either.reader.inquiries(InquiryFilter(limit=4, after=after))
        seen += [item["id"] for item in page.items]
        if page.next is None:
            break
        after = page.next
    assert len(seen) == len(set(seen)) == 18
    assert seen == sorted(seen, reverse=True)


def test_lists_of_deals_tasks_and_cards_page_as_well(either: House) -> None:
    """Every list gives each item once over its pages."""
    furnish(either)
    for what, filters in (
        ("deals", {}),
        ("tasks", {}),
        ("cards", {}),
        ("cards", {"manager": "petrova"}),
        ("managers", {}),
    ):
        whole = [one["id"] for one in either.reader.listing(what, filters, 500, "").items]
        seen: list[str] = []
        after: str | None = ""
        while after is not None:
            page = either.reader.listing(what, filters, 1, after)
            seen += [one["id"] for one in page.items]
            after = page.next
        assert seen == whole, what
        assert len(set(seen)) == len(seen) > 1, what


def test_a_search_finds_a_phone_however_it_is_written(either: House) -> None:
    """Whole, in pieces, by its last digits; by name in any case; by words of the text; nothing for a stranger."""
    ids = furnish(either)
    for q in ("+7 (495) 123-45-67", "84951234567", "4567", "ОРЛОВ", "насосов", "orlov@zavod.example"):
        found = {item["id"] for item in either.reader.inquiries(InquiryFilter(q=q)).items}
        assert ids["letter"] in found, q
    assert either.reader.inquiries(InquiryFilter(q="никогда")).items == []
    assert either.reader.inquiries(InquiryFilter(q="100%_")).items == []


def test_filters_hold_together(either: House) -> None:
    """State and account narrow the list; a manager's own is owned by them or on a card of theirs."""
    ids = furnish(either)
    ignored = either.reader.inquiries(InquiryFilter(state="ignored", account="sales-mail"))
    assert {item["id"] for item in ignored.items} == {ids["auto_reply"], ids["list"]}
    own = {
        item["decision"]["owner"] for item in either.reader.inquiries(InquiryFilter(owner="sidorov")).items
    }
    assert own == {"sidorov"}


def test_a_waiting_inquiry_shows_what_the_door_knew(either: House) -> None:
    """Its account, channel and time; every parsed part is empty, nothing is invented."""
    ident = either.receive("site")
    found = either.reader.one("inquiry", ident)
    assert found is not None
    assert (found["account"], found["channel"], found["state"], found["kind"]) == (
        "site",
        "form",
        "waiting",
        "",
    )
    assert found["decision"] is None
    assert found["sender"]["phones"] == []
    assert either.reader.one("inquiry", "nobody") is None


def test_the_stages_tell_their_oldest(either: House) -> None:
    """Each stage has its count and the instant its oldest came; the last hour's speed is told."""
    furnish(either)
    whole = either.reader.overview()
    stages = {stage.name: stage for stage in whole.stages}
    assert stages["waiting"].count == 1
    assert stages["untaken"].count == 2
    assert stages["buried"].count == 3
    assert stages["offered"].oldest is not None
    assert whole.to_card is not None
    assert 0.4 <= whole.to_card.p50 <= whole.to_card.p95 < 2
    assert {one["account"] for one in whole.channels} == {"site", "sales-mail", "shop-bot", "ats"}


def test_the_originals_of_an_inquiry_are_told(either: House) -> None:
    """The raw bytes come back as text, with their head."""
    ident = either.receive("site", "name=Иван", {"method": "POST", "headers": [["x-a", "b"]]})
    [source] = either.reader.sources(ident)
    assert (source.body, source.size, source.head["method"]) == ("name=Иван", 13, "POST")


def test_whose_a_thing_is(either: House) -> None:
    """An inquiry, deal, client, task and card concern their manager and nobody else."""
    ids = furnish(either)
    letter = ids["letter"]
    for what, ident in (
        ("inquiry", letter),
        ("inquiry", ids["attached"]),
        ("deal", ids["deal"]),
        ("client", f"{letter}c"),
        ("task", f"{letter}t"),
        ("card", f"{letter}k"),
    ):
        assert either.reader.concerns("petrova", what, ident), what
        assert not either.reader.concerns("sidorov", what, ident), what
        assert not either.reader.concerns("", what, ident), what
    assert either.reader.concerns("sidorov", "inquiry", ids["offered"])
    assert not either.reader.concerns("petrova", "manager", "petrova")


def test_a_task_is_red_when_overdue_yellow_today_green_later(house: House) -> None:
    """The colour follows the clock and the company's day."""
    one = house.inquiry("site", Kind.FORM, Sender("Иван"), "раз")
    house.deal(one, "petrova")
    colours = []
    for seconds in (-2 * DAY_S, 2 * DAY_S, 600):
        house.clock.advance(seconds)
        colours.append(house.reader.listing("tasks", {}, 10, "").items[0]["colour"])
    assert colours == ["green", "yellow", "red"]


def test_lists_are_read_by_their_indexes(house: House) -> None:
    """No read of a list walks a whole table: what is looked up by ids is searched for, by an index."""
    furnish(house)
    plans: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: object) -> None:
        if statement.startswith("SELECT"):
            plan = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(f"{row[3]}  <- {statement}" for row in plan)

    event.listen(house.store.ledger, "before_cursor_execute", explain)
    for what in ("deals", "tasks", "cards"):
        house.reader.listing(what, {}, 50, "")
    house.reader.listing("cards", {"manager": "petrova"}, 50, "")
    house.reader.inquiries(InquiryFilter(state="buried"))
    house.reader.overview()
    scanned = [plan for plan in plans if plan.startswith("SCAN ") and "INDEX" not in plan and "<-" in plan]
    allowed = ("SCAN tally", "SCAN (subquery", "SCAN anon", "SCAN suspect", "SCAN card_message")
    assert [plan for plan in scanned if not plan.startswith(allowed)] == []
