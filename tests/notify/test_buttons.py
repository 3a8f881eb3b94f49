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
