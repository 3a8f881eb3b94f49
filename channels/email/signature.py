"""The end of a letter: where its signature begins, and the contacts that stand in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from intake.contact import Phone, find_phones

_DASHES = re.compile(r"--\s?|—|–{1,2}|__+|-{3,60}|={3,60}|_{3,60}")
_CLOSING = re.compile(
    r"\s*[*_]?(?:с\s+(?:большим |глубоким |огромным |искренним )?уважени\S*|"
    r"с\s+наилучшими(?:\s+пожеланиями)?|с\s+пожеланиями|с\s+благодарностью|уважающ\w+ вас|"
    r"всего\s+(?:вам\s+)?(?:самого\s+)?(?:доброго|хорошего|наилучшего)|хорошего\s+(?:вам\s+)?(?:дня|"
    r"вечера)|с\s+любовью|з\s+повагою|искренне\s+ваш\w*|"
    r"(?:best|kind|warm|kindest|warmest|many)?\s?(?:regards|wishes)|with (?:best |kind |warm )?regards|"
    r"(?:yours\s+)?(?:sincerely|faithfully|truly)(?:\s+yours)?|"
    r"best|cheers|thanks\s*(?:&|and)\s*(?:best\s+)?regards|thanks in advance|respectfully|cordially|"
    r"mit\s+(?:freundlichen|besten|herzlichen|freundlichem)\s+gr[üu](?:ß|ss)(?:en)?|(?:viele|beste|liebe|"
    r"herzliche|sch[öo]ne)\s+gr[üu](?:ß|ss)e|mfg|"
    r"(?:bien\s+)?cordialement|(?:meilleures\s+)?salutations|bien\s+[àa]\s+vous|(?:un\s+)?saludos?|"
    r"atentamente|cordiali\s+saluti|distinti\s+saluti|saluti|"
    r"met\s+vriendelijke\s+groet(?:en)?|groeten|pozdrawiam|z\s+powa[żz]aniem|"
    r"med\s+v[äe]nlig\w*\s+h[äi]ls\w+|s\s+pozdravem|atenciosamente|sayg[ıi]lar\w*)"
    r"[\s*_]*(?:[,.!;:—–-]|$)",
    re.IGNORECASE,
)
_POSTSCRIPT = re.compile(r"\s*(?:p\.?\s?p?\.?\s?s\b|п\.?\s?с\b|з\.?ы\b|ps\b)[.:\s]", re.IGNORECASE)
_CONTACT_LINE = re.compile(
    r"\s*(?:(?:тел|моб|сот|раб|факс|phone|tel|mob|cell|fax|office|direct|skype|telegram|whats ?app|viber|"
    r"wechat|e-?mail|эл\.? ?почта|почта|www|web|сайт|site|адрес|address|"
    r"инн|огрн|кпп|t|m|f|т|м|ф)\b\.?\s?(?:/\s?[\w.]{2,12})?\s?(?:номер|факс)?\s?[:.+(]|https?://|www\.|"
    r"\+?[\d(][\d\s().\-–/]{6,}|\S+@\S+\.\S+\s*$)",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b\d{6}\b|\bг\. ?[А-ЯЁ]|\b(?:ул|пр-?т|просп|пер|наб|ш|офис|оф|д|корп|стр)\. ?[\dА-ЯЁ]|\b(?:Street|"
    r"Str\.|Road|Ave|Suite)\b"
)
_JOB = re.compile(
    r"\b(?:менеджер|директор|руководитель|начальник|специалист|инженер|главный|ведущий|заместитель|зам\.|"
    r"бухгалтер|снабжен|закупк|отдел\w* (?:продаж|закупок|снабжения)|"
    r"manager|director|head of|engineer|specialist|ceo|cto|buyer|department|assistant|sales|owner|founder)",
    re.IGNORECASE,
)
_LEGAL = (
    "ООО|ОАО|ЗАО|ПАО|НАО|АО|ИП|ТОО|ТОВ|ЧП|ЧУП|ООД|ФГУП|ФГБУ|ФГБОУ|ГБУ|ГБУЗ|ГБОУ|МБОУ|МБУ|МУП|ГУП|АНО|НКО|ТСЖ|СНТ|"
    "КФХ|ОДО|УП|ГК|ТД"
)
_COMPANY = re.compile(
    rf"(?<![\wА-Яа-я])(?:{_LEGAL})\s{{0,3}}[«\"“„'‘]{{1,2}}\s?([^«»\"“”„\n]{{2,80}}?)\s?[»\"”'’]{{1,2}}(?:\s?[»\"”])?"
)
_SOLE_TRADER = re.compile(
    r"(?<![\wА-Яа-я])(?:ИП|КФХ)\s+[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?\s+(?:[А-ЯЁ]\.\s?[А-ЯЁ]\.?|"
    r"[А-ЯЁ][а-яё]+(?:\s[А-ЯЁ][а-яё]+)?)"
)
_FOREIGN_COMPANY = re.compile(
    r"\b((?:[A-ZÄÖÜ][\w&.'-]*[ \t]){1,5}(?:LLC|Ltd|Limited|Inc|GmbH(?: & Co\. KG)?|AG|S\.?A\.?R\.?L|Corp|"
    r"B\.V|Oy|AB|s\.r\.o|Sp\. z o\.o)\b\.?)"
)
_INN = re.compile(r"\bИНН(?:\s?/\s?КПП)?[\s:№.-]{0,6}(\d{12}|\d{10})\b(?!\d)", re.IGNORECASE)
_REQUISITE = re.compile(
    r"\b(?:ИНН|КПП|ОГРН(?:ИП)?|БИК|ОКПО|ОКАТО|ОКТМО|ОКВЭД|[рк]\s?[./]\s?с(?:ч(?:[её]т)?)?|к/сч|счет|"
    r"сч[её]т|корр?\.?\s?сч[её]т|paspor\w*|паспорт|снилс|заказ|сч\.|артикул|арт\.?|№|iban|vin|imei|"
    r"номер (?:заказа|сч[её]та|договора))"
    r"[\s:№#./-]{0,6}(?:КПП[\s:]{0,3})?[\dA-Z][\d\s/-]{4,30}",
    re.IGNORECASE,
)
_PHONE_LIKE = re.compile(
    r"(?<![\d@/=#_.-])[+(]?\d[\d\s().\-–—\u00a0\u2011]{4,24}\d(?:\s?(?:доб|ext|вн|"
    r"внутр)\w{0,8}\.?:?\s?\(?\d{1,6}\)?)?",
    re.IGNORECASE,
)
_NAME_LINE = re.compile(r"\s*[A-ZА-ЯЁÄÖÜ][\w'’-]{1,24}(?:\s+[A-ZА-ЯЁÄÖÜ][\w'’.-]{0,24}){0,3}\s*,?\s*")
_QUOTATION = "..."
_MOST_PHONES = 24
_LONGEST_TAIL = 14
_LOWEST_LINES = 60
"""A signature begins among this many last lines."""
_LONGEST_SCANNED = 20_000


@dataclass(frozen=True, slots=True)
class Signed:
    """A letter's `words` without the signature, and the `signature` under them."""

    words: str
    signature: str


def cut_signature(text: str) -> Signed:
    """The writer's words and the signature. Words are never cut to nothing."""
    lines = text.split("\n")
    at = _start(lines)
    if at is None:
        return Signed(text.strip(), "")
    words = "\n".join(lines[:at]).strip()
    tail = lines[at:]
    later = next((index for index, line in enumerate(tail) if _POSTSCRIPT.match(line)), len(tail))
    postscript = "\n".join(tail[later:]).strip()
    signature = "\n".join(tail[:later]).strip()
    if not words:
        return Signed(text.strip(), "")
    return Signed(f"{words}\n\n{postscript}" if postscript else words, signature)


def cut_signatures(pieces: Sequence[str]) -> Signed:
    """The same of words that quotations part: each piece may end with a signature, a later one be nothing else."""
    if len(pieces) <= 1:
        return cut_signature("".join(pieces))
    first, *others = pieces
    found = [cut_signature(first)]
    for piece in others:
        below = cut_signature(f"{_QUOTATION}\n\n{piece}")  # something stands above it
        found.append(Signed(below.words.removeprefix(_QUOTATION).strip(), below.signature))
    return Signed(
        "\n\n".join(one.words for one in found if one.words),
        "\n".join(one.signature for one in found if one.signature),
    )


def _start(lines: list[str]) -> int | None:
    """The line at which the signature begins."""
    first = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    for index in range(max(first + 1, len(lines) - _LOWEST_LINES), len(lines)):
        line = lines[index].rstrip()
        if line == "--" and _is_tail(lines[index + 1 :], 30):
            return index
        if (
            _DASHES.fullmatch(line.strip())
            and _is_tail(lines[index + 1 :])
            and _speaks_contact(lines[index + 1 :])
        ):
            return index
        if _CLOSING.match(line) and len(line) <= 90 and _is_tail(lines[index + 1 :]):
            return index
    return _contact_block(lines, first)


def _is_tail(lines: list[str], most: int = _LONGEST_TAIL) -> bool:
    """Whether these lines may be a signature's: few and short (a postscript may follow)."""
    body = []
    for line in lines:
        if _POSTSCRIPT.match(line):
            break
        body.append(line.strip())
    full = [line for line in body if line]
    long_ones = sum(len(line) > 160 for line in full)
    return len(full) <= most and long_ones <= 1


def _speaks_contact(lines: list[str]) -> bool:
    return any(_CONTACT_LINE.match(line) or _JOB.search(line) for line in lines)


def _contact_block(lines: list[str], first: int) -> int | None:
    """A last paragraph that is nothing but a name, a position and contacts."""
    end = len(lines)
    while end > first and not lines[end - 1].strip():
        end -= 1
    start = end
    while start > first and lines[start - 1].strip():
        start -= 1
    block = lines[start:end]
    if start <= first or not 2 < len(block) <= _LONGEST_TAIL:
        return None
    contacts = sum(bool(_CONTACT_LINE.match(line) or _PLACE.search(line)) for line in block)
    fitting = sum(
        bool(
            _CONTACT_LINE.match(line)
            or _PLACE.search(line)
            or _JOB.search(line)
            or _company_in(line)
            or _NAME_LINE.fullmatch(line)
        )
        for line in block
    )
    return start if contacts >= 2 and fitting >= len(block) - 1 else None


def phones_in(text: str, region: str) -> tuple[Phone, ...]:
    """The telephone numbers in a person's own words: no account, order or tax numbers."""
    bare = _REQUISITE.sub(" ; ", text[:_LONGEST_SCANNED])
    pieces = []
    for match in _PHONE_LIKE.finditer(bare):
        if 7 <= sum(char.isdigit() for char in match.group()) <= 22:
            pieces.append(match.group())
        if len(pieces) >= _MOST_PHONES:
            break
    return find_phones("\n;\n".join(pieces), region) if pieces else ()


def inn_in(text: str) -> str:
    """The first ИНН in a text whose check digits are right, or ""."""
    return next((match[1] for match in _INN.finditer(text[:_LONGEST_SCANNED]) if is_inn(match[1])), "")


def is_inn(digits: str) -> bool:
    """Whether 10 or 12 digits are an ИНН by their check digits."""
    if not digits.isascii() or not digits.isdigit():
        return False
    if len(digits) == 10:
        return _check(digits, (2, 4, 10, 3, 5, 9, 4, 6, 8)) == int(digits[9])
    if len(digits) == 12:
        eleventh = _check(digits, (7, 2, 4, 10, 3, 5, 9, 4, 6, 8))
        twelfth = _check(digits, (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8))
        return eleventh == int(digits[10]) and twelfth == int(digits[11])
    return False


def _check(digits: str, weights: tuple[int, ...]) -> int:
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=False)) % 11 % 10


def company_in(signature: str, words: str, own: str) -> str:
    """The company somebody writes for: from the signature, else the only one the words name; never `own`."""
    for text in (signature, words[:_LONGEST_SCANNED]):
        named = [name for name in _companies(text) if not own or _bare(name) != _bare(own)]
        if named and (text is signature or len(set(map(_bare, named))) == 1):
            return named[0]
    return ""


def _companies(text: str) -> list[str]:
    found = [(match.start(), match.group()) for match in _COMPANY.finditer(text)]
    found += [(match.start(), match.group()) for match in _SOLE_TRADER.finditer(text)]
    found += [(match.start(), match[1]) for match in _FOREIGN_COMPANY.finditer(text)]
    return [" ".join(name.split()) for _, name in sorted(found)]


def _company_in(line: str) -> bool:
    return bool(_companies(line))


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


def name_in(signature: str) -> str:
    """The name that signs a letter: the first line under the closing words, when it looks like one."""
    for line in signature.split("\n")[:4]:
        rest = _CLOSING.sub("", line).strip(" ,.-–—*_")
        if not rest:
            continue
        looks = _NAME_LINE.fullmatch(rest) and not _JOB.search(rest) and not _company_in(rest)
        return rest if looks and len(rest) <= 60 else ""
    return ""
