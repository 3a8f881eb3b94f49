"""A client with another open deal goes to that deal's owner."""

from __future__ import annotations

from crm.owners.base import OwnerCase, Pick


class DealOwner:
    """The owner of the client's newest open deal, or during a leave the deputy."""

    def pick(self, case: OwnerCase) -> Pick | None:
        """As OwnerRule."""
        for deal in sorted(case.deals, key=lambda one: (-one.opened_at, -one.number)):
            here = case.stand_in(deal.owner) if deal.owner else ""
            if here:
                return Pick(here, f"№ {deal.number}")
        return None
