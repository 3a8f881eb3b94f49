"""The relay's name: known again after a death, never borne by two."""

from __future__ import annotations

from pathlib import Path

from workers.relaying.identity import RelayName


def test_f03_a_restarted_relay_bears_the_name_of_the_dead(tmp_path: Path) -> None:
    """So that it may take its claims over at once."""
    first = RelayName(tmp_path, 1)
    assert not first.ours_before
    first.close()
    second = RelayName(tmp_path, 2)
    assert (second.name, second.ours_before) == (first.name, True)
    second.close()


def test_f22_a_second_relay_over_the_same_data_has_a_name_of_its_own(tmp_path: Path) -> None:
    """It takes over nothing: the first one is alive."""
    first, second = RelayName(tmp_path, 1), RelayName(tmp_path, 2)
    assert second.name != first.name
    assert not second.ours_before
    first.close()
    second.close()
