"""Everybody in turn: the one who has waited longest in the account's department."""

from __future__ import annotations

from crm.owners.base import OwnerCase, Pick
from crm.owners.turns import last_turns, members_of, ready, turn_of


class RoundRobin:
    """The manager on shift whose last turn is the oldest; those who never had one come first, in their order.

    The turn is part of the decision, so it survives kills, and a returning client uses up none.
    """

    def pick(self, case: OwnerCase) -> Pick | None:
        """As OwnerRule."""
        group = case.account.department
        here = ready(case, members_of(case.roster, group))
        if not here:
            return None
        name = f"round_robin:{group}"
        last = last_turns(case.turns, name)
        chosen = min(here, key=lambda one: last.get(one, 0))
        turn = turn_of(case, name, chosen, max(last.values(), default=0) + 1)
        return Pick(chosen, f"{group or 'all'}: turn {turn.seq}", turn)
