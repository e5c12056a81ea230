"""Whether the training sources can be reached now, and how long their answer takes."""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from modelhub.artifacts.types import Note
from modelhub.errors import Code, ModelhubError, Unavailable
from modelhub.transfers.models import TrainingSource
from modelhub.transfers.sources import catalog

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Check:
    """What came of looking for one source; ``latency_s`` seconds of its listing or of its failure.

    ``path_exists`` is False where nothing answered at all; a source that answers nonsense exists.
    """

    source: TrainingSource
    connected: bool
    path_exists: bool
    models_found: int
    latency_s: float
    problem: Note | None = None


def check(source: TrainingSource) -> Check:
    """One look at a source; its fault is part of the answer. No row is read or written."""
    started = time.monotonic()
    try:
        found = catalog.open_source(source).count()
    except ModelhubError as error:
        took = time.monotonic() - started
        problem = Note(str(error.code), error.detail)
        return Check(source, False, not isinstance(error, Unavailable), 0, took, problem)
    return Check(source, True, True, found, time.monotonic() - started)


def check_all(sources: Iterable[TrainingSource] | None = None) -> dict[str, Any]:
    """All enabled sources, or the given ones, looked at side by side; plain values for JSON.

    ``connected`` is true where there is a source and every one answers, ``latency`` is the slowest's,
    ``error`` the first problem.
    """
    asked = list(catalog.enabled() if sources is None else sources)
    if not asked:
        nothing = "No training source is set up; add one in the admin."
        return _summary([], error={"code": str(Code.SOURCE_UNAVAILABLE), "detail": nothing})
    with ThreadPoolExecutor(max_workers=min(len(asked), _AT_ONCE)) as pool:
        checks = list(pool.map(check, asked))
    return _summary(checks, error=next((_problem(one) for one in checks if one.problem), None))


def _summary(checks: list[Check], *, error: dict[str, str] | None) -> dict[str, Any]:
    return {
        "connected": bool(checks) and all(one.connected for one in checks),
        "path_exists": bool(checks) and all(one.path_exists for one in checks),
        "models_found": sum(one.models_found for one in checks),
        "latency": max((one.latency_s for one in checks), default=None),
        "error": error,
        "sources": [_shown(one) for one in checks],
    }


def _shown(one: Check) -> dict[str, Any]:
    return {
        "source": one.source.name,
        "kind": one.source.kind,
        "connected": one.connected,
        "path_exists": one.path_exists,
        "models_found": one.models_found,
        "latency": one.latency_s,
        "error": _problem(one),
    }


def _problem(one: Check) -> dict[str, str] | None:
    return {"code": one.problem.code, "detail": one.problem.detail} if one.problem else None
