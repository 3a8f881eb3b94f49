"""`check` speaks the company's language: no text of a fault is left without its translation."""

import ast
from pathlib import Path

import pytest

import workers
from intake.language import read_language
from workers.check import check
from workers.place import Place

ROOT = Path(workers.__file__).parent.parent
MADE_BY = ("Said", "unfit", "fault", "Fault", "_fault")
"""What texts for people are handed to, where faults, dangers and probes are made."""
PLACES = (
    *(ROOT / "config" / f"{name}.py" for name in ("settings", "calendars", "crosschecks", "references")),
    *(ROOT / "config" / f"{name}.py" for name in ("reading", "telling")),
    *(ROOT / "workers" / f"{name}.py" for name in ("soundness", "dangers", "probes", "check")),
)


def texts(path: Path) -> set[str]:
    """The literal texts with a blank that are handed to whatever makes a text for people."""
    calls = (
        one for one in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(one, ast.Call)
    )
    made = [one for one in calls if isinstance(one.func, ast.Name) and one.func.id in MADE_BY]
    given = [argument for one in made for argument in one.args[2 if one.func.id == "Fault" else 0 :]]
    return {
        one.value
        for one in given
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and " " in one.value
    }


@pytest.mark.parametrize("path", PLACES, ids=lambda path: path.stem)
def test_every_text_has_its_russian(path: Path) -> None:
    """A template without a translation would be said in English amid Russian."""
    words = read_language(ROOT / "workers" / "locale", "ru")
    assert [one for one in sorted(texts(path)) if words.gettext(one) == one] == []


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ['there is no kind "fax"', "1 to mend"]),
        ("ru", ["нет вида «fax»", "исправить: 1"]),
    ],
)
def test_faults_are_said_in_the_company_s_language(
    tmp_path: Path, language: str, expected: list[str]
) -> None:
    """The fault, its mend and the sum of it, though the file is not sound as a whole."""
    text = f'[company]\nlanguage = "{language}"\n[[account]]\nid = "a"\nkind = "fax"\n'
    (tmp_path / "lead-intake.toml").write_text(text, encoding="utf-8")
    said: list[str] = []
    assert check(Place(None, tmp_path), said.append) == 1
    assert all(one in "\n".join(said) for one in expected), said
