"""``python -m modelhub.serve``: the web server, with the program loaded once and shared by its workers.

Workers are forked from a process that has imported everything, so that one that died is back at once, and
all of them hold most of their memory together. The arguments are granian's own.
"""

import gc
import importlib
import os
import sys

from modelhub import cores, env

# Django REST framework and the admin's theme import these where they find them: for a test client, browsable
# pages and fields of PostgreSQL. The hub uses none of that, and they are a seventh of the memory.
UNUSED = ("requests", "pygments", "django.contrib.postgres")
# Granian brings an allocator of its own, jemalloc, which keeps arenas and caches for dozens of threads. With
# one arena and no caches two busy workers hold a fifth less and answer as many calls (decision 0028).
SERVER_MEMORY = "narenas:1,tcache:false,dirty_decay_ms:1000,muzzy_decay_ms:0"


def load() -> None:
    """What every worker needs is imported, and nothing more: no thread runs, no connection is open."""
    # Numeric libraries read this when they load; several pools of threads in one process only spin.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "modelhub.settings")
    absent = [name for name in UNUSED if name not in sys.modules]
    for name in absent:
        sys.modules[name] = None  # type: ignore[assignment]  # importing it raises ImportError
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
    conf = importlib.import_module("modelhub.conf")
    for name in ("SCORING_DOOR", "START_SERVING", "SERVING_TOLD"):
        conf.hook(name)
    # np.unique() loads the last at its first call.
    for module in ("modelhub.doorway", "django.db.models.sql.compiler", "numpy.ma"):
        importlib.import_module(module)
    importlib.import_module("django.core.handlers.wsgi").WSGIHandler()  # imports the middleware
    importlib.import_module("django.urls").reverse("health-live")  # imports and reads all addresses


def main() -> None:
    """Serve until told to end."""
    load()
    if env.flag("WEB_PINNED"):
        cores.spread(env.web_workers())
    os.environ.setdefault("_RJEM_MALLOC_CONF", SERVER_MEMORY)  # read as granian is imported
    importlib.import_module("granian.cli").entrypoint()


if __name__ == "__main__":
    main()
