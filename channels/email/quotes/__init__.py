"""Cutting quoted history out of a letter: what the writer wrote now, and what the mail program put under it."""

from __future__ import annotations

import re

from channels.email.quotes.footers import cut_disclaimer, cut_mobile_footer
from channels.email.quotes.markup import read_marked
from channels.email.quotes.scan import split_lines
from channels.email.quotes.shape import QUOTED, Split, normalise

__all__ = ["Split", "cut_disclaimer", "cut_mobile_footer", "cut_quotes", "split_quotes"]

_NOT_LETTERS = re.compile(r"[\W_]+")


def cut_quotes(text: str, *, html: str | None = None) -> str:
    """What the writer wrote now: the letter without quoted history and programs' footers.

    `text` is the plain part ("" for a letter that is HTML only), `html` the HTML part when there is one. The answer
    is "" when nothing is the writer's, as in a bare forward: `split_quotes` then has the history. Signatures stay.
    """
    return split_quotes(text, html).own


def split_quotes(text: str, html: str | None = None) -> Split:
    """The letter in two: the writer's own words and the history. Takes what `cut_quotes` takes."""
    plain = split_lines(normalise(text))
    if not html or not html.strip():
        return plain
    marked, sure = read_marked(html)
    if not marked.strip():
        return plain
    rich = split_lines(_normalised(marked))
    if not text.strip():
        return rich
    if not sure or _letters(plain.own) == _letters(rich.own):
        return plain
    return rich


def _normalised(marked: str) -> str:
    """Marked lines normalised with their marks kept."""
    return "\n".join(
        QUOTED + normalise(line[1:]) if line.startswith(QUOTED) else normalise(line)
        for line in marked.split("\n")
    )


def _letters(text: str) -> str:
    return _NOT_LETTERS.sub("", text)
