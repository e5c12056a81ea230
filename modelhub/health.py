"""Liveness and readiness, and the probes behind them that ``doctor`` uses too."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from modelhub import conf
from modelhub.artifacts import quarantine

MINIMUM_FREE_BYTES = 200 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Probe:
    """One finding: ``ok`` decides readiness, ``detail`` tells people what was seen."""

    ok: bool
    detail: str


def database() -> Probe:
    """The database answers a trivial query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return Probe(False, "does not answer")
    return Probe(True, connection.vendor)


def disk() -> Probe:
    """The model store's folder can be written and has room for one package."""
    root = conf.store_root()
    try:
        root.mkdir(parents=True, exist_ok=True)
        free = os.statvfs(root).f_bavail * os.statvfs(root).f_frsize
    except OSError:
        return Probe(False, "the model store cannot be reached")
    if not os.access(root, os.W_OK):
        return Probe(False, "the model store cannot be written")
    return Probe(free >= MINIMUM_FREE_BYTES, f"{free // 1024**2} MiB free")


def serving() -> Probe:
    """Some registered model is answered for, where any should be; a degraded one is told, not failed.

    A process that goes on with an older version, or without one of several models, still is of use:
    taking every such process out of service at once would stop what does work.
    """
    try:
        held = list(conf.hook("SERVING_STANDING")())
    except DatabaseError:
        return Probe(False, "the database does not answer")
    problems = [f"degraded, {one.model_name}: {one.problem}" for one in held if one.problem]
    if trouble := conf.hook("SERVING_TROUBLE")():
        problems.append(f"degraded: {trouble}")
    ok = not held or any(one.is_serving for one in held)
    return Probe(ok, "; ".join(problems) or f"{len(held)} model(s) serving")


def quarantine_level() -> Probe:
    """How strongly packages are locked away while they are opened; serving needs none of it."""
    return Probe(True, str(quarantine.level()))


READINESS: dict[str, Callable[[], Probe]] = {
    "database": database,
    "disk": disk,
    "serving": serving,
    "quarantine": quarantine_level,
}


@csrf_exempt  # nothing is changed here: another method is a 405
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """200 while the process can answer at all."""
    return JsonResponse({"live": True})


@csrf_exempt
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when this process can do its work, else 503; the body names each probe."""
    database_probe = database()
    probes = {"database": database_probe}
    if database_probe.ok:
        probes |= {name: probe() for name, probe in READINESS.items() if name != "database"}
    ok = all(probe.ok for probe in probes.values())
    checks = {name: {"ok": probe.ok, "detail": probe.detail} for name, probe in probes.items()}
    return JsonResponse({"ready": ok, "checks": checks}, status=200 if ok else 503)
