"""Who may do what: five roles in a row, a manager's own things, and in whose name somebody acts."""

from __future__ import annotations

from dataclasses import replace

from intake.errors import Forbidden, NotFound
from intake.ports import ROLES, Who

_RANK = {role: rank for rank, role in enumerate(ROLES)}


def may(who: Who, least: str) -> bool:
    """Whether `who` has at least the role `least`."""
    return _RANK.get(who.role, -1) >= _RANK[least]


def require(who: Who, least: str) -> None:
    """Raises Forbidden unless `who` has at least the role `least`."""
    if not may(who, least):
        raise Forbidden(f"the role {who.role} may not do this; it takes {least}")


def only_own(who: Who) -> bool:
    """Whether `who` sees nothing but a manager's own things."""
    return who.role == "manager"


def sees_contacts(who: Who) -> bool:
    """Whether phones and addresses are shown whole; an observer sees them masked."""
    return may(who, "manager")


def require_own(own: bool) -> None:
    """Raises NotFound for what belongs to somebody else: that it exists is not told either."""
    if not own:
        raise NotFound("there is no such thing, or it is somebody else's")


def acting(who: Who, manager: str) -> Who:
    """`who`, acting as the manager that a request names. Raises Forbidden when that is another one."""
    if not manager or manager == who.manager:
        return who
    if not may(who, "duty"):
        raise Forbidden("only duty, head and admin may act in another manager's name")
    return replace(who, manager=manager)
