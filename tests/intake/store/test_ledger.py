"""What every ledger promises, on both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from intake.clock import ManualClock
from intake.deal import Card, CardState, Client, Deal, Holding, Interaction, Manager, Person, Task
from intake.decision import Changes, Decision, Identity, Reason, Snapshot, Turn, Verdict, Wanted
from intake.effect import Effect, EffectKind
from intake.errors import Unavailable, Unreadable
from intake.inquiry import Attachment, Attribution, Call, Inquiry, Kind, Recipient, Sender, State
from intake.store.engine import Store, open_store, reading
from intake.store.ledger import SqlLedger
from intake.store.schema import effect, number, tally, thread
from intake.store.sql import among

NOW = 1_790_000_000_000
CLOCK = ManualClock(NOW)
PHONE = "phone:+79161234567"
CLIENT = Client("c1", name="Иван", owner="petrova", created_at=NOW)
PERSON = Person("p1", "c1", "Иван Петров")
DEAL = Deal("d1", 1, "c1", "p1", "Доставка", "default", "petrova", service="x", account="site", opened_at=NOW)
CARD = Card("k1", "petrova", "d1", "c1", ("q1",), created_at=NOW, due_at=NOW + 1)
INQUIRY = Inquiry(
    id="q1",
    account="site",
    channel="form",
    kind=Kind.FORM,
    received_at=NOW,
    external_id="77",
    thread="t",
    references=("r1", "r2"),
    occurred_at=NOW - 5,
    sender=Sender("Иван", ("+79161234567",), ("101",), ("a@b.ru",), {"telegram": "1"}, "ООО", "7707083893"),
    recipient=Recipient("+74951234567", "101", "sales@b.ru"),
    subject="s",
    text="text",
    attachments=(Attachment("a.pdf", "application/pdf", 5, stored="k", note="n"),),
    call=Call("7", talk_s=3),
    attribution=Attribution({"utm_source": "x"}, "https://b.ru", "r", "y"),
    fields={"city": "Москва"},
    service="Доставка",
    authenticated=False,
    history=True,
)
DECISION = Decision(
    "q1", State.CREATED, "", Identity.NEW, "c1", "p1", "d1", "petrova", (), (Reason("r", "e", 0.5),), "v1"
)


@pytest.fixture
def ledger(store: Store) -> SqlLedger:
    return SqlLedger(store, CLOCK)


def write(ledger: SqlLedger, **changes: object) -> None:
    ledger.fold(Wanted(), lambda _: Changes(**changes))  # type: ignore[arg-type]  # named as in Changes


def everything(ledger: SqlLedger) -> None:
    """A client with all that hangs on one."""
    write(
        ledger,
        inquiries={"q1": (INQUIRY, DECISION)},
        settled={"r1": "q1"},
        clients={"c1": CLIENT},
        persons={"p1": PERSON},
        holdings={(PHONE, "p1"): Holding(PHONE, "p1", "c1")},
        name_tokens={"s:petrov": 1},
        deals={"d1": DEAL},
        tasks={"t1": Task("t1", "d1", "petrova", "first_answer", "Ответить", NOW + 9, created_at=NOW)},
        interactions={"i1": Interaction("i1", "d1", "c1", "q1", "form", "in", NOW)},
        cards={"k1": CARD},
        threads={"site:t": "d1"},
        turns={("g", "petrova"): Turn("g", "petrova", 4)},
        verdicts=[Verdict("m", "c1", "p1", True, NOW, "petrova")],
        effects=[Effect("card:k1:1", EffectKind.CARD, "petrova", {"card_id": "k1"}, NOW)],
        next_number=2,
        new_cards=1,
    )


def test_what_is_written_is_read_back(ledger: SqlLedger) -> None:
    """Every word survives the tables."""
    everything(ledger)
    seen = ledger.look(
        Wanted(
            keys=[PHONE, "phone:+70000000000"],
            name_tokens=["s:petrov"],
            memory=["m"],
            threads=["site:t"],
            inquiries=["q1"],
            raws=["r1", "r2"],
            tasks=["t1"],
        )
    )
    assert seen.inquiries == {"q1": (INQUIRY, DECISION)}
    assert seen.settled == {"r1"}
    assert seen.clients == {"c1": CLIENT}
    assert seen.persons == {"p1": PERSON}
    assert seen.holders == {PHONE: [Holding(PHONE, "p1", "c1")]}
    assert seen.holder_counts == {PHONE: 1}
    assert seen.person_keys == {"p1": {PHONE}}
    assert seen.name_counts == {"s:petrov": 1}
    assert seen.verdicts == {"m": [Verdict("m", "c1", "p1", True, NOW, "petrova")]}
    assert seen.deals == {"d1": DEAL}
    assert seen.client_deals == {"c1": ["d1"]}
    assert seen.threads == {"site:t": "d1"}
    assert seen.cards == {"d1": CARD}
    assert seen.tasks["t1"].text == "Ответить"
    assert seen.turns == {("g", "petrova"): Turn("g", "petrova", 4)}
    assert (seen.next_number, seen.known_cards) == (2, 1)


def test_what_nobody_asked_for_is_not_read(ledger: SqlLedger) -> None:
    """A snapshot of nothing holds managers, turns and counters alone."""
    everything(ledger)
    seen = ledger.look(Wanted())
    assert seen == Snapshot(next_number=2, known_cards=1, turns={("g", "petrova"): Turn("g", "petrova", 4)})


def test_the_last_version_of_a_row_wins(ledger: SqlLedger) -> None:
    """Writing again overwrites; what the relay keeps of a card, and when a client was born, stay."""
    everything(ledger)
    write(
        ledger,
        clients={"c1": replace(CLIENT, name="Пётр", created_at=NOW + 7)},
        deals={"d1": replace(DEAL, stage="won", amount=10.5)},
        cards={"k1": replace(CARD, state=CardState.TAKEN, version=2, sent_via="forged")},
        turns={("g", "petrova"): Turn("g", "petrova", 5)},
    )
    seen = ledger.look(Wanted(deals=["d1"], clients=["c1"]))
    assert seen.clients["c1"] == replace(CLIENT, name="Пётр")
    assert seen.deals["d1"] == replace(DEAL, stage="won", amount=10.5)
    assert seen.cards["d1"] == replace(CARD, state=CardState.TAKEN, version=2)
    assert seen.turns["g", "petrova"].seq == 5


def test_a_raw_event_is_settled_once(ledger: SqlLedger) -> None:
    """A second settlement of the same event writes nothing at all."""
    write(ledger, settled={"r1": "q1"})
    with pytest.raises(Unavailable):
        write(ledger, settled={"r0": "q0", "r1": "q1"}, clients={"c1": CLIENT}, new_cards=1)
    seen = ledger.look(Wanted(raws=["r0", "r1"], clients=["c1"]))
    assert seen.settled == {"r1"}
    assert not seen.clients
    assert seen.known_cards == 0


def test_an_effect_is_written_once(ledger: SqlLedger, store: Store) -> None:
    """The key tells; the first one's row stays."""
    for target in ("petrova", "ivanov"):
        write(ledger, effects=[Effect("card:k1:1", EffectKind.CARD, target, {}, NOW)])
    with reading(store.ledger) as connection:
        assert [row.target for row in connection.execute(select(effect))] == ["petrova"]


def test_outcomes_are_counted_with_the_change_of_state(ledger: SqlLedger, store: Store) -> None:
    """An inquiry counts once, in the state it has."""
    everything(ledger)
    moved = replace(DECISION, state=State.REJECTED)
    ledger.fold(Wanted(inquiries=["q1"]), lambda _: Changes(inquiries={"q1": (INQUIRY, moved)}))
    ledger.fold(Wanted(inquiries=["q1"]), lambda _: Changes(inquiries={"q1": (INQUIRY, moved)}))
    with reading(store.ledger) as connection:
        counted = {row.state: row.n for row in connection.execute(select(tally))}
    assert counted == {"created": 0, "rejected": 1}


def test_counters_rise_by_what_is_added(ledger: SqlLedger) -> None:
    """Name tokens and known cards add up."""
    for more in (2, 3):
        write(ledger, name_tokens={"s:petrov": more}, new_cards=more)
    seen = ledger.look(Wanted(name_tokens=["s:petrov"]))
    assert (seen.name_counts, seen.known_cards) == ({"s:petrov": 5}, 5)


def test_people_of_the_file_are_put_in_once(ledger: SqlLedger) -> None:
    """In their order; who is there stays as the ledger has him."""
    anna, ivan = (
        Manager("anna", "Анна", notify=("telegram",), contacts={"telegram": "1"}),
        Manager("ivan", "Иван"),
    )
    assert ledger.seed_managers([ivan]) == ["ivan"]
    assert ledger.seed_managers([replace(ivan, name="Другой"), anna]) == ["anna"]
    assert list(ledger.look(Wanted()).managers.values()) == [ivan, anna]


def test_a_failed_step_writes_nothing(ledger: SqlLedger) -> None:
    """What the step raises comes out; the turnstile is free again."""
    with pytest.raises(ZeroDivisionError):
        ledger.fold(Wanted(), lambda _: 1 / 0)  # type: ignore[arg-type, return-value]  # a bug in a step
    everything(ledger)
    assert ledger.look(Wanted(clients=["c1"])).clients


def test_what_no_database_holds_is_told_as_unreadable(ledger: SqlLedger) -> None:
    """A value of a wrong sort is a fault of this batch, not of the database."""
    with pytest.raises(Unreadable):
        write(ledger, clients={"c1": replace(CLIENT, owner=object())})  # type: ignore[arg-type]  # the point
    everything(ledger)


def _take_a_number(snapshot: Snapshot) -> Changes:
    """A deal with the next number; a new client unless the phone is known."""
    mine = snapshot.next_number
    held = snapshot.holders.get(PHONE)
    client = held[0].client_id if held else f"c{mine}"
    changes = Changes(next_number=mine + 1)
    changes.deals[f"d{mine}"] = replace(DEAL, id=f"d{mine}", number=mine, client_id=client)
    if not held:
        changes.clients[client] = replace(CLIENT, id=client)
        changes.persons[f"p{mine}"] = Person(f"p{mine}", client)
        changes.holdings[PHONE, f"p{mine}"] = Holding(PHONE, f"p{mine}", client)
    return changes


def test_folds_follow_one_another(store_url: str, store: Store) -> None:
    """Four workers fold forty times at once: every deal has a number of its own, one phone made one client."""
    gate = threading.Barrier(4, timeout=30)

    def work(_: int) -> None:
        own = open_store(store_url)
        try:
            gate.wait()
            for _ in range(10):
                SqlLedger(own, CLOCK).fold(Wanted(keys=[PHONE]), _take_a_number)
        finally:
            own.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    seen = SqlLedger(store, CLOCK).look(Wanted(keys=[PHONE]))
    assert len(seen.clients) == 1
    assert sorted(deal.number for deal in seen.deals.values()) == list(range(1, 41))
    with reading(store.ledger) as connection:
        assert connection.execute(select(func.max(number.c.next))).scalar() == 41


def test_of_two_who_settle_one_event_one_writes(store_url: str, store: Store) -> None:
    """A lease that ran out under a slow worker: both decide, the event's changes stand once."""
    gate = threading.Barrier(2, timeout=30)

    def step(snapshot: Snapshot) -> Changes:
        if "r1" in snapshot.settled:
            return Changes()
        return Changes(settled={"r1": "q1"}, new_cards=1)

    def work(_: int) -> None:
        own = open_store(store_url)
        try:
            gate.wait()
            SqlLedger(own, CLOCK).fold(Wanted(raws=["r1"]), step)
        finally:
            own.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    assert SqlLedger(store, CLOCK).look(Wanted()).known_cards == 1


@pytest.mark.parametrize(
    "text", ["plain", 'a "quoted" one', "back\\slash", "{braces},", "", "NULL", "Юлия\nИ", "'"]
)
def test_any_text_can_be_asked_for(store: Store, text: str) -> None:
    """Whatever stands in a list of texts: it is found as it is, and nothing else is."""
    with store.ledger.begin() as connection:
        rows = [{"key": key, "deal_id": "d"} for key in (text, f"{text}x")]
        connection.execute(thread.insert(), rows)
        found = connection.scalars(
            select(thread.c.key).where(among(thread.c.key, "keys")), {"keys": ["y", text]}
        )
        assert list(found) == [text]
