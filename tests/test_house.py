"""The house itself: what every module promises."""

from pathlib import Path

import pytest

ROOMS = ("intake", "channels", "dedup", "crm", "notify", "dashboard", "workers", "config")
ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("module", sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py")), ids=str)
def test_a_module_says_in_one_line_what_lives_in_it(module: Path) -> None:
    """The first line of each module is a docstring."""
    assert module.read_text(encoding="utf-8").lstrip().startswith('"""') or "migrations/versions" in str(module)
