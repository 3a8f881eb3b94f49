"""Making foreign text harmless: one line or a few, without signs of ours, direction tricks or live links."""

from __future__ import annotations

import html
import re
import unicodedata

SYSTEM_SIGNS = "🔔👥👤🏢💬📎🔗⏱☎📞🔁✅❓👉📋💼🌙"
"""The signs our own lines begin with; they never come through from outside."""

_LOOKALIKES = "☑✔✓🗸🆗⌛⏰⏲🔕📱🗨🗯💭"
_FORBIDDEN = dict.fromkeys(map(ord, SYSTEM_SIGNS + _LOOKALIKES), "▫")
# letters that are drawn as nothing and are not of category Cf
_INVISIBLE = dict.fromkeys([0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, 0x2800])
_VARIATIONS = dict.fromkeys([*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])
_BREAKS = dict.fromkeys(map(ord, "\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), "\n")
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}
_LONGEST = 6_000
"""Of a longer text only the beginning is looked at: a card shows three hundred signs."""
_ZALGO = 2
"""Accents that may stand on one letter."""
_LINKY = re.compile(
    r"\S*(?:[a-z][a-z0-9+.\-]*:[^\s\d]|://|www\.|@)\S*"
    r"|\S*[^\W_]\.(?:[a-z]{2,}|рф|рус|москва|сайт|онлайн|дети|орг|бел|укр)(?![^\W_])\S*"
    r"|(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?!\d)\S*"
    r"|(?<![\w/])[/#$]\w[\w@]*",
    re.IGNORECASE,
)
"""What messengers and letter programs make a link of by themselves: addresses, mentions, commands, tags."""
_MANY_LINKS = 12
"""More links than this in one text: all of it is shown as it was typed, for Telegram heeds 100 entities only."""
_JOINER = "\u2060"


def lines(text: str) -> list[str]:
    """The text's lines, cleaned, without the empty ones."""
    start = text[:_LONGEST].translate(_BREAKS)
    return [line for line in (_clean(one) for one in start.split("\n")) if line]


def one_line(text: str, limit: int = 64) -> str:
    """The text as one clean line of at most `limit` signs."""
    return cut(" ".join(lines(text)), limit)


def cut(text: str, limit: int) -> str:
    """At most `limit` signs, the last one `…` when something was cut off; never within an accented letter."""
    if len(text) <= limit:
        return text
    end = limit - 1
    while end > 1 and unicodedata.combining(text[end]):
        end -= 1
    return text[:end].rstrip() + "…"


def cut_lines(found: list[str], limit: int) -> tuple[list[str], int]:
    """The first lines that fit into `limit` signs, and how many lines were left out; a line cut counts as
    left out."""
    kept: list[str] = []
    room = limit
    for index, line in enumerate(found):
        if len(line) > room:
            if room > limit // 4 or not kept:
                kept.append(cut(line, max(room, 2)))
            return kept, len(found) - index
        kept.append(line)
        room -= len(line) + 1
    return kept, 0


def quoted_html(text: str) -> str:
    """The text for Telegram: escaped, with whatever would become a link shown as typed text."""
    if len(_LINKY.findall(text)) > _MANY_LINKS:
        return f"<code>{html.escape(text, quote=False)}</code>"
    parts: list[str] = []
    at = 0
    for match in _LINKY.finditer(text):
        parts.append(html.escape(text[at : match.start()], quote=False))
        parts.append(f"<code>{html.escape(match[0], quote=False)}</code>")
        at = match.end()
    parts.append(html.escape(text[at:], quote=False))
    return "".join(parts)


def unlinked(text: str) -> str:
    """The text for where markup cannot say so: an invisible joiner keeps links from coming to life."""
    return _LINKY.sub(lambda match: re.sub(r"([.:/@#])(?=\S)", rf"\1{_JOINER}", match[0]), text)


def utf16_length(text: str) -> int:
    """How long Telegram takes it to be: in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def _clean(line: str) -> str:
    """One line: composed, invisible and directional signs away, signs of ours replaced, blanks single."""
    composed = unicodedata.normalize("NFC", line.replace("\t", " "))
    seen = composed.translate(_FORBIDDEN).translate(_INVISIBLE).translate(_VARIATIONS)
    kept = "".join(sign for sign in seen if sign == " " or unicodedata.category(sign) not in _DROPPED)
    return " ".join(_few_accents(kept).split())


def _few_accents(text: str) -> str:
    """The text with at most two accents on a letter, so that nothing grows over the lines around it."""
    if not any(unicodedata.combining(sign) for sign in text):
        return text
    kept: list[str] = []
    run = 0
    for sign in text:
        run = run + 1 if unicodedata.combining(sign) else 0
        if run <= _ZALGO:
            kept.append(sign)
    return "".join(kept)
