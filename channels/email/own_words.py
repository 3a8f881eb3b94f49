"""What a person wrote in a letter: no quoted history, lawyers' lines or gateways' warnings; the signature apart."""

from __future__ import annotations

from dataclasses import dataclass

from channels.email.charsets import clean
from channels.email.quotes import Split, cut_banner, cut_disclaimer
from channels.email.signature import Signed, cut_signatures

_QUOTATION = "..."
"""Stands for what stood above a piece of a letter."""


@dataclass(frozen=True, slots=True)
class Own:
    """What a person wrote in a letter: quotes cut, then the signature apart."""

    whole: str
    signed: Signed


def own_of(split: Split) -> Own:
    """A writer's words without what gateways and lawyers add; `whole` keeps all, for contacts may stand under it."""
    first, *others = split.pieces or (split.own,)
    below = (cut_disclaimer(f"{_QUOTATION}\n\n{piece}").removeprefix(_QUOTATION).strip() for piece in others)
    pieces = [cut_disclaimer(cut_banner(first)), *below]
    return Own(split.own, cut_signatures([clean(piece) for piece in pieces if piece]))
