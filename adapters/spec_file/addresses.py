"""Which hosts a platform must not ask on behalf of a spec's author: its own node, its neighbours, its cloud's metadata."""

import ipaddress
import re

_NAMES = {
    *("localhost", "localhost.localdomain", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback"),
    *("metadata", "metadata.goog", "metadata.google.internal", "instance-data"),
}
_BELOW = (".localhost", ".metadata.google.internal", ".localdomain4", ".localdomain6")
_METADATA = {
    ipaddress.ip_address(address)
    for address in ("168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254", "fd00:42::42")
}
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.IGNORECASE)
_PACKING = tuple(ipaddress.ip_network(network) for network in ("64:ff9b::/96", "64:ff9b:1::/48", "::/96", "::ffff:0:0:0/96"))
"""Networks whose addresses end in one of the older kind: NAT64's two, and two of the transition's first years."""
_THIS = ipaddress.ip_network("0.0.0.0/8")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def host_of(url: str) -> str:
    """Give an address's host as it is written, without its port."""
    rest = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    return rest.partition("]")[0] + "]" if rest.startswith("[") else rest.partition(":")[0]


def is_host(host: str) -> bool:
    """Tell whether a host is a name or a whole address; what ends in a number must be an address."""
    return _is_name(host) or _address(host) is not None


def inner(host: str) -> bool:
    """Tell whether a host is loopback, link-local, unspecified or a cloud's metadata, in any of the ways to write it."""
    address = _address(host)
    if address is None:
        name = host.lower().rstrip(".")
        return name in _NAMES or name.endswith(_BELOW) or name.startswith("instance-data.")
    return any(_refused(each) for each in _meant(address))


def _is_name(host: str) -> bool:
    return not host.startswith("[") and not _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2])


def _address(host: str) -> Address | None:
    try:
        if host.startswith("["):
            return ipaddress.IPv6Address(host[1:-1])
        return None if _is_name(host) else _as_systems_read_it(host.rstrip("."))
    except ValueError:
        return None


def _as_systems_read_it(host: str) -> ipaddress.IPv4Address:
    """Read decimal, octal and hexadecimal numbers, of which the last fills what is left, as `inet_aton` does."""
    *firsts, last = [_number(part) for part in host.split(".")]
    if len(firsts) > 3 or any(part > 255 for part in firsts) or last >= 256 ** (4 - len(firsts)):
        raise ValueError(host)
    return ipaddress.IPv4Address(sum(part << (24 - 8 * place) for place, part in enumerate(firsts)) + last)


def _number(part: str) -> int:
    if not _NUMBER.fullmatch(part) or len(part) > 20:
        raise ValueError(part)
    if part[:2].lower() == "0x":
        return int(part[2:] or "0", 16)
    return int(part, 8) if part.startswith("0") and len(part) > 1 else int(part)


def _meant(address: Address) -> tuple[Address, ...]:
    """Give an address and those of the older kind that are packed into it."""
    if isinstance(address, ipaddress.IPv4Address):
        return (address,)
    packed = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in _PACKING):
        packed.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return (address, *(each for each in packed if each is not None))


def _refused(address: Address) -> bool:
    return (
        address.is_loopback
        or address.is_link_local
        or address.is_unspecified
        or address.is_multicast
        or address in _METADATA
        or (address.version == 4 and address in _THIS)
    )


def private(host: str) -> bool:
    """Tell whether a host is an address that is not of the public Internet, in any of the ways to write it."""
    address = _address(host)
    return address is not None and any(not each.is_global for each in _meant(address))
