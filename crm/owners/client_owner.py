"""A returning client goes to the manager who answers for the client."""

from __future__ import annotations

from crm.owners.base import OwnerCase, Pick


class ClientOwner:
    """The client's owner, or during a leave the deputy. Where returning clients are `forced` to their owner, they
    wait for an owner who is off shift; one who was dismissed has no clients any more."""

    def pick(self, case: OwnerCase) -> Pick | None:
        """As OwnerRule."""
        owner = case.client.owner if case.client else ""
        name = case.client.name if case.client else ""
        here = case.stand_in(owner) if owner else ""
        if here:
            return Pick(here, name)
        known = case.managers.get(owner)
        if case.how.forced and known and known.state != "dismissed" and owner not in case.but:
            case.skipped.clear()
            why = case.roster.why_off(owner, case.now)
            return Pick(owner, f"{name}, forced, {why}" if name else f"forced, {why}")
        return None
