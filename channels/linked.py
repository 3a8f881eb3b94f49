"""Files that lie at addresses which the provider names: fetched by the guard, without a token of ours."""

from __future__ import annotations

from channels.base import FetchedFile, Unfetchable, Way
from channels.guard import Bounds, Guard
from intake.account import Account
from intake.inquiry import Inquiry


def way_of(account: Account, bounds: Bounds) -> Way:
    """What of an account can be fetched where nothing else can be asked or told."""
    return Way(files=LinkedFiles(account, bounds))


class LinkedFiles:
    """`channels.base.Files` by address; the host of the account's own `api` may be one of ours."""

    def __init__(self, account: Account, bounds: Bounds) -> None:
        self._guard = Guard((account.option("api"),), account.option("proxy"), bounds)

    async def file(self, inquiry: Inquiry, where: str) -> FetchedFile:  # noqa: ARG002 - the address says it all
        """As the protocol says; `where` is an address."""
        if "://" not in where:
            raise Unfetchable("the provider told no address of it")
        return await self._guard.get(where)
