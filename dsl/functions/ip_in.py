"""Whether an IP address is in a network; an IPv4 address written as IPv6 counts as IPv4.

Example: ip_in("10.1.2.3", "10.0.0.0/8")
Unknown: when the first is no plain address (leading zeros, a zone, brackets, white space) or the
second no network (bits set behind the prefix, a mask in place of it).
"""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from dsl.functions.function import Function
from dsl.model import Cause
from dsl.types import Type

FUNCTION = Function("ip_in", takes=(Type.TEXT, Type.TEXT), gives=Type.TRUTH, since="0.1")

_MAPPED_BITS: Final = 96  # how much of an IPv6 address says that it is an IPv4 address
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]{2,45}")
_NETWORK = re.compile(r"[0-9A-Fa-f:.]{2,45}(?:/(?:0|[1-9][0-9]{0,2}))?")


def apply(ip: str, network: str) -> bool | Cause:
    """Compare the bits of the prefix; two families never meet."""
    if not _ADDRESS.fullmatch(ip) or not _NETWORK.fullmatch(network):
        return Cause.UNREADABLE
    try:
        return _address(ip) in _network(network)
    except ValueError:
        return Cause.UNREADABLE


def _address(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text)
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


def _network(text: str) -> IPv4Network | IPv6Network:
    network = ip_network(text)
    if isinstance(network, IPv6Network) and network.prefixlen >= _MAPPED_BITS:
        mapped = network.network_address.ipv4_mapped
        return IPv4Network((mapped, network.prefixlen - _MAPPED_BITS)) if mapped else network
    return network
