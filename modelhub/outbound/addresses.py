"""Which machines may be called, decided on numbers: a name is resolved once and every answer is judged."""

import socket
import threading
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from modelhub import conf
from modelhub.errors import Code, Unavailable
from modelhub.outbound.locations import Address, Location, parse, refused

# Where clouds answer with credentials, outside of the link-local range.
_METADATA = frozenset(
    ip_address(text)
    for text in ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254")
)
_THIS_NETWORK = ip_network("0.0.0.0/8")
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE = IPv6Network("::/96")
_LOOPBACK_NAMES = frozenset({"localhost"})


class Reach(IntEnum):
    """How far an address may be called, from everybody's to nobody's."""

    PUBLIC = 0
    LOOPBACK = 1  # this machine
    PRIVATE = 2
    NEVER = 3


def reach(address: Address) -> Reach:
    """The strictest class among the address and the IPv4 addresses inside it."""
    return max(_reach(one) for one in (address, *_embedded(address)))


def check_address(url: str) -> None:
    """Pass for an address that may be called as far as can be said without resolving its name.

    Raises InputInvalid (``address_refused``).
    """
    location = parse(url)
    if location.literal is not None:
        _require(location, location.literal, allow_private=False)


def resolve(location: Location, *, seconds: float, allow_private: bool = False) -> list[Address]:
    """The numbers to connect to, all of them allowed; a name with one that is not is refused as a whole.

    Raises InputInvalid (``address_refused``), Unavailable (``source_unavailable``) for a name that is
    unknown or not answered within ``seconds``.
    """
    found = [location.literal] if location.literal is not None else _looked_up(location, seconds)
    for address in found:
        _require(location, address, allow_private=allow_private)
    return found


def _require(location: Location, address: Address, *, allow_private: bool) -> None:
    kind = reach(address)
    if kind is Reach.PUBLIC:
        return
    if kind is Reach.NEVER:
        raise refused(f"{location.authority} is, or leads to, an address that is never called.")
    if allow_private or _is_listed(location) or (kind is Reach.LOOPBACK and _is_own_machine(location)):
        return
    raise refused(
        f"{location.authority} is, or leads to, an address in a private network. Add {location.host} to "
        "PRIVATE_HOSTS where the hub may call it."
    )


def _is_listed(location: Location) -> bool:
    """True where PRIVATE_HOSTS names the host, or the host with this port."""
    listed = {entry.lower() for entry in conf.names("PRIVATE_HOSTS")}
    host = f"[{location.host}]" if ":" in location.host else location.host
    return not listed.isdisjoint({location.host, host, f"{host}:{location.port}"})


def _is_own_machine(location: Location) -> bool:
    """True in the development profile for an address that says itself that it is this machine.

    A foreign name that resolves to loopback does not: that is how a page or package would aim at us.
    """
    says_so = location.literal is not None or location.host in _LOOPBACK_NAMES
    return says_so and conf.flag("LOOPBACK_CALLS")


def _reach(address: Address) -> Reach:
    if address.is_loopback:
        return Reach.LOOPBACK
    if address in _METADATA or address.is_link_local or address.is_multicast or address.is_unspecified:
        return Reach.NEVER
    if isinstance(address, IPv4Address) and (address in _THIS_NETWORK or address.is_reserved):
        return Reach.NEVER
    if isinstance(address, IPv6Address) and (address.is_site_local or any(address in n for n in _NAT64)):
        return Reach.PRIVATE
    return Reach.PUBLIC if address.is_global else Reach.PRIVATE


def _embedded(address: Address) -> list[Address]:
    """IPv4 addresses that a gateway or the kernel takes out of an IPv6 address."""
    if isinstance(address, IPv4Address):
        return []
    found: list[Address] = [one for one in (address.ipv4_mapped, address.sixtofour) if one is not None]
    found += list(address.teredo or ())
    if any(address in network for network in _NAT64) or (address in _COMPATIBLE and int(address) > 1):
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return found


def _looked_up(location: Location, seconds: float) -> list[Address]:
    """Ask the resolver, which knows no deadline of its own, from a thread that may be left behind."""
    answer: list[Address] = []

    def ask() -> None:
        try:
            found = socket.getaddrinfo(location.host, location.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        answer.extend(dict.fromkeys(ip_address(entry[4][0]) for entry in found))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    if not answer:
        raise Unavailable(
            Code.SOURCE_UNAVAILABLE,
            f"The host name {location.host} is not known here at present. Check its spelling and the "
            "name service.",
        )
    return list(answer)
