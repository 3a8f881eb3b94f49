"""What comes to a manager's personal account is that manager's."""

from __future__ import annotations

from crm.owners.base import OwnerCase, Pick


class PersonalMailbox:
    """The manager named as the account's owner, or during a leave the deputy."""

    def pick(self, case: OwnerCase) -> Pick | None:
        """As OwnerRule."""
        owner = case.account.owner
        here = case.stand_in(owner) if owner else ""
        return Pick(here, case.account.id) if here else None
