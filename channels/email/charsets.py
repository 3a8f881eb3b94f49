"""Bytes to text when the charset is declared, missing, unknown or a lie. Never raises, never loses the rest."""

from __future__ import annotations

import codecs
import re

_ALIASES = {
    "utf8": "utf-8",
    "utf8mb4": "utf-8",
    "utf-8-sig": "utf-8",
    "unicode": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "chinesesimp": "gb18030",
    "big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "x-windows-949": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "windows-874": "cp874",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "koi8": "koi8-r",
    "koi8r": "koi8-r",
    "koi8-ru": "koi8-u",
    "koi-8": "koi8-r",
    "win-1251": "cp1251",
    "win1251": "cp1251",
    "windows1251": "cp1251",
    "windows-cp1251": "cp1251",
    "cp-1251": "cp1251",
    "x-cp1251": "cp1251",
    "ansi-1251": "cp1251",
    "ms-cyrl": "cp1251",
    "cp-866": "cp866",
    "dos-866": "cp866",
    "cp-850": "cp850",
    "iso8859-1": "cp1252",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "ansi_x3.4-1968": "us-ascii",
    "ansi_x3.110-1983": "us-ascii",
    "ascii": "us-ascii",
}
_TEXT_CODECS = frozenset(
    {
        *(
            "utf-8",
            "utf-7",
            "utf-16",
            "utf-16-le",
            "utf-16-be",
            "utf-32",
            "ascii",
            "cp1250",
            "cp1251",
            "cp1252",
        ),
        *(
            "cp1253",
            "cp1254",
            "cp1255",
            "cp1256",
            "cp1257",
            "cp1258",
            "cp437",
            "cp850",
            "cp852",
            "cp855",
            "cp866",
        ),
        *(
            "cp874",
            "cp932",
            "cp949",
            "cp950",
            "koi8-r",
            "koi8-u",
            "koi8-t",
            "kz1048",
            "ptcp154",
            "mac-cyrillic",
        ),
        *(
            "mac-roman",
            "gb18030",
            "big5",
            "big5hkscs",
            "euc_jp",
            "euc_kr",
            "iso2022_jp",
            "iso2022_jp_ext",
            "hz",
        ),
        *("iso2022_kr", "tis-620", *(f"iso8859-{number}" for number in range(1, 17))),
    }
)
"""What a letter may ask for. Python's other codecs (hex, zip, idna, ...) are not charsets."""

_CYRILLIC = ("cp1251", "koi8-u", "cp866", "iso8859-5", "mac-cyrillic")
_SINGLE_BYTE_RUSSIAN = frozenset({"cp1251", "koi8-r", "koi8-u", "cp866", "iso8859-5", "mac-cyrillic"})
_COMMON = frozenset("оеаинтсрвлкмдпуя")
_LETTERS = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ")
_SAMPLE = 6_000
_HIGH = re.compile(rb"[\x80-\xff]")
_HIGH_RUN = re.compile(rb"([A-Za-z]?)([\x80-\xff]+)([A-Za-z]?)")
_CJK = re.compile("[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]")


def codec_of(name: str) -> str | None:
    """The codec of a charset's name as letters write it, or None if there is no such charset."""
    cleaned = name.strip().strip("\"'").lower().replace(" ", "")[:40]
    cleaned = _ALIASES.get(cleaned, cleaned)
    try:
        known = codecs.lookup(cleaned).name
    except (LookupError, ValueError):
        return None
    return known if known in _TEXT_CODECS else None


def decode(data: bytes, declared: str = "") -> str:
    """`data` as text: by its declared charset when that fits, else by what the bytes look like."""
    codec = codec_of(declared) if declared else None
    if data.startswith(codecs.BOM_UTF8):
        return data[3:].decode("utf-8", "replace")
    if data.isascii():
        return _decode_ascii(data, codec)
    if codec is None or codec in {"ascii", "cp1252", "iso8859-1"} or codec in _SINGLE_BYTE_RUSSIAN:
        return _decode_single(data, codec)
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return _decode_damaged(data, codec)


def _decode_ascii(data: bytes, codec: str | None) -> str:
    if codec in {"utf-7", "hz"} or (codec or "").startswith("iso2022"):
        return data.decode(str(codec), "replace")
    if b"\x1b$" in data:  # Japanese without a declaration
        return data.decode("iso2022_jp_ext", "replace")
    if codec is not None and codec.startswith(("utf-16", "utf-32")) and b"\0" in data:
        return data.decode(codec, "replace")
    return data.decode("ascii")


def _decode_single(data: bytes, codec: str | None) -> str:
    """Single-byte charsets are declared by mistake all the time: valid UTF-8 and Russian are recognised first."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as fault:
        if fault.start > len(data) - 4 and fault.reason == "unexpected end of data" and len(data) > 40:
            return data.decode("utf-8", "ignore")
    guessed = guess(data)
    if codec in _SINGLE_BYTE_RUSSIAN:
        sample = data[:_SAMPLE]
        declared_fits = _russian(sample, codec) >= _russian(sample, guessed) * 0.8
        return data.decode(codec if declared_fits else guessed, "replace")
    return data.decode(guessed, "replace")


def _decode_damaged(data: bytes, codec: str) -> str:
    """The declared charset does not fit everywhere: a few bad bytes are replaced, a lie is guessed anew."""
    high = len(_HIGH.findall(data[:_SAMPLE])) or 1
    read = data[:_SAMPLE].decode(codec, "replace")
    if read.count("\ufffd") * 8 <= high:
        return data.decode(codec, "replace")
    if codec != "utf-8":
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return data.decode(guess(data), "replace")


def guess(data: bytes) -> str:
    """The codec that undeclared 8-bit text, known not to be UTF-8, most looks like."""
    sample = data[:_SAMPLE]
    high = len(_HIGH.findall(sample))
    in_words = sum(
        len(run) for before, run, after in _HIGH_RUN.findall(sample) if len(run) > 1 and not before + after
    )
    if in_words * 2 < high:  # accents within Latin words or alone
        return "cp1252"
    best = max(_CYRILLIC, key=lambda codec: _russian(sample, codec))
    if _russian(sample, best) > 0.45 * high:
        return best
    try:
        chinese = sample[: len(sample) // 2 * 2].decode("gb18030", "ignore")
    except (UnicodeDecodeError, LookupError):
        return best
    return "gb18030" if len(_CJK.findall(chinese)) * 2 > 0.7 * high else best


def _russian(sample: bytes, codec: str) -> float:
    """How Russian `sample` reads in `codec`: about one point a letter, less for capitals within words."""
    score = 0.0
    before = " "
    for char in sample.decode(codec, "replace"):
        if char > "\x7f":
            if char in _COMMON:
                score += 1.2
            elif char in _LETTERS:
                score += 0.7
            elif char.lower() in _LETTERS:
                score += 0.1 if before in _LETTERS else 0.6
            elif char in "«»—–№…“”„ ’":
                score += 0.3
            else:
                score -= 1.0
        before = char
    return score


def clean(text: str) -> str:
    """Text that any database takes: no NUL, no lone surrogates, no other controls; line ends are \\n."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff]")
