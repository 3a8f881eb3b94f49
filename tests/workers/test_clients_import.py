"""The client base taken in: what files hold, what becomes of each row, again and again, on both databases."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import pytest
from sqlalchemy import select, text

from intake.decision import Wanted
from intake.errors import Unreadable
from intake.store.base.imports import SqlImports
from intake.store.schema import ledger_metadata, suspect
from tests.workers.office import Office, opened
from workers.clients.columns import Field, field_of
from workers.clients.importer import Importer, Summary, open_file, owners_by_name
from workers.clients.importing import Outcome
from workers.clients.sheets import read_table

AMO = (
    "ID;Тип;Наименование;Компания;Рабочий телефон;Мобильный телефон;Рабочий email;Ответственный\n"
    "11;контакт;Иван Петров;;8 (916) 207-31-55;;ivan@example.org;Петрова Анна\n"
    '12;контакт;Мария Орлова;"ООО ""Маяк""; Тверь";;+7 903 118-42-07;;Борис Иванов\n'
    "13;компания;ООО Вектор;;+7 495 771-20-18;;office@vector.example;никто\n"
)
BITRIX = (
    "ID\tИмя\tОтчество\tФамилия\tМобильный телефон\tРабочий e-mail\tСделка\tСтадия сделки\tСумма\tВоронка\n"
    "1\tПётр\tИванович\tСидоров\t+79161112244\tpetr@example.org\tСклад\tВ работе\t12 500,50\tОпт\n"
    "2\tОльга\t\tЮдина\t+79161112255\t\tДоставка\tСделка успешна\t100\tОпт\n"
)
ONE_C = (
    "Код,Наименование,ИНН,Контактное лицо,Телефон,Основной менеджер\n"
    '"000001","ООО «Ромашка»","7707083893","Анна Белова","(495) 123-45-90 доб. 12; 8-916-207-31-50","Анна Петрова"\n'
    '"000002","ООО «Ромашка»","7707083893","Олег Рыбин","8-916-207-31-51",""\n'
)

FILES = {
    "amo.csv": AMO,
    "deals.csv": BITRIX,
    "1c.csv": ONE_C,
    "no-ids.csv": "ФИО,Телефон\nИван Петров,89162073155\nЗоя Рыбина,89031184299\n",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    """An office on either database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    with opened(tmp_path, f'[store]\nurl = "{url}"\n' if url else "") as office:
        yield office


def take_in(
    office: Office, path: Path, given: dict[str, str] | None = None
) -> tuple[Summary, list[list[str]]]:
    """Import a file; the summary and the report's rows."""
    instance = office.instance
    owners = owners_by_name(list(instance.ledger.look(Wanted()).managers.values()))
    store = SqlImports(instance.store, instance.ledger)
    importer = Importer(store, instance.rules, office.clock, owners, "crm")
    report = io.StringIO()
    summary = importer.run(open_file(path, "RU", given or {}), report, lambda _: None)
    return summary, list(csv.reader(io.StringIO(report.getvalue())))[1:]


def written(tmp_path: Path, text: str, encoding: str = "utf-8", name: str = "base.csv") -> Path:
    """A file of that text."""
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def client(office: Office, row: list[str]) -> dict[str, Any]:
    """The client a report's row names."""
    found = office.reader.one("client", row[2])
    assert found
    return found


def everything(office: Office) -> tuple[object, ...]:
    """Every row of the ledger; on PostgreSQL with the transaction that wrote it, on SQLite with the database's own
    count of changes: a write that changes nothing is seen too."""
    with office.instance.store.ledger.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        rows = [
            (
                table.name,
                sorted(
                    map(
                        repr,
                        connection.execute(text(f"SELECT {'' if sqlite else 'xmin, '}* FROM {table.name}")),
                    )
                ),
            )
            for table in ledger_metadata.sorted_tables
        ]
        connection.rollback()
    if not sqlite:
        return tuple(map(str, rows))
    # the file's change counter and the pages in its log
    database = Path(str(office.instance.store.ledger.url.database))
    log = database.with_name(database.name + "-wal")
    return (*map(str, rows), log.stat().st_size, hashlib.sha256(log.read_bytes()).hexdigest())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_an_amocrm_export_in_any_encoding(office: Office, tmp_path: Path, encoding: str) -> None:
    """People, companies, owners by name; the second night changes nothing."""
    path = written(tmp_path, AMO, encoding)
    summary, rows = take_in(office, path)

    assert summary.counts == Counter({Outcome.ADDED: 3})
    ivan, maria, vector = (client(office, row) for row in rows)
    assert (ivan["name"], ivan["owner"]) == ("Иван Петров", "anna")
    assert ivan["persons"][0]["phones"] == ["+79162073155"]
    assert (maria["kind"], maria["name"], maria["owner"]) == ("company", 'ООО "Маяк"; Тверь', "boris")
    assert maria["persons"][0]["name"] == "Мария Орлова"
    assert (vector["kind"], rows[2][3]) == ("company", "owner not known")
    assert ivan["outside_ids"] == {"crm": "11"}

    again, told = take_in(office, path)
    assert again.counts == Counter({Outcome.UNCHANGED: 3})
    assert {row[1] for row in told} == {"unchanged"}


def test_an_imported_client_is_known_to_the_workers(office: Office, tmp_path: Path) -> None:
    """The old client's inquiry comes to its own manager."""
    _, rows = take_in(office, written(tmp_path, AMO))
    ident = office.comes(phone="+7 903 118-42-07", name="Мария Орлова")

    assert office.inquiry(ident)["decision"]["client_id"] == rows[1][2]
    assert office.deal_of(ident)["owner"] == "boris"


def test_a_bitrix24_export_with_deals(office: Office, tmp_path: Path) -> None:
    """Open deals come with a task, closed ones do not come; a stage that moves there moves here."""
    _, rows = take_in(office, written(tmp_path, BITRIX))
    (deal,) = office.reader.listing("deals", {}, 10, "").items
    assert (deal["title"], deal["stage"], deal["pipeline"]) == ("Склад", "В работе", "Опт")
    assert (deal["amount"], deal["client_id"], len(deal["tasks"])) == (12500.5, rows[0][2], 1)
    assert client(office, rows[0])["name"] == "Сидоров Пётр Иванович"

    summary, _ = take_in(office, written(tmp_path, BITRIX.replace("В работе", "Сделка проиграна")))
    assert summary.counts == Counter({Outcome.CHANGED: 1, Outcome.UNCHANGED: 1})
    (deal,) = office.reader.listing("deals", {}, 10, "").items
    assert (deal["state"], [one["state"] for one in deal["tasks"]]) == ("lost", ["cancelled"])


def test_a_1c_export_joins_people_of_one_inn(office: Office, tmp_path: Path) -> None:
    """One legal entity is one client; a number behind a switchboard keeps its extension."""
    summary, rows = take_in(office, written(tmp_path, ONE_C, "cp1251"))
    assert summary.counts == Counter({Outcome.ADDED: 1, Outcome.JOINED: 1})
    firm = client(office, rows[0])
    assert (firm["kind"], firm["inn"], firm["owner"]) == ("company", "7707083893", "anna")
    assert {one["name"] for one in firm["persons"]} == {"Анна Белова", "Олег Рыбин"}
    anna = next(one for one in firm["persons"] if one["name"] == "Анна Белова")
    assert "+74951234590;ext=12" in anna["phones"]


def test_rows_without_ids_are_recognised_by_contact_and_name(office: Office, tmp_path: Path) -> None:
    """The resolver joins a second card of the same person, asks about another name under the same phone."""
    text = "ФИО,Телефон\nИван Петров,89162073155\nПетров Иван,+7 916 207 31 55\nМария Орлова,89162073155\n"
    path = written(tmp_path, text)
    summary, rows = take_in(office, path)
    assert [row[1] for row in rows] == ["added", "joined", "added"] or summary.counts[Outcome.JOINED] == 0
    assert rows[2][3].startswith(f"perhaps the same as {rows[0][2]}")
    again, _ = take_in(office, path)
    assert again.counts == Counter({Outcome.UNCHANGED: 3})


def test_every_night_without_a_write_where_nothing_changed(office: Office, tmp_path: Path) -> None:
    """Not a row is written anew, whatever was done here meanwhile."""
    files = [written(tmp_path, text, name=name) for name, text in FILES.items()]
    for path in files:
        take_in(office, path)
    ident = office.comes(phone="+7 903 118-42-07", name="Мария Орлова")
    office.do("won", office.deal_of(ident)["id"], what="deal", amount="1")
    before = everything(office)
    for path in files:
        summary, _ = take_in(office, path)
        assert set(summary.counts) == {Outcome.UNCHANGED}
    assert everything(office) == before


def test_two_cards_of_one_base_stay_two_clients(office: Office, tmp_path: Path) -> None:
    """The resolver may be sure: who has ids of their own there is joined by a person; the question is put."""
    path = written(tmp_path, "ID;ФИО;Телефон\n1;Иван Петров;89162073155\n2;Петров Иван;+7 916 207 31 55\n")
    summary, rows = take_in(office, path)
    assert summary.counts == Counter({Outcome.ADDED: 2})
    assert rows[1][3].startswith(f"perhaps the same as {rows[0][2]}")
    with office.instance.store.ledger.connect() as connection:
        (asked,) = connection.execute(select(suspect))
    assert (asked.client_id, asked.suspect_id, asked.answer) == (rows[1][2], rows[0][2], "")
    assert asked.score > 0.9


def test_a_client_whom_that_base_does_not_know_is_completed(office: Office, tmp_path: Path) -> None:
    """Who wrote to us first is given the id when their card comes - once: the next card is another client."""
    ident = office.comes(phone="+7 916 207-31-55", name="Иван Петров")
    mine = office.inquiry(ident)["decision"]["client_id"]
    path = written(
        tmp_path,
        "ID;ФИО;Телефон;Email\n1;Иван Петров;89162073155;i@example.org\n2;Петров Иван;89162073155;\n",
    )
    summary, rows = take_in(office, path)
    assert summary.counts == Counter({Outcome.JOINED: 1, Outcome.ADDED: 1})
    assert rows[0][2] == mine
    assert client(office, rows[0])["outside_ids"] == {"crm": "1"}
    assert client(office, rows[1])["outside_ids"] == {"crm": "2"}


def test_a_company_of_two_managers_is_not_joined(office: Office, tmp_path: Path) -> None:
    """Branches of one legal entity may be different managers' clients; nobody's client is taken from them."""
    _, rows = take_in(office, written(tmp_path, ONE_C.replace('31-51",""', '31-51","Борис Иванов"')))
    assert [row[1] for row in rows] == ["added", "added"]
    assert [client(office, row)["owner"] for row in rows] == ["anna", "boris"]


def test_rows_of_one_id_are_people_and_deals_of_one_client(office: Office, tmp_path: Path) -> None:
    """As a base writes a row a contact, or a row a deal; the next night they are the same rows."""
    text = (
        "Код;Наименование;Контактное лицо;Телефон;Сделка\n"
        "7;ООО Маяк;Анна Белова;89162073150;Склад\n"
        "7;ООО Маяк;Олег Рыбин;89162073151;\n"
        "7;ООО Маяк;Анна Белова;89162073150;Доставка\n"
    )
    path = written(tmp_path, text)
    summary, rows = take_in(office, path)
    assert summary.counts == Counter({Outcome.ADDED: 1, Outcome.JOINED: 2})
    firm = client(office, rows[0])
    assert {row[2] for row in rows} == {firm["id"]}
    assert sorted(one["name"] for one in firm["persons"]) == ["Анна Белова", "Олег Рыбин"]
    deals = office.reader.listing("deals", {}, 10, "").items
    assert {one["title"] for one in deals} == {"Склад", "Доставка"}
    assert take_in(office, path)[0].counts == Counter({Outcome.UNCHANGED: 3})


def test_people_of_a_company_keep_their_names(office: Office, tmp_path: Path) -> None:
    """A row without an id that is sure of its company is a person of it, not the company itself."""
    text = "Компания,ФИО,Телефон\nООО Маяк,,+7 495 123-45-90\nООО Маяк,Олег Рыбин,+7 495 123-45-90 доб. 12\n"
    _, rows = take_in(office, written(tmp_path, text))
    assert [row[1] for row in rows] == ["added", "joined"]
    assert {one["name"] for one in client(office, rows[0])["persons"]} == {"ООО Маяк", "Олег Рыбин"}


def test_what_a_row_says_anew_is_changed(office: Office, tmp_path: Path) -> None:
    """Name, owner, a further phone; the contact that was known stays."""
    _, rows = take_in(office, written(tmp_path, AMO))
    newer = AMO.replace("Иван Петров", "Иван Петренко").replace("207-31-55;;", "207-31-55;+7 905 700-10-20;")
    summary, _ = take_in(office, written(tmp_path, newer.replace("Петрова Анна", "boris")))
    assert summary.counts == Counter({Outcome.CHANGED: 1, Outcome.UNCHANGED: 2})
    ivan = client(office, rows[0])
    assert (ivan["name"], ivan["owner"]) == ("Иван Петренко", "boris")
    assert ivan["persons"][0]["phones"] == ["+79057001020", "+79162073155"]


def test_each_broken_row_is_told_and_costs_no_other(office: Office, tmp_path: Path) -> None:
    """Too few cells, a formula, an open quote, a foreign encoding, too many columns, nothing to know it by."""
    whole = "Имя;Телефон\nИван;89162073155\n".encode()
    rows = (
        b"only one cell",
        "Анна;=A1&B1".encode(),
        '"Олег;89162073156'.encode(),
        "Вера;89162073157".encode("cp1251"),
        ("x;" * 1_000_000).encode(),
        "Пётр;".encode(),
        "Яна;000".encode(),
    )
    path = tmp_path / "base.csv"
    path.write_bytes(whole + b"\n".join(rows) + "\nЗоя;89162073158\n".encode())
    summary, told = take_in(office, path)

    assert summary.counts == Counter({Outcome.ADDED: 2, Outcome.REFUSED: 7})
    why = {row[0]: row[3] for row in told if row[1] == "refused"}
    for place, part in (
        ("3", "1 cells"),
        ("4", "formula"),
        ("5", "quote"),
        ("6", "encoding"),
        ("8", "no contact"),
    ):
        assert part in why[place]
    assert "characters" in why["7"] or "columns" in why["7"]


def test_cells_over_several_lines_are_one_row(office: Office, tmp_path: Path) -> None:
    """As Excel writes two numbers in a cell."""
    path = written(tmp_path, 'Имя;Телефон\nИван;"89162073155\n89162073156"\nЗоя;89162073158\n')
    summary, rows = take_in(office, path)
    assert summary.counts == Counter({Outcome.ADDED: 2})
    assert len(client(office, rows[0])["persons"][0]["phones"]) == 2


def test_a_workbook(office: Office, tmp_path: Path) -> None:
    """Numbers are phones, formulas are refused, empty rows are none."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Клиент", "Телефон", "E-mail"])
    sheet.append(["Иван Петров", 79162073155, None])
    sheet.append([None, None, None])
    sheet.append(["Мария Орлова", "=B2", "m@example.org"])
    path = tmp_path / "base.xlsx"
    book.save(path)
    summary, rows = take_in(office, path)
    assert summary.counts == Counter({Outcome.ADDED: 1, Outcome.REFUSED: 1})
    assert client(office, rows[0])["persons"][0]["phones"] == ["+79162073155"]


def test_packed_json_lines(office: Office, tmp_path: Path) -> None:
    """As the resolver's own bases are written; broken lines are told."""
    lines = [
        orjson.dumps({"client_id": "7", "kind": "person", "name": "Иван Петров", "phones": ["+79162073155"]}),
        b'{"client_id": ',
        orjson.dumps({"client_id": "8", "kind": "company", "name": "Маяк", "emails": ["m@mayak.example"]}),
    ]
    path = tmp_path / "base.jsonl.gz"
    path.write_bytes(gzip.compress(b"\n".join(lines)))
    summary, rows = take_in(office, path)
    assert summary.counts == Counter({Outcome.ADDED: 2, Outcome.REFUSED: 1})
    assert client(office, rows[2])["kind"] == "company"


def test_a_packed_file_that_ends_in_the_middle(office: Office, tmp_path: Path) -> None:
    """What was whole stands; the end is told."""
    text = "Имя;Телефон\n" + "".join(f"Иван {n};8916{n:07d}\n" for n in range(2_000_000, 2_000_400))
    path = tmp_path / "base.csv.gz"
    path.write_bytes(gzip.compress(text.encode(), mtime=0)[:-600])
    summary, rows = take_in(office, path)
    assert "ends in the middle" in rows[-1][3]
    assert summary.counts[Outcome.REFUSED] >= 1


@pytest.mark.parametrize(
    "content",
    [b"", b"a;b\n1;2\n", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0old", b"\x1f\x8bbroken", b"{\n{\n"],
    ids=["empty", "no contacts", "no workbook", "old workbook", "not packed", "no JSON"],
)
def test_a_file_that_holds_no_base_is_refused_with_the_mend(tmp_path: Path, content: bytes) -> None:
    """One line says why."""
    path = tmp_path / "base"
    path.write_bytes(content)
    with pytest.raises((Unreadable, OSError)):
        open_file(path, "RU", {})


def test_columns_can_be_said(tmp_path: Path) -> None:
    """By name or number; what nobody knows is an error."""
    path = written(tmp_path, "a;b\nИван;89162073155\n")
    found = open_file(path, "RU", {"a": "name", "2": "phone"})
    assert found.columns.told() == [("a", "name"), ("b", "phone")]
    for given in ({"c": "phone"}, {"a": "fone"}):
        with pytest.raises(Unreadable, match="--map"):
            open_file(path, "RU", given)


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Рабочий телефон (контакт)", Field.PHONE),
        ("Phone - Work", Field.PHONE),
        ("Частный e-mail", Field.EMAIL),
        ("Адрес электронной почты", Field.EMAIL),
        ("Ответственный за контакт", Field.OWNER),
        ("Основной менеджер", Field.OWNER),
        ("ИНН", Field.INN),
        ("Бюджет, руб", Field.DEAL_AMOUNT),
        ("Этап сделки", Field.DEAL_STAGE),
        ("Дата создания контакта", None),
        ("Теги", None),
        ("Полное имя контакта", Field.NAME),
        ("client_id", Field.OUTSIDE_ID),
        ("Last Name", Field.SURNAME),
    ],
)
def test_headers_as_they_come(header: str, field: Field | None) -> None:
    """Russian and English, with what each base adds to them."""
    assert field_of(header) is field


def test_the_separator_is_the_one_of_the_header(tmp_path: Path) -> None:
    """Also where Excel names it."""
    for said in ("Имя|Телефон\nИ|1\n", "sep=,\nИмя,Телефон\nИ,1\n", "Имя\tТелефон\nИ\t1\n"):
        table = read_table(written(tmp_path, said))
        assert table.columns == ("Имя", "Телефон")
        assert next(table.rows).cells == ("И", "1")
