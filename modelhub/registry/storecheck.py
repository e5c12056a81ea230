"""Rows against files, both ways, with a full re-hash."""

from collections.abc import Callable
from dataclasses import dataclass

from modelhub import conf
from modelhub.artifacts.store import Store
from modelhub.registry.models import Artifact


@dataclass(frozen=True, slots=True)
class StoreFindings:
    """``damaged`` names versions that cannot be trusted (an error); ``notes`` are harmless leftovers."""

    blobs: int
    damaged: tuple[str, ...]
    notes: tuple[str, ...]


def check(*, progress: Callable[[int, int], None] | None = None) -> StoreFindings:
    """Re-hash every blob in the store and compare with the rows; ``progress`` gets (done, in all)."""
    artifacts = list(Artifact.objects.select_related("version__model"))
    needed = {artifact.sha256 for artifact in artifacts}
    report = Store(conf.store_root()).check(needed, progress=progress)
    bad = dict.fromkeys(report.missing, "missing") | dict.fromkeys(report.corrupt, "damaged")
    damaged = [
        f"{artifact.version.reference}: {artifact.role} is {bad[artifact.sha256]}"
        for artifact in artifacts
        if artifact.sha256 in bad
    ]
    notes = []
    if report.orphans:
        notes.append(f"{len(report.orphans)} blob(s) belong to no version (left by an interrupted import)")
    if report.leftovers:
        notes.append(f"{len(report.leftovers)} temporary file(s) of interrupted writes")
    return StoreFindings(len(needed | set(report.orphans)), tuple(damaged), tuple(notes))
