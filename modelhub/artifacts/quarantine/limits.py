"""What one conversion may cost."""

from dataclasses import dataclass

GIGABYTE = 1024**3
MEGABYTE = 1024**2


@dataclass(frozen=True, slots=True)
class Limits:
    """``seconds`` of wall clock (and CPU) per child, ``memory_bytes`` of address space per child,
    ``output_bytes`` a child may answer, ``unpacked_bytes`` one compressed pickle may grow to."""

    seconds: int = 30
    memory_bytes: int = 2 * GIGABYTE
    output_bytes: int = 256 * MEGABYTE
    unpacked_bytes: int = 512 * MEGABYTE
