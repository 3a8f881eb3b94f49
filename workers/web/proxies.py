"""Whose X-Forwarded-For is believed: addresses and networks of our own proxies."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network


class Proxies:
    """`address in proxies`: whether a text is the address of a proxy of ours. `named` are addresses and networks
    ("127.0.0.1", "10.0.0.0/8"); an IPv4 address that came over an IPv6 socket counts as what it is."""

    def __init__(self, named: Iterable[str]) -> None:
        self._exact = frozenset(one for one in named if "/" not in one)
        self._networks: tuple[IPv4Network | IPv6Network, ...] = tuple(
            ip_network(one, strict=False) for one in named
        )

    def __contains__(self, address: object) -> bool:
        if address in self._exact:  # nearly always the one proxy on this machine
            return True
        if not self._networks or not isinstance(address, str):
            return False
        try:
            found = ip_address(address)
        except ValueError:
            return False
        if isinstance(found, IPv6Address) and found.ipv4_mapped:
            found = found.ipv4_mapped
        return any(found in network for network in self._networks)
