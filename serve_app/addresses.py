"""Network addresses: which of them a webhook may go to, and which one a request came from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_NAT64 = IPv6Network("64:ff9b::/96")
_NOT_REALLY_PUBLIC = (
    ip_network("168.63.129.16/32"),  # a service of Azure's to its machines
    ip_network("192.0.0.0/24"),  # of the protocols themselves; Oracle's metadata too
    ip_network("64:ff9b:1::/48"),  # NAT64 within one network
)
"""Networks that look public to some versions of Python."""


def is_public(address: Address) -> bool:
    """Whether anybody's machine on the internet may have the address.

    False for private, loopback, link-local (the metadata of clouds), shared, multicast, reserved
    and documentation addresses, and for IPv6 addresses that lead to such an IPv4 one.
    """
    inner = _inner_ipv4(address)
    if inner is not None:
        return is_public(inner)
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in _NOT_REALLY_PUBLIC)
    )


def is_loopback(address: Address) -> bool:
    """Whether it is this machine."""
    inner = _inner_ipv4(address)
    return inner.is_loopback if inner is not None else address.is_loopback


def _inner_ipv4(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for: mapped, 6to4, Teredo, NAT64."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def sender(peer: str, forwarded: Sequence[str], trusted: Iterable[Network]) -> str:
    """The address that a request came from.

    `peer` is who opened the connection and `forwarded` what X-Forwarded-For lists. Read from the
    end, as far as the addresses are `trusted` proxies: what stands further left may be invented.
    """
    networks = tuple(trusted)
    hops = [hop.strip() for line in forwarded for hop in line.split(",")]
    found = peer
    while hops and _is_in(found, networks):
        before = _parsed(hops.pop())
        if before is None:
            break
        found = str(before)
    return found


def household(address: str) -> str:
    """What is counted as one: an IPv4 address, or the /64 that one line has of IPv6."""
    known = _parsed(address)
    if isinstance(known, IPv6Address):
        inner = known.ipv4_mapped
        return str(inner or IPv6Network((known, 64), strict=False))
    return str(known or address)


def _is_in(address: str, networks: Sequence[Network]) -> bool:
    known = _parsed(address)
    return known is not None and any(known in network for network in networks)


def _parsed(text: str) -> Address | None:
    try:
        return ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
