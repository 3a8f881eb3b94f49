"""The base out and in again, and the duplicates in it, on both databases; the commands themselves."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import orjson
import pytest
from click.testing import CliRunner

from intake.store.base.listing import SqlListing
from tests.workers.office import Office, opened
from tests.workers.test_clients_import import AMO, ONE_C, everything, take_in, written
from workers.cli import group
from workers.clients.duplicates import find_duplicates
from workers.clients.exporting import export_csv, export_json_lines, export_workbook
from workers.clients.importing import Outcome
from workers.clients.sheets import read_table


@pytest.fixture(params=["sqlite", "postgresql"])
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    """An office on either database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    with opened(tmp_path, f'[store]\nurl = "{url}"\n' if url else "") as office:
        yield office


def test_what_is_exported_says_what_was_imported(office: Office, tmp_path: Path) -> None:
    """A person a row; a merged client is its winner's."""
    _, rows = take_in(office, written(tmp_path, ONE_C))
    take_in(office, written(tmp_path, AMO))
    sink = io.StringIO()
    export_json_lines(SqlListing(office.instance.store).pages(), sink)
    assert sink.getvalue().count("\n") == 5
    people = {one["name"]: one for one in map(orjson.loads, sink.getvalue().splitlines())}
    assert people["Олег Рыбин"]["company"] == "ООО «Ромашка»"
    assert people["Олег Рыбин"]["client_id"] == people["Анна Белова"]["client_id"] == rows[0][2]
    assert people["Иван Петров"] | {"id": "", "client_id": ""} == {
        "id": "",
        "client_id": "",
        "kind": "person",
        "company": "",
        "name": "Иван Петров",
        "inn": "",
        "owner": "anna",
        "phones": ["+79162073155"],
        "emails": ["ivan@example.org"],
        "telegram": "",
        "vk": "",
    }
    office.do("merge", rows[0][2], what="client", client_id=people["Иван Петров"]["client_id"])
    sink = io.StringIO()
    export_json_lines(SqlListing(office.instance.store).pages(), sink)
    moved = {one["name"]: one for one in map(orjson.loads, sink.getvalue().splitlines())}
    assert moved["Иван Петров"]["client_id"] == rows[0][2]


def test_no_cell_is_a_formula(office: Office, tmp_path: Path) -> None:
    """Not in CSV, not in a workbook; taken in again, the quotes that guard them are gone."""
    office.comes(phone="+7 916 207-31-55", name="=HYPERLINK(1)")
    office.comes(phone="+7 903 118-42-07", name="@cmd")
    sink = io.StringIO()
    export_csv(SqlListing(office.instance.store).pages(), sink)
    cells = [cell for row in csv.reader(io.StringIO(sink.getvalue())) for cell in row]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@")]
    assert "'=HYPERLINK(1)" in cells
    path = tmp_path / "base.xlsx"
    export_workbook(SqlListing(office.instance.store).pages(), path)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}
    assert "+79031184207" in {cell.value for row in sheet.iter_rows() for cell in row}
    table = read_table(written(tmp_path, sink.getvalue()))
    assert "+79031184207" in {cell for line in table.rows for cell in line.cells}


def test_an_export_taken_in_again_changes_nothing(office: Office, tmp_path: Path) -> None:
    """Each row is known by its person's id; what somebody changed in it comes, and comes once."""
    take_in(office, written(tmp_path, AMO))
    take_in(office, written(tmp_path, ONE_C))
    office.comes(phone="+7 905 771-20-18", name="Сергей Юдин")
    sink = io.StringIO()
    export_csv(SqlListing(office.instance.store).pages(), sink)
    before = everything(office)
    summary, _ = take_in(office, written(tmp_path, sink.getvalue()))
    assert summary.counts == {Outcome.UNCHANGED: 6}
    assert everything(office) == before

    edited = written(tmp_path, sink.getvalue().replace("Иван Петров", "Иван Петренко"))
    assert take_in(office, edited)[0].counts == {Outcome.UNCHANGED: 5, Outcome.CHANGED: 1}
    assert take_in(office, edited)[0].counts == {Outcome.UNCHANGED: 6}


def test_a_base_moves_to_another_house_whole(tmp_path: Path) -> None:
    """What one house exports another one takes; the second time it changes nothing there."""
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    sink = io.StringIO()
    with opened(tmp_path / "old") as old:
        take_in(old, written(tmp_path, AMO))
        export_csv(SqlListing(old.instance.store).pages(), sink)
    with opened(tmp_path / "new") as new:
        path = written(tmp_path, sink.getvalue())
        assert take_in(new, path)[0].counts == {Outcome.ADDED: 3}
        assert take_in(new, path)[0].counts == {Outcome.UNCHANGED: 3}


def test_duplicates_come_ranked_and_those_told_apart_do_not(office: Office, tmp_path: Path) -> None:
    """The same resolver over the base itself."""
    text = "ID;ФИО;Телефон\n1;Иван Петров;89162073155\n2;Мария Орлова;89162073155\n3;Зоя Рыбина;89031184207\n"
    _, rows = take_in(office, written(tmp_path, text))
    found = find_duplicates(
        SqlListing(office.instance.store), 10, office.instance.rules.thresholds, lambda _: None
    )
    assert [{pair.one, pair.other} for pair in found] == [{rows[0][2], rows[1][2]}]

    ident = office.comes(phone="+7 903 118-42-07", name="Пётр Иволгин")
    listing, thresholds = SqlListing(office.instance.store), office.instance.rules.thresholds
    assert len(find_duplicates(listing, 10, thresholds, lambda _: None)) == 2
    assert len(find_duplicates(listing, 1, thresholds, lambda _: None)) == 1
    office.do("different", ident)
    assert len(find_duplicates(listing, 10, thresholds, lambda _: None)) == 1


def test_the_commands(tmp_path: Path) -> None:
    """A preview writes nothing; an import tells what it did and where; a forgotten one is exported no more."""
    run = CliRunner()
    with opened(tmp_path) as office:
        office.closes()
    place = ["--data", str(tmp_path)]
    path = str(written(tmp_path, AMO, name="amo.csv"))

    preview = run.invoke(group, ["clients", "import", *place, path, "--preview"])
    assert (preview.exit_code, "Рабочий телефон -> phone" in preview.stderr) == (0, True)
    assert "name: Иван" in preview.stdout or "title: Иван" in preview.stdout
    assert run.invoke(group, ["clients", "export", *place]).stdout.count("\n") == 1

    done = run.invoke(group, ["clients", "import", *place, path])
    assert done.exit_code == 0
    assert done.stdout.startswith("3 added")
    assert Path(done.stdout.splitlines()[1].partition(": ")[2]).exists()
    listed = run.invoke(group, ["clients", "export", *place, "--format", "jsonl"]).stdout.splitlines()
    ivan = next(one for one in map(orjson.loads, listed) if one["name"] == "Иван Петров")
    assert run.invoke(group, ["clients", "duplicates", *place]).exit_code == 0

    act = run.invoke(group, ["clients", "forget", *place, ivan["client_id"], "--yes"])
    assert (act.exit_code, ivan["client_id"] in act.stdout) == (0, True)
    assert "Иван" not in run.invoke(group, ["clients", "export", *place]).stdout
    assert run.invoke(group, ["clients", "forget", *place]).exit_code != 0
