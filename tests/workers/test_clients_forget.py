"""Forgetting a person: nothing of them is found anywhere, and nothing brings them back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from intake.errors import NotFound
from intake.store.schema import journal_metadata, ledger_metadata, tombstone
from tests.workers.office import Office, opened
from tests.workers.test_clients_import import take_in, written
from workers.clients.forgetting import forgetting_of

NAME, PHONE, MAIL = "Аристарх Канарейкин", "+7 916 733-40-19", "kenar@canary.example"
CANARIES = ("Канарейкин", "канарейкин", "9167334019", "kenar", "kanareikin", "песня канарейки")


@pytest.fixture(params=["sqlite", "postgresql"])
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    """An office on either database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    with opened(tmp_path, f'[store]\nurl = "{url}"\n' if url else "") as office:
        yield office


def rows(office: Office) -> str:
    """Everything both databases hold, as one text."""
    told = []
    for engine, metadata in (
        (office.instance.store.ledger, ledger_metadata),
        (office.instance.store.journal, journal_metadata),
    ):
        with engine.connect() as connection:
            for table in metadata.sorted_tables:
                for row in connection.execute(select(table)):
                    told += [
                        one.decode(errors="replace") if isinstance(one, bytes) else str(one) for one in row
                    ]
    return "\n".join(told)


def lived(office: Office, tmp_path: Path) -> tuple[str, list[str]]:
    """A person with a card in the base, forms, a letter with a file, a merge, an answer; client id, inquiry ids."""
    path = written(tmp_path, f"ID;ФИО;Телефон;Email\n77;{NAME};{PHONE};{MAIL}\n", name="base.csv")
    _, ((_, _, client_id, _),) = take_in(office, path)
    path.unlink()
    first = office.comes(phone=PHONE, name=NAME)
    second = office.letter("песня канарейки, слова и музыка", From=f"{NAME} <{MAIL}>")
    other = office.comes(phone=PHONE, name="Мария Орлова")
    office.do("different", other)
    office.do("won", office.deal_of(first)["id"], what="deal", amount="10", reason="песня канарейки")
    return client_id, [first, second]


def test_f68_nothing_is_found_after_an_erasure(office: Office, tmp_path: Path) -> None:
    """Not in a row, not in a file of the databases, not among the attachments; the act says how much there was."""
    client_id, mine = lived(office, tmp_path)
    assert "Канарейкин" in rows(office)
    forgetting = forgetting_of(office.instance)

    act = forgetting.forget(client_id, "test")
    forgetting.scrub()

    held = rows(office)
    # another client came under the same number, and keeps it
    assert [one for one in CANARIES if one in held.replace("+79167334019", "")] == []
    assert (act.people, act.inquiries, act.events) == (1, 2, 2)
    assert "Канарейкин" not in act.told(office.instance.rules.say, "")
    assert {office.inquiry(one)["state_reason"] for one in mine} == {"erased"}
    bare = ("Канарейкин", "kenar", "песня канарейки")
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert [one for one in bare if one.encode() in content] == [], path


def test_f68_neither_replay_nor_redelivery_nor_import_brings_them_back(
    office: Office, tmp_path: Path
) -> None:
    """The row is refused with the day, what came is gone; what others hold stays theirs."""
    client_id, mine = lived(office, tmp_path)
    forgetting_of(office.instance).forget(client_id, "test")

    for one in mine:
        with pytest.raises(NotFound):
            office.do("replay", one)
        with pytest.raises(NotFound):
            office.do("accept", one)
    for text in (
        f"ID;ФИО;Телефон;Email\n77;{NAME};{PHONE};{MAIL}\n",
        f"ID;ФИО;Телефон;Email\n78;{NAME};{PHONE};\n",
        f"ФИО;Email\nКто-то;{MAIL}\n",
    ):
        _, told = take_in(office, written(tmp_path, text))
        assert told[0][1] == "refused"
        assert "erased" in told[0][3]
    _, told = take_in(office, written(tmp_path, f"ФИО;Телефон\nМария Орлова;{PHONE}\n"))
    assert told[0][1] == "joined"
    assert "Канарейкин" not in rows(office)


def test_f68_a_restored_copy_forgets_again(office: Office, tmp_path: Path) -> None:
    """The record beside the databases outlives them: who was erased is erased again, by id."""
    client_id, _ = lived(office, tmp_path)
    forgetting = forgetting_of(office.instance)
    forgetting.forget(client_id, "test")
    with office.instance.store.ledger.begin() as connection:
        connection.execute(tombstone.delete())

    acts = forgetting.again("restore")

    assert [act.ident for act in acts] == [client_id]
    _, told = take_in(office, written(tmp_path, f"ID;ФИО;Телефон;Email\n77;{NAME};{PHONE};{MAIL}\n"))
    assert told[0][1] == "refused"


def test_one_person_of_a_company_is_forgotten_alone(office: Office, tmp_path: Path) -> None:
    """The company and its other people stay."""
    text = f"ИНН;Компания;ФИО;Телефон\n7707083893;ООО Маяк;{NAME};{PHONE}\n7707083893;ООО Маяк;Олег Рыбин;89162073151\n"
    _, told = take_in(office, written(tmp_path, text))
    firm = office.reader.one("client", told[0][2])
    assert firm
    (person,) = [one["id"] for one in firm["persons"] if one["name"] == NAME]

    forgetting_of(office.instance).forget(person, "test")

    firm = office.reader.one("client", told[0][2])
    assert firm
    assert firm["name"] == "ООО Маяк"
    assert {one["name"] for one in firm["persons"]} == {"", "Олег Рыбин"}
    _, told = take_in(office, written(tmp_path, text))
    assert {told[0][1], told[1][1]} == {"refused", "unchanged"}


def test_nobody_is_not_forgotten(office: Office) -> None:
    """An id that is none is told."""
    with pytest.raises(NotFound):
        forgetting_of(office.instance).forget("nobody", "test")
