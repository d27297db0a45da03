"""Which addresses belong to the public Internet, so that a stranger's URL may lead there."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

# Ranges that `is_global` of some Python 3.11 still takes for public, and one address that is global but answers, inside
# its cloud, for the machine itself (Azure's wire server).
_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "168.63.129.16/32",
        "192.0.0.0/24",  # RFC 6890
        "192.88.99.0/24",  # RFC 7526
        "64:ff9b:1::/48",  # RFC 8215, a NAT64 of one's own
        "3fff::/20",  # RFC 9637
        "5f00::/16",  # RFC 9602
    )
)
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052
_COMPATIBLE = ip_network("::/96")  # RFC 4291, 2.5.5.1, deprecated


def is_public(address: Address) -> bool:
    """Whether any machine of the Internet could be meant; an IPv4 address inside an IPv6 one is judged by itself."""
    inner = _embedded(address)
    if inner is not None:
        return is_public(inner)
    special = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    if special or address.is_link_local or not address.is_global:
        return False
    if isinstance(address, IPv6Address) and address.is_site_local:
        return False
    return not any(address in network for network in _NOT_PUBLIC if network.version == address.version)


def parse(text: str) -> Address | None:
    """An address literal as it stands in a URL or comes from a resolver, or None for a name."""
    try:
        return ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None


def _embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that a packet to this IPv6 address may end at."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None
