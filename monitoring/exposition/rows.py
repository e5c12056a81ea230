"""What the registry, the alerts and the queues say at a scrape, read from their rows."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Min
from django.utils import timezone

from modelhub import conf
from modelhub.registry.models import Deployment, ModelVersion, RegisteredModel
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import Transfer
from monitoring.exposition.samples import Sample, sample
from monitoring.models import Alert, Delivery
from monitoring.models.alerts import AlertKind
from monitoring.models.notifications import DeliveryState

MOST_VERSIONS = 200  # told of beside those that serve, newest first


def registry(counted: set[int]) -> Iterator[Sample]:
    """What should serve, and the versions with the ids ``counted`` beside it. Raises DatabaseError."""
    current = set()
    for row in RegisteredModel.objects.exclude(current_version=None).select_related("current_version"):
        version = row.current_version
        if version is not None:
            current.add(version.pk)
            yield sample("model_info", (row.name, version.label, version.digest, "current"), 1.0)
            yield sample("model_generation", (row.name,), float(row.generation))
    beside = ModelVersion.objects.filter(pk__in=counted - current).order_by("-pk")
    for name, label, digest in beside.values_list("model__name", "label", "digest")[:MOST_VERSIONS]:
        yield sample("model_info", (name, label, digest, "beside"), 1.0)


def fallbacks() -> Iterator[Sample]:
    """Deployments that the hub made by itself, all of history. Raises DatabaseError."""
    made = (
        Deployment.objects.exclude(fallback_from=None)
        .order_by()
        .annotate(why=conf.hook("FALLBACK_REASON")())
        .values_list("model__name", "fallback_from__label", "version__label", "why")
        .annotate(times=Count("pk"))
    )
    for name, before, after, reason, times in made:
        yield sample("fallbacks_total", (name, before, after, reason), float(times))


def alerts() -> Iterator[Sample]:
    """Open alerts of every kind, 0 included. Raises DatabaseError."""
    found = Alert.objects.filter(closed_at__isnull=True).order_by().values_list("kind")
    counts = dict(found.annotate(alerts=Count("pk")))
    for kind in AlertKind.values:
        yield sample("alerts_open", (kind,), float(counts.get(kind, 0)))


def queues() -> Iterator[Sample]:
    """Imports that wait for a worker, and notifications that are not sent. Raises DatabaseError."""
    waiting = {
        "imports": Transfer.objects.filter(status=TransferStatus.QUEUED).aggregate(
            depth=Count("pk"), oldest=Min("queued_at")
        ),
        "notifications": Delivery.objects.filter(state=DeliveryState.PENDING).aggregate(
            depth=Count("pk"), oldest=Min("created_at")
        ),
    }
    for queue, found in waiting.items():
        yield sample("queue_depth", (queue,), float(found["depth"]))
        yield sample("queue_oldest_age_seconds", (queue,), _age(found["oldest"]))


def _age(since: datetime | None) -> float:
    # A clock that was set back makes nothing younger than it could be.
    return max((timezone.now() - since).total_seconds(), 0.0) if since else 0.0
