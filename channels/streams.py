"""The list of the kinds that are listened to: apart from CHANNELS, so that a parser needs no network library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from channels.base import Stream
from channels.email.listener import MailboxListener
from channels.max.listener import listener_of as max_listener
from channels.telegram.listener import poller_of
from channels.telephony.asterisk_listener import AmiListener
from channels.telephony.beeline_watch import watch_of
from channels.vk.listener import listener_of as vk_listener
from intake.account import Account

STREAMS: Mapping[str, Callable[[Account], Stream | None]] = MappingProxyType(
    {
        "email": MailboxListener,
        "asterisk": AmiListener,
        "beeline": watch_of,
        "telegram": poller_of,
        "vk": vk_listener,
        "max": max_listener,
    }
)
"""How the listener of an account is made, by the account's kind; None for an account that is told by its webhook.
Raises ConfigFault for settings that cannot be."""
