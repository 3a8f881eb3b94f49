"""Batches of an import on both databases: written whole, and only onto the base they were decided on."""

from __future__ import annotations

from intake.clock import ManualClock
from intake.deal import Client, Deal, Holding, Person
from intake.decision import Changes, Merge, Wanted
from intake.store.base.imports import Batch, Origin, SqlImports
from intake.store.base.listing import PAGE, SqlListing
from intake.store.engine import Store
from intake.store.ledger import SqlLedger

KEY = "phone:+79162073155"


def batch(ident: str) -> Batch:
    """A client with one person, one contact and one deal that has no number yet."""
    one = Batch()
    changes = one.changes
    changes.clients[ident] = Client(ident, name="Иван Петров")
    changes.persons[f"p{ident}"] = Person(f"p{ident}", ident, "Иван Петров")
    changes.holdings[KEY, f"p{ident}"] = Holding(KEY, f"p{ident}", ident)
    changes.deals[f"d{ident}"] = Deal(f"d{ident}", 0, ident, f"p{ident}", "Склад", "default", "")
    one.origins[f"row:{ident}"] = Origin("crm", f"row:{ident}", ident, f"p{ident}", f"d{ident}", "digest")
    return one


def test_a_batch_is_not_written_onto_a_base_that_changed_meanwhile(store: Store) -> None:
    """Somebody else wrote under the same contact: the rows are decided anew."""
    ledger = SqlLedger(store, ManualClock())
    imports = SqlImports(store, ledger)
    first = imports.known("crm", ["row:a"], [], Wanted(keys=[KEY]))
    second = imports.known("crm", ["row:b"], [], Wanted(keys=[KEY]))

    assert imports.commit(first, batch("a")) is not None
    assert imports.commit(second, batch("b")) is None

    seen = imports.known("crm", ["row:a", "row:b"], [], Wanted(keys=[KEY]))
    assert list(seen.origins) == ["row:a"]
    assert [one.client_id for one in seen.snapshot.holders[KEY]] == ["a"]
    assert imports.commit(seen, batch("b")) is not None
    deals = imports.known("crm", ["row:a", "row:b"], [], Wanted()).snapshot.deals
    assert sorted(one.number for one in deals.values()) == [1, 2]


def test_a_merge_in_between_is_a_change_too(store: Store) -> None:
    """Nothing is given to a client that is gone."""
    ledger = SqlLedger(store, ManualClock())
    imports = SqlImports(store, ledger)
    for ident in ("a", "b"):
        imports.commit(imports.known("crm", [], [], Wanted(keys=[KEY])), batch(ident))
    before = imports.known("crm", ["row:a"], [], Wanted())
    ledger.fold(Wanted(clients=["a", "b"]), lambda _: Changes(merges=[Merge("a", "b", 1, "anna")]))

    assert imports.commit(before, Batch()) is None
    assert imports.known("crm", ["row:a"], [], Wanted()).origins["row:a"].client_id == "b"


def test_rows_that_say_what_they_said_are_recognised_at_once(store: Store) -> None:
    """By their digest; another base's rows of the same id are others."""
    imports = SqlImports(store, SqlLedger(store, ManualClock()))
    imports.commit(imports.known("crm", [], [], Wanted(keys=[KEY])), batch("a"))
    assert imports.unchanged("crm", {"row:a": "digest"}) == {"row:a"}
    assert imports.unchanged("crm", {"row:a": "other"}) == set()
    assert imports.unchanged("other", {"row:a": "digest"}) == set()


def test_the_base_is_read_in_pages(store: Store) -> None:
    """Everybody once; a client without people too."""
    ledger = SqlLedger(store, ManualClock())
    many = Changes(clients={f"c{n:04}": Client(f"c{n:04}", name="Иван") for n in range(PAGE + 5)})
    ledger.fold(Wanted(), lambda _: many)
    pages = list(SqlListing(store).pages())
    assert [len(page) for page in pages] == [PAGE, 5]
    assert len({one.client.id for page in pages for one in page}) == PAGE + 5
