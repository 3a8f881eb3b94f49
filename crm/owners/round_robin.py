"""Everybody in turn: the one who has waited longest in the account's department."""

from __future__ import annotations

from crm.owners.base import OwnerCase, Pick
from intake.decision import Turn


class RoundRobin:
    """The manager on duty whose last turn is the oldest; those who never had one come first, in their order.

    The turn is part of the decision, so it survives kills, and a returning client uses up none.
    """

    def pick(self, case: OwnerCase) -> Pick | None:
        """As OwnerRule."""
        group = case.account.department
        members = [one.id for one in case.managers.values() if not group or one.department == group]
        ready = [one for one in members or case.managers if case.on_duty(one)]
        if not ready:
            return None
        name = f"round_robin:{group}"
        last = {manager: turn.seq for (of, manager), turn in case.turns.items() if of == name}
        chosen = min(ready, key=lambda one: last.get(one, 0))
        turn = Turn(name, chosen, max(last.values(), default=0) + 1)
        return Pick(chosen, f"{group or 'all'}: turn {turn.seq}", turn)
