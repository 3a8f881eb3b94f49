"""The setting `fields` of every form kind: what a site's own field names tell, where our guess is wrong."""

from __future__ import annotations

from collections.abc import Mapping

from channels.base import Need
from channels.forms.names import Role
from channels.forms.posted import plain_name
from intake.account import Account

NAMEABLE = frozenset(role.value for role in Role if role not in (Role.UTM, Role.CLICK, Role.HANDLE))
"""What a setting may name: roles without a detail of their own."""

FIELDS_NEED = Need(
    "fields", False, "what the site's own field names mean", "что значат поля с именами самого сайта"
)


def own_fields(account: Account) -> Mapping[str, Role]:
    """The account's `fields = {phone = "my_field"}` as the site's names with what they tell."""
    wanted = account.options.get("fields")
    if not isinstance(wanted, Mapping):
        return {}
    return {
        plain_name(name): Role(role)
        for role, names in wanted.items()
        if role in NAMEABLE
        for name in ([names] if isinstance(names, str) else names)
    }


def check_fields(account: Account) -> list[tuple[str, str, str]]:
    """The faults of that setting, as (setting, fault, mend)."""
    fields = account.options.get("fields", {})
    if not isinstance(fields, Mapping):
        return [("fields", "is not a table", 'write fields = {phone = "my_field"}')]
    known = ", ".join(sorted(NAMEABLE))
    faults = [
        ("fields", f"{role!r} is nothing a form can tell", f"use one of: {known}")
        for role in fields
        if role not in NAMEABLE
    ]
    faults += [
        ("fields", f"{role} names no field", f'write {role} = "my_field" or a list of such names')
        for role, names in fields.items()
        if not _are_names(names)
    ]
    return faults


def _are_names(names: object) -> bool:
    return isinstance(names, str) or (
        isinstance(names, list | tuple) and all(isinstance(name, str) for name in names)
    )
