"""``python -m modelhub.serve``: the web server, with the program loaded once and shared by its workers.

Workers are forked from a process that has imported everything, so that one that died is back at once, and
all of them hold most of their memory together. The arguments are granian's own.
"""

import gc
import importlib
import os

from granian.cli import entrypoint


def load() -> None:
    """What every worker needs is imported, and nothing more: no thread runs, no connection is open."""
    # Numeric libraries read this when they load; several pools of threads in one process only spin.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "modelhub.settings")
    importlib.import_module("django").setup()
    importlib.import_module("modelhub.urls")
    importlib.import_module("modelhub.conf").hook("SCORING_DOOR")
    connections = importlib.import_module("django.db").connections
    for known in connections.all(initialized_only=True):  # each worker makes its own, by its own settings
        del connections[known.alias]
    gc.collect()
    gc.freeze()  # a collection in a worker would write to every object, and so copy the shared pages


def main() -> None:
    """Serve until told to end."""
    load()
    entrypoint()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
