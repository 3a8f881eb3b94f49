"""Cutting quoted history out of a letter: what the writer wrote now, and what the mail program put under it."""

from __future__ import annotations

import re

from channels.email.quotes.footers import cut_banner, cut_disclaimer, cut_mobile_footer
from channels.email.quotes.markup import read_marked
from channels.email.quotes.scan import split_lines
from channels.email.quotes.shape import QUOTED, Split, normalise

__all__ = ["Split", "cut_banner", "cut_disclaimer", "cut_mobile_footer", "cut_quotes", "split_quotes"]

_LONGEST_TEXT = 200_000
"""Quotations are looked for in this many first characters: nobody writes more by hand."""
_NOT_LETTERS = re.compile(r"[<(\[]?https?:\S+|[\W\d_]+")


def cut_quotes(text: str, *, html: str | None = None) -> str:
    """What the writer wrote now: the letter without quoted history and programs' footers.

    `text` is the plain part ("" for a letter that is HTML only), `html` the HTML part when there is one. The answer
    is "" when nothing is the writer's, as in a bare forward: `split_quotes` then has the history. Signatures stay.
    """
    return split_quotes(text, html).own


def split_quotes(text: str, html: str | None = None) -> Split:
    """The letter in two: the writer's own words and the history. Takes what `cut_quotes` takes."""
    plain = _split_plain(text)
    if not html or not html.strip():
        return plain
    marked, sure = read_marked(html)
    if not marked.strip():
        return plain
    rich = split_lines(_normalised(marked[:_LONGEST_TEXT]))
    if not text.strip():
        return rich
    if not rich.quoted or (plain.quoted and (not sure or _cut_alike(plain.own, rich.own))):
        return plain
    return rich if sure or not plain.quoted else plain


def _split_plain(text: str) -> Split:
    """The plain text in two; what stands beyond the first `_LONGEST_TEXT` characters goes where its beginning went."""
    if len(text) <= _LONGEST_TEXT:
        return split_lines(normalise(text))
    end = text.rfind("\n", _LONGEST_TEXT // 2, _LONGEST_TEXT) + 1 or _LONGEST_TEXT
    head = split_lines(normalise(text[:end]))
    if head.quoted:
        return Split(head.own, head.quoted + "\n" + text[end:])
    return Split(head.own + "\n" + text[end:], "")


def _normalised(marked: str) -> str:
    """Marked lines normalised with their marks kept."""
    return "\n".join(
        QUOTED + normalise(line[1:]) if line.startswith(QUOTED) else normalise(line)
        for line in marked.split("\n")
    )


def _cut_alike(plain: str, rich: str) -> bool:
    """Whether both were cut at the same places: what is left begins and ends alike and is about as long."""
    one, other = _letters(plain), _letters(rich)
    near = abs(len(one) - len(other)) <= max(len(one), len(other)) // 5
    return near and one[:20] == other[:20] and one[-20:] == other[-20:]


def _letters(text: str) -> str:
    return _NOT_LETTERS.sub("", text)
