"""A text in the two forms messengers take, built side by side: what is ours, and what came from outside."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from notify.plaintext import quoted_html

_FIRST_STRONG_ISOLATE = "\u2068"
_POP_ISOLATE = "\u2069"
_TAG = re.compile(r"<[a-z]")
_ENTITIES = 100


@dataclass(frozen=True, slots=True)
class Pair:
    """The same text as Telegram's HTML and without any markup."""

    html: str
    plain: str

    def bold(self) -> Pair:
        """The text, bold where that can be said."""
        return Pair(f"<b>{self.html}</b>", self.plain) if self.plain else self


def ours(text: str) -> Pair:
    """A text of our own."""
    return Pair(html.escape(text, quote=False), text)


def foreign(cleaned: str) -> Pair:
    """A text from outside that plaintext has cleaned: escaped, no live links; one that is written from right to
    left is kept from turning its neighbours round."""
    shown = quoted_html(cleaned)
    if any(unicodedata.bidirectional(sign) in ("R", "AL", "AN") for sign in cleaned):
        around = (_FIRST_STRONG_ISOLATE, _POP_ISOLATE)
        return Pair(shown.join(around), cleaned.join(around))
    return Pair(shown, cleaned)


def joined(*parts: Pair, by: Pair | None = None) -> Pair:
    """The parts in a row, `by` between them."""
    between = by or Pair("", "")
    return Pair(
        between.html.join(part.html for part in parts), between.plain.join(part.plain for part in parts)
    )


def page(lines: Sequence[Pair]) -> Pair:
    """The lines of a message. With more entities than Telegram heeds, each line is shown as typed text: else the
    links behind the hundredth would come to life."""
    whole = joined(*lines, by=Pair("\n", "\n"))
    if len(_TAG.findall(whole.html)) <= _ENTITIES:
        return whole
    return Pair(
        "\n".join(f"<code>{html.escape(line.plain, quote=False)}</code>" for line in lines), whole.plain
    )


def quote(kept: list[str], more: str) -> Pair:
    """Lines from outside as a quotation; `more`, of ours, says what was left out."""
    inner = "\n".join(foreign(line).html for line in kept)
    plain = "\n".join(f"> {foreign(line).plain}" for line in kept)
    shown = f"<blockquote>{inner}</blockquote>"
    return Pair(f"{shown}\n<i>{html.escape(more)}</i>", f"{plain}\n{more}") if more else Pair(shown, plain)
