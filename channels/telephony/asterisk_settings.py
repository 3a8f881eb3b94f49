"""The settings of an `asterisk` account, read and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from channels.telephony.calls import check_calls
from intake.account import Account
from intake.errors import ConfigFault

_PORTS = {"tcp": 5038, "tls": 5039}


@dataclass(frozen=True, slots=True)
class AmiSettings:
    """Where the manager interface is and who we are to it."""

    host: str
    port: int
    tls: bool
    user: str
    secret: str


def read_settings(account: Account) -> AmiSettings:
    """The settings of an `asterisk` account. Raises ConfigFault."""
    try:
        place = urlsplit(account.option("ami"))
        port = place.port or _PORTS.get(place.scheme, 0)
    except ValueError:
        port = 0
    if not port or not place.hostname:
        raise ConfigFault(f'account "{account.id}": ami is no address - write it like "tcp://127.0.0.1:5038"')
    return AmiSettings(place.hostname, port, place.scheme == "tls", account.option("user"), account.secret)


def check_asterisk(account: Account) -> Sequence[tuple[str, str, str]]:
    """The faults of the settings as (setting, fault, mend)."""
    faults = list(check_calls(account))
    try:
        read_settings(account)
    except ConfigFault:
        faults.append(("ami", "is no address of a manager interface", 'write it like "tcp://127.0.0.1:5038"'))
    return faults
