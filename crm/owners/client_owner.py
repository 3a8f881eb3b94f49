"""A returning client goes to the manager who answers for the client."""

from __future__ import annotations

from crm.owners.base import OwnerCase, Pick


class ClientOwner:
    """The client's owner, or during a leave the deputy."""

    def pick(self, case: OwnerCase) -> Pick | None:
        """As OwnerRule."""
        owner = case.client.owner if case.client else ""
        here = case.stand_in(owner) if owner else ""
        return Pick(here, case.client.name if case.client else "") if here else None
