"""Phone numbers: read from a field, found in text, in E.164.

Russia's and Kazakhstan's numbers (+7) are read by their shape, with the slips people make: letters typed for
digits, a trunk 8 or a second 7 behind the country code, 00 or 8-10 before it, words around. All others are
judged by phonenumbers. Formats: ITU-T E.164, the Russian numbering plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from intake.contact.letters import DIGIT_LIKE, plain_digits, typed_digits
from intake.contact.point import Phone

_LONGEST_TEXT = 20_000
"""Numbers are looked for in this many first characters: the rest of a pasted log is not a contact."""
_MOST_JUDGED = 64
"""How many foreign-looking numbers of one text are judged at most."""
_SEVEN = frozenset({"RU", "KZ"})
"""The regions behind +7."""
_DOUBLED = frozenset({"77", "78", "87", "88"})
"""A country code or trunk prefix written twice."""

_NOISE = str.maketrans("", "", " ()-.\u00a0\u2010\u2011\u2012\u2013\u2014\u2212/")
_GROUP = re.compile(rf"\+?(?<!\d)\d{{10,15}}(?!\d)|(?<![^\W_])\+?[\d{DIGIT_LIKE}]{{1,20}}(?![^\W_])")
"""Digits in a row: an unbroken number even with letters glued to it, or a group that stands by itself."""
_GAP = re.compile(r"[^\S\n]{0,3}[().,\-/|\u2010-\u2015\u2212]{0,2}[^\S\n]{0,2}[(]?")
_MOST_GROUPS = 8
"""How many groups of digits one number is written in at most."""
_NEIGHBOURS = ("373", "374", "375", "380", "992", "993", "994", "995", "996", "998")
"""Country codes that are often written without a plus."""
_CODE = re.compile(
    r"9\d\d|3(?:0[12]|4[1-35-79]|5[1-3]|65|8[1-58]|9[0145])|4(?:01|1[1356]|2[13467]|7[1-5]|8[1-7]|9[1-689])|"
    r"8(?:0\d|1[1-8]|2[01]|3[13-6]|4[0-8]|5[15]|6[0-35-79]|7[1-37-9])|7(?:0[0-8]|[12]\d|47|6\d|7[15-8])"
)
"""The codes a number without 7 or 8 before it may begin with: Russia's, and Kazakhstan's that begin with 7."""
_EXTENSION = re.compile(
    r"[\s,;(]{0,3}(?:доб(?:авочн\w{0,4})?|внутр(?:енн\w{0,4})?|вн|ext(?:ension|n)?|x|#|;ext=)"
    r"[\s.:№=#]{0,3}(\d{1,7})(?!\d)|,(\d{2,5})(?![\d\s]{0,9}[\d-])",
    re.IGNORECASE,
)
_NO_PHONE_BEFORE = re.compile(
    r"(?:инн|кпп|огрн(?:ип)?|бик|окпо|снилс|сч[её]та?|р/с|к/с|заказа?|договора?|артикул|inn|order|invoice)"
    r"(?:[\s:№#.]|no){0,4}$",
    re.IGNORECASE,
)


class _Group(NamedTuple):
    start: int
    end: int
    digits: str
    plus: bool


def read_phone(text: str, region: str) -> Phone | None:
    """The one phone number that `text` is, or None when it holds none or several (then see `find_phones`).

    `region` (ISO 3166) is used when the number has no country code.
    """
    usual = _usual(text, region)
    if usual is not None:
        return usual
    if len(text) > 200:
        return None
    found = find_phones(text, region)
    return found[0] if len(found) == 1 else None


def find_phones(text: str, region: str) -> tuple[Phone, ...]:
    """The phone numbers that stand in free text, in their order, each once."""
    if len(text) <= 32 and (usual := _usual(text, region)) is not None:
        return (usual,)
    found: dict[str, Phone] = {}
    for phone in _scan(plain_digits(text[:_LONGEST_TEXT]), region):
        if phone.extension or phone.number not in found:
            found[phone.number] = phone
    return tuple(found.values())


def _usual(text: str, region: str) -> Phone | None:
    """The quick way: nothing but one +7 number in a common spelling."""
    digits = text.strip().translate(_NOISE)
    plus = digits[:1] == "+"
    if plus:
        digits = digits[1:]
    if not (digits.isascii() and digits.isdigit()):
        return None
    if len(digits) == 11 and digits[0] == "7" and (plus or region in _SEVEN):
        return Phone(f"+{digits}", "")
    if not plus and region in _SEVEN:
        if len(digits) == 11 and digits[0] == "8":
            return Phone(f"+7{digits[1:]}", "")
        if len(digits) == 10 and _CODE.match(digits):
            return Phone(f"+7{digits}", "")
    return None


def _scan(text: str, region: str) -> Iterator[Phone]:
    judge = _Judge(region)
    for chain in _chains(text):
        at, alone = 0, not text[: chain[0].start].strip() and not text[chain[-1].end :].strip()
        while at < len(chain):
            number, used = judge.first_number(chain[at : at + _MOST_GROUPS], alone=alone)
            if not number or (
                not chain[at].plus
                and _NO_PHONE_BEFORE.search(text, max(0, chain[at].start - 24), chain[at].start)
            ):
                at += 1
                continue
            at += used
            extension = _EXTENSION.match(text, chain[at - 1].end)
            yield Phone(number, (extension[1] or extension[2]) if extension else "")


def _chains(text: str) -> Iterator[list[_Group]]:
    """Groups of digits with nothing but separators between them."""
    chain: list[_Group] = []
    for found in _GROUP.finditer(text):
        digits = typed_digits(found[0].removeprefix("+"))
        joined = bool(chain) and _GAP.fullmatch(text, chain[-1].end, found.start()) is not None
        if not (any(letter.isdecimal() for letter in found[0]) or (joined and 2 <= len(digits) <= 3)):
            continue
        if chain and not joined:
            yield chain
            chain = []
        chain.append(_Group(found.start(), found.end(), digits, found[0][0] == "+"))
    if chain:
        yield chain


class _Judge:
    """Tells which digits are a number, for one region and one text."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._left = _MOST_JUDGED

    def first_number(self, groups: Sequence[_Group], *, alone: bool) -> tuple[str, int]:
        """The number that `groups` begin with in E.164, and how many of them it takes; ("", 0) without one.

        `alone`: the text is nothing but these groups, so a number outside the numbering plan is one too.
        """
        fewest = 10 if self._region in _SEVEN and not groups[0].plus else 7
        if sum(len(group.digits) for group in groups) < fewest:
            return "", 0
        lengths = list(_joined(groups))
        plus = groups[0].plus
        whole = lengths[-1]
        if not plus and 11 <= len(whole) <= 13 and whole[0] not in "78":
            number = self._foreign(whole, lenient=alone and whole.startswith(_NEIGHBOURS))
            if number:
                return number, len(lengths)
        for used, digits in enumerate(lengths, start=1):
            national = self._seven(digits, plus, groups[0])
            if national:
                return f"+7{national}", used
        for used in range(len(lengths), 0, -1):
            digits, foreign = _without_exit_code(lengths[used - 1], plus)
            number = self._foreign(digits) if foreign else self._domestic(digits)
            if number:
                return number, used
        digits, foreign = _without_exit_code(whole, plus)
        number = self._foreign(digits, lenient=True) if foreign and alone else ""
        return number, len(lengths) if number else 0

    def _seven(self, digits: str, plus: bool, first: _Group) -> str:
        """The ten national digits of a complete +7 number, or ""."""
        digits, foreign = _without_exit_code(digits, plus)
        if not foreign and self._region not in _SEVEN:
            return ""
        length, national = len(digits), digits[-10:]
        if length < 10 or national[0] not in "346789":
            return ""
        if length == 10:
            plain = not foreign and len(first.digits) in ((3,) if national[0] == "7" else (3, 4, 5, 10))
            return national if plain and _CODE.match(national) else ""
        if length == 11:
            trunk = digits[0] == "8" and (not foreign or national[0] == "9")
            return national if trunk or digits[0] == "7" else ""
        doubled = length == 12 and digits[:2] in _DOUBLED and national[0] in "3489"
        return national if doubled else ""

    def _foreign(self, digits: str, *, lenient: bool = False) -> str:
        """`digits` with their country code as E.164, or ""; `lenient` asks only for a possible length."""
        if not 8 <= len(digits) <= 15 or not self._may_judge():
            return ""
        return _judged(f"+{digits}", None, lenient=lenient)

    def _domestic(self, digits: str) -> str:
        if self._region in _SEVEN or not 7 <= len(digits) <= 13 or not self._may_judge():
            return ""
        return _judged(digits, self._region)

    def _may_judge(self) -> bool:
        self._left -= 1
        return self._left >= 0


def _joined(groups: Sequence[_Group]) -> Iterator[str]:
    """The digits of the first group, of the first two, and so on, as far as one number can reach."""
    digits = ""
    for index, group in enumerate(groups):
        if index and (group.plus or len(digits) + len(group.digits) > 18):
            return
        digits += group.digits
        yield digits


def _without_exit_code(digits: str, plus: bool) -> tuple[str, bool]:
    """The digits behind 00 or 8-10, and whether a country code comes first."""
    if plus:
        return digits, True
    if digits.startswith("00"):
        return digits[2:], True
    if digits.startswith("810") and len(digits) >= 12:
        return digits[3:], True
    return digits, False


def _judged(text: str, region: str | None, *, lenient: bool = False) -> str:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return ""
    good = phonenumbers.is_possible_number if lenient else phonenumbers.is_valid_number
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if good(number) else ""
