"""Who answered the call answers for the client."""

from __future__ import annotations

from crm.owners.base import OwnerCase, Pick


class AnsweredBy:
    """The manager whose extension took the call."""

    def pick(self, case: OwnerCase) -> Pick | None:
        """As OwnerRule."""
        extension = case.inquiry.call.answered_by if case.inquiry.call else ""
        if not extension:
            return None
        for one in case.managers.values():
            if extension in (one.extension, one.id) and case.on_duty(one.id):
                return Pick(one.id, f"ext. {extension}")
        return None
