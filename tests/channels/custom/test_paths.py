"""Paths: what each leads to, and which texts are none."""

from typing import Any

import pytest

from channels.base import HttpCall
from channels.custom.paths import Scene, find, read_path

TREE: dict[str, Any] = {
    "lead": {"phones": ["1", "2"], "Ф.И.О.": "Ян", "one": {"id": 7}},
    "answers": [{"q": "a", "a": ["b", "c"]}, {"q": "d"}],
    "php": {"0": {"x": "первый"}, "1": {"x": "второй"}},
}
CALL = HttpCall("POST", "", "token=t1&token=t2", (("x-id", "7"),), b"")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("lead.phones[0]", ["1"]),
        ("lead.phones[*]", ["1", "2"]),
        ("lead.phones[9]", []),
        ('lead."Ф.И.О."', ["Ян"]),
        ("answers[*].q", ["a", "d"]),
        ("answers.q", ["a", "d"]),
        ("answers[0].a[1]", ["c"]),
        ("php[*].x", ["первый", "второй"]),
        ("php[1].x", ["второй"]),
        ("lead.one[*].id", [7]),
        ("lead.one[0].id", [7]),
        ("lead.missing.deeper", []),
        ("lead.phones.name", []),
        ("$.lead.one.id", [7]),
        ("?token", ["t1", "t2"]),
        ("header:X-Id", ["7"]),
        ("header:x-other", []),
        ("", [TREE]),
    ],
)
def test_a_path_leads_there(path: str, found: list[object]) -> None:
    """Names, places, all of a list, a single one where a list is expected, PHP's numbered keys."""
    assert find(read_path(path), Scene(TREE, TREE, CALL)) == found


def test_paths_start_at_the_item_unless_they_say_otherwise() -> None:
    """`$` is the whole request."""
    scene = Scene(TREE, TREE["lead"], CALL)
    assert find(read_path("one.id"), scene) == [7]
    assert find(read_path("answers"), scene) == []
    assert find(read_path("$.answers[1].q"), scene) == ["d"]


@pytest.mark.parametrize("text", ["a..b", "a.", "a[", "a[x]", "a[-1]", 'a "b', 'a."b"c', "]", "a[1]b"])
def test_what_is_no_path_is_told(text: str) -> None:
    """A slip of the pen is a fault, not a path that finds nothing."""
    with pytest.raises(ValueError, match="no step of a path"):
        read_path(text)


def test_a_list_of_lists_does_not_grow_without_bound() -> None:
    """At most a thousand values are found."""
    wide = {"a": [{"b": list(range(100))} for _ in range(100)]}
    assert len(find(read_path("a[*].b[*]"), Scene(wide, wide, CALL))) == 1000
