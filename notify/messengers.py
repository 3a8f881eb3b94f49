"""The messengers there are, in one list; each is loaded only when it is configured."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType

from notify.base import Messenger
from notify.options import NotifyOptions

MESSENGERS: Mapping[str, str] = MappingProxyType(
    {"telegram": "notify.telegram", "max": "notify.max", "vk": "notify.vk", "email": "notify.email"}
)
"""A name, as a manager's `notify` and `contacts` have it, and the module whose `make(options)` gives the
messenger. By module name, since Telegram's library takes 170 MB of memory that others need not carry. The
browser is none of them: it shows every card as it stands in the ledger."""


def make_messengers(options: NotifyOptions) -> dict[str, Messenger]:
    """The configured messengers by name."""
    configured = {
        "telegram": options.telegram,
        "max": options.max,
        "vk": options.vk,
        "email": options.email,
    }
    made: dict[str, Messenger] = {}
    for name, module in MESSENGERS.items():
        if configured[name] is not None:
            made[name] = importlib.import_module(module).make(options)
    return made
