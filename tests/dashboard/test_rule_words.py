"""Every rule that can stand among a decision's reasons has its words, in English and in Russian."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from crm.owners.table import OWNER_RULES
from dashboard.pages.words import RULES
from dedup.compare import Agreement
from intake.language import read_language

HOUSE = Path(__file__).parents[2]
SPOKEN = (
    *sorted((HOUSE / "dedup").glob("*.py")),
    *sorted((HOUSE / "crm").rglob("*.py")),
    *sorted((HOUSE / "workers").glob("*.py")),
    *sorted((HOUSE / "workers" / "clients").glob("*.py")),
)
WHY_NO_EVIDENCE = {"points.py": "why_no_phone", "mailboxes.py": "why_no_evidence"}


def rules_told() -> set[str]:
    """The names of rules as the sources write them: in a Reason, in a Shared, put on the scales with `add`."""
    told = {f"name_{agreement.value}" for agreement in Agreement} | {f"owner_{name}" for name in OWNER_RULES}
    for path in SPOKEN:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        told |= set(_named(tree))
        told |= {f"ignored_{why}" for why in _reasons_against(tree, WHY_NO_EVIDENCE.get(path.name, ""))}
    return told


def _named(tree: ast.AST) -> Iterator[str]:
    constants = {
        target.id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        place = {"Reason": 0, "Shared": 3, "add": 0}.get(name)
        if place is None or len(node.args) <= place or (name == "add" and len(node.args) != 3):
            continue
        rule = node.args[place]
        said = constants.get(rule.id) if isinstance(rule, ast.Name) else getattr(rule, "value", None)
        if isinstance(said, str):
            yield said


def _reasons_against(tree: ast.AST, function: str) -> Iterator[str]:
    """What a function that tells why a contact is no evidence may answer."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return):
                    yield from (
                        one.value
                        for one in ast.walk(inner)
                        if isinstance(one, ast.Constant)
                        and isinstance(one.value, str)
                        and one.value.isidentifier()
                    )


def test_every_rule_has_its_words() -> None:
    """Nobody reads the name of a rule where its words should stand."""
    told = rules_told()
    assert {
        "contact_repaired",
        "contact_of_strangers",
        "client_sure",
        "rival",
        "ignored_robot",
        "open_deal",
    } <= told
    assert told - RULES.keys() == set()


def test_the_words_are_russian_too() -> None:
    """Each is translated."""
    say = read_language(HOUSE / "dashboard" / "locale", "ru").gettext
    assert [words for words in RULES.values() if say(words) == words] == []
