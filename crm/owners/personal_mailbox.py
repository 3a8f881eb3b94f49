"""What comes to a manager's personal account is that manager's."""

from __future__ import annotations

from crm.owners.base import OwnerCase, Pick


class PersonalMailbox:
    """The manager named as the account's owner."""

    def pick(self, case: OwnerCase) -> Pick | None:
        """As OwnerRule."""
        owner = case.account.owner
        return Pick(owner, case.account.id) if owner and case.on_duty(owner) else None
