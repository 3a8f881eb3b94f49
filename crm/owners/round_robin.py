"""Everybody in turn: the one who has waited longest in the department."""

from __future__ import annotations

from crm.owners.base import OwnerCase, Pick
from crm.owners.turns import give, in_line

KIND = "round_robin"


class RoundRobin:
    """The manager on shift whose last turn is the oldest; those who never had one come first, in their order.

    The turn is part of the decision, so it survives kills, and a returning client uses up none.
    """

    def pick(self, case: OwnerCase) -> Pick | None:
        """As OwnerRule."""
        line = in_line(case, KIND)
        return give(case, KIND, line[0]) if line else None
