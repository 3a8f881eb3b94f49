"""An operator qualifies first and hands over."""

from __future__ import annotations

from dataclasses import replace

from crm.owners.base import OwnerCase, Pick
from crm.owners.turns import give, in_line

KIND = "qualifier"


class Qualifier:
    """The next of the department that qualifies; what was handed over by it goes by the rules that follow."""

    def pick(self, case: OwnerCase) -> Pick | None:
        """As OwnerRule."""
        if case.handed or not case.how.qualifier:
            return None
        operators = replace(case, group=case.how.qualifier, among=())
        if not any(one.department == case.how.qualifier for one in case.managers.values()):
            return None
        line = in_line(operators, KIND)
        return give(operators, KIND, line[0]) if line else None
