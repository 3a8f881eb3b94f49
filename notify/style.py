"""How and to whom a card is told: the company's language and zone, who looks, when, and which menu is open."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from intake.clock import Millis, to_datetime

Stages = Mapping[str, tuple[tuple[str, str], ...]]
"""By pipeline its stages in order, as (id, name)."""
NO_STAGES: Stages = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Style:
    """How cards are told: the translations, the zone of times, where the system's own pages are ("" for nowhere),
    whether contacts stay masked until the card is taken, and the stages that a deal may be moved to from a card."""

    words: gettext.NullTranslations = field(default_factory=gettext.NullTranslations)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    public_url: str = ""
    mask_until_taken: bool = True
    stages: Stages = field(default_factory=lambda: NO_STAGES)


@dataclass(frozen=True, slots=True)
class Face:
    """To whom and when it is shown: the present instant, whether others read along (`public`), whether an
    earlier try may have shown the same card already (`repeat`). `colleagues` are (id, name) of those to whom it
    can be handed; `menu` is the path of the menu that is open, "" for the card's own buttons; `room` is how many
    buttons a message may have."""

    now: Millis
    public: bool = False
    repeat: bool = False
    colleagues: tuple[tuple[str, str], ...] = ()
    menu: str = ""
    room: int = 90


def local(at: Millis, style: Style) -> datetime:
    """The instant in the company's zone."""
    return to_datetime(at).astimezone(style.zone)


def moment(at: Millis, style: Style, now: Millis) -> str:
    """`14:02`, with the day in front when it is another one than today's."""
    there, today = local(at, style), local(now, style)
    return f"{there:%H:%M}" if there.date() == today.date() else f"{there:%d.%m %H:%M}"
