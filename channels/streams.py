"""The list of the kinds that are listened to: apart from CHANNELS, so that a parser needs no network library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from channels.base import Stream
from channels.email.listener import MailboxListener
from channels.telephony.asterisk_listener import AmiListener
from intake.account import Account

STREAMS: Mapping[str, Callable[[Account], Stream]] = MappingProxyType(
    {"email": MailboxListener, "asterisk": AmiListener}
)
"""How the listener of an account is made, by the account's kind. Raises ConfigFault for settings that cannot be."""
