"""The kinds that are mappings shipped with the program: read from `channels/mappings/` by the same code."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from channels.base import Channel, Need
from channels.custom.custom import MappedWebhook, read_mapped
from channels.forms.builder import SECRET_NEED
from channels.forms.own_names import FIELDS_NEED, check_fields
from intake.errors import ConfigFault

MAPPINGS = Path(__file__).parent.parent / "mappings"
_KINDS = ("marquiz", "flexbe", "cf7", "wpforms", "yandex-forms", "google-forms", "typeform", "google-ads")


def shipped(kind: str) -> Channel:
    """The row of a kind out of its file. Raises ConfigFault when the file cannot be read as a mapping."""
    told = tomllib.loads((MAPPINGS / f"{kind}.toml").read_text("utf-8"))
    mapped, faults = read_mapped(told)
    if faults:
        raise ConfigFault(f"{kind}.toml: " + "; ".join(f"{place} {said}" for place, said, _ in faults))
    webhook = MappedWebhook(mapped)
    return Channel(
        kind=kind,
        title=told["title"],
        needs=(_secret(told, mapped.proof.setting), FIELDS_NEED),
        parser=webhook,
        webhook=webhook,
        check=check_fields,
        repeats=told.get("repeats", True),
        proof_in_body=mapped.proof.in_body,
    )


def _secret(told: dict[str, Any], setting: str) -> Need:
    """What the provider is known by: our key, unless the file says whose word it is."""
    return Need(setting, True, told["why"], told["why_ru"]) if "why" in told else SECRET_NEED


SHIPPED: tuple[Channel, ...] = tuple(shipped(kind) for kind in _KINDS)
