"""Rows against files, both ways: what is damaged, and what nobody refers to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from modelhub import conf
from modelhub.artifacts.store import Store
from modelhub.registry.models import Artifact, ModelVersion

DAY_S = 24 * 3600.0
_NAMED = 20


@dataclass(frozen=True, slots=True)
class StoreFindings:
    """``damaged`` names versions that cannot be trusted (an error); ``notes`` are harmless leftovers.

    ``damaged_versions`` are the ids of those versions.
    """

    blobs: int
    damaged: tuple[str, ...]
    notes: tuple[str, ...]
    damaged_versions: frozenset[int] = frozenset()


def fault(version: ModelVersion) -> str:
    """What is wrong with the version's blobs, as a sentence; empty where every one has its content."""
    roles = {artifact.role: artifact.sha256 for artifact in version.artifacts.all()}
    if not roles:
        return "It has no stored artefacts."
    bad = sorted(damaged(roles))
    if not bad:
        return ""
    return f"{', '.join(bad)} in the store {'is' if len(bad) == 1 else 'are'} missing or damaged."


def damaged(digests: Mapping[str, str]) -> set[str]:
    """The keys (roles) whose digest is missing from the store or no longer has its content."""
    store = Store(conf.store_root())
    return {role for role, digest in digests.items() if not store.verify(digest)}


def sweep() -> int:
    """Remove what interrupted and failed imports left in the store more than a day ago; how many files."""
    known = Artifact.objects.values_list("sha256", flat=True)
    return Store(conf.store_root()).sweep(list(known), older_than_s=DAY_S)


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
        notes.append(_orphans(report.orphans))
    if report.missing:
        notes.append(
            f"{len(report.missing)} blob(s) that versions need are not there: the database is newer than the "
            "store, or the store lost files; restore the store, or import those packages again"
        )
    if report.leftovers:
        notes.append(f"{len(report.leftovers)} temporary file(s) of interrupted writes")
    hit = frozenset(artifact.version_id for artifact in artifacts if artifact.sha256 in bad)
    return StoreFindings(len(needed | set(report.orphans)), tuple(damaged), tuple(notes), hit)


def _orphans(digests: tuple[str, ...]) -> str:
    named = ", ".join(digest[:12] for digest in digests[:_NAMED])
    more = f" and {len(digests) - _NAMED} more" if len(digests) > _NAMED else ""
    return (
        f"{len(digests)} blob(s) belong to no version ({named}{more}): left by a deleted version or an "
        "interrupted import, or the database is older than the store; removed a day after they were stored"
    )
