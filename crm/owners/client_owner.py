"""A returning client goes to the manager who answers for the client."""

from __future__ import annotations

from crm.owners.base import OwnerCase, Pick


class ClientOwner:
    """The client's owner."""

    def pick(self, case: OwnerCase) -> Pick | None:
        """As OwnerRule."""
        owner = case.client.owner if case.client else ""
        return Pick(owner, case.client.name if case.client else "") if owner and case.on_duty(owner) else None
