"""Who answered the call answers for the client."""

from __future__ import annotations

from collections.abc import Mapping

from crm.owners.base import OwnerCase, Pick
from intake.deal import Manager


class AnsweredBy:
    """The manager whose extension took the call."""

    def pick(self, case: OwnerCase) -> Pick | None:
        """As OwnerRule."""
        extension = case.inquiry.call.answered_by if case.inquiry.call else ""
        found = manager_of(case.managers, extension)
        # whoever picks up is at work, whatever the calendar says
        here = found and case.managers[found].state != "dismissed"
        return Pick(found, f"ext. {extension}") if here else None


def manager_of(managers: Mapping[str, Manager], answered_by: str) -> str:
    """The id of the manager whom an exchange means: by extension, by the id that is the login there, or by the
    name; "" for nobody of ours."""
    if not answered_by:
        return ""
    for one in managers.values():
        if answered_by in (one.extension, one.id):
            return one.id
    named = [one.id for one in managers.values() if one.name.casefold() == answered_by.casefold()]
    return named[0] if len(named) == 1 else ""
