"""What goes into a call and what comes out of it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caps:
    """What one call may cost: seconds in all, seconds to connect and between two bytes, bytes of the body."""

    total_s: float = 30.0
    bytes: int = 1024 * 1024
    connect_s: float = 5.0
    silence_s: float = 15.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is no redirect: status 100 to 599, headers by lower-case name, the whole body.

    The body is foreign: parse it strictly, and show none of it to anyone.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
