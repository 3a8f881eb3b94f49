"""A client with another open deal goes to that deal's owner."""

from __future__ import annotations

from crm.owners.base import OwnerCase, Pick


class DealOwner:
    """The owner of the client's newest open deal."""

    def pick(self, case: OwnerCase) -> Pick | None:
        """As OwnerRule."""
        for deal in sorted(case.deals, key=lambda one: (-one.opened_at, -one.number)):
            if deal.owner and case.on_duty(deal.owner):
                return Pick(deal.owner, f"№ {deal.number}")
        return None
