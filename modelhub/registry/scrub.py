"""Versions whose stored files are damaged: found by re-hashing, marked once, unmarked when whole again."""

import logging
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from modelhub import conf
from modelhub.actors import Actor, Channel
from modelhub.audit import trail
from modelhub.registry import storecheck
from modelhub.registry.models import Deployment, ModelVersion, RegisteredModel

log = logging.getLogger(__name__)
HUB = Actor("modelhub", Channel.SERVING)
_BEFORE = 3  # deployments before the present one whose versions are looked at: the ways back


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """One pass: how many versions were read, and references of those found damaged or whole again."""

    versions: int
    damaged: tuple[str, ...]
    repaired: tuple[str, ...]


def scrub() -> Scrubbed:
    """Every version that matters now was re-hashed; its mark says what was found. Raises DatabaseError."""
    damaged, repaired = [], []
    versions = list(_in_use())
    for version in versions:
        fault = storecheck.fault(version)
        if fault:
            damaged.append(version.reference)
        elif version.corrupt_at is not None:
            repaired.append(version.reference)
        if fault or version.corrupt_at is not None:
            settle(version, fault)
    return Scrubbed(len(versions), tuple(damaged), tuple(repaired))


def settle(version: ModelVersion, fault: str) -> None:
    """The version is marked as damaged for ``fault``, a sentence, or whole where it is empty.

    A change of the mark leaves an entry in the audit trail; whoever serves is told each time through the
    hook ``ON_INTEGRITY``, after the change stands. A version that was deleted meanwhile is left alone: its
    files were given up, not damaged.
    """
    with transaction.atomic():
        rows = ModelVersion.with_deleted.select_for_update(no_key=True, of=("self",))
        row = rows.select_related("model").get(pk=version.pk)
        if row.deleted_at is not None:
            return
        is_news = (row.corrupt_at is None) == bool(fault)
        if is_news:
            row.corrupt_at = timezone.now() if fault else None
            row.save(update_fields=["corrupt_at"])
            action = "version.corrupt" if fault else "version.whole"
            trail.record(action, row.reference, HUB, reason=fault, after={"is_whole": not fault})
        transaction.on_commit(lambda: conf.hook("ON_INTEGRITY")(row, fault))
    version.corrupt_at = row.corrupt_at
    if is_news:
        level = logging.ERROR if fault else logging.WARNING
        log.log(
            level, "version damaged" if fault else "version whole again", extra={"version": row.reference}
        )


def settle_all(damaged: Collection[int]) -> None:
    """After a full check: the versions of these ids are marked, and every other one is not."""
    for version in ModelVersion.objects.filter(Q(pk__in=damaged) | Q(corrupt_at__isnull=False)):
        settle(version, storecheck.fault(version))


def _in_use() -> list[ModelVersion]:
    """Current and deployed versions, those deployed before, those with an alias, those marked; each once."""
    wanted = set(
        RegisteredModel.objects.filter(current_version__isnull=False).values_list(
            "current_version_id", flat=True
        )
    )
    for model_id in RegisteredModel.objects.values_list("pk", flat=True):
        past = Deployment.objects.filter(model_id=model_id).order_by("-id")
        wanted |= set(past.values_list("version_id", flat=True)[: _BEFORE + 1])
    chosen = Q(pk__in=wanted) | Q(aliases__isnull=False) | Q(corrupt_at__isnull=False)
    return list(ModelVersion.objects.filter(chosen).distinct().select_related("model"))
