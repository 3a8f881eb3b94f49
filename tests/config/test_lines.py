"""Line numbers of settings in a TOML file."""

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from config.lines import index_lines

TRICKY = '''\
# [not.a.table]
top = """
[no]
key = "no" """ # tail
"quoted.key" = 'x # y'
a.b."c d" = [ # begin
  "]", # ]
  { x = "}" },
]
five = """a"""""
after = 1

[[list]]
id = 1
[list.inner]
deep = true
[[list.more]]
z = 1
[[list.more]]
z = 2

[[ list ]] # second
id = 2
  [list.inner]
  deep = false
[plain . "table"]
x = { y = 1, z = [
  1,
] }
last = \'\'\'
"""
\'\'\'
end = 2'''


def test_tricky_documents_are_indexed() -> None:
    """Comments, strings of all four kinds, brackets and nested lists of tables do not mislead."""
    tomllib.loads(TRICKY)
    lines = index_lines(TRICKY).lines
    assert lines == {
        ("top",): 2,
        ("quoted.key",): 5,
        ("a", "b", "c d"): 6,
        ("five",): 10,
        ("after",): 11,
        ("list", 0): 13,
        ("list", 0, "id"): 14,
        ("list", 0, "inner"): 15,
        ("list", 0, "inner", "deep"): 16,
        ("list", 0, "more", 0): 17,
        ("list", 0, "more", 0, "z"): 18,
        ("list", 0, "more", 1): 19,
        ("list", 0, "more", 1, "z"): 20,
        ("list", 1): 22,
        ("list", 1, "id"): 23,
        ("list", 1, "inner"): 24,
        ("list", 1, "inner", "deep"): 25,
        ("plain", "table"): 26,
        ("plain", "table", "x"): 27,
        ("plain", "table", "last"): 30,
        ("plain", "table", "end"): 33,
    }


def test_what_stands_nowhere_is_at_the_table_around_it() -> None:
    """A missing key is shown at its table, a key of an inline table at the key that holds it."""
    index = index_lines("a = 1\n[t]\nx = { y = 1 }\n")
    assert index.of(("t", "missing")) == 2
    assert index.of(("t", "x", "y")) == 3
    assert index.of(("nothing",)) == 1


TEXT = st.text(alphabet="ab\"\\'#[]={}\n ж", max_size=12)


def _quoted(value: str) -> str:
    for raw, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
        value = value.replace(raw, escaped)
    return f'"{value}"'


@given(st.lists(st.tuples(TEXT, st.one_of(TEXT, st.lists(TEXT, max_size=3))), unique_by=lambda pair: pair[0]))
def test_every_key_of_any_document_is_found_on_its_line(pairs: list[tuple[str, Any]]) -> None:
    """Whatever stands in keys and values, each key is at the line it was written on."""
    text = ""
    expected = {}
    for key, value in pairs:
        expected[(key,)] = text.count("\n") + 1
        shown = (
            _quoted(value)
            if isinstance(value, str)
            else "[\n" + "".join(f"{_quoted(one)}, # ]\n" for one in value) + "]"
        )
        text += f"{_quoted(key)} = {shown}\n"
    assert set(tomllib.loads(text)) == {key for (key,) in expected}
    found = index_lines(text).lines
    assert [found[line] for line in found] == list(expected.values())
