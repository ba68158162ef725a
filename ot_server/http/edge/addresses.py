"""Whose address a request comes from, where proxies stand between and where none does.

What a client says of itself is never believed: only a proxy that the settings name may
say who is behind it.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from aiohttp import web

from ot_server.settings import Network

__all__ = ["address_key", "client_key", "is_among"]

Address = IPv4Address | IPv6Address
ONE_HOME = 64
"""So many bits of an IPv6 address are given out together: who has one has 2**64 of them."""


def client_key(request: web.Request, proxies: Iterable[Network]) -> str:
    """Return what stands for the client's address in limits.

    From the last entry of ``X-Forwarded-For`` backwards: the first that is no trusted proxy.
    """
    address = _parse(request.remote or "")
    said = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
    while address is not None and is_among(address, proxies) and said:
        behind = _parse(said.pop())
        if behind is None:
            break
        address = behind
    return address_key(address)


def address_key(address: Address | str | None) -> str:
    """Return an address as limits count it: IPv6 by the network that one home has."""
    if isinstance(address, str):
        address = _parse(address)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address), ONE_HOME), strict=False).network_address)
    return str(address)


def is_among(address: Address | str, networks: Iterable[Network]) -> bool:
    """Whether an address is in one of these networks."""
    parsed = _parse(address) if isinstance(address, str) else address
    return parsed is not None and any(parsed in network for network in networks)


def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
