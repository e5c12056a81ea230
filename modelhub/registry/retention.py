"""Which old versions may go: those that never served, are needed by nobody and are no longer recent."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from modelhub.actors import Actor
from modelhub.errors import Code, Conflict, InputInvalid, NotFound
from modelhub.registry import removal, uses
from modelhub.registry.models import Deployment, ModelVersion
from modelhub.registry.querysets import ModelVersionQuerySet

LONGEST_DAYS = 36_500
KEEP_LAST, KEEP_DAYS = 10, 90.0  # what is kept where nobody says otherwise


@dataclass(frozen=True, slots=True)
class Rule:
    """Keep the newest ``keep_last`` versions of each model, and what is younger than ``keep_days``."""

    keep_last: int
    keep_days: float

    def __post_init__(self) -> None:
        """Raises InputInvalid (``param_invalid``) for a rule that nobody can mean."""
        if self.keep_last < 0 or not 0 <= self.keep_days <= LONGEST_DAYS:
            raise InputInvalid(
                Code.PARAM_INVALID,
                f"Keep 0 or more versions, and those of 0 to {LONGEST_DAYS:,} days.",
            )


@dataclass(frozen=True, slots=True)
class Holding:
    """A version as the rule sees it: when it came (aware), and why it is needed, if it is."""

    version_id: int
    model_id: int
    imported_at: datetime
    needed: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a version may go; ``kept`` says why it stays and is empty where it may."""

    version: ModelVersion
    kept: str


@dataclass(frozen=True, slots=True)
class Pruning:
    """What a run found and did; ``released_bytes`` is 0 for a dry run."""

    verdicts: tuple[Verdict, ...]
    deleted: tuple[ModelVersion, ...]
    released_bytes: int


def select(holdings: Iterable[Holding], rule: Rule, *, now: datetime) -> dict[int, str]:
    """Why each version stays, by its id; empty text for those that may go.

    A version goes only if it is not needed, not among the newest of its model and older than the rule's
    days. The newest are counted over all versions of the model, needed ones included; of two that came at
    the same time the one with the higher id is the newer.
    """
    reasons: dict[int, str] = {}
    place: dict[int, int] = {}
    newest_first = sorted(holdings, key=lambda held: (held.imported_at, held.version_id), reverse=True)
    for held in newest_first:
        place[held.model_id] = place.get(held.model_id, 0) + 1
        if held.needed:
            reasons[held.version_id] = held.needed
        elif place[held.model_id] <= rule.keep_last:
            reasons[held.version_id] = f"it is among the newest {rule.keep_last}"
        elif now - held.imported_at < timedelta(days=rule.keep_days):
            reasons[held.version_id] = f"it is younger than {rule.keep_days:g} days"
        else:
            reasons[held.version_id] = ""
    return reasons


def judge(rule: Rule, *, model_name: str | None = None) -> list[Verdict]:
    """The rule applied to every version, or to those of one model, newest first; nothing is deleted."""
    versions = list(_versions(model_name))
    ids = [version.pk for version in versions]
    served = set(Deployment.objects.filter(version__in=ids).values_list("version_id", flat=True))
    needs = {pk: ", ".join(found) for pk, found in uses.by_version(ids).items()}
    holdings = [
        Holding(
            version.pk,
            version.model_id,
            version.imported_at,
            needs.get(version.pk) or ("it was deployed once" if version.pk in served else ""),
        )
        for version in versions
    ]
    reasons = select(holdings, rule, now=timezone.now())
    return [Verdict(version, reasons[version.pk]) for version in versions]


def prune(
    rule: Rule,
    actor: Actor,
    *,
    model_name: str | None = None,
    dry_run: bool = False,
    on_deleted: Callable[[ModelVersion], None] | None = None,
) -> Pruning:
    """What may go is deleted one by one, each with its line of history; a dry run only says which.

    A version that came into use meanwhile stays. ``on_deleted`` hears of each that went.
    """
    verdicts = judge(rule, model_name=model_name)
    deleted: list[ModelVersion] = []
    released = 0
    for verdict in verdicts:
        if verdict.kept or dry_run:
            continue
        try:
            gone = removal.delete(verdict.version, actor, reason=_reason(rule))
        except (Conflict, NotFound):
            continue
        deleted.append(gone.version)
        released += gone.released_bytes
        if on_deleted is not None:
            on_deleted(gone.version)
    return Pruning(tuple(verdicts), tuple(deleted), released)


def _versions(model_name: str | None) -> ModelVersionQuerySet:
    versions = ModelVersion.objects.get_queryset().select_related("model")
    return versions.filter(model__name=model_name) if model_name else versions


def _reason(rule: Rule) -> str:
    return f"retention: keep the last {rule.keep_last} and {rule.keep_days:g} days"
