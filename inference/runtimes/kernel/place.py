"""Where the compiled kernel lies: beside the packages of this Python, named by what it was made from."""

import hashlib
import os
import sys
import sysconfig
from pathlib import Path

SOURCES = tuple(Path(__file__).with_name(name) for name in ("forest.c", "rows.c", "judge.c"))


def source_digest() -> str:
    """SHA-256 of the C texts; the library repeats it, so that an old one is never taken for a new one."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in SOURCES)).hexdigest()


def folder() -> Path:
    """Folder of compiled kernels, inside the virtual environment and never inside the project."""
    return Path(sys.prefix) / "lib" / "modelhub"


def library() -> Path:
    """The file that fits this text, machine and system; whether it exists is another question."""
    return folder() / f"forest-{source_digest()[:16]}-{_platform()}.so"


def _platform() -> str:
    """Machine, system and C library: one environment may be shared by machines of several kinds."""
    multiarch = sysconfig.get_config_var("MULTIARCH") or ""  # tells glibc from musl, where Python knows
    return "-".join(part for part in (sysconfig.get_platform(), multiarch) if part).replace(os.sep, "_")
