"""To the one with the fewest open deals."""

from __future__ import annotations

from crm.owners.base import OwnerCase, Pick
from crm.owners.turns import give, in_line

KIND = "least_loaded"


class LeastLoaded:
    """The manager on shift who answers for the fewest open deals; of equals the one who has waited longest."""

    def pick(self, case: OwnerCase) -> Pick | None:
        """As OwnerRule."""
        line = in_line(case, KIND)
        if not line:
            return None
        chosen = min(line, key=lambda one: case.loads.get(one, 0))
        return give(case, KIND, chosen, f"open deals {case.loads.get(chosen, 0)}, ")
