"""Letters that look alike in two alphabets, and letters that are typed for digits."""

from __future__ import annotations

import re
import unicodedata

_TO_LATIN = str.maketrans("авеёкмнорстухіјѕԁԛԝһ", "abeekmhopctyxijsdqwh")
"""Small Cyrillic letters that can pass for a Latin one."""
_TO_CYRILLIC = str.maketrans("abcehkmoptxyiunr", "авсенкмортхуіипг")
"""Small Latin letters that can pass for a Cyrillic one (in some type face or in capitals)."""

_TYPED_DIGITS = str.maketrans("OoОоQIiІіlL|ЗзЭэбBВSsZzЧч", "0000011111113333688552244")
DIGIT_LIKE = "OoОоQIiІіlL|ЗзЭэбBВSsZzЧч"
"""Letters that are typed for 0, 1, 3, 6, 8, 5, 2 and 4."""

_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN = re.compile(r"[a-z]")


def typed_digits(text: str) -> str:
    """`text` with the letters that are typed for digits made digits."""
    return text.translate(_TYPED_DIGITS)


def plain_digits(text: str) -> str:
    """`text` in its compatibility form (full-width becomes usual), with every script's digits as 0 to 9 and
    without invisible characters."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKC", text)
    if not any(letter.isdecimal() and not letter.isascii() for letter in plain):
        return "".join(letter for letter in plain if unicodedata.category(letter) != "Cf")
    return "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() else letter
        for letter in plain
        if unicodedata.category(letter) != "Cf"
    )


def one_alphabet(word: str) -> str:
    """A lower-case word whose alphabets are mixed, in the one it was meant in: that of its letters that have no
    double in the other, Cyrillic when all have. A word of one alphabet stays as it is."""
    if word.isascii() or not (_LATIN.search(word) and _CYRILLIC.search(word)):
        return word
    cyrillic = word.translate(_TO_CYRILLIC)
    if not _LATIN.search(cyrillic):
        return cyrillic
    latin = latin_of(word)
    return latin if not _CYRILLIC.search(latin) else word


def latin_of(word: str) -> str:
    """A lower-case word with each Cyrillic letter that passes for a Latin one made Latin."""
    return word.translate(_TO_LATIN)
