"""The outbox's contract, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.clock import ManualClock
from intake.effect import Effect, EffectKind
from intake.ports import Sent
from intake.store.card_views import SqlCardViews
from intake.store.engine import Store, open_store
from intake.store.outbox import LEASE_MS, SqlOutbox
from tests.standins.cards_world import CardsWorld


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path}/lead.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def world(store: Store) -> CardsWorld:
    world = CardsWorld(store, ManualClock())
    world.hire("anna", telegram="7")
    return world


@pytest.fixture
def outbox(world: CardsWorld) -> SqlOutbox:
    return SqlOutbox(world.store)


def test_a_claim_is_exclusive(world: CardsWorld, outbox: SqlOutbox) -> None:
    """What one relay holds another one does not get while the lease lasts."""
    world.new_card("anna")
    (due,) = outbox.claim("one", world.clock.now())
    assert (due.attempts, due.unsure, due.effect.target) == (1, False, "anna")
    assert outbox.claim("two", world.clock.now()) == []


def test_f04_a_lease_that_ran_out_makes_the_next_try_unsure(world: CardsWorld, outbox: SqlOutbox) -> None:
    """A relay that died may have sent it: the next claim counts on and says so."""
    world.new_card("anna")
    outbox.claim("one", world.clock.now())
    world.clock.advance(LEASE_MS / 1000)
    (due,) = outbox.claim("two", world.clock.now())
    assert (due.attempts, due.unsure) == (2, True)


def test_f05_a_renewed_lease_lasts(world: CardsWorld, outbox: SqlOutbox) -> None:
    """Who is still at work keeps what it holds."""
    world.new_card("anna")
    (due,) = outbox.claim("one", world.clock.now())
    world.clock.advance(LEASE_MS / 1000 - 1)
    outbox.renew([due.id], world.clock.now())
    world.clock.advance(2)
    assert outbox.claim("two", world.clock.now()) == []


def test_a_failure_that_is_sure_leaves_no_doubt(world: CardsWorld, outbox: SqlOutbox) -> None:
    """Put off with its error; the next try knows the reason and is not unsure, unless it was said to be."""
    world.new_card("anna")
    (due,) = outbox.claim("one", world.clock.now())
    outbox.later(due.id, world.clock.now() + 1000, "not now")
    assert outbox.claim("one", world.clock.now()) == []
    world.clock.advance(1)
    (due,) = outbox.claim("one", world.clock.now())
    assert (due.last_error, due.unsure) == ("not now", False)
    outbox.later(due.id, world.clock.now(), "who knows", unsure=True)
    assert outbox.claim("one", world.clock.now())[0].unsure


def test_what_is_given_back_was_not_tried(world: CardsWorld, outbox: SqlOutbox) -> None:
    """The attempt is uncounted."""
    world.new_card("anna")
    (due,) = outbox.claim("one", world.clock.now())
    outbox.give_back([due.id], world.clock.now())
    (due,) = outbox.claim("one", world.clock.now())
    assert (due.attempts, due.unsure) == (1, False)


def test_done_and_parked_never_come_again(world: CardsWorld, outbox: SqlOutbox) -> None:
    """And a late word about them changes nothing."""
    first, _ = world.new_card("anna"), world.new_card("anna")
    one, two = outbox.claim("one", world.clock.now())
    outbox.done([one.id], world.clock.now(), [Sent(first, "telegram", "101", world.clock.now())])
    outbox.park(two.id, world.clock.now(), "blocked")
    outbox.later(one.id, world.clock.now(), "too late")
    world.clock.advance(3600)
    assert outbox.claim("one", world.clock.now()) == []
    assert world.effects() == [("done", ""), ("parked", "blocked")]
    assert (world.sent_via(first), world.message(first)) == ("telegram", "101")


def test_the_browser_names_itself_only_where_nothing_else_was_told(
    world: CardsWorld, outbox: SqlOutbox
) -> None:
    """A messenger's word stands; the first instant of showing stays."""
    shown = world.new_card("anna")
    outbox.done((), 5, [Sent(shown, "browser", "", 5)])
    assert world.sent_via(shown) == "browser"
    outbox.done((), 6, [Sent(shown, "telegram", "101", 6)])
    outbox.done((), 7, [Sent(shown, "browser", "", 7)])
    assert world.sent_via(shown) == "telegram"
    assert SqlCardViews(world.store).read([shown])[shown].card.sent_at == 5


def test_busy_targets_and_other_kinds_are_left(world: CardsWorld, outbox: SqlOutbox) -> None:
    """A relay takes only what it can do, and no more for a manager who has a long line."""
    world.new_card("anna")
    now = world.clock.now()
    outbox.add([Effect("flag:1", EffectKind.FLAG_LETTER, "mail", {}, now)])
    assert outbox.claim("one", now, kinds=(EffectKind.CARD,), busy=("anna",)) == []
    assert [one.effect.kind for one in outbox.claim("one", now, busy=("anna",))] == [EffectKind.FLAG_LETTER]


def test_an_effect_is_added_once(world: CardsWorld, outbox: SqlOutbox) -> None:
    """Its key is its identity."""
    told = Effect("summary:anna:telegram:1", EffectKind.SUMMARY, "anna", {"since": "1"}, world.clock.now())
    outbox.add([told])
    outbox.add([told])
    assert len(outbox.claim("one", world.clock.now())) == 1


def test_a_restarted_relay_takes_its_own_over_at_once(world: CardsWorld, outbox: SqlOutbox) -> None:
    """Its claims are due again, unsure; another relay's are left."""
    world.new_card("anna")
    outbox.claim("one", world.clock.now())
    assert outbox.take_over("two", world.clock.now()) == 0
    assert outbox.take_over("one", world.clock.now()) == 1
    assert outbox.claim("one", world.clock.now())[0].unsure


def test_a_view_tells_the_card_as_it_stands(world: CardsWorld) -> None:
    """Client, contacts, deal, inquiries, reasons and messages in one read."""
    shown = world.new_card("anna", phone="+79161234567")
    world.touch(shown, text="And the invoice, please")
    SqlOutbox(world.store).done((), 1, [Sent(shown, "telegram", "101", 1)])
    view = SqlCardViews(world.store).read([shown, "nothing"])[shown]
    assert (view.person_name, view.phones, view.known) == ("Ivan Petrov", ("+79161234567",), False)
    assert [touch.text for touch in view.touches] == ["Need 40 pieces", "And the invoice, please"]
    assert (view.touch_count, view.why[0].rule, dict(view.card.messages)) == (
        2,
        "owner_round_robin",
        {"telegram": "101"},
    )
