"""The starter: the configuration written where there is none, so that everything works with no token at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

Language = Literal["ru", "en"]


def system_language(environ: Mapping[str, str]) -> Language:
    """The language of whoever starts it: English where the system says so, Russian otherwise - a system
    that says nothing included."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            return "en" if value.lower().startswith("en") else "ru"
    return "ru"


def write_starter(path: Path, language: Language) -> None:
    """Write the starter to a path where nothing is yet, readable for its owner alone: secrets may follow.

    Raises FileExistsError, OSError.
    """
    text = Path(__file__).with_name(f"starter.{language}.toml").read_text(encoding="utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(text, encoding="utf-8")
