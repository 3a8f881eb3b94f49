"""How far a folder has been read: the cursor that is committed with its letters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from intake.clock import Millis

SECOND_MS = 1000


@dataclass(slots=True)
class Gap:
    """Letters from `first` to `last` still to be read behind the news. `dated`: only those that arrived since
    the folder's floor, for among them are letters that were there before, or have been read already."""

    first: int
    last: int
    dated: bool = False


@dataclass(slots=True)
class Progress:
    """A folder's state. UIDs up to `uid` are read or stand in a gap; `aside` counts the tries of those the
    server would not give. `floor` and `news_from` are instants of the server's clock: what arrived before
    `floor` is not ours at all, what arrived before `news_from` was there before the account was connected.
    `ties` are the sizes of letters that were there and arrived within its last second, None for all of that
    second. `left` letters were left alone then; `seen` counts what the server has listed and we have read."""

    validity: int
    uid: int
    floor: Millis = 0
    news_from: Millis = 0
    ties: list[int] | None = field(default_factory=list)
    left: int = 0
    seen: int = 0
    gaps: list[Gap] = field(default_factory=list)
    aside: dict[int, int] = field(default_factory=dict)

    def value(self) -> dict[str, Any]:
        """As the journal keeps it."""
        return {
            "validity": self.validity,
            "uid": self.uid,
            "floor": self.floor,
            "news_from": self.news_from,
            "ties": self.ties,
            "left": self.left,
            "seen": self.seen,
            "gaps": [[gap.first, gap.last, gap.dated] for gap in self.gaps],
            "aside": [[uid, tries] for uid, tries in self.aside.items()],
        }

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Progress:
        """From what the journal kept."""
        return cls(
            validity=int(value["validity"]),
            uid=int(value["uid"]),
            floor=int(value["floor"]),
            news_from=int(value["news_from"]),
            ties=value["ties"],
            left=int(value["left"]),
            seen=int(value["seen"]),
            gaps=[Gap(int(first), int(last), bool(dated)) for first, last, dated in value["gaps"]],
            aside={int(uid): int(tries) for uid, tries in value["aside"]},
        )

    def was_there(self, arrived: Millis, size: int | None) -> bool:
        """Whether a letter lay in the folder when the account was connected, by what the server says of it.
        Its dates have whole seconds, so that within the last one the size has to tell; None: it was not."""
        last = self.news_from - SECOND_MS
        if arrived != last:
            return 0 < arrived < last
        return arrived > 0 and size is not None and (self.ties is None or size in self.ties)

    def start_over(self, validity: int, next_uid: int) -> None:
        """The UIDs mean nothing any more: read again all that arrived since the floor. What has been read
        already is recognised by its bytes."""
        self.validity = validity
        self.uid = next_uid - 1
        self.aside.clear()
        self.gaps = [Gap(1, self.uid, dated=True)] if self.uid else []
