"""Which addresses of the network a request of ours may go to: only those of everybody."""

import ipaddress
from typing import Final

# Within these lie addresses of IPv4 networks, our own included.
_CARRIERS: Final = [
    ipaddress.ip_network(network) for network in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")
]


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public network, looked at through every wrapping."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if any(found in carrier for carrier in _CARRIERS) or found.teredo is not None:
            return False
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)
