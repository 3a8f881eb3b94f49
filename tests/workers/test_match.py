"""`lead-intake match`: the resolver over files."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from click.testing import CliRunner

from workers.commands.match import match

_CLIENTS = (
    {"client_id": "c1", "kind": "person", "name": "Петров Иван Сергеевич", "phones": ["+7 916 207-31-55"]},
    {"client_id": "c2", "kind": "person", "name": "Орлова Мария", "emails": ["orlova@mail.ru"]},
)
_QUERIES = (
    {"query_id": "q1", "name": "Ваня Петров", "phone": "8 (916) 207 31 55"},
    {"query_id": "q2", "name": "Ольга Белова", "phone": "8 (916) 207 31 55"},
    {"query_id": "q3", "name": "Кто-то", "phone": "8 926 111-20-34"},
)


def test_each_query_gets_its_line_in_order(tmp_path: Path) -> None:
    """A diminutive is the same person, another first name is a suspect, a stranger is new."""
    clients, queries, out = tmp_path / "c.jsonl.gz", tmp_path / "q.jsonl", tmp_path / "out.jsonl"
    with gzip.open(clients, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in _CLIENTS)
    queries.write_text("".join(json.dumps(one) + "\n" for one in _QUERIES), encoding="utf-8")

    done = CliRunner().invoke(
        match, ["--clients", str(clients), "--queries", str(queries), "--out", str(out)]
    )

    assert done.exit_code == 0, done.output
    answers = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    found = [(one["query_id"], one["decision"], one["client_id"]) for one in answers]
    assert found == [("q1", "same", "c1"), ("q2", "possible", "c1"), ("q3", "new", None)]
    assert all(one["reasons"] and 0 <= one["score"] <= 1 for one in answers)


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    """Exit code 2, nothing written."""
    nowhere = str(tmp_path / "nowhere")
    done = CliRunner().invoke(
        match, ["--clients", nowhere, "--queries", nowhere, "--out", str(tmp_path / "o")]
    )

    assert done.exit_code == 2
    assert not (tmp_path / "o").exists()
