"""Everything that one scrape answers: what was counted, what workers say, and what rows say if they can.

A scrape never hangs: rows have a deadline, and where the database does not keep it the rest is answered.
"""

import logging
import threading
import time
from dataclasses import dataclass, field

from django.db import DatabaseError, InterfaceError

from modelhub import build, conf, databases
from modelhub.errors import Unavailable
from modelhub.registry.models import ModelVersion
from monitoring import metering
from monitoring.exposition import driftrows, places, rows, totals
from monitoring.exposition.samples import Sample, sample

log = logging.getLogger(__name__)
ASK_S = 2.0
FRESH_S = 1.0  # scrapers that come together share one look at the rows


@dataclass(slots=True)
class _Look:
    """The last answer of the rows: when (monotonic), what, and the names learned for good."""

    at_s: float = -FRESH_S
    samples: list[Sample] = field(default_factory=list)
    is_up: bool = True
    names: dict[int, tuple[str, str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


_look = _Look()


def gather() -> list[Sample]:
    """The samples of this moment; never raises for a database or folder that is away."""
    enabled = conf.flag("METRICS")
    if enabled:
        metering.drain()
    pages = places.pages(conf.exposition_root()) if enabled else []
    names = totals.named(pages)
    from_rows, is_up = _rows(totals.versions(pages), set(names))
    return [
        *totals.counted(pages, names | _look.names),
        *totals.workers(pages),
        *from_rows,
        sample("database_up", (), float(is_up)),
        sample("metrics_enabled", (), float(enabled)),
        sample("build_info", (build.VERSION, str(conf.hook("ENGINE")())), 1.0),
    ]


def forget() -> None:
    """The next scrape asks the rows again: for tests."""
    global _look
    _look = _Look()


def _rows(counted: set[int], named: set[int]) -> tuple[list[Sample], bool]:
    with _look.lock:
        if time.monotonic() - _look.at_s >= FRESH_S:
            _look.samples, _look.is_up = _asked(counted, counted - named - _look.names.keys())
            _look.at_s = time.monotonic()
        return _look.samples, _look.is_up


def _asked(counted: set[int], nameless: set[int]) -> tuple[list[Sample], bool]:
    try:
        return databases.within(ASK_S, lambda: _read(counted, nameless)), True
    except (DatabaseError, InterfaceError, Unavailable) as error:
        if _look.is_up:
            log.warning("a scrape goes without the database", extra={"error": type(error).__name__})
        return [], False


def _read(counted: set[int], nameless: set[int]) -> list[Sample]:
    if nameless:
        found = ModelVersion.with_deleted.filter(pk__in=nameless)
        for version_id, model, label in found.values_list("pk", "model__name", "label"):
            _look.names[version_id] = (model, label)
    return [
        *rows.registry(counted),
        *rows.fallbacks(),
        *rows.alerts(),
        *rows.queues(),
        *driftrows.drift(),
    ]
