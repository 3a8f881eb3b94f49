"""Shares: who has twice the weight is given twice as much."""

from __future__ import annotations

from crm.owners.base import OwnerCase, Pick
from crm.owners.turns import last_turns, ready, turn_of

KIND = "weighted"
SCALE = 10_000
_BITS = 22


class Weighted:
    """Start-time fair queueing: each turn moves a manager on by one over the weight; the one least far is next, of
    equals the one who has waited longest. Who was away begins where the others are, and catches nothing up. With
    equal weights this is everybody in turn.

    A turn's `seq` holds both: how far it moved the manager, and in its low bits when it was.
    """

    def pick(self, case: OwnerCase) -> Pick | None:
        """As OwnerRule."""
        here = ready(case)
        if not here:
            return None
        name = f"{KIND}:{case.group}"
        last = {one: divmod(seq, 1 << _BITS) for one, seq in last_turns(case.turns, name).items()}
        now = max((end - _step(case, one) for one, (end, _) in last.items()), default=0)
        starts = {one: max(last.get(one, (0, 0))[0], now) for one in here}
        chosen = min(here, key=lambda one: (starts[one], last.get(one, (0, 0))[1]))
        order = (max((when for _, when in last.values()), default=0) + 1) % (1 << _BITS)
        turn = turn_of(case, name, chosen, (starts[chosen] + _step(case, chosen) << _BITS) + order)
        share = f"share {case.managers[chosen].weight:g}, turns today {turn.given}"
        return Pick(chosen, f"{case.group or 'all'}: {share}", turn)


def _step(case: OwnerCase, manager_id: str) -> int:
    one = case.managers.get(manager_id)
    return round(SCALE / one.weight) if one and one.weight else SCALE
