"""Works: a manager's claimed effects, folded to what is still worth doing. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from intake.clock import Millis
from intake.effect import DueEffect, EffectKind

REMIND = "remind"
"""The `why` of a card's effect that rings because nobody has taken it yet."""


@dataclass(slots=True)
class Work:
    """All waiting effects of one card: shown once, as the ledger stands; rung if any of them wanted it."""

    card_id: str
    effects: list[DueEffect] = field(default_factory=list)

    @property
    def ids(self) -> list[int]:
        """The effects' ids."""
        return [one.id for one in self.effects]

    @property
    def ring(self) -> bool:
        """Whether a sound is wanted."""
        return any(one.effect.payload.get("ring") != "0" for one in self.effects)

    @property
    def first(self) -> bool:
        """Whether nothing but the card's first inquiry is to be told."""
        return all(one.effect.payload.get("touch", "1") == "1" for one in self.effects)

    @property
    def reminder(self) -> bool:
        """Whether it only says once more that nobody took it."""
        return all(one.effect.payload.get("why") == REMIND for one in self.effects)

    @property
    def unsure(self) -> bool:
        """Whether it may have been shown already."""
        return any(one.unsure for one in self.effects)

    @property
    def attempts(self) -> int:
        """The most tries any of them had, this one too."""
        return max(one.attempts for one in self.effects)

    @property
    def since(self) -> Millis:
        """Since when it waits."""
        return min(one.effect.created_at for one in self.effects)


def fold(effects: Iterable[DueEffect]) -> list[Work]:
    """The cards' effects, a Work each card, in the order in which the cards' first effects were written."""
    works: dict[str, Work] = {}
    for one in sorted(effects, key=lambda due: due.id):
        if one.effect.kind is EffectKind.CARD:
            card_id = one.effect.payload.get("card_id", "")
            works.setdefault(card_id, Work(card_id)).effects.append(one)
    return list(works.values())


@dataclass(slots=True)
class Summaries:
    """A manager's waiting summaries for one messenger: one message tells them all."""

    messenger: str
    effects: list[DueEffect] = field(default_factory=list)

    @property
    def ids(self) -> list[int]:
        """The effects' ids."""
        return [one.id for one in self.effects]

    @property
    def since(self) -> Millis:
        """When the first of the outages began."""
        return min(int(one.effect.payload.get("since", "0")) for one in self.effects)

    @property
    def unsure(self) -> bool:
        """Whether it may have been shown already."""
        return any(one.unsure for one in self.effects)


def fold_summaries(effects: Iterable[DueEffect]) -> list[Summaries]:
    """The summaries, by messenger."""
    found: dict[str, Summaries] = {}
    for one in effects:
        if one.effect.kind is EffectKind.SUMMARY:
            name = one.effect.payload.get("messenger", "")
            found.setdefault(name, Summaries(name)).effects.append(one)
    return list(found.values())
