"""The resolver over files: one answer line a query, in order, whatever the files hold."""

import gzip
import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dedup.keys import index_keys, lookup_keys
from dedup.known import KnownCard
from dedup.matching import MatchSummary, run_match
from dedup.points import subject
from intake.inquiry import Sender


def write(path: Path, lines: list[dict[str, Any] | str]) -> Path:
    """A file of JSON lines, packed when its name says so."""
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


CLIENTS: list[dict[str, Any] | str] = [
    {"client_id": "a", "kind": "person", "name": "Зимин Олег", "phones": ["8 (916) 123-40-67"], "emails": []},
    {"client_id": "b", "kind": "company", "name": "ООО «Мак»", "company": "ООО «Мак»", "phones": "+7 495 123-00-45"},
    {"client_id": "c", "name": "Юдин Лев", "telegram": "@levyudin", "emails": ["lev@mail.ru"], "inn": 7707083893},
    "{broken", "[]", {"name": "no id"},
]  # fmt: skip
QUERIES: list[dict[str, Any] | str] = [
    {"query_id": "1", "name": "Олег", "phone": "9I6 I23-4O-67"},
    {"query_id": "2", "name": "Пётр", "phone": "+79161234067"},
    {"query_id": "3", "telegram": "t.me/LevYudin"},
    {"query_id": "4", "name": None, "phone": None, "email": 5, "company": ["x"]},
    "nonsense",
    {"query_id": 5, "name": "Мак ООО", "phone": "84951230045"},
    {"query_id": "6", "name": "Лев", "inn": "7707083893"},
]


def test_each_query_has_its_line(tmp_path: Path) -> None:
    """Decision, card, score and reasons, in the order asked; broken lines are counted, never fatal."""
    told: list[tuple[str, int]] = []
    out = tmp_path / "out.jsonl"
    clients, queries = write(tmp_path / "c.jsonl.gz", CLIENTS), write(tmp_path / "q.jsonl", QUERIES)
    summary = run_match(clients, queries, out, lambda what, done: told.append((what, done)))
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [(line["query_id"], line["decision"], line["client_id"]) for line in lines] == [
        ("1", "same", "a"), ("2", "possible", "a"), ("3", "same", "c"), ("4", "new", None), (5, "same", "b"),
        ("6", "same", "c"),
    ]  # fmt: skip
    assert all(
        line["reasons"] and set(line) == {"query_id", "decision", "client_id", "score", "reasons"}
        for line in lines
    )
    assert summary == MatchSummary(clients=3, queries=6, same=4, possible=1, new=1, unreadable=4)
    assert told == [("clients", 6), ("queries", 7)]


LETTERS = "абвгдежзиклмнопрстуфхцчшщыэюя"


@given(st.integers(0, 3), st.data())
def test_a_slip_in_the_surname_is_found_through_a_key(kind: int, data: st.DataObject) -> None:
    """A card of a full name and a query with one letter wrong, lost, added or swapped share a key."""
    name = "Скобелевский"
    at = data.draw(st.integers(0, len(name) - 3))
    letter = data.draw(st.sampled_from(LETTERS))
    typed = (
        name[:at] + letter + name[at + 1 :],
        name[:at] + name[at + 1 :],
        name[:at] + letter + name[at:],
        name[:at] + name[at + 1] + name[at] + name[at + 2 :],
    )[kind]
    wanted = lookup_keys(subject(Sender(name=f"{typed} Олег Петрович")))
    assert set(index_keys(KnownCard("a", name=f"{name} Олег Петрович"))) & set(wanted.blocking)
