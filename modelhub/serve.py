"""``python -m modelhub.serve``: the web server, its program loaded once and shared by all workers.

Workers are forked from a process that has imported everything, so that they start at once, also after one
died, and hold most of its memory together. All arguments are granian's own.
"""

import gc
import importlib
import os

from granian.cli import entrypoint

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_PROGRAM = ("modelhub.urls", "numpy", "inference.api.door")


def load() -> None:
    """Everything that a worker will import is imported; no thread was started and no connection opened."""
    for name in ONE_THREAD:  # read by numeric libraries when they load; several pools only spin
        os.environ.setdefault(name, "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "modelhub.settings")
    importlib.import_module("django").setup()
    for name in _PROGRAM:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # a collection in a worker would write to every object and so copy the shared pages


def main() -> None:
    """Serve until told to end."""
    load()
    entrypoint()


if __name__ == "__main__":
    main()
