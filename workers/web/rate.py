"""How much one address may post to a public form: token buckets in memory, bounded in number."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

_MOST_BUCKETS = 20_000


class AddressRate:
    """`per_min` posts a minute from an address to an account, as many at once. Addresses that were not
    seen for longest are forgotten first."""

    def __init__(self, per_min: int, seconds: Callable[[], float] = time.monotonic) -> None:
        self._most = float(per_min)
        self._per_s = per_min / 60
        self._seconds = seconds
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def wait_s(self, account: str, address: str) -> float:
        """0 when one more post is taken (it counts), else how many seconds until the next one is."""
        key = (account, _neighbourhood(address))
        now = self._seconds()
        left, since = self._buckets.pop(key, (self._most, now))
        left = min(self._most, left + (now - since) * self._per_s)
        wait = 0.0 if left >= 1 else (1 - left) / self._per_s
        self._buckets[key] = (left - 1 if not wait else left, now)
        if len(self._buckets) > _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return wait


def _neighbourhood(address: str) -> str:
    """An IPv6 customer has a whole /64 to post from; an IPv4 one has the address."""
    if ":" not in address:
        return address
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or parsed.packed[:8].hex())
    return address
