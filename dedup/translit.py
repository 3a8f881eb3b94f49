"""Letters of two alphabets brought to one skeleton: many spellings, one key.

A skeleton is made for comparing, never for showing: `Щукин`, `Shchukin`, `Schukin` and `Ščukin` have the same one.
Where a Latin letter may stand for several Cyrillic ones (x in Xomutov and Maxim), a word has several.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import product

from intake.contact.letters import one_alphabet

_CYRILLIC = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "ё": "e", "є": "e", "э": "e", "ж": "J",
        "з": "z", "и": "i", "і": "i", "ї": "i", "й": "i", "ы": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o",
        "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ў": "u", "ф": "f", "х": "H", "ц": "C", "ч": "Q", "ш": "W",
        "щ": "W", "ъ": "", "ь": "", "ю": "u", "я": "a", "ә": "a", "ө": "o", "ү": "u", "ұ": "u", "қ": "k", "ғ": "g",
        "ң": "n", "һ": "H", "җ": "J",
    }
)  # fmt: skip
_MARKED = str.maketrans(
    {"š": "sh", "č": "ch", "ž": "zh", "ŝ": "shch", "ć": "ch", "â": "ya", "û": "yu", "ŭ": "u", "ł": "l", "ä": "a",
     "ö": "o", "ü": "u", "ı": "i", "ğ": "g", "ş": "sh", "ç": "ch", "ə": "a"}
)  # fmt: skip
_LATIN: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), becomes)
    for pattern, becomes in (
        (r"off$", "ov"),
        (r"eff$", "ev"),
        (r"s(?:chtsch|chtch|hch|h?ch|hh)|chtch", "W"),
        (r"t(?:s?ch|sh)", "Q"),
        (r"dzh|dj", "J"),
        (r"ch", "1"),
        (r"sh", "W"),
        (r"zh", "J"),
        (r"kh", "H"),
        (r"ph", "f"),
        (r"th", "t"),
        (r"gh|gu(?=[eiy])", "g"),
        (r"ck", "k"),
        (r"cz|t[sz]|tc", "C"),
        (r"qu", "kv"),
        (r"iou", "iu"),
        (r"oo|ou", "u"),
        (r"ee", "i"),
        (r"(?<![aeiouy])io", "6"),
        (r"jo", "7"),
        (r"yo", "e"),
        (r"[yi]a", "a"),
        (r"[yi]u", "u"),
        (r"[yi]e", "e"),
        (r"x", "2"),
        (r"c(?=[eiy])", "C"),
        (r"c", "3"),
        (r"(?<=[aeiouy])j|j(?=[^aeiouy]|$)", "i"),
        (r"j", "4"),
        (r"h", "5"),
        (r"y", "i"),
        (r"w", "v"),
        (r"q", "k"),
    )
)
_EITHER = {
    "1": ("Q", "H", "W", "k"),
    "2": ("ks", "H"),
    "3": ("k", "C"),
    "4": ("i", "J"),
    "5": ("H", "g"),
    "6": ("io", "e"),
    "7": ("e", "Jo"),
}
"""What ch, x, c, j, h, io and jo may stand for; the figures mark their places in a word until one is chosen."""
_SLOT = re.compile(r"[1-7]")
_TWICE = re.compile(r"(.)\1+")
_GLIDES = tuple(
    (re.compile(pattern), becomes)
    for pattern, becomes in ((r"i+([aeu])", r"\1"), (r"ou", "u"), (r"ts", "C"), (r"dJ", "J"), (r"Wq|WQ", "W"))
)
_APOSTROPHE = re.compile(r"[\"'’‘`´ʹʺʼ]")
"""Soft and hard signs as some schemes write them."""
_MOST_READINGS = 6

_QWERTY = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_JCUKEN = "йцукенгшщзхъфывапролджэячсмитьбюё"
_LETTER_KEYS = [(key, letter) for key, letter in zip(_QWERTY, _JCUKEN, strict=True) if key.isalpha()]
_FROM_LATIN_KEYS = str.maketrans(
    {
        **dict(zip(_QWERTY, _JCUKEN, strict=True)),
        **{key.upper(): letter.upper() for key, letter in _LETTER_KEYS},
    }
    | dict(zip('{}:"<>~', "ХЪЖЭБЮЁ", strict=True))
)
_FROM_RUSSIAN_KEYS = str.maketrans(
    {letter: key for key, letter in _LETTER_KEYS}
    | {letter.upper(): key.upper() for key, letter in _LETTER_KEYS}
)


def plain_word(word: str) -> str:
    """A word in lower case, of one alphabet, ё as е, without marks on its letters (й stays)."""
    lower = one_alphabet(_APOSTROPHE.sub("", word.lower()))
    if lower.isascii():
        return lower
    lower = lower.translate(_MARKED).replace("ё", "е")
    kept = (letter if letter == "й" else unicodedata.normalize("NFD", letter)[0] for letter in lower)
    return "".join(kept)


def skeletons(plain: str) -> tuple[str, ...]:
    """The skeletons of a plain word, the likeliest first; one for a Cyrillic word."""
    if not plain.isascii():
        return (_smooth(plain.translate(_CYRILLIC)),)
    for pattern, becomes in _LATIN:
        plain = pattern.sub(becomes, plain)
    slots = dict.fromkeys(_SLOT.findall(plain))
    if not slots:
        return (_smooth(plain),)
    found = []
    for choice in product(*(_EITHER[slot] for slot in slots)):
        found.append(_smooth(plain.translate(str.maketrans(dict(zip(slots, choice, strict=True))))))
    return tuple(dict.fromkeys(found[:_MOST_READINGS]))


def other_layout(text: str) -> str:
    """`text` as it would read had the keyboard been switched to the other alphabet."""
    return text.translate(_FROM_LATIN_KEYS) if text.isascii() else text.translate(_FROM_RUSSIAN_KEYS)


def stem(skeleton: str) -> str:
    """A surname's skeleton without the ending that tells a man's from a woman's."""
    cut = skeleton.rstrip("aeiou")
    return cut if len(cut) >= 2 else skeleton


def _smooth(skeleton: str) -> str:
    """Doubled letters once; vowels that some schemes write with a glide and some without, without."""
    skeleton = _TWICE.sub(r"\1", skeleton)
    for pattern, becomes in _GLIDES:
        skeleton = pattern.sub(becomes, skeleton)
    return _TWICE.sub(r"\1", skeleton)
