"""Whom a robot tells of in free words: a marketplace's chat, a missed call, a shop's order."""

from __future__ import annotations

import re

_FROM_WHOM = re.compile(
    r"(?:сообщение|заявка|отклик|обращение|вопрос|заказ) от:? (?:пользователя |клиента |"
    r"покупателя )?([А-ЯЁ][а-яё-]{1,30}(?: [А-ЯЁ][а-яё-]{1,30}){0,2})"
    r"|(?:message|inquiry|request) from ([A-Z][a-z-]{1,30}(?: [A-Z][a-z-]{1,30}){0,2})"
    r"|(?:[Кк]лиент|[Пп]осетитель|[Пп]окупатель|[Зз]аказчик|[Пп]ользователь),? "
    r"([А-ЯЁ][а-яё]{1,30}(?: [А-ЯЁ][а-яё]{1,30})?)\b"
    r"|(?:^|\n)([^\W\d_][^\n(<@]{1,60}) [(<][\w.+-]{1,64}@[\w.-]{1,120}[)>]"
    r"|(?:^|\n)([А-ЯЁ][а-яё-]{1,30}(?: [А-ЯЁ][а-яё-]{1,30}){0,2}),? \(?\+?\d[\d\s().-]{8,20}\d"
    r"|(?:^|\n)([А-ЯЁ][а-яё-]{1,30}(?: [А-ЯЁ][а-яё-]{0,30}\.?)?) (?:ищет|хочет|просит|спрашивает|интересуется|"
    r"(?:написал|написав|оставил|залишив|создал|отправил|заказал|задал)а?|откликнул(?:ся|ась))\b"
)
_PHONE_LINE = re.compile(r"(?:тел\w*\.?:? ?)?\+?\d[\d\s().-]{8,20}\d", re.IGNORECASE)
_NAME_ALONE = re.compile(r"[А-ЯЁA-Z][а-яёa-z]{1,30}(?:[ -][А-ЯЁA-Z][а-яёa-z]{1,30}){0,2}")
_NO_NAME = re.compile(
    r"заявк|сообщени|здравствуй|добрый|привет|спасибо|посетител|покупател|звон|сайт|телефон|имя|клиент|заказ|номер|россия|москва|адрес|город|форм|дата|время|услуга|компания|источник|страница|new|name|phone|order",
    re.IGNORECASE,
)
_ROLE = re.compile(r"^(?:клиент|посетитель|покупатель|заказчик|пользователь)(?:\s+|$)", re.IGNORECASE)
_LONGEST_TEXT = 3_000


def name_alone(text: str) -> str:
    """The name that a chat's notice begins with, in a line of its own; else ""."""
    first, _, rest = text.strip().partition("\n")
    return first if rest and _NAME_ALONE.fullmatch(first) and not _NO_NAME.search(first) else ""


def name_told(subject: str, text: str) -> str:
    """The name of who asks, as a sentence of a robot or a line beside a telephone number tells it; else ""."""
    for match in _FROM_WHOM.finditer(f"{subject}\n{text[:_LONGEST_TEXT]}"):
        name = _ROLE.sub("", next(filter(None, match.groups()), ""))
        if name and not _NO_NAME.search(name):
            return name
    return _name_beside_phone(text)


def _name_beside_phone(text: str) -> str:
    """The name in a line of its own right above or below a line that is a telephone number; "" without one."""
    lines = [line.strip() for line in text[:_LONGEST_TEXT].split("\n") if line.strip()]
    for at, line in enumerate(lines):
        if not _PHONE_LINE.fullmatch(line):
            continue
        for beside in (lines[max(at - 1, 0)], lines[min(at + 1, len(lines) - 1)]):
            if _NAME_ALONE.fullmatch(beside) and not _NO_NAME.search(beside):
                return beside
    return ""
