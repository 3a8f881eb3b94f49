"""Roads: the accounts' ways to their providers, made when first needed; whether our access there works."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import structlog

from channels.base import Way
from intake.account import Account
from intake.errors import ConfigFault

Tell = Callable[[str, str], None]
"""Told an account and why our access there does not work, "" when it does again. Blocks; must not raise."""


class Roads:
    """Gives each account its way. `make` is a way's maker by the account's kind."""

    def __init__(
        self, accounts: Mapping[str, Account], make: Mapping[str, Callable[[Account], Way]], tell: Tell
    ) -> None:
        self._accounts = accounts
        self._make = make
        self._tell = tell
        self._ways: dict[str, Way | None] = {}
        self._shut: set[str] = set()
        self._telling: set[asyncio.Task[None]] = set()
        self._log = structlog.get_logger()

    def of(self, account: str) -> Way | None:
        """The account's way; None when it has none, or left the configuration."""
        if account not in self._ways:
            self._ways[account] = self._made(account)
        return self._ways[account]

    def shut(self, account: str, reason: str) -> None:
        """Our access does not work: somebody has to mend it."""
        self._shut.add(account)
        self._say(account, reason)

    def well(self, account: str) -> None:
        """The provider took what we asked."""
        if account in self._shut:
            self._shut.discard(account)
            self._say(account, "")

    async def close(self) -> None:
        """Close every way."""
        for way in self._ways.values():
            if way is not None and way.close is not None:
                await way.close()
        await asyncio.gather(*self._telling, return_exceptions=True)

    def _made(self, ident: str) -> Way | None:
        account = self._accounts.get(ident)
        make = self._make.get(account.kind) if account else None
        if account is None or make is None:
            return None
        try:
            return make(account)
        except ConfigFault as fault:
            self._log.error("way_unset", account=ident, reason=str(fault))
            return None

    def _say(self, account: str, reason: str) -> None:
        told = asyncio.to_thread(self._tell, account, reason)
        self._telling.add(task := asyncio.create_task(told))
        task.add_done_callback(self._telling.discard)
