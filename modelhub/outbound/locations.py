"""The grammar of addresses that the hub may call; purely lexical, resolves nothing."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from modelhub.errors import Code, InputInvalid

Address = IPv4Address | IPv6Address
_PORTS = {"http": 80, "https": 443}
_LONGEST = 2048
_PRINTABLE = re.compile(r"[!-~]+")
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*")
# A last label like this makes resolvers read the whole as a number: 2130706433, 0177.0.0.1, 0x7f.1.
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Location:
    """An address taken apart: ``host`` in lower case without a trailing dot, ``target`` path and query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def literal(self) -> Address | None:
        """The host as a number, None where it is a name."""
        try:
            return ip_address(self.host)
        except ValueError:
            return None

    @property
    def authority(self) -> str:
        """``host:port``, in brackets for IPv6; without the port where it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def parse(url: str) -> Location:
    """The parts of an http or https address.

    Raises InputInvalid (``address_refused``) for another scheme, credentials or a fragment in the
    address, a character outside printable ASCII, and every spelling of a host that two readers could
    take for different machines.
    """
    if len(url) > _LONGEST or not _PRINTABLE.fullmatch(url) or "\\" in url:
        raise refused("An address is at most 2,048 printable ASCII characters, without spaces.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise refused("The address has no readable host and port; write http://host:port/path.") from None
    if parts.scheme not in _PORTS:
        raise refused("An address begins with http:// or https://.")
    if "@" in parts.netloc:
        raise refused("An address holds no user or password; name a secret variable instead.")
    if "#" in url:
        raise refused("An address holds no '#'.")
    if port == 0 or parts.netloc.endswith(":"):
        raise refused("The port of an address is a number from 1 to 65535.")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Location(parts.scheme, _host(parts), port or _PORTS[parts.scheme], target)


def refused(sentence: str) -> InputInvalid:
    """The refusal of an address."""
    return InputInvalid(Code.ADDRESS_REFUSED, sentence)


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").lower().removesuffix(".")
    if parts.netloc.startswith("["):
        try:
            number = IPv6Address(host)
        except ValueError:
            raise refused("The part in brackets is not an IPv6 address.") from None
        if number.scope_id is not None:
            raise refused("An IPv6 address names no network interface.")
        return str(number)
    if not _NAME.fullmatch(host):
        raise refused("The host is not a name of ASCII letters, digits, '-' and '.', nor a number.")
    if _NUMERIC.fullmatch(host.rpartition(".")[2]):
        try:
            return str(IPv4Address(host))
        except ValueError:
            raise refused("Write an IPv4 address as four decimal numbers.") from None
    return host
