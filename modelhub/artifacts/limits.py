"""How much a package may cost before it is refused."""

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on one package, in bytes unless the name says otherwise.

    Real packages hold 4 to 9 members and compress about fourfold; DEFLATE itself can reach 1,032.
    ``room_factor`` times the package plus ``free_bytes`` must be free on the staging disk.
    """

    package_bytes: int = 256 * _MIB
    model_bytes: int = 256 * _MIB
    text_bytes: int = 4 * _MIB
    entries: int = 32
    ratio: int = 200
    room_factor: int = 3
    free_bytes: int = 200 * _MIB


DEFAULT = Limits()
