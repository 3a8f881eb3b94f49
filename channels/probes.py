"""The list of the kinds whose source can be asked how it does: apart from CHANNELS, as STREAMS is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from channels.base import Probe
from channels.email.asking import ask_mailbox
from channels.max.asking import ask_bot as ask_max
from channels.telegram.asking import ask_bot as ask_telegram
from channels.vk.asking import ask_community

PROBES: Mapping[str, Probe] = MappingProxyType(
    {"email": ask_mailbox, "telegram": ask_telegram, "vk": ask_community, "max": ask_max}
)
"""How a source is asked, by the account's kind. Of kinds that are not here nothing can be asked: they call us."""
