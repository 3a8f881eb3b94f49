"""Only those who can: a language, a service, a machine."""

from __future__ import annotations

from crm.owners.base import Narrow, OwnerCase
from crm.owners.segment import fits


class BySkills:
    """Of the group those who have every skill that the fitting segments ask for. Where nobody of the group has them
    all, it is said and everybody stays in question: an inquiry waits for no one who is not there."""

    def pick(self, case: OwnerCase) -> Narrow | None:
        """As OwnerRule."""
        needed = {
            skill.casefold()
            for segment in case.how.segments
            if segment.skills and fits(segment, case) is not None
            for skill in segment.skills
        }
        if not needed:
            return None
        told = ", ".join(sorted(needed))
        able = tuple(one for one in case.members() if needed <= _skills(case, one))
        if not able:
            return Narrow(case.group, f"nobody has {told}", case.among)
        return Narrow(case.group, told, able)


def _skills(case: OwnerCase, manager_id: str) -> set[str]:
    return {one.casefold() for one in case.managers[manager_id].skills}
