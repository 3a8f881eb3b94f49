"""How often the resolver is right, on a labelled sample: the figures a release is judged by."""

import gzip
import json
from collections import defaultdict
from pathlib import Path

import pytest

from dedup.matching import run_match

SAMPLE = Path(__file__).parent / "sample"
MERGED_WRONG, MISSED = 30, 6


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[str, str, bool]]]:
    """By category: (what is true, what was decided, whether the card is right)."""
    out = tmp_path_factory.mktemp("match") / "out.jsonl"
    run_match(SAMPLE / "clients.jsonl.gz", SAMPLE / "queries.jsonl.gz", out)
    decided = {row["query_id"]: row for row in map(json.loads, out.read_text(encoding="utf-8").splitlines())}
    found: dict[str, list[tuple[str, str, bool]]] = defaultdict(list)
    with gzip.open(SAMPLE / "truth.jsonl.gz", "rt", encoding="utf-8") as source:
        for truth in map(json.loads, source):
            row = decided[truth["query_id"]]
            right = row["decision"] == "new" or row["client_id"] in truth["client_ids"]
            found[truth["category"]].append((truth["decision"], row["decision"], right))
    return found


def cost(true: str, decided: str, right: bool) -> int:
    """What one inquiry costs, in needless looks by a manager: a merge of two people is the dearest."""
    if decided == "same":
        return 0 if true == "same" and right else 3 if true == "possible" and right else MERGED_WRONG
    if decided == "possible":
        return {"same": 1 if right else 3, "possible": 0 if right else 2, "new": 1}[true]
    return {"same": MISSED, "possible": 4, "new": 0}[true]


def test_all_figures_stand(outcomes: dict[str, list[tuple[str, str, bool]]]) -> None:
    """Cost, false merges, precision, recall, missed and review are within what a release must reach."""
    everything = [one for group in outcomes.values() for one in group]
    same = [one for one in everything if one[1] == "same"]
    truly = [one for one in everything if one[0] == "same"]
    merged_wrong = sum(1 for one in same if cost(*one) == MERGED_WRONG)
    assert 1000 * sum(cost(*one) for one in everything) / len(everything) <= 120
    macro = sum(sum(cost(*one) for one in group) / len(group) for group in outcomes.values())
    assert 1000 * macro / len(outcomes) <= 160
    assert merged_wrong / len(everything) <= 0.001
    assert sum(1 for true, _, right in same if true == "same" and right) >= 0.998 * len(same)
    assert sum(1 for _, decided, right in truly if decided == "same" and right) >= 0.985 * len(truly)
    assert sum(1 for _, decided, _ in truly if decided == "new") <= 0.003 * len(truly)


def test_no_kind_of_case_is_left_behind(outcomes: dict[str, list[tuple[str, str, bool]]]) -> None:
    """At least nine of ten are right in every category."""
    rates = {
        category: sum(true == decided and right for true, decided, right in group) / len(group)
        for category, group in outcomes.items()
    }
    assert {category: rate for category, rate in rates.items() if rate < 0.9} == {}
