"""Buttons: 64 bytes that only we can write and only their manager can use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.buttons import LONGEST, Act, Seal, Tap

CARD = "c" + "0" * 36


@given(st.sampled_from(Act), st.integers(0, 36**4 - 1))
def test_a_button_is_read_back_within_64_bytes(act: Act, version: int) -> None:
    """Every act, any version."""
    seal = Seal("demo-secret")
    data = seal.sign(Tap(act, CARD, version), "anna")
    assert len(data.encode()) <= LONGEST
    assert seal.read(data, "anna") == Tap(act, CARD, version)


@given(st.text(max_size=64))
def test_nobody_else_can_write_one(data: str) -> None:
    """Whatever comes back that we did not sign is nothing."""
    assert Seal("demo-secret").read(data, "anna") is None


def test_a_button_is_bound_to_its_manager_card_version_and_act() -> None:
    """Another manager, a changed part, or another bot's secret makes it nothing."""
    seal = Seal("demo-secret")
    data = seal.sign(Tap(Act.TAKE, CARD, 3), "anna")
    assert seal.read(data, "boris") is None
    assert seal.read(data.replace("t.", "r.", 1), "anna") is None
    assert seal.read(data.replace(".3.", ".4."), "anna") is None
    assert Seal("other-secret").read(data, "anna") is None


def test_a_card_id_that_does_not_fit_is_refused() -> None:
    """Better no button than one that the messenger refuses."""
    with pytest.raises(ValueError, match="does not fit"):
        Seal("demo-secret").sign(Tap(Act.TAKE, "c" * 60, 1), "anna")


@given(st.sampled_from(Act), st.integers(0, 36**4 - 1), st.text(min_size=1, max_size=80))
def test_f64_a_choice_is_read_back_from_what_there_is_to_choose_from(
    act: Act, version: int, choice: str
) -> None:
    """However long it is, the button has 64 bytes; what is no longer to choose from is not chosen."""
    seal = Seal("demo-secret")
    data = seal.sign(Tap(act, CARD, version, choice), "anna")
    assert len(data.encode()) <= LONGEST
    tap = seal.read(data, "anna")
    assert tap
    assert seal.chosen(tap, "anna", ["other", choice]) == choice
    assert seal.chosen(tap, "anna", [choice + "!"]) is None
    assert seal.read(data, "boris") is None


def test_f64_a_choice_cannot_be_carried_over_to_another_button() -> None:
    """Its mark belongs to this card, version, act and manager."""
    seal = Seal("demo-secret")
    mine = seal.sign(Tap(Act.ASSIGN, CARD, 3, "boris"), "anna")
    newer = seal.sign(Tap(Act.ASSIGN, CARD, 4, "vera"), "anna")
    mixed = seal.read(newer[:-8] + mine[-8:], "anna")
    assert mixed
    assert seal.chosen(mixed, "anna", ["boris", "vera"]) is None
