"""What runs in the throw-away process: prepare, lock, work, answer once.

A job is a module with ``prepare(spec)``, which imports what the work needs and returns it, and
``work(prepared, spec, message)``, which sees the foreign bytes and answers ``(header, blobs)``.
"""

import importlib
import os
import sys
from typing import Any

from modelhub import cores
from modelhub.artifacts.quarantine import framing, lockdown

_HEADER_BYTES = 8


def main() -> None:
    """Read the parent's message, lock down, do the job, write one message, leave without clean-up."""
    cores.use_any()  # a web worker that started it may be bound to one processor
    message = framing.decode(_read_message())
    spec = message.header
    layers = lockdown.Layers(**spec["layers"])
    early = lockdown.isolate_early(layers)
    job = importlib.import_module(spec["job"])
    prepared = job.prepare(spec)
    held = lockdown.lock(layers, seconds=spec["seconds"], memory_bytes=spec["memory_bytes"])
    if layers.seccomp and "seccomp" not in held:
        _answer({"failed": "unlocked"}, [])
    if spec["waits"]:  # started early to import in peace; what it works on comes now
        message = framing.decode(_read_message())
    held = (*held, *(["namespaces"] if early else []))
    try:
        header, blobs = job.work(prepared, spec, message)
    except (MemoryError, RecursionError):
        _answer({"failed": "resources"}, [])
    except BaseException:
        _answer({"failed": "error"}, [])
    _answer(header | {"layers": list(held)}, blobs)


def _read_message() -> bytes:
    """One message from descriptor 0: its declared total comes first, 8 bytes."""
    total = int.from_bytes(_read_exactly(_HEADER_BYTES), "big")
    return _read_exactly(total)


def _read_exactly(count: int) -> bytes:
    parts = []
    while count:
        part = os.read(0, min(count, 1 << 20))
        if not part:
            os._exit(3)
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _answer(header: dict[str, Any], blobs: list[bytes]) -> None:
    _write(framing.encode(header, blobs))
    os._exit(0)


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]


if __name__ == "__main__":
    sys.exit("started by modelhub.artifacts.quarantine.process only")
