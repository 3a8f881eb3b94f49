"""What an e-mail account says of its mailbox: where it is, who signs in, which folders, what may be moved."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from intake.account import Account
from intake.errors import ConfigFault

_PORTS = {"imaps": 993, "imap": 143}


@dataclass(frozen=True, slots=True)
class BoxSettings:
    """A mailbox's settings. `sent_folder` "" is found by its special use; `move` maps what happened
    (`answered`, `open_task`) to a folder; `oauth` holds token_url, client_id, client_secret, refresh_token
    and optionally scope."""

    host: str
    port: int
    tls: bool
    user: str
    password: str = field(default="", repr=False)
    ca_file: str = ""
    folders: tuple[str, ...] = ("INBOX",)
    sent_folder: str = ""
    move: Mapping[str, str] = field(default_factory=dict)
    oauth: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def on_this_machine(self) -> bool:
        """Whether the server is reached without leaving the machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def read_settings(account: Account) -> BoxSettings:
    """The settings of an account. Raises ConfigFault naming the setting and its mend."""
    address = urlsplit(account.option("imap"))
    if address.scheme not in _PORTS or not address.hostname:
        raise ConfigFault(f"{account.id}: imap must be imaps://host or imap://host:port")
    try:
        port = address.port or _PORTS[address.scheme]
    except ValueError as error:
        raise ConfigFault(f"{account.id}: imap: {error}: write imaps://host:993") from error
    user, oauth = account.option("user"), _table(account, "oauth")
    if not user or not (account.option("password") or oauth):
        raise ConfigFault(f"{account.id}: an e-mail account needs user and password (or oauth)")
    if any(ord(sign) < 32 for sign in user + account.option("password")):
        raise ConfigFault(f"{account.id}: user and password may not hold line breaks: write the plain text")
    lacking = {"token_url", "client_id", "refresh_token"} - set(oauth)
    if oauth and lacking:
        raise ConfigFault(f"{account.id}: oauth lacks {', '.join(sorted(lacking))}")
    return BoxSettings(
        host=address.hostname,
        port=port,
        tls=address.scheme == "imaps",
        user=user,
        password=account.option("password"),
        ca_file=account.option("ca_file"),
        folders=_names(account, "folders") or ("INBOX",),
        sent_folder=account.option("sent_folder"),
        move=_table(account, "move"),
        oauth=oauth,
    )


def _table(account: Account, name: str) -> dict[str, str]:
    value = account.options.get(name) or {}
    if not isinstance(value, Mapping):
        raise ConfigFault(f"{account.id}: {name} must be a table of texts")
    return {str(key): str(one) for key, one in value.items()}


def _names(account: Account, name: str) -> tuple[str, ...]:
    value = account.options.get(name) or ()
    if isinstance(value, str) or not all(isinstance(one, str) for one in value):
        raise ConfigFault(f"{account.id}: {name} must be a list of texts")
    return tuple(value)
