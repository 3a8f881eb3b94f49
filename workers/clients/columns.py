"""Which column of a file is what: by its header, as 1C, amoCRM and Bitrix24 write it, else by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from intake.contact import find_emails, find_phones
from intake.errors import Unreadable
from workers.clients.tables import Line


class Field(StrEnum):
    """What a column may hold."""

    TITLE = "title"
    """the client's own name: a person's or a company's"""
    NAME = "name"
    SURNAME = "surname"
    FIRST = "first"
    PATRONYMIC = "patronymic"
    PHONE = "phone"
    EMAIL = "email"
    TELEGRAM = "telegram"
    VK = "vk"
    COMPANY = "company"
    INN = "inn"
    KIND = "kind"
    OWNER = "owner"
    OUTSIDE_ID = "outside_id"
    DEAL_ID = "deal_id"
    DEAL_TITLE = "deal_title"
    DEAL_STAGE = "deal_stage"
    DEAL_AMOUNT = "deal_amount"
    DEAL_PIPELINE = "deal_pipeline"


MANY = frozenset({Field.PHONE, Field.EMAIL})
"""Of these a file may have several columns; of all others the first counts."""

# The first row that fits a header counts. Headers are compared in lower case, words parted by one space.
_HEADERS: tuple[tuple[Field, re.Pattern[str]], ...] = tuple(
    (field, re.compile(pattern))
    for field, pattern in (
        (Field.DEAL_ID, r"(?:id|номер|код) (?:сделки|лида)|(?:deal|lead) id"),
        (
            Field.DEAL_TITLE,
            r"(?:название|имя|наименование|тема) (?:сделки|лида)|сделк[аи]|(?:deal|lead)(?: (?:name|title))?",
        ),
        (Field.DEAL_STAGE, r"(?:этап|стадия|статус)(?: сделки)?|(?:deal |pipeline )?(?:stage|status)"),
        (
            Field.DEAL_AMOUNT,
            r"бюджет(?: .*)?|сумма(?: сделки)?|(?:deal )?(?:amount|budget|opportunity|value)",
        ),
        (Field.DEAL_PIPELINE, r"воронка(?: .*)?|направление(?: сделки)?|(?:deal )?pipeline"),
        (
            Field.OUTSIDE_ID,
            (
                r"id|ид|код|guid|uuid|ссылка|xml id|external id|outside id|внешний (?:id|код)|"
                r"(?:client|contact|company) id|id (?:клиента|контакта|компании|контрагента)"
            ),
        ),
        (Field.INN, r"(?:.* )?(?:инн|inn)(?: .*)?"),
        # dates, tags and the like speak of owners and phones too: "дата изменения ответственного"
        (
            Field.KIND,
            r"тип|вид|kind|type|(?:тип|вид) (?:контакта|контрагента|клиента)|юр ?лицо физ ?лицо|юр физ лицо",
        ),
        (
            Field.OWNER,
            (
                r"(?:основной )?менеджер(?: .*)?|ответственн(?:ый|ая)(?: .*)?|owner|responsible(?: .*)?|"
                r"assigned(?: .*)?|manager|sales rep"
            ),
        ),
        (Field.EMAIL, r"(?:.* )?(?:e ?mails?|mail|почта|мейл|электронн(?:ая|ой) почт[аы])(?: .*)?"),
        (Field.TELEGRAM, r"telegram(?: .*)?|телеграм+|tg"),
        (Field.VK, r"вконтакте|vk|вк"),
        (
            Field.PHONE,
            r"(?:.* )?(?:тел|телефоны?|phones?|mobile|cell|моб|мобильный|сотовый|whatsapp|viber)(?: .*)?",
        ),
        (Field.SURNAME, r"фамилия(?: .*)?|surname|last ?name|family name"),
        (Field.PATRONYMIC, r"отчество(?: .*)?|patronymic|(?:middle|second) ?name"),
        (Field.FIRST, r"имя(?: контакта)?|first ?name|given ?name"),
        (
            Field.NAME,
            (
                r"фио(?: .*)?|ф и о|полное имя(?: .*)?|контакт|контактное лицо|(?:основной|главный) контакт|"
                r"имя клиента|(?:full ?|contact )?name|contact"
            ),
        ),
        (
            Field.COMPANY,
            r"(?:название )?(?:компани[ия]|организаци[ия])(?: .*)?|company(?: name)?|organi[sz]ation|account name",
        ),
        (
            Field.TITLE,
            r"наименование|название|клиент|контрагент|партнер|покупатель|client|customer|title|представление",
        ),
    )
)
_SURE = 0.6
"""Such a share of the filled cells says what a column without a known header holds."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What was taken for what: (index, field), in the file's order."""

    names: tuple[str, ...]
    taken: tuple[tuple[int, Field], ...]

    def told(self) -> list[tuple[str, str]]:
        """Every column with what it is taken for, "" for one that is left."""
        fields = dict(self.taken)
        return [(name, str(fields.get(index, ""))) for index, name in enumerate(self.names)]


def guess_columns(
    names: Sequence[str], sample: Sequence[Line], region: str, given: Mapping[str, str]
) -> Columns:
    """The columns of a file. `given` says of a column (by name or by number from 1) what it is, "" or "-" for
    nothing. Raises Unreadable for a column that is not there, a field nobody knows, or a file without any contact."""
    fields: dict[int, Field | None] = {_index(names, name): _field(said) for name, said in given.items()}
    used = {field for field in fields.values() if field}
    for index, name in enumerate(names):
        field = field_of(name)
        if index not in fields and field and (field in MANY or field not in used):
            fields[index] = field
            used.add(field)
    for field, holds in ((Field.PHONE, _is_phone), (Field.EMAIL, _is_email)):
        if field in used:
            continue
        for index in range(len(names)):
            cells = [one.cells[index] for one in sample if not one.fault and one.cells[index]]
            said = [cell for cell in cells if holds(cell, region)]
            if index not in fields and len(said) >= max(1, _SURE * len(cells)):
                fields[index] = field
    taken = tuple((index, field) for index, field in sorted(fields.items()) if field)
    if not {field for _, field in taken} & {
        Field.PHONE,
        Field.EMAIL,
        Field.INN,
        Field.OUTSIDE_ID,
        Field.TELEGRAM,
    }:
        listed = ", ".join(names[:20])
        raise Unreadable(
            f"no column holds a phone, an e-mail, an ИНН or an id - say which: --map 'column=phone'. Columns: {listed}"
        )
    return Columns(tuple(names), taken)


def field_of(header: str) -> Field | None:
    """What a column of this name holds; None when the name tells nothing."""
    words = " ".join(re.findall(r"[^\W_]+", header.casefold().replace("ё", "е")))
    if words.startswith(("дата", "date", "создан", "кем ", "время")):
        return None
    return next((field for field, pattern in _HEADERS if pattern.fullmatch(words)), None)


def _index(names: Sequence[str], name: str) -> int:
    if name in names:
        return names.index(name)
    if name.isdecimal() and 1 <= int(name) <= len(names):
        return int(name) - 1
    raise Unreadable(f"--map: there is no column {name!r}")


def _field(said: str) -> Field | None:
    if said in ("", "-"):
        return None
    try:
        return Field(said)
    except ValueError:
        known = ", ".join(Field)
        raise Unreadable(f"--map: nothing is called {said!r}; the fields are {known}") from None


def _is_phone(cell: str, region: str) -> bool:
    return len(re.findall(r"\d", cell)) >= 10 and bool(find_phones(cell, region))


def _is_email(cell: str, region: str) -> bool:
    del region
    return "@" in cell and bool(find_emails(cell))
