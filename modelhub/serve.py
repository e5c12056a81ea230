"""``python -m modelhub.serve``: the web server, with the program loaded once and shared by its workers.

Workers are forked from a process that has imported everything, so that one that died is back at once, and
all of them hold most of their memory together. The arguments are granian's own.
"""

import gc
import importlib
import os
import sys

from granian.cli import entrypoint

# Django REST framework imports these where it finds them, for its test client, its browsable pages and
# fields that only PostgreSQL has. The hub uses none of that, and they are a seventh of the memory.
UNUSED = ("requests", "pygments", "django.contrib.postgres")


def load() -> None:
    """What every worker needs is imported, and nothing more: no thread runs, no connection is open."""
    # Numeric libraries read this when they load; several pools of threads in one process only spin.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "modelhub.settings")
    absent = [name for name in UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # None: importing it raises ImportError
    try:
        _import_everything()
    finally:
        for name in absent:  # whoever does need one, as traces do, imports it in the worker
            del sys.modules[name]
    connections = importlib.import_module("django.db").connections
    for known in connections.all(initialized_only=True):  # each worker makes its own, by its own settings
        del connections[known.alias]
    gc.collect()
    gc.freeze()  # a collection in a worker would write to every object, and so copy the shared pages


def _import_everything() -> None:
    """Also what a worker would import as it starts, or at its first request: then each had its own copy."""
    importlib.import_module("django").setup()
    importlib.import_module("modelhub.urls")
    conf = importlib.import_module("modelhub.conf")
    conf.hook("SCORING_DOOR")
    conf.hook("START_SERVING")
    conf.hook("SERVING_TOLD")
    importlib.import_module("modelhub.doorway")
    importlib.import_module("django.db.models.sql.compiler")
    importlib.import_module("django.core.handlers.wsgi").WSGIHandler()  # imports the middleware


def main() -> None:
    """Serve until told to end."""
    load()
    entrypoint()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
