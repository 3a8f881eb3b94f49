"""The list of the kinds whose source can be read again from a date: apart from CHANNELS, as STREAMS is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from channels.base import BackFill
from channels.email.again import MailboxAgain
from channels.telephony.mango_again import MangoAgain
from channels.telephony.megafon_again import MegaFonAgain
from channels.telephony.uis_again import UisAgain
from channels.telephony.zadarma_again import ZadarmaAgain
from intake.account import Account

BACKFILLS: Mapping[str, Callable[[Account], BackFill]] = MappingProxyType(
    {
        "email": MailboxAgain,
        "mango": MangoAgain,
        "megafon": MegaFonAgain,
        "uis": UisAgain,
        "zadarma": ZadarmaAgain,
    }
)
"""How an account is read again, by its kind; a maker raises ConfigFault for settings that cannot be. Kinds that
are not here cannot: Telegram, for one, gives each update once."""
