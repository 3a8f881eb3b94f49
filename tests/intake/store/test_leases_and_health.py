"""Leases and health over both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.ports import HealthReport, HealthState
from intake.store.engine import Store, open_store
from intake.store.health import SqlHealth
from intake.store.leases import SqlLeases
from intake.store.migrate import migrate
from intake.store.reading.balance import read_balance


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    sqlite = f"sqlite:///{tmp_path}/a.db"
    opened = open_store(sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    migrate(opened)
    yield opened
    opened.close()


def test_f22_a_held_lease_is_nobody_else_s(store: Store) -> None:
    """The second gets nothing while the first holds it, and the next fence once it is given back."""
    leases = SqlLeases(store)
    first = leases.acquire("listen:mail", "a", 60)
    assert first == 1
    assert leases.acquire("listen:mail", "b", 60) is None
    assert leases.renew("listen:mail", "a", first, 60)
    leases.release("listen:mail", "a", first)
    assert leases.acquire("listen:mail", "b", 60) == 2


def test_f05_a_lease_that_ran_out_is_lost(store: Store) -> None:
    """Who slept over the end cannot renew, though nobody has taken it; nor with an old fence after it was."""
    leases = SqlLeases(store)
    first = leases.acquire("listen:mail", "a", 0)
    assert first
    assert not leases.renew("listen:mail", "a", first, 60)
    second = leases.acquire("listen:mail", "b", 60)
    assert second == first + 1
    assert not leases.renew("listen:mail", "a", first, 60)
    leases.release("listen:mail", "a", first)
    assert leases.acquire("listen:mail", "a", 60) is None


def test_a_report_keeps_what_it_says_nothing_of(store: Store) -> None:
    """A fault overwrites state and message; counts and times of the last success stay."""
    health = SqlHealth(store)
    health.report(
        HealthReport("mail", HealthState.OK, "listening", 10, 9, 7, 0, {"code": "listening"}),
        10,
    )
    health.report(HealthReport("mail", HealthState.FAULT, "gone", detail={"code": "ConnectionGone"}), 20)
    assert health.reports() == [
        HealthReport("mail", HealthState.FAULT, "gone", 10, 9, 7, 0, {"code": "ConnectionGone"}, 20, 20)
    ]
    health.report(HealthReport("mail", HealthState.FAULT, "still gone"), 30)
    assert [(one.at, one.since) for one in health.reports()] == [(30, 20)]
    health.alive(["mail", "unknown"], 40)
    assert [(one.account, one.at, one.since, one.message) for one in health.reports()] == [
        ("mail", 40, 20, "still gone")
    ]


def test_a_bot_of_ours_is_no_source(store: Store) -> None:
    """What tells of its health without counting requests is in no balance; what counts them is."""
    health = SqlHealth(store)
    health.report(HealthReport("taps:telegram", HealthState.OK), 10)
    health.report(HealthReport("mail", HealthState.OK, seen_at_source=2), 10)
    found = read_balance(store, None, [])
    assert [one["account"] for one in found["sources"]] == ["mail"]
